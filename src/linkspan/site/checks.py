"""`linkspan check`: what is wrong with this installation, and how to mend it."""

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from linkspan.cli import one_line
from linkspan.site.configuration import shown, unknown

LEAST_FREE_BYTES = 1_000_000_000
MOST_CLOCK_SECONDS = 2
SEAL_WARNING_DAYS = 30
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Verdict(StrEnum):
    """What a check found."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was found, and what to do about it."""

    check: str
    verdict: Verdict
    told: str
    remedy: str = ""


type Check = Callable[[], Iterator[Finding]]


def register(verbs: Any) -> None:
    """Add the verb."""
    check = verbs.add_parser("check", help="say what is wrong with this installation, and how to mend it")
    check.add_argument("--json", action="store_true", help="print one JSON object a line")
    check.set_defaults(run=run_check)


def run_check(arguments: argparse.Namespace) -> int:
    """Exit 0 if nothing is wrong (warnings count as nothing), 1 if something is, 3 if a service does not answer."""
    import django

    django.setup()
    found = [finding for check in CHECKS for finding in check()]
    for one in found:
        told = f"{one.verdict:<6} {one.check}: {one.told} {one.remedy}".rstrip()
        print(json.dumps(asdict(one), ensure_ascii=False) if arguments.json else one_line(told))
    verdicts = {one.verdict for one in found}
    return 3 if Verdict.SILENT in verdicts else int(Verdict.FAIL in verdicts)


def configuration() -> Iterator[Finding]:
    """Variables that nothing reads, and settings that do not fit each other."""
    from django.conf import settings

    name, base = "configuration", urlsplit(settings.BASE_URL)
    for variable, near in unknown(os.environ).items():
        remedy = f"Write {near}." if near else "Remove it, or see linkspan config."
        yield Finding(name, Verdict.FAIL, f"{variable} is no setting.", remedy)
    if "*" not in settings.ALLOWED_HOSTS and base.hostname not in {h.strip("[]") for h in settings.ALLOWED_HOSTS}:
        yield Finding(name, Verdict.FAIL, f"{base.hostname} is refused.", "Add the host to LINKSPAN_HOSTS.")
    if f"{base.scheme}://{base.netloc}" not in settings.CSRF_TRUSTED_ORIGINS:
        yield Finding(name, Verdict.FAIL, f"Forms of {settings.BASE_URL} are refused.", "Add it to LINKSPAN_ORIGINS.")
    if base.hostname not in LOOPBACK:
        for variable, on in (("LINKSPAN_DEBUG", settings.DEBUG), ("LINKSPAN_DEMO", settings.DEMO)):
            if on:
                yield Finding(name, Verdict.FAIL, f"{variable} is on where others come.", "Turn it off.")
        if base.scheme != "https":
            yield Finding(
                name, Verdict.WARN, "Sign-ins and cookies travel in clear.", "Put a proxy with TLS in front, and name "
                "it by LINKSPAN_BASE_URL=https://…"
            )  # fmt: skip
    yield Finding(name, Verdict.OK, f"The site is {settings.BASE_URL}.")


def framework() -> Iterator[Finding]:
    """What Django finds wrong with the settings; where others come, also what it asks of a deployment."""
    from django.conf import settings
    from django.core import checks

    public = urlsplit(settings.BASE_URL).hostname not in LOOPBACK
    found = [one for one in checks.run_checks(include_deployment_checks=public) if not one.is_silenced()]
    for one in found:
        verdict = Verdict.FAIL if one.is_serious() else Verdict.WARN
        yield Finding("framework", verdict, f"{one.id}: {one.msg}", one.hint or "")
    if not found:
        yield Finding("framework", Verdict.OK, "Django finds nothing wrong with the settings.")


def database() -> Iterator[Finding]:
    """Whether the database answers, and has the tables of this version."""
    from django.db import connection

    from linkspan.kernel.errors import LinkspanError
    from linkspan.site.database import check_database

    if not _database_answers():
        told = f"{connection.vendor} does not answer."
        yield Finding("database", Verdict.SILENT, told, "Start it, or mend LINKSPAN_DATABASE_URL.")
        return
    try:
        check_database()
    except LinkspanError as error:
        yield Finding("database", Verdict.FAIL, error.message)
    else:
        yield Finding("database", Verdict.OK, f"{connection.vendor} answers and has the tables of this version.")


def _database_answers() -> bool:
    """Whether a connection can be made; a file that is not there yet is not made by asking."""
    from django.db import OperationalError, connection

    from linkspan.site.database import is_embedded

    if is_embedded():
        return True
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    return True


def clock() -> Iterator[Finding]:
    """Whether the database's clock is this machine's, and the domain's clock is not shifted."""
    from django.db import connection

    from linkspan.kernel.clock import SHIFT, real_now
    from linkspan.site.database import is_embedded

    if os.environ.get(SHIFT):
        yield Finding("clock", Verdict.WARN, f"The domain's clock is shifted by {SHIFT}.", "Unset it on a real site.")
    if is_embedded() or not _database_answers():
        yield Finding("clock", Verdict.OK, f"It is {real_now():%Y-%m-%d %H:%M:%S} UTC here.")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    apart = abs((there - real_now()).total_seconds())
    if apart > MOST_CLOCK_SECONDS:
        yield Finding("clock", Verdict.FAIL, f"The database's clock is {apart:.0f} s apart.", "Run NTP on both.")
    else:
        yield Finding("clock", Verdict.OK, "This machine and the database agree on the time.")


def broker() -> Iterator[Finding]:
    """Whether the broker answers, and jobs can be done over it; without one there is nothing to ask."""
    from django.conf import settings

    from linkspan.kernel.errors import LinkspanError
    from linkspan.site import broker as named

    if not named.is_named():
        yield Finding("broker", Verdict.OK, "None is named: each worker looks by itself.")
        return
    try:
        named.check_named()
    except LinkspanError as error:
        yield Finding("broker", Verdict.FAIL, error.message)
        return
    if wrong := named.answers():
        told = f"{shown('LINKSPAN_BROKER_URL', settings.BROKER_URL)} does not answer: {wrong}"
        remedy = "Start it, or mend LINKSPAN_BROKER_URL. What waits is delivered when it is back."
        yield Finding("broker", Verdict.SILENT, told, remedy)
    else:
        yield Finding("broker", Verdict.OK, f"{shown('LINKSPAN_BROKER_URL', settings.BROKER_URL)} answers.")


def cache() -> Iterator[Finding]:
    """Whether the shared cache answers; without one, whether several processes would need it."""
    from django.conf import settings

    from linkspan.site.database import is_embedded

    if not settings.CACHE_URL:
        if is_embedded():
            yield Finding("cache", Verdict.OK, "None is named: one process needs none.")
        else:
            told = "None is named: each process counts sign-ins for itself."
            yield Finding("cache", Verdict.WARN, told, "Name a Redis or Valkey by LINKSPAN_CACHE_URL.")
        return
    from linkspan.site.shared_cache import silence

    where = shown("LINKSPAN_CACHE_URL", settings.CACHE_URL)
    if wrong := silence():
        remedy = "Start it, or mend LINKSPAN_CACHE_URL. Until then each process counts for itself."
        yield Finding("cache", Verdict.SILENT, f"{where} does not answer: {wrong}", remedy)
    else:
        yield Finding("cache", Verdict.OK, f"{where} answers.")


def mail() -> Iterator[Finding]:
    """Whether the mail server answers, and takes the name and password."""
    from django.conf import settings

    from linkspan.messages.engines.mail import greet

    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        told = f"Mail is written to {settings.EMAIL_FILE_PATH}: nobody new can sign in."
        yield Finding("mail", Verdict.WARN, told, "Name a mail server by LINKSPAN_EMAIL_URL.")
        return
    try:
        greet()
    except OSError as error:
        told = f"The mail server {settings.EMAIL_HOST}:{settings.EMAIL_PORT} does not take us: {error}"
        yield Finding("mail", Verdict.SILENT, told, "Mend LINKSPAN_EMAIL_URL, then try linkspan mail test ADDRESS.")
    else:
        yield Finding("mail", Verdict.OK, f"{settings.EMAIL_HOST} answers. Try linkspan mail test ADDRESS.")


def storage() -> Iterator[Finding]:
    """Whether documents and courses can be stored, there is room for them, and nobody else reads them."""
    from django.conf import settings

    if not settings.HOME.exists():
        yield Finding("storage", Verdict.FAIL, f"{settings.HOME} is not there yet.", "linkspan migrate makes it.")
        return
    for place in (Path(settings.DOCUMENT_ROOT), Path(settings.COURSE_ROOT)):
        try:
            place.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=place, prefix="probe-") as probe:
                probe.write(b"?")
        except OSError as error:
            yield Finding("storage", Verdict.FAIL, f"{place} takes no files: {error}", "Give it to this account.")
            continue
        free = shutil.disk_usage(place).free
        if free < LEAST_FREE_BYTES:
            yield Finding("storage", Verdict.WARN, f"{place} has {free // 1_000_000} MB left.", "Make room.")
    if settings.STORE_URL:
        yield _store()
    if settings.HOME.stat().st_mode & 0o077:
        yield Finding("storage", Verdict.FAIL, f"Others can look into {settings.HOME}.", f"chmod 700 {settings.HOME}")
    yield Finding("storage", Verdict.OK, f"Files are in {settings.HOME}.")


def _store() -> Finding:
    """Whether the store that machines share takes a file and gives it back."""
    from django.conf import settings

    from linkspan.kernel.errors import LinkspanError
    from linkspan.kernel.shelves import shelf

    where = shown("LINKSPAN_STORE_URL", settings.STORE_URL)
    try:
        shelf().write("probe", b"?")
        whole = shelf().read("probe") == b"?"
        shelf().remove("probe")
    except LinkspanError as error:
        remedy = "Start it, make the bucket, or mend LINKSPAN_STORE_URL."
        return Finding("storage", Verdict.SILENT, f"{where}: {error.message}", remedy)
    if not whole:
        return Finding(
            "storage", Verdict.FAIL, f"{where} gives back something else.", "Name a store of this site alone."
        )
    return Finding("storage", Verdict.OK, f"Documents and course files are in {where}.")


def keys() -> Iterator[Finding]:
    """Whether the key of documents opens those that are there, and the PDF seal is valid."""
    from cryptography.fernet import InvalidToken
    from cryptography.x509 import load_pem_x509_certificate
    from django.conf import settings

    from linkspan.kernel.clock import real_now
    from linkspan.kernel.errors import Busy
    from linkspan.kernel.storage import kept, read

    if not settings.HOME.exists():
        yield Finding("keys", Verdict.WARN, "There are no keys yet.", "linkspan migrate makes them.")
        return
    seal = Path(str(settings.PDF_SEAL))
    try:
        first = next(kept(), None)
        if first is not None:
            read(first)
    except Busy:
        pass  # the check of the storage says so
    except (InvalidToken, ValueError):
        told = "The key of documents does not open those that are here."
        yield Finding("keys", Verdict.FAIL, told, "Bring back LINKSPAN_DOCUMENT_KEY or secrets.json of this home.")
    try:
        left = (load_pem_x509_certificate(seal.read_bytes()).not_valid_after_utc - real_now()).days
    except (OSError, ValueError) as error:
        told = f"The PDF seal {seal} cannot be read: {error}"
        yield Finding("keys", Verdict.FAIL, told, "Mend LINKSPAN_PDF_SEAL.")
        return
    if left < SEAL_WARNING_DAYS:
        yield Finding("keys", Verdict.WARN, f"The PDF seal is valid for {left} days.", "Put a new one in its place.")
    yield Finding("keys", Verdict.OK, "The keys of this home were tried.")


def sandbox() -> Iterator[Finding]:
    """Whether answers that Python checks can be checked here."""
    from linkspan.courseware.engines.sandbox import SandboxUnavailable, run

    try:
        error, _after = run("x = 6 * 7", {})
    except SandboxUnavailable as refusal:
        yield Finding("sandbox", Verdict.WARN, str(refusal), "Install bubblewrap and libseccomp.")
    else:
        told = "Python-checked problems run in it." if error is None else f"It fails: {error}"
        yield Finding("sandbox", Verdict.OK if error is None else Verdict.FAIL, told)


CHECKS: tuple[Check, ...] = (configuration, framework, database, clock, broker, cache, mail, storage, keys, sandbox)
