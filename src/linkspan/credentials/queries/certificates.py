"""The certificate of a credential, for people."""

import json
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language, gettext

from linkspan.catalog.queries import named
from linkspan.credentials.engines.certificate import certificate_pdf
from linkspan.credentials.engines.picture import badge_png, badge_svg
from linkspan.credentials.engines.seal import seal_pdf
from linkspan.credentials.queries.held import credential
from linkspan.credentials.rules import IssueKind
from linkspan.institutions.queries import institution
from linkspan.kernel import written
from linkspan.kernel.readers import public
from linkspan.vc.baking import bake_png, bake_svg
from linkspan.vc.pdf import embed_credential


@public
def verify_url(credential_id: UUID) -> str:
    """Where anybody checks the credential: the certificate's page."""
    return f"{settings.BASE_URL}/credentials/{credential_id}/"


@public
def certificate(credential_id: UUID) -> bytes:
    """The certificate of a credential in the active language: a tagged PDF that holds the credential, sealed."""
    held = credential(credential_id)
    subject = held.document["credentialSubject"]
    described = {d["id"]: d for d in subject.get("achievement", {}).get("resultDescription", [])}
    results = [_result(described[r["resultDescription"]], r["value"]) for r in subject.get("result", [])]
    url = verify_url(held.id)
    told = {
        "lang": (get_language() or "en").partition("-")[0],
        "issuer": institution(held.issuer).name,
        "certifies": gettext("certifies that"),
        "holder": held.holder_name,
        "completed": _did(held.kind),
        "title": held.title,
        "awarded": gettext("Awarded on {day}").format(day=written.day(held.awarded_at.date())),
        "results": "; ".join(results),
        "check": gettext("Check this certificate at {url}").format(url=written.isolated(url)),
        "qr": gettext("QR code of the address at which this certificate is checked"),
    }
    bare = certificate_pdf(told=told, verify_url=url)
    whole = embed_credential(bare, json.dumps(held.document, ensure_ascii=False))
    return seal_pdf(whole, seal=Path(str(settings.PDF_SEAL)), reason=told["check"])


@public
def badge_picture(credential_id: UUID, form: str) -> bytes:
    """The credential baked into a picture (Open Badges 3.0, section 5.3): `form` is `svg` or `png`."""
    held = credential(credential_id)
    issuer = institution(held.issuer).name
    drawn = badge_svg(title=held.title, issuer=issuer, year=str(held.awarded_at.year))
    text = json.dumps(held.document, ensure_ascii=False)
    return bake_svg(drawn, text) if form == "svg" else bake_png(badge_png(drawn), text)


@public
def achievement_picture(key: str) -> bytes:
    """The picture of a course's or program's badge, as PNG, without anybody's credential in it; NotFound."""
    owner, title = named(key)
    return _drawn(title, institution(owner).name)


@lru_cache(maxsize=256)
def _drawn(title: str, issuer: str) -> bytes:
    return badge_png(badge_svg(title=title, issuer=issuer, year=""))


@public
def linkedin_url(credential_id: UUID) -> str:
    """Where the holder adds the credential to a LinkedIn profile; nothing is sent before they open it."""
    held = credential(credential_id)
    told = {
        "startTask": "CERTIFICATION_NAME",
        "name": held.title,
        "organizationName": institution(held.issuer).name,
        "issueYear": held.awarded_at.year,
        "issueMonth": held.awarded_at.month,
        "certUrl": verify_url(held.id),
        "certId": str(held.id),
    }
    return f"https://www.linkedin.com/profile/add?{urlencode(told)}"


def _result(described: dict[str, str], value: str) -> str:
    return (
        f"{described['name']}: {written.grade(value)}"
        if described["resultType"] == "Percent"
        else f"{described['name']}: {value}"
    )


def _did(kind: IssueKind) -> str:
    return {
        IssueKind.COURSE: gettext("has passed the course"),
        IssueKind.PROGRAM: gettext("has completed the program"),
        IssueKind.COMMENDATION: gettext("is commended for"),
        IssueKind.TRANSCRIPT: gettext("holds the record"),
        IssueKind.DEGREE: gettext("has been awarded the degree"),
    }[kind]
