"""An Arabic delegate's day on a telephone: today, a question answered, a paper found, notices chosen, a private room."""

from __future__ import annotations

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe

from tests.e2e.people import Person, until

Arrive = Callable[..., Person]
HOME = "/s/reykjavik/"
PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "ar"}


def test_an_arabic_delegates_day(arrive: Arrive) -> None:
    amina = arrive("amina", **PHONE)
    home = amina.origin + "/"
    amina.context.add_cookies([{"name": "django_language", "value": "ar", "url": home}])
    today_says_what_is_asked(amina)
    the_answer_is_sent_and_the_open_page_of_today_follows(amina)
    a_paper_is_found_by_its_words(amina)
    notices_are_chosen(amina)
    the_private_room_is_hers_alone(amina)


def fits(person: Person) -> None:
    """Reads from right to left, within the width of the telephone, and axe finds nothing."""
    page = person.page
    assert page.evaluate("document.documentElement.dir") == "rtl"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


def today_says_what_is_asked(amina: Person) -> None:
    amina.page.clock.install()
    amina.go(HOME)
    amina.sees("مطلوب منكم", "#questions")
    amina.sees("من سيتحدث باسم وفدكم", "#questions")
    amina.sees("كينيا", "main")
    fits(amina)


def the_answer_is_sent_and_the_open_page_of_today_follows(amina: Person) -> None:
    form = amina.tab()
    amina.go(HOME + "questions/1/", form)
    form.locator("#answer").fill("الوزيرة، بالعربية.")
    form.locator("main form button").click()
    amina.sees("تسلمت الأمانة ردكم", ".messages", form)
    form.close()
    assert amina.page.locator("#questions").count() == 1  # as it was when the page was opened
    amina.page.clock.fast_forward(30_000)  # it looks every twenty seconds
    until(lambda: amina.page.locator("#questions").count() == 0, "the open page of today follows")


def a_paper_is_found_by_its_words(amina: Person) -> None:
    def found() -> bool:
        amina.go(HOME + "search/?q=المناخ")
        return "ROS/1/L.1" in amina.page.locator("main").inner_text()

    until(found, "the worker has read the papers")
    fits(amina)


def notices_are_chosen(amina: Person) -> None:
    amina.go(HOME + "notices/")
    amina.page.locator("#kind-paper").select_option("mail")
    amina.page.locator("main form .button--primary").click()
    amina.sees("ستخطرون", ".messages")
    assert amina.page.locator("#kind-paper").input_value() == "mail"
    fits(amina)


def the_private_room_is_hers_alone(amina: Person) -> None:
    amina.go(HOME + "corridors/")
    amina.page.get_by_role("button", name="القاعة الخاصة").click()
    amina.sees("لا يدخل إلا أعضاء وفدكم")
    assert amina.page.locator("#lock-corridor").count() == 0
    amina.page.locator("#leave-corridor").click()
    amina.page.get_by_role("button", name="القاعة الخاصة").wait_for()
