"""One normal form of an e-mail address, and one account for it."""

import importlib
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from tests.factories.people import NOW, SYSTEM

from linkspan.accounts.actions import open_account, open_accounts
from linkspan.accounts.models import User
from linkspan.accounts.queries import person_id_by_email
from linkspan.kernel.addresses import address
from linkspan.kernel.errors import Unusable

SOURCE = Path(__file__).resolve().parents[2] / "src" / "linkspan"


def test_the_normal_form() -> None:
    assert address(" Ada.Sample@Example.ORG ") == address("ada.sample@example.org") == "ada.sample@example.org"
    assert address("zoe\u0308@example.org") == "zoë@example.org"


@pytest.mark.parametrize(
    "text", ["", "ada", "ada@", "@b.org", "a b@c.org", "a@b@c.org", "a\nb@c.org", "a@" + "b" * 255]
)
def test_no_address(text) -> None:
    with pytest.raises(Unusable):
        address(text)


@pytest.mark.django_db
def test_however_written_it_is_one_account() -> None:
    first = open_account(actor=SYSTEM, email="Ada@Example.org", name="Ada Sample", now=NOW)
    people = [("ADA@example.org", "Ada Sample"), ("ada@example.ORG", "Ada Sample"), ("Bo@example.org", "Bo Sample")]
    opened = open_accounts(actor=SYSTEM, people=people, now=NOW)
    assert set(opened) == {"ada@example.org", "bo@example.org"}
    assert opened["ada@example.org"] == first == person_id_by_email("aDa@example.org")
    assert User.objects.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        User(email="ADA@example.org").save()


@pytest.mark.django_db(transaction=True)
def test_the_migration_names_accounts_that_clash_and_loses_none(capsys) -> None:
    migration = importlib.import_module("linkspan.accounts.migrations.0005_one_address")
    constraint = User._meta.constraints[0]
    with connection.schema_editor() as editor:
        editor.remove_constraint(User, constraint)
    older, newer = User.objects.create(email="Ada@example.org"), User.objects.create(email="ada@Example.org")
    migration.one_form(apps, None)
    with connection.schema_editor() as editor:
        editor.add_constraint(User, constraint)
    found = dict(User.objects.values_list("id", "email"))
    assert found == {older.id: "ada@example.org", newer.id: f"{newer.id}@clash.invalid"}
    assert str(newer.id) in capsys.readouterr().err


def test_nobody_makes_a_form_of_their_own() -> None:
    own = re.compile(
        r"e?mail\w*(\.strip\(\))?\.(lower|casefold)\(\)|(User|user)\w*\.objects\.\w+\(email__iexact|normalize_email"
    )
    found = [path.name for path in SOURCE.rglob("*.py") if own.search(path.read_text()) and "vc" not in path.parts]
    assert found == ["0005_one_address.py"], "migrations are frozen; everybody else calls kernel.addresses.address"
