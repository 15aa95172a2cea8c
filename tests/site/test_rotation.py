"""`linkspan keys rotate`: everything opens before, while and after the keys of an installation change."""

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core import signing
from tests.factories.people import NOW, SYSTEM
from tests.pathways.test_two_servers import free_port
from tests.site.running import Running, linkspan

from linkspan.accounts.models import IdentityProviderRow
from linkspan.exams.engines.service_client import learner_key
from linkspan.kernel import sealed, storage
from linkspan.kernel.errors import Refused
from linkspan.kernel.ids import new_id
from linkspan.kernel.models import TrailEntry
from linkspan.site import rotation, secrets
from linkspan.site.rotation import NAMES, Rotated

BOTH = list(NAMES)


def rotate(names: list[str]) -> Rotated:
    return rotation.rotate(names, actor=SYSTEM, now=NOW)


@pytest.fixture
def home(tmp_path, monkeypatch, settings) -> Path:
    """A home of its own, with its keys read from it as the settings do."""
    for names in NAMES.values():
        for variable in names[1:]:
            monkeypatch.delenv(variable, raising=False)
    settings.HOME, settings.DOCUMENT_ROOT = tmp_path, tmp_path / "documents"
    settings.DOCUMENT_ROOT.mkdir()
    settings.SECRET_KEY = secrets.kept_secret(tmp_path, "secret_key")
    settings.DOCUMENT_KEY = secrets.kept_secret(tmp_path, "document_key")
    settings.SECRET_KEY_FALLBACKS = secrets.EarlierKeys(tmp_path, "secret_key")
    settings.EARLIER_DOCUMENT_KEYS = secrets.EarlierKeys(tmp_path, "document_key")
    return tmp_path


def kept(home: Path) -> dict:
    return json.loads((home / "secrets.json").read_text())


def provider(secret: str) -> IdentityProviderRow:
    return IdentityProviderRow.objects.create(
        institution="MITx", issuer=f"https://{new_id()}.example.org", secret=secret, domains=[], claims={}, added_at=NOW
    )


@pytest.mark.django_db
def test_all_that_is_encrypted_opens_with_the_new_key_alone(home, settings) -> None:
    letter, row, link = storage.keep(b"a letter"), provider(storage.sealed("a secret")), signing.dumps("a link")
    before = kept(home)
    assert rotate(BOTH) == Rotated(["document_key", "secret_key"], 1, 1, [])
    after = kept(home)
    assert after["earlier"] == {"secret_key": [before["secret_key"]], "document_key": [before["document_key"]]}
    assert not {before["secret_key"], before["document_key"]} & {after["secret_key"], after["document_key"]}
    assert "rotating" not in after
    row.refresh_from_db()
    settings.EARLIER_DOCUMENT_KEYS = []
    assert (storage.read(letter), storage.opened(row.secret), signing.loads(link)) == (
        b"a letter",
        "a secret",
        "a link",
    )
    assert (home / "secrets.json").stat().st_mode & 0o077 == 0


@pytest.mark.django_db
def test_again_the_keys_before_the_last_count_no_longer(home) -> None:
    link = signing.dumps("a link")
    rotate(["signing"])
    assert signing.loads(link) == "a link"
    first = kept(home)["document_key"]
    rotate(["signing"])
    with pytest.raises(signing.BadSignature):
        signing.loads(link)
    assert kept(home)["document_key"] == first


@pytest.mark.django_db
def test_one_that_was_cut_short_is_gone_on_with_and_makes_no_other_keys(home, monkeypatch) -> None:
    letters = [storage.keep(content) for content in (b"one", b"two", b"three")]
    renew, seen = storage.renew, []

    def cut(sha256: str) -> bool:
        if seen:
            raise KeyboardInterrupt
        seen.append(sha256)
        return renew(sha256)

    monkeypatch.setattr(storage, "renew", cut)
    with pytest.raises(KeyboardInterrupt):
        rotate(BOTH)
    monkeypatch.setattr(storage, "renew", renew)
    cut_short = kept(home)
    assert [storage.read(letter) for letter in letters] == [b"one", b"two", b"three"]
    assert rotate(BOTH) == Rotated(["document_key", "secret_key"], 2, 0, [])
    assert kept(home) == {name: held for name, held in cut_short.items() if name != "rotating"}


@pytest.mark.django_db
def test_what_opens_with_no_key_is_named_and_harms_nothing_else(home) -> None:
    letter, lost = storage.keep(b"a letter"), storage.keep(b"lost")
    (home / "documents" / lost[:2] / lost).write_bytes(Fernet(Fernet.generate_key()).encrypt(b"lost"))
    row = provider("sealed by nobody")
    good = provider(storage.sealed("good"))
    done = rotate(BOTH)
    told = [f"document {lost}", f"1 rows of {IdentityProviderRow._meta.db_table}.secret"]
    assert done == Rotated(["document_key", "secret_key"], 1, 1, told)
    assert storage.read(letter) == b"a letter"
    row.refresh_from_db(), good.refresh_from_db()
    assert (row.secret, storage.opened(good.secret)) == ("sealed by nobody", "good")
    with pytest.raises(InvalidToken):
        storage.read(lost)


@pytest.mark.django_db
def test_a_removed_document_does_not_come_back(home) -> None:
    letter = storage.keep(b"a letter")
    storage.remove(letter)
    assert (storage.renew(letter), storage.is_kept(letter)) == (False, False)


@pytest.mark.django_db
def test_a_key_from_a_variable_is_changed_there(home, monkeypatch, settings) -> None:
    letter, old = storage.keep(b"a letter"), str(settings.DOCUMENT_KEY)
    new = Fernet.generate_key().decode()
    monkeypatch.setenv("LINKSPAN_DOCUMENT_KEY", new)
    settings.DOCUMENT_KEY = new
    with pytest.raises(Refused, match="LINKSPAN_EARLIER_DOCUMENT_KEYS"):
        rotate(["documents"])
    monkeypatch.setenv("LINKSPAN_EARLIER_DOCUMENT_KEYS", old)
    settings.EARLIER_DOCUMENT_KEYS = [old]
    assert rotate(["documents"]) == Rotated([], 1, 0, [])
    settings.EARLIER_DOCUMENT_KEYS = []
    assert storage.read(letter) == b"a letter"


@pytest.mark.django_db
def test_two_at_once(home) -> None:
    with rotation._alone(), pytest.raises(Refused, match="another rotation"):
        rotate(BOTH)


@pytest.mark.django_db
def test_the_trail_says_that_the_keys_are_new(home) -> None:
    storage.keep(b"a letter")
    rotate(BOTH)
    (entry,) = TrailEntry.objects.filter(verb="rotate_keys")
    assert entry.after == {"new_keys": ["document_key", "secret_key"], "documents": 1, "secrets": 0}


@pytest.mark.drill
def test_the_command_while_the_site_is_served(tmp_path) -> None:
    with Running(tmp_path, free_port(), "serve") as served:
        served.until("/health/ready/", 200)
        done = linkspan(tmp_path, "keys", "rotate", "--json")
        told = {"new_keys": ["document_key", "secret_key"], "documents": 0, "secrets": 0, "unreadable": []}
        assert (done.returncode, json.loads(done.stdout)) == (0, told)
        assert served.get("/").status == 200
    assert linkspan(tmp_path, "trail", "verify").returncode == 0


def test_a_service_knows_a_learner_by_the_same_id_under_new_keys(settings) -> None:
    service, who = new_id(), new_id()
    before = learner_key(service, who)
    settings.SECRET_KEY = "another"
    assert learner_key(service, who) == before != learner_key(new_id(), who)


def test_a_secret_in_a_column_is_of_the_kind_that_is_found() -> None:
    """A column that somebody seals into is a SealedField; this finds those that are named as secrets and are not."""
    from django.apps import apps

    hashed_or_elsewhere = {("institutions", "SigningKeyRow", "secret")}
    named = {
        (model._meta.app_label, model.__name__, field.name)
        for model in apps.get_models()
        if model.__module__.startswith("linkspan.")
        for field in model._meta.concrete_fields
        if field.name == "secret" or field.name.endswith("_secret")
    }
    found = {(model._meta.app_label, model.__name__, name) for model, name in sealed.columns()}
    assert named - found == hashed_or_elsewhere, "let it be a linkspan.kernel.sealed.SealedField"
