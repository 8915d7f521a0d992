"""Whoever follows a link of ours arrives: no page leads to one that fails, or that its reader may not open."""

from __future__ import annotations

import html
import re
from collections import deque
from io import StringIO

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from summit.models import Person, User

HREF = re.compile(r"<a\b(?![^>]*\bhidden\b)[^>]*\bhref=\"([^\"#]+)")
ELSEWHERE = ("/static/", "//", "/account/logout", "/media/")
ROWS = 12  # of each table of the organisers


def client_of(name: str, *, staff: bool = False) -> Client:
    person = Person.objects.get(email=f"{name}@parley.example")
    person.account = person.account or User.objects.create_user(person.email)
    person.account.is_staff = person.account.is_staff or staff
    person.account.save()
    person.save()
    client = Client(raise_request_exception=False)
    client.force_login(person.account, "django.contrib.auth.backends.ModelBackend")
    return client


def walk(client: Client, *begin: str) -> tuple[set[str], set[tuple[int, str]]]:
    """All pages that links lead to from these, one of each query, and (status, page) of those that were not answered."""
    seen, wrong, todo = {f"{page}?" for page in begin}, set(), deque(begin)
    while todo:
        page = todo.popleft()
        answer = client.get(page)
        if answer.status_code >= 400:
            wrong.add((answer.status_code, page))
        links = [answer["Location"]] if answer.status_code in {301, 302} else []
        if not answer.streaming and "html" in answer.get("Content-Type", ""):
            links = [html.unescape(link) for link in HREF.findall(answer.content.decode())]
        for link in links:
            path, _mark, query = (page.split("?")[0] + link if link.startswith("?") else link).partition("?")
            key = path + "?" + "&".join(sorted(part.split("=")[0] for part in query.split("&")))
            if path.startswith("/") and not path.startswith(ELSEWHERE) and key not in seen:
                seen.add(key)
                todo.append(f"{path}?{query}" if query else path)
    return seen, wrong


@pytest.mark.django_db
def test_no_link_leads_nowhere_for_whoever_sees_it() -> None:
    call_command("demo_summit", stdout=StringIO())
    for name, least in (("amina", 30), ("hana", 50), ("dana", 60)):
        seen, wrong = walk(client_of(name), "/", "/account/settings/")
        assert len(seen) > least and wrong == set(), name
    otto = client_of("otto", staff=True)
    wrong = set()
    for model in (model for model in admin.site._registry if model._meta.app_label == "summit"):
        for row in model._default_manager.all()[:ROWS]:
            page = reverse(f"admin:summit_{model._meta.model_name}_change", args=[row.pk])
            if (status := otto.get(page).status_code) != 200:
                wrong.add((status, page))
    assert wrong == set()
