from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0008_private_rooms")]

    operations = [
        migrations.AddField(
            model_name="chatline", name="openness", field=models.CharField(default="open", max_length=12)
        ),
    ]
