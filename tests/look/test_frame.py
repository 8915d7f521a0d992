"""The frame of every page: whole without a summit or a signed-in person, in both directions of reading, nothing inline."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation

from summit.config.bootstrap import ROOT
from summit.delegations.defaults import flag_of_state
from summit.management.demo import crowd
from summit.templatetags import summit as tags


def _page(template: str, **context: object) -> str:
    request = RequestFactory().get("/agenda/?page=2")
    request.user = AnonymousUser()
    return render_to_string(template, context, request)


@pytest.mark.parametrize("template", ["base.html", "stage.html", "403.html", "404.html", "500.html"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_frame_draws_without_context_and_without_inline_style(template: str, language: str) -> None:
    with translation.override(language):
        html = _page(template)
    assert re.search(r'<html lang="(en|ar)" dir="(ltr|rtl)"', html)
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", html)
    assert [tag for tag in re.findall(r"<script[^>]*>", html) if "src=" not in tag and "nonce=" not in tag] == []


def test_arabic_pages_read_from_the_other_side() -> None:
    with translation.override("ar"):
        assert '<html lang="ar" dir="rtl"' in _page("404.html")


def test_the_page_of_a_fault_says_in_which_language_it_speaks() -> None:
    with translation.override("ar"):
        assert '<html lang="ar" dir="rtl"' in render_to_string("500.html")  # without context, as Django draws it


def test_the_data_of_a_page_is_written_as_names_are_and_ends_no_script() -> None:
    data = {"names": {"ar": "جمهورية كينيا", "en": "</script><!-- & Kenya"}}
    html = tags.page_data(data)
    assert "جمهورية كينيا" in html and html.count("<") == 2 and "<!--" not in html
    assert json.loads(re.sub(r"^<script[^>]*>|</script>$", "", html)) == data


def test_the_words_of_the_scripts_come_compressed_and_once(client: Client) -> None:
    asked = {"HTTP_ACCEPT_LANGUAGE": "ar", "HTTP_ACCEPT_ENCODING": "gzip"}
    first = client.get("/i18n/texts.js", **asked)
    assert first["Content-Encoding"] == "gzip" and b"gettext" in gzip.decompress(first.content)
    assert len(first.content) < 40_000
    assert client.get("/i18n/texts.js", HTTP_IF_NONE_MATCH=first["ETag"], **asked).status_code == 304
    french = client.get("/i18n/texts.js", HTTP_IF_NONE_MATCH=first["ETag"], **asked | {"HTTP_ACCEPT_LANGUAGE": "fr"})
    assert french.status_code == 200 and gzip.decompress(french.content) != gzip.decompress(first.content)


def test_the_navigation_marks_the_page_one_is_on() -> None:
    html = _page(
        "base.html",
        nav=[{"url": "/", "label": "Home", "current": False}, {"url": "/agenda/", "label": "Agenda", "current": True}],
    )
    assert '<a href="/agenda/" aria-current="page">Agenda</a>' in html
    assert '<a href="/">Home</a>' in html


@pytest.mark.django_db
def test_a_missing_page_says_what_to_do() -> None:
    response = Client().get("/no/such/page/")
    assert response.status_code == 404
    assert "Go to the home page" in response.content.decode()


@pytest.mark.django_db
def test_the_import_map_carries_the_nonce_that_the_policy_allows() -> None:
    response = Client().get("/account/login/")
    nonce = re.search(r'<script type="importmap" nonce="([^"]+)">', response.content.decode())
    assert nonce
    assert f"'nonce-{nonce.group(1)}'" in response.headers["Content-Security-Policy"]


def test_names_come_in_the_readers_language_isolated_and_escaped() -> None:
    kenya = {"en": {"short": "Kenya", "formal": "the Republic of Kenya"}, "ar": {"short": "كينيا"}}
    assert tags.name(kenya) == "<bdi>Kenya</bdi>"
    assert tags.name(kenya, "formal") == "<bdi>the Republic of Kenya</bdi>"
    with translation.override("ar"):
        assert tags.name(kenya) == "<bdi>كينيا</bdi>"
    assert tags.name({"en": {"short": "<b>A&B</b>"}}) == "<bdi>&lt;b&gt;A&amp;B&lt;/b&gt;</bdi>"


def test_a_code_without_a_flag_file_shows_the_neutral_mark() -> None:
    assert "img/flags/ke" in tags.flag("ke")
    assert "img/flags/org" in tags.flag("zz")
    assert "img/flags/org" in tags.flag("../../secret")
    assert "img/flags/org" in tags.flag("")


def test_every_state_has_a_flag_that_a_thin_line_carries() -> None:
    states = [*crowd.MEMBERS, "VA", "PS"]
    assert len(states) == 195 and [code for code in states if flag_of_state(code) != code.lower()] == []
    assert [flag_of_state(code) for code in ("ZZ", "AU-IGO", "..", "")] == [""] * 4
    sent = {path.name: len(gzip.compress(path.read_bytes())) for path in (ROOT / "static/img/flags").glob("*.svg")}
    assert max(sent.values()) < 20_000, "two and a half seconds at 64 kbit/s"


def test_host_time_is_the_wall_clock_of_the_host() -> None:
    moment = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
    assert tags.local_time(moment, "Africa/Nairobi") == (
        '<time datetime="2026-11-22T14:00:00+03:00" data-local="Africa/Nairobi">14:00</time>'
    )
