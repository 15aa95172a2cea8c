"""The certificate of a credential, for people."""

from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext

from linkspan.credentials.engines.certificate import certificate_pdf
from linkspan.credentials.queries.held import credential
from linkspan.credentials.rules import IssueKind
from linkspan.institutions.queries import institution


def verify_url(credential_id: UUID) -> str:
    """Where anybody checks the credential: the certificate's page."""
    return f"{settings.BASE_URL}/credentials/{credential_id}/"


def certificate(credential_id: UUID) -> bytes:
    """The certificate of a credential as a tagged PDF in the active language."""
    held = credential(credential_id)
    subject = held.document["credentialSubject"]
    described = {d["id"]: d for d in subject.get("achievement", {}).get("resultDescription", [])}
    results = [_result(described[r["resultDescription"]], r["value"]) for r in subject.get("result", [])]
    url = verify_url(held.id)
    told = {
        "lang": "en",
        "issuer": institution(held.issuer).name,
        "certifies": gettext("certifies that"),
        "holder": held.holder_name,
        "completed": _did(held.kind),
        "title": held.title,
        "awarded": gettext("Awarded on {day}").format(day=held.awarded_at.date().isoformat()),
        "results": "; ".join(results),
        "check": gettext("Check this certificate at {url}").format(url=url),
        "qr": gettext("QR code of the address at which this certificate is checked"),
    }
    return certificate_pdf(told=told, verify_url=url)


def _result(described: dict[str, str], value: str) -> str:
    return (
        f"{described['name']}: {value} %" if described["resultType"] == "Percent" else f"{described['name']}: {value}"
    )


def _did(kind: IssueKind) -> str:
    return {
        IssueKind.COURSE: gettext("has passed the course"),
        IssueKind.PROGRAM: gettext("has completed the program"),
        IssueKind.COMMENDATION: gettext("is commended for"),
        IssueKind.TRANSCRIPT: gettext("holds the record"),
    }[kind]
