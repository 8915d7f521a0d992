from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0009_chat_behind_closed_doors")]

    operations = [
        migrations.RemoveConstraint(model_name="seat", name="one_publishing_seat_a_person"),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(
                fields=["room", "person", "session"],
                condition=models.Q(device="media", left_at__isnull=True),
                name="one_publishing_seat_a_browser",
            ),
        ),
    ]
