"""`linkspan operator`: the first one by a link that works once; the last one stays."""

import json
from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.factories.people import person

from linkspan.accounts.models import InvitationRow
from linkspan.kernel import audit
from linkspan.site.command import main

pytestmark = pytest.mark.django_db


def run(capsys, *words: str) -> tuple[int, list[dict]]:
    code = main(["operator", *words, "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_from_nobody_to_two_and_back(capsys) -> None:
    assert run(capsys, "list") == (1, [])
    code, (row,) = run(capsys, "add", " Ops@Example.org")
    assert (code, row["email"]) == (0, "ops@example.org")
    link = urlsplit(row["link"]).path
    form = {"name": "Olu", "password": "correct horse battery", "again": "correct horse battery"}
    browser = Client()
    assert browser.post(link, form).status_code == 302
    assert browser.get("/desk/operations/").status_code == 200
    assert Client().post(link, form).status_code == 404
    code, (held,) = run(capsys, "list")
    assert (code, held["email"], held["name"]) == (0, "ops@example.org", "Olu")
    assert held["granted_by"].startswith("system:command line (")
    assert run(capsys, "add", "ops@example.org") == (1, [])
    assert run(capsys, "remove", "ops@example.org") == (1, []), "the last one stays"
    person("Second", ("operator", None))
    assert run(capsys, "remove", "ops@example.org", "--why", "Moved on.") == (0, [{"removed": "ops@example.org"}])
    assert browser.get("/desk/operations/").status_code == 302, "signed out"
    assert run(capsys, "remove", "ops@example.org") == (1, [])
    (made,) = InvitationRow.objects.all()
    assert audit.trail_of(f"accounts.invitation:{made.id}")[0].why == "Named on the command line"


def test_what_cannot_be_used(capsys) -> None:
    assert main(["operator", "add", "nobody"]) == 2
    assert main(["operator", "add", "a@example.org", "--why", " "]) == 2
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 2)
