"""`linkspan sign-in`: exit codes, and what is printed."""

import json

import pytest
from tests.factories.people import NOW, SYSTEM

from linkspan.accounts.queries.providers import providers_at
from linkspan.institutions.actions import register_institution
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
TERMS = ["--name", "MITx", "--client-id", "linkspan", "--domain", "mitx.example"]


def test_a_provider_is_entered_listed_changed_and_asked_by_command(tmp_path, capsys) -> None:
    register_institution(
        actor=SYSTEM, code="MITx", name="MITx", country="US", time_zone="UTC", url="https://e.edu/", aliases=[], now=NOW
    )
    secret = tmp_path / "secret"
    secret.write_text("a secret\n")
    add = ["sign-in", "add", "MITx", "https://127.0.0.1:9", *TERMS, "--secret-file", str(secret), "--json"]
    assert main(["sign-in", "list", "MITx"]) == 1
    assert main(add) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["redirect_uri"].endswith(f"/accounts/oidc/{made['provider']}/login/callback/")
    assert main(add) == 1
    assert main(["sign-in", "change", made["provider"], *TERMS, "--email-claim", "mail"]) == 0
    assert [row.terms.claims.email for row in providers_at(SYSTEM, "MITx")] == ["mail"]
    assert main(["sign-in", "enable", made["provider"]]) == 3
    assert main(["sign-in", "disable", made["provider"]]) == 0
    assert main(["sign-in", "add", "MITx", "http://x.edu", *TERMS, "--secret-file", str(secret)]) == 2
    capsys.readouterr()
    assert main(["sign-in", "list", "MITx"]) == 0
    assert "disabled MITx" in capsys.readouterr().out
