"""Drafts of what is issued: the achievement, its results and its ground, before signing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from linkspan.catalog.rules import Course, Program
from linkspan.credentials.rules import Completion, IssueKind, Part
from linkspan.credentials.rules.tree import LETTERS
from linkspan.kernel.record import CourseTaken, CredentialHeld, ExamTaken, Grade
from linkspan.records.rules import Kind, NewFact
from linkspan.vc import badges


@dataclass(frozen=True, slots=True)
class Draft:
    """One credential to issue. `basis` names its ground, `results` the grades in it; `supersedes` what it replaces.

    A transcript has no `award` of its own, but the signed credentials in it (`nested`), and `lines` that are
    signed with it, each as a credential under the transcript's own status.
    """

    learner_id: UUID
    institution: str
    kind: IssueKind
    achievement_key: str
    title: str
    award: badges.Award | None
    basis: str = ""
    results: tuple[Mapping[str, str | None], ...] = ()
    record: CredentialHeld | None = None
    supersedes: UUID | None = None
    why: str = ""
    prepared_by: str = ""
    approved_by: str = ""
    nested: tuple[Mapping[str, Any], ...] = ()
    lines: tuple[badges.Award, ...] = ()

    def fact(self, credential_id: UUID, now: datetime, status: str = "active") -> NewFact | None:
        """What goes on the learner's record, if this kind does."""
        if self.record is None:
            return None
        named = {"id": credential_id.urn, "awarded": now.date().isoformat(), "status": status}
        return NewFact(Kind.CREDENTIAL, str(credential_id), {**self.record, **named})


def program_draft(learner_id: UUID, found: Program, judged: Completion, aligned: list[dict[str, str]]) -> Draft:
    """A program's credential: a result for each part that counted and for the whole, the exam as evidence."""
    counted = [part for part in judged.counted if part.have is not None]
    outcomes = [outcome for part in counted for outcome in _outcomes(part)]
    if judged.grade is not None and judged.grade.percent is not None:
        outcomes += _graded(found.title, str(judged.grade.percent), judged.grade.letter, None, levels=LETTERS)
    exams = [part for part in counted if part.kind == "exam"]
    return Draft(
        learner_id=learner_id,
        institution=found.institution,
        kind=IssueKind.PROGRAM,
        achievement_key=found.key,
        title=found.title,
        award=badges.Award(
            achievement_id=f"{settings.BASE_URL}/programs/{found.key}/",
            name=found.title,
            description=found.summary or found.title,
            criteria="; ".join(_asked(part) for part in judged.counted),
            achievement_type="MicroCredential",
            outcomes=outcomes,
            alignments=aligned,
            evidence=[_exam_evidence(part) for part in exams],
            picture=picture_url(found.key),
            criteria_url=f"{settings.BASE_URL}/programs/{found.key}/",
        ),
        basis=f"catalogue year {judged.catalogue_year}",
        results=results_of(counted),
        record={
            "issuer": found.institution,
            "program": found.code,
            "courses": [_course_entry(part) for part in counted if part.kind == "course"],
            "exams": [_exam_entry(part) for part in exams],
        },
    )


def results_of(parts: Iterable[Part]) -> tuple[Mapping[str, str | None], ...]:
    """The grades that a credential rests on, in a form that can be compared later."""
    return tuple(
        {
            "key": part.key,
            "percent": str(part.have.percent) if part.have.percent is not None else None,
            "letter": part.have.letter,
        }
        for part in parts
        if part.have is not None
    )


def course_draft(learner_id: UUID, course: Course, fact: Mapping[str, Any], aligned: list[dict[str, str]]) -> Draft:
    """A course certificate on a frozen passing grade of record."""
    percent, grade = fact.get("percent"), fact["grade"]
    letter = grade["value"] if grade["scale"] == "letter" else None
    stated = str(percent) if percent is not None else str(grade["value"]) if grade["scale"] == "percent" else None
    return Draft(
        learner_id=learner_id,
        institution=course.institution,
        kind=IssueKind.COURSE,
        achievement_key=course.key,
        title=course.title,
        award=badges.Award(
            achievement_id=f"{settings.BASE_URL}/courses/{course.key}/",
            name=course.title,
            description=course.summary or course.title,
            criteria=f"A passing grade of record on the verified track of {course.code}",
            achievement_type="Course",
            outcomes=_graded(course.code, stated, letter, None),
            alignments=aligned,
            evidence=[{"name": course.code, "narrative": f"Graded work in {course.title}"}],
            credits=course.credits,
            picture=picture_url(course.key),
        ),
        basis=str(fact["run"]),
        results=({"key": course.key, "percent": stated, "letter": letter},),
    )


def transcript_draft(learner_id: UUID, institution: str, title: str, documents: Iterable[Mapping[str, Any]]) -> Draft:
    """A transcript of what an institution issued to a learner."""
    return Draft(
        learner_id=learner_id,
        institution=institution,
        kind=IssueKind.TRANSCRIPT,
        achievement_key=institution,
        title=title,
        award=None,
        nested=tuple(documents),
    )


def commendation_draft(learner_id: UUID, institution: str, about: str, title: str, reason: str) -> Draft:
    """A commendation by staff, with its reason as the criteria."""
    slug = "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
    return Draft(
        learner_id=learner_id,
        institution=institution,
        kind=IssueKind.COMMENDATION,
        achievement_key=f"{about}:{slug}"[:255],
        title=title,
        award=badges.Award(
            achievement_id=f"{settings.BASE_URL}/programs/{about}/#commendation-{slug or 'other'}",
            name=title,
            description=reason,
            criteria=reason,
            achievement_type="Award",
            picture=picture_url(about),
        ),
        basis=reason[:255],
    )


def degree_draft(
    learner_id: UUID, institution: str, key: str, award: badges.Award, *, prepared_by: str = "", approved_by: str = ""
) -> Draft:
    """A degree that a school confers: two people stand for it."""
    return Draft(
        learner_id=learner_id,
        institution=institution,
        kind=IssueKind.DEGREE,
        achievement_key=key,
        title=award.name,
        award=award,
        basis=award.criteria[:255],
        prepared_by=prepared_by,
        approved_by=approved_by,
    )


def degree_again(learner_id: UUID, institution: str, key: str, document: Mapping[str, Any]) -> Draft:
    """A degree as its signed credential tells it, to be issued again under another name of its holder."""
    told = document["credentialSubject"]["achievement"]
    award = badges.Award(
        achievement_id=told["id"],
        name=told["name"],
        description=told["description"],
        criteria=told["criteria"]["narrative"],
        achievement_type=told["achievementType"],
        criteria_url=told["criteria"].get("id", ""),
    )
    return degree_draft(learner_id, institution, key, award)


def picture_url(key: str) -> str:
    """Where the picture of a course's or program's badge stands."""
    return f"{settings.BASE_URL}/badges/{key}.png"


def _asked(part: Part) -> str:
    """What a part asks for, of whomever: the holder's own grade stands in the results."""
    if part.need_percent is not None:
        return f"{part.key}: {part.need_percent}% or more"
    return f"{part.key}: {part.need_letter} or better" if part.need_letter else f"{part.key}: passed"


def _outcomes(part: Part) -> list[badges.Outcome]:
    have = part.have
    assert have is not None
    percent = str(have.percent) if have.percent is not None else None
    return _graded(part.key, percent, have.letter, part)


def _graded(
    name: str, percent: str | None, letter: str | None, part: Part | None, *, levels: Sequence[str] = ()
) -> list[badges.Outcome]:
    found = []
    if percent is not None:
        need = str(part.need_percent) if part and part.need_percent is not None else None
        found.append(badges.Outcome(name, percent, need))
    if letter:
        need = part.need_letter if part else None
        found.append(badges.Outcome(f"{name}, letter grade", letter, need, "LetterGrade", LETTERS, levels))
    return found


def _exam_evidence(part: Part) -> dict[str, str]:
    return {"name": part.key, "narrative": "Proctored exam under a confirmed legal name", "genre": "exam"}


def _course_entry(part: Part) -> CourseTaken:
    assert part.have is not None
    entry: CourseTaken = {"id": part.key.split("/")[-1], "completed": part.have.on.isoformat()}
    grade = _grade(part)
    return {**entry, "grade": grade} if grade else entry


def _exam_entry(part: Part) -> ExamTaken:
    assert part.have is not None
    entry: ExamTaken = {"id": part.key, "proctored": True, "taken": part.have.on.isoformat()}
    grade = _grade(part)
    return {**entry, "grade": grade} if grade else entry


def _grade(part: Part) -> Grade | None:
    """The grade as far as it is known: a course of another scale has neither percentage nor letter."""
    have = part.have
    assert have is not None
    if have.percent is not None:
        return {"scale": "percent", "value": str(have.percent)}
    return {"scale": "letter", "value": have.letter} if have.letter else None
