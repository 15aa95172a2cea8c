"""Reads of credentials and status lists."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext

from linkspan.catalog.queries import program
from linkspan.credentials.engines.certificate import certificate_pdf
from linkspan.credentials.models import CredentialRow, StatusEntryRow, StatusListRow
from linkspan.credentials.rules import (
    Completion,
    CredentialState,
    Issued,
    Result,
    completion,
    may_list_credentials,
)
from linkspan.institutions.queries import institution, issuer_registry, signing_key
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.records.queries import grades_of_record
from linkspan.records.rules import Fact, Kind, day
from linkspan.vc import Trust, Verdict, sign, status, verify


def credentials_of(actor: Actor, learner_id: UUID) -> tuple[Issued, ...]:
    """A learner's credentials, newest first."""
    permit(may_list_credentials(actor, learner_id), "see these credentials")
    rows = CredentialRow.objects.filter(learner_id=learner_id).order_by("-awarded_at")
    return tuple(issued(row) for row in rows)


def credential(credential_id: UUID) -> Issued:
    """One credential: who has its identifier may see it (it is on the certificate)."""
    row = CredentialRow.objects.filter(id=credential_id).first()
    if row is None:
        raise NotFound("credential_unknown", "There is no such credential. Check the address on the certificate.")
    return issued(row)


def program_completion(actor: Actor, learner_id: UUID, program_key: str, on: datetime) -> Completion:
    """How far a learner is in a program, on the grades of record."""
    tree = program(program_key, on.date()).requirements
    return completion(tree, (result_of(fact) for fact in grades_of_record(actor, learner_id)))


def status_list(list_id: UUID, now: datetime) -> dict[str, Any]:
    """The signed status list with that identifier, as verifiers fetch it."""
    row = StatusListRow.objects.filter(id=list_id).first()
    if row is None:
        raise NotFound("status_list_unknown", "There is no such status list.")
    key = signing_key(row.institution, now)
    revoked = StatusEntryRow.objects.filter(status_list=row, is_set=True).values_list("index", flat=True)
    document = status.list_credential(
        url=status_list_url(row.id),
        issuer=key.did,
        purpose=row.purpose,
        set_indices=revoked,
        length=row.length,
        valid_from=key.valid_from,
    )
    return sign(document, key.seed, created=now)


def status_lists(now: datetime) -> dict[str, dict[str, Any]]:
    """Every status list of this installation by address, as `linkspan verify --status` reads them."""
    ids = StatusListRow.objects.values_list("id", flat=True)
    return {"lists": {status_list_url(list_id): status_list(list_id, now) for list_id in ids}}


def judge(document: bytes | dict[str, Any], now: datetime) -> Verdict:
    """The verdict about a credential, relying on this installation's issuers and status lists."""
    trust = Trust(issuers=issuer_registry()["issuers"], lists=status_lists(now)["lists"])
    return verify(document, trust=trust, at=now)


def judge_all(documents: Iterable[Mapping[str, Any]], now: datetime) -> tuple[Verdict, ...]:
    """`judge` for many credentials, with the issuers and status lists read once."""
    found = list(documents)
    if not found:
        return ()
    trust = Trust(issuers=issuer_registry()["issuers"], lists=status_lists(now)["lists"])
    return tuple(verify(document, trust=trust, at=now) for document in found)


def status_list_url(list_id: UUID) -> str:
    """The address in status entries; opaque, so that it can be served from anywhere."""
    return f"urn:uuid:{list_id}"


def result_of(fact: Fact) -> Result:
    """A grade of record as completion reads it; letters and points have no percent here and count as zero."""
    data = fact.data
    grade = data["grade"]
    percent = Decimal(str(grade["value"])) if grade["scale"] == "percent" else Decimal(0)
    if fact.kind == Kind.EXAM_RESULT:
        return Result(data["id"], percent, day(data["taken"]))
    return Result(f"{data['institution']}/{data['id']}", percent, day(data["completed"]))


def issued(row: CredentialRow) -> Issued:
    """A row as a value."""
    return Issued(
        row.id,
        row.learner_id,
        row.program_key,
        row.program_title,
        row.institution,
        row.holder_name,
        CredentialState(row.state),
        row.awarded_at,
        row.document,
        row.revoked_reason,
    )


def verify_url(credential_id: UUID) -> str:
    """Where anybody checks the credential: the certificate's page."""
    return f"{settings.BASE_URL}/credentials/{credential_id}/"


def certificate(credential_id: UUID) -> bytes:
    """The certificate of a credential as a tagged PDF in the active language."""
    held = credential(credential_id)
    achievement = held.document["credentialSubject"]
    names = {d["id"]: d["name"] for d in achievement["achievement"].get("resultDescription", [])}
    results = "; ".join(f"{names[r['resultDescription']]}: {r['value']} %" for r in achievement.get("result", []))
    url = verify_url(held.id)
    told = {
        "lang": "en",
        "issuer": institution(held.issuer).name,
        "certifies": gettext("certifies that"),
        "holder": held.holder_name,
        "completed": gettext("has completed the program"),
        "title": held.program_title,
        "awarded": gettext("Awarded on {day}").format(day=held.awarded_at.date().isoformat()),
        "results": results,
        "check": gettext("Check this certificate at {url}").format(url=url),
        "qr": gettext("QR code of the address at which this certificate is checked"),
    }
    return certificate_pdf(told=told, verify_url=url)
