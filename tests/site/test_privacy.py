"""What is on this machine is its owner's alone, and what a person was shown stays in no cache."""

import os
import stat
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.factories.people import person
from tests.site.running import linkspan

from linkspan.site.secrets import private_home

#: What anybody may keep for a while, of the addresses without a name in them.
PUBLIC = {
    "/.well-known/did.json",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/api/v1/lti/jwks",
    "/dcc-registry.json",
    "/ims/clr/v2p0/discovery",
    "/ims/ob/v3p0/discovery",
    "/openid/keys",
    "/pathways.json",
    "/pathways.jsonld",
    "/registry.json",
    "/robots.txt",
    "/sitemap.xml",
}


def plain_addresses(patterns, before="/"):
    """Every address that holds no name or number."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from plain_addresses(pattern.url_patterns, before + str(pattern.pattern))
        elif isinstance(pattern, URLPattern) and "<" not in (address := before + str(pattern.pattern)):
            yield address.replace("^", "").replace("$", "")


@pytest.mark.django_db
@pytest.mark.parametrize("signed_in", [True, False])
def test_no_page_may_be_kept_but_the_public_documents(signed_in) -> None:
    client = Client()
    if signed_in:
        client.force_login(_user(person("Amara Reader")))
    kept = set()
    for address in sorted(set(plain_addresses(get_resolver().url_patterns))):
        if "no-store" not in client.get(address).headers["Cache-Control"]:
            kept.add(address)
    assert kept == PUBLIC - _missing(client)


def _user(actor):
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(id=actor.person_id)


def _missing(client) -> set[str]:
    """An installation that is no institution of its own has no controller document."""
    return {address for address in PUBLIC if client.get(address).status_code == 404}


@pytest.mark.django_db
def test_refusals_and_answers_to_tokens_are_not_kept(client) -> None:
    for address in ("/no-such-page/", "/desk/operations/", "/calendar/no-such-token.ics"):
        assert client.get(address).headers["Cache-Control"] == "private, no-store"


def test_static_files_are_kept(client) -> None:
    assert "public" in client.get("/static/linkspan/linkspan.css").headers["Cache-Control"]


def others_may(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def test_database_keys_and_all_else_are_their_owners_alone(tmp_path) -> None:
    """Whatever the user's own mask is."""
    home = tmp_path / "home"
    before = os.umask(0o000)
    try:
        assert linkspan(tmp_path, "migrate", LINKSPAN_HOME=str(home)).returncode == 0
    finally:
        os.umask(before)
    found = [home, *home.rglob("*")]
    assert {"linkspan.sqlite3", "secrets.json", "pdf-seal.pem"} <= {path.name for path in found}
    assert [path for path in found if others_may(path)] == []


def test_an_older_home_is_closed_and_a_folder_of_somebody_else_is_left_alone(tmp_path) -> None:
    before = os.umask(0o022)
    try:
        for name in ("older", "theirs"):
            (tmp_path / name).mkdir()
            (tmp_path / name / ("secrets.json" if name == "older" else "letter.txt")).touch()
        private_home(tmp_path / "older")
        private_home(tmp_path / "theirs")
        private_home(tmp_path / "new")
        (tmp_path / "new" / "file").touch()
    finally:
        os.umask(before)
    assert [others_may(tmp_path / name) for name in ("older", "theirs", "new", "new/file")] == [
        False,
        True,
        False,
        False,
    ]
