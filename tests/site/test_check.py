"""What an operator asks of an installation: its settings, what is wrong with it, whether mail leaves."""

import json
import socket
import subprocess
import sys

import pytest
from tests.site.running import environment, linkspan
from tests.site.test_mail_server import mail_server

from linkspan.kernel import storage
from linkspan.site import checks
from linkspan.site.checks import Verdict, keys
from linkspan.site.command import main
from linkspan.site.configuration import declared, fingerprint, settings_here, shown, unknown

SECRETS = {
    "LINKSPAN_EARLIER_DOCUMENT_KEYS",
    "LINKSPAN_EARLIER_SECRET_KEYS",
    "LINKSPAN_SECRET_KEY",
    "LINKSPAN_DOCUMENT_KEY",
    "LINKSPAN_METRICS_TOKEN",
    "LINKSPAN_STRIPE_KEY",
    "LINKSPAN_STRIPE_WEBHOOK_SECRET",
    "LINKSPAN_PKCS11_PIN",
    "LINKSPAN_SIGNER_PASSPHRASE",
}


def test_no_secret_is_shown_and_everything_else_is() -> None:
    given = {one.name: "word" for one in declared()}
    found = {one.name: one for one in settings_here(given, {})}
    assert {name for name, one in found.items() if one.value != "word"} == SECRETS
    assert {found[name].value for name in SECRETS} == {f"hidden, fingerprint {fingerprint('word')}"}
    assert {one.source for one in found.values()} == {"variable"}
    assert shown("LINKSPAN_EMAIL_URL", "smtp://me:word@h:25") == "smtp://me:***@h:25"
    assert shown("LINKSPAN_DATABASE_URL", "postgres://me:wo%3Ard@h/x") == "postgres://me:***@h/x"
    (port,) = (one for one in settings_here({}, {"LINKSPAN_EMAIL_TIMEOUT": 10}) if one.name == "LINKSPAN_EMAIL_TIMEOUT")
    assert (port.value, port.source, bool(port.meaning)) == ("10", "default", True)


def test_config_by_command(capsys, monkeypatch) -> None:
    assert main(["config", "LINKSPAN_BASE_URL", "--json"]) == 0
    (told,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert set(told) == {"name", "value", "source", "meaning"}
    assert main(["config", "LINKSPAN_NO"]) == 2
    monkeypatch.setenv("LINKSPAN_BASE_URI", "x")
    monkeypatch.setenv("LINKSPAN_QQQQ", "x")
    assert unknown({"LINKSPAN_BASE_URI": "x", "LINKSPAN_QQQQ": "", "HOME": "/"}) == {
        "LINKSPAN_BASE_URI": "LINKSPAN_BASE_URL",
        "LINKSPAN_QQQQ": "",
    }
    assert main(["config"]) == 1
    assert "do you mean LINKSPAN_BASE_URL?" in capsys.readouterr().err


def test_django_finds_nothing_wrong_with_a_deployment(tmp_path) -> None:
    code = (
        "import django; django.setup()\n"
        "from linkspan.site.checks import framework\n"
        "print(*(f'{one.verdict} {one.told}' for one in framework()), sep='\\n')"
    )
    public = {
        "DJANGO_SETTINGS_MODULE": "linkspan.site.settings",
        "LINKSPAN_BASE_URL": "https://linkspan.example.edu",
        "LINKSPAN_HOSTS": "linkspan.example.edu",
    }
    told = environment(tmp_path, **public)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=told)
    assert ran.stdout == "ok Django finds nothing wrong with the settings.\n", ran.stderr
    short = {**told, "LINKSPAN_SECRET_KEY": "short", "LINKSPAN_HSTS_SECONDS": "0"}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=short)
    assert {line.split(":")[0] for line in ran.stdout.splitlines()} == {"warn security.W004", "warn security.W009"}


def found(check) -> set[str]:
    """What a check found that is not right."""
    return {one.verdict.value for one in check() if one.verdict is not Verdict.OK}


@pytest.mark.django_db
def test_each_check_tells_what_is_wrong(settings, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("LINKSPAN_DATABASE_URL", raising=False)
    assert (found(checks.configuration), found(checks.clock)) == (set(), set())
    settings.BASE_URL = "https://linkspan.example.edu"
    settings.DEMO = True
    told = [one.told for one in checks.configuration() if one.verdict is Verdict.FAIL]
    assert len(told) == 3, "the host, the origin, the demo's sign-in links"
    monkeypatch.setenv("LINKSPAN_ON", "2018-10-03")
    assert found(checks.clock) == {"warn"}
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    storage.keep(b"paper")
    assert found(keys) == set()
    settings.DOCUMENT_KEY = "A" * 43 + "="
    assert found(keys) == {"fail"}
    settings.PDF_SEAL = tmp_path / "none"
    assert [one.verdict for one in keys()] == ["fail", "fail"]
    (tmp_path / "file").write_text("x")
    settings.DOCUMENT_ROOT = tmp_path / "file" / "inside"
    assert found(checks.storage) == {"fail"}


def test_a_database_that_does_not_answer(tmp_path) -> None:
    asked = linkspan(tmp_path, "check", "--json", LINKSPAN_DATABASE_URL="postgres://me:word@127.0.0.1:1/none")
    told = {row["check"]: row for row in map(json.loads, asked.stdout.splitlines())}
    assert (asked.returncode, told["database"]["verdict"]) == (3, "silent"), asked.stderr
    assert "LINKSPAN_DATABASE_URL" in told["database"]["remedy"]
    assert set(told) == {check.__name__ for check in checks.CHECKS}
    assert "word" not in asked.stdout + asked.stderr


def point_to(settings, url: str) -> None:
    from linkspan.site.mail_server import mail_settings

    for name, value in mail_settings(url).items():
        setattr(settings, name, value)
    settings.EMAIL_TIMEOUT = 1


@pytest.mark.django_db
def test_mail_is_tried(settings, capsys) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert found(checks.mail) == {"warn"}
    with mail_server() as (url, taken):
        point_to(settings, url)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        assert found(checks.mail) == set()
        assert taken == []
        assert main(["mail", "test", "a@example.org"]) == 0
    (mail,) = taken
    assert "To: a@example.org" in mail
    capsys.readouterr()
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    point_to(settings, f"smtp://127.0.0.1:{port}")
    assert found(checks.mail) == {"silent"}
    assert main(["mail", "test", "nobody"]) == 2
    assert main(["mail", "test", "a@example.org", "--json"]) == 3
    assert "ConnectionRefusedError" in json.loads(capsys.readouterr().out)["error"]
