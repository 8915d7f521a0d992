import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from summit.accreditation import darkroom
from summit.accreditation.models import FocalPoint, Photo
from summit.accreditation.photos import LIMIT, Cut, develop, keep_photo
from summit.models import Accreditation, Entry
from tests.cast import NOW

RED, BLUE = (200, 30, 30), (30, 30, 200)


def picture(width=900, height=1200, kind="JPEG", **options):
    """Left half red, right half blue."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    made = io.BytesIO()
    image.save(made, kind, **options)
    return made.getvalue()


def colour(jpeg, x, y):
    found = Image.open(io.BytesIO(jpeg)).getpixel((x, y))
    return "red" if found[0] > found[2] else "blue"


def signed_in(person):
    browser = Client()
    browser.force_login(person.account, "django.contrib.auth.backends.ModelBackend")
    return browser


def test_the_child_cuts_and_encodes_anew_and_nothing_of_the_files_notes_is_left():
    notes = Image.Exif()
    notes[0x010E], notes[0x8825] = "at home", {1: "N", 2: (64.0, 8.0, 0.0)}
    sent = picture(exif=notes)
    assert b"at home" in sent
    kept = develop(sent, Cut(0.5, 0.1, 0.4))
    image = Image.open(io.BytesIO(kept))
    assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (480, 640), {})
    assert b"at home" not in kept and colour(kept, 10, 10) == "blue" and colour(kept, 470, 600) == "blue"


def test_a_picture_taken_sideways_is_set_upright_before_it_is_cut():
    notes = Image.Exif()
    notes[0x0112] = 6  # taken with the telephone turned: upright, red is above blue
    kept = darkroom.develop(picture(1200, 900, exif=notes), 0, 0, 1)
    assert (colour(kept, 240, 10), colour(kept, 240, 630)) == ("red", "blue")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_formats_become_jpeg_and_a_part_outside_is_moved_back_in(kind):
    kept = darkroom.develop(picture(kind=kind), 0.9, 0.9, 3.0)
    assert Image.open(io.BytesIO(kept)).size == (480, 640)


@pytest.mark.parametrize(
    ("content", "cut", "fault"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", (0, 0, 1), "not_photo"),
        (b"GIF89a" + b"\0" * 40, (0, 0, 1), "not_photo"),
        (picture()[:400], (0, 0, 1), "not_photo"),
        (picture(200, 300), (0, 0, 1), "small"),
        (picture(), (0, 0, 0.1), "small"),
        (picture(9000, 7000, kind="PNG"), (0, 0, 1), "pixels"),
    ],
)
def test_what_is_no_photo_is_refused(content, cut, fault):
    with pytest.raises(darkroom.Fault) as caught:
        darkroom.develop(content, *cut)
    assert caught.value.args == (fault,)


def test_a_file_that_is_no_photo_or_too_large_is_refused_in_words(refused):
    with refused("photo.content"):
        develop(b"no photo at all", Cut())
    bare = Image.new("P", (200, 300))  # Pillow warns of its transparency, on standard error
    made = io.BytesIO()
    bare.save(made, "PNG", transparency=b"\x00\x80")
    for small_or_vast in (made.getvalue(), picture(9000, 7000, kind="PNG")):
        with refused("photo.content"):
            develop(small_or_vast, Cut())
    with refused("photo.size"):
        develop(b"\0" * (LIMIT + 1), Cut())


@pytest.fixture
def jpeg():
    return darkroom.develop(picture(), 0, 0, 1)


def test_a_photo_is_kept_in_place_of_the_earlier_one_which_is_deleted(
    cast, jpeg, refused, django_capture_on_commit_callbacks
):
    row = Accreditation.objects.get(person=cast.amina)
    first = keep_photo(row.pk, jpeg, by=cast.amina, now=NOW).file.name
    with django_capture_on_commit_callbacks(execute=True):
        photo = keep_photo(row.pk, jpeg, by=cast.amina, now=NOW)
    assert photo.file.storage.exists(photo.file.name) and not photo.file.storage.exists(first)
    assert Photo.objects.count() == 1 and Entry.objects.last().body["sha256"] == photo.sha256
    for stranger in (cast.bruno, cast.lucia, cast.dana, cast.eve):
        with refused("photo.not_yours"):
            keep_photo(row.pk, jpeg, by=stranger, now=NOW)
    row.state = "withdrawn"
    row.save()
    with refused("photo.withdrawn"):
        keep_photo(row.pk, jpeg, by=cast.amina, now=NOW)
    photo.file.delete()


def test_it_is_sent_from_the_page_and_seen_by_the_person_and_the_desk_alone(cast, organiser):
    row = Accreditation.objects.get(person=cast.amina)
    address, image = "/s/test/photo/", f"/s/test/people/{row.pk}/photo.jpg"
    amina = signed_in(cast.amina)
    assert "not a photo" in amina.post(address, {"photo": SimpleUploadedFile("a.jpg", b"no")}).content.decode()
    sent = {"photo": SimpleUploadedFile("a.png", picture(kind="PNG")), "left": "0.5", "top": "0", "width": "0.5"}
    assert amina.post(address, sent).status_code == 302
    FocalPoint.objects.create(delegation=cast.kenya, person=cast.bruno, named_at=timezone.now())
    answers = {}
    for who in (cast.amina, organiser, cast.bruno, cast.lucia, cast.dana, cast.eve):
        answers[str(who)] = signed_in(who).get(image).status_code
    assert answers == {
        "Amina Rahal": 200, "Otto Brandt": 200, "Bruno Keller": 404, "Lucia Soto": 404, "Dana Novak": 404,
        "Eve Stranger": 404,
    }  # fmt: skip
    answer = amina.get(image)
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/jpeg", "private, no-store")
    assert colour(b"".join(answer.streaming_content), 240, 300) == "blue"
    page = signed_in(cast.bruno).get(f"/s/test/people/{row.pk}/photo/").content.decode()
    assert "A photo is there." in page and "photo.jpg" not in page
    assert signed_in(cast.lucia).get(f"/s/test/people/{row.pk}/photo/").status_code == 404
    row.photo.file.delete()
