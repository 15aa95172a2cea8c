"""The certificate of a credential, for people."""

import json
from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language, gettext

from linkspan.catalog.queries import courses, named
from linkspan.credentials.engines.certificate import (
    Certificate,
    CourseLine,
    certificate_pdf,
    certificate_png,
)
from linkspan.credentials.engines.picture import badge_png, badge_svg
from linkspan.credentials.engines.seal import seal_pdf
from linkspan.credentials.models import CredentialRow
from linkspan.credentials.queries.held import credential, hidden_from
from linkspan.credentials.rules import Issued, IssueKind, ShownPart
from linkspan.credentials.rules.shown import LETTER_GRADE
from linkspan.institutions.queries import institution, letterhead, look_on
from linkspan.institutions.rules import Look, may_set_look
from linkspan.kernel import written
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.ids import long_number_of, number_of, span_of
from linkspan.kernel.readers import public
from linkspan.vc.baking import bake_png, bake_svg
from linkspan.vc.pdf import embed_credential


@public
def verify_url(credential_id: UUID) -> str:
    """Where anybody checks the credential: the certificate's page."""
    return f"{settings.BASE_URL}/credentials/{credential_id}/"


@public
def short_url(credential_id: UUID) -> str:
    """The same in few characters, to be typed from paper."""
    return f"{settings.BASE_URL}/c/{long_number_of(credential_id)}"


@public
def numbered(number: str) -> UUID:
    """The credential that a short address leads to; NotFound if there is none."""
    span = span_of(number)
    if span is not None:
        first, last, ending = span
        ids = CredentialRow.objects.filter(id__gte=first, id__lte=last).values_list("id", flat=True)
        found = next((one for one in ids if one.hex.endswith(ending)), None)
        if found is not None:
            return found
    raise NotFound("credential_unknown", "There is no such credential. Check the address on the certificate.")


@public
def certificate(credential_id: UUID, actor: Actor | None = None) -> bytes:
    """The certificate of a credential in the active language, as the actor may see it: a tagged PDF, sealed.

    It holds the credential, unless its holder hides parts of it from the actor.
    """
    held = credential(credential_id)
    hidden = hidden_from(actor, held)
    told = _certificate(held, hidden)
    whole = certificate_pdf(told)
    if not hidden:
        whole = embed_credential(whole, json.dumps(held.document, ensure_ascii=False))
    return seal_pdf(whole, seal=Path(str(settings.PDF_SEAL)), reason=f"{told.words['check']} {verify_url(held.id)}")


@public
def certificate_picture(credential_id: UUID, actor: Actor | None = None) -> bytes:
    """The certificate as a picture, in the active language, as the actor may see it."""
    held = credential(credential_id)
    return certificate_png(_certificate(held, hidden_from(actor, held)))


def _certificate(held: Issued, hidden: Collection[ShownPart]) -> Certificate:
    school, day = institution(held.issuer), held.awarded_at.date()
    subject = held.document["credentialSubject"]
    described = {d["id"]: d for d in subject.get("achievement", {}).get("resultDescription", [])}
    results = [(described[r["resultDescription"]]["name"], _grade(described, r)) for r in subject.get("result", [])]
    grades = _together(results)
    if ShownPart.COURSES in hidden:
        grades = {name: grade for name, grade in grades.items() if name == held.title or held.kind is IssueKind.COURSE}
    if ShownPart.GRADES in hidden:
        grades = dict.fromkeys(grades, "")
    is_program = held.kind is IssueKind.PROGRAM
    facts = [gettext("Awarded on {day}").format(day=written.day(day))] if ShownPart.DATE not in hidden else []
    if "creditsEarned" in subject:
        facts.append(gettext("Credits: {number}").format(number=written.number(str(subject["creditsEarned"]))))
    if any(grades.values()) and not is_program:
        facts.append(gettext("Grade: {grade}").format(grade="; ".join(grades.values())))
    return Certificate(
        words={
            "lang": (get_language() or "en").partition("-")[0],
            "issuer": school.name,
            "certifies": gettext("certifies that"),
            "holder": gettext("the holder") if ShownPart.NAME in hidden else held.holder_name,
            "completed": _did(held.kind),
            "title": held.title,
            "awarded": "  ·  ".join(facts),
            "consisting": gettext("Courses and exams"),
            "check": gettext("Check this certificate at"),
            "short": written.isolated(short_url(held.id).partition("://")[2]),
            "number": gettext("Certificate number {number}").format(number=written.isolated(number_of(held.id))),
            "qr": gettext("QR code of the address at which this certificate is checked"),
        },
        courses=_lines(held, grades) if is_program else (),
        head=letterhead(held.issuer, day),
        address=verify_url(held.id),
    )


def look_sample(actor: Actor, code: str, look: Look, day: date) -> bytes:
    """A certificate of nobody in that look, as a picture, for who decides on it; who signs is as on the day."""
    permit(may_set_look(actor, code), "decide how this institution looks")
    words = {
        "lang": (get_language() or "en").partition("-")[0],
        "issuer": institution(code).name,
        "certifies": gettext("certifies that"),
        "holder": gettext("Name of the holder"),
        "completed": gettext("has completed the program"),
        "title": gettext("Title of the program"),
        "awarded": gettext("A sample: it certifies nothing"),
        "consisting": gettext("Courses and exams"),
        "check": gettext("Check this certificate at"),
        "short": written.isolated(settings.BASE_URL.partition("://")[2]),
        "number": "",
        "qr": gettext("QR code of the address at which this certificate is checked"),
    }
    courses = tuple(CourseLine(gettext("Title of a course"), written.grade(percent)) for percent in (92, 88, 95, 79))
    return certificate_png(Certificate(words, courses, letterhead(code, day, look), settings.BASE_URL))


def _together(results: list[tuple[str, str]]) -> dict[str, str]:
    """Percentage and letter of the same part in one, by the part."""
    found: dict[str, list[str]] = {}
    for name, grade in results:
        found.setdefault(name.removesuffix(LETTER_GRADE), []).append(grade)
    return {name: written.listed(grades) for name, grades in found.items()}


def _lines(held: Issued, grades: Mapping[str, str]) -> tuple[CourseLine, ...]:
    """The parts of a program by their titles as the catalogue has them, its own grade last."""
    titles = {key: course.title for key, course in courses(grades).items()}
    lines = [CourseLine(titles[key], grade) for key, grade in grades.items() if key in titles]
    for key, grade in grades.items():
        if key == held.title and not grade:
            continue
        if key == held.title:
            lines.append(CourseLine(gettext("The whole program"), grade))
        elif key not in titles:
            lines.append(CourseLine(gettext("Proctored exam {code}").format(code=written.isolated(key)), grade))
    return tuple(lines)


@public
def badge_picture(credential_id: UUID, form: str, actor: Actor | None = None) -> bytes:
    """The credential baked into a picture (Open Badges 3.0, section 5.3): `form` is `svg` or `png`.

    It is the picture alone where its holder hides parts of it from the actor.
    """
    held = credential(credential_id)
    hidden = hidden_from(actor, held)
    issuer, look = institution(held.issuer).name, look_on(held.issuer, held.awarded_at.date())
    year = "" if ShownPart.DATE in hidden else str(held.awarded_at.year)
    drawn = badge_svg(title=held.title, issuer=issuer, year=year, look=look)
    if hidden:
        return drawn if form == "svg" else badge_png(drawn)
    text = json.dumps(held.document, ensure_ascii=False)
    return bake_svg(drawn, text) if form == "svg" else bake_png(badge_png(drawn), text)


@public
def achievement_picture(key: str, day: date) -> bytes:
    """The picture of a course's or program's badge on that day, as PNG, without anybody's credential; NotFound."""
    owner, title = named(key)
    return _drawn(title, institution(owner).name, look_on(owner, day))


@public
def badge_sample(issuer: str, look: Look) -> bytes:
    """A badge of nothing in that look, as PNG."""
    return _drawn(gettext("Title of the program"), institution(issuer).name, look)


@lru_cache(maxsize=256)
def _drawn(title: str, issuer: str, look: Look) -> bytes:
    return badge_png(badge_svg(title=title, issuer=issuer, year="", look=look))


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


def _grade(described: Mapping[str, Mapping[str, str]], result: Mapping[str, str]) -> str:
    percent = described[result["resultDescription"]]["resultType"] == "Percent"
    return written.grade(result["value"]) if percent else result["value"]


def _did(kind: IssueKind) -> str:
    return {
        IssueKind.COURSE: gettext("has passed the course"),
        IssueKind.PROGRAM: gettext("has completed the program"),
        IssueKind.COMMENDATION: gettext("is commended for"),
        IssueKind.TRANSCRIPT: gettext("holds the record"),
        IssueKind.DEGREE: gettext("has been awarded the degree"),
    }[kind]
