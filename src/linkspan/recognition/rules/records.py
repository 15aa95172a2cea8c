"""The lines of a degree record as achievements (Open Badges 3.0, section B.1.1), in the words of the institution."""

from datetime import date
from decimal import Decimal

from linkspan.kernel.record import CourseTaken
from linkspan.recognition.rules.awards import CREDIT, SUBSTITUTE, WAIVER, CreditAward
from linkspan.vc.badges import Award, Outcome

#: How a grade of a scale is named in Open Badges 3.0, appendix A.2.9.
RESULT_KINDS = {"letter": "LetterGrade", "percent": "Percent"}
#: What each effect of an award is called.
HOW = {
    CREDIT: "Credit by recognition",
    WAIVER: "Requirement lifted without credit",
    SUBSTITUTE: "Requirement filled by another course",
}


def recognised_line(award: CreditAward, posted: date, base_url: str) -> Award:
    """A course recognised, with the credit given; a requirement lifted earns none and says so."""
    gives = award.effect == CREDIT
    how = HOW[award.effect]
    clause = f"clause {award.clause}" if award.clause else "by a decision of the registrar"
    ground = f"the agreement {award.agreement_id}, version {award.version}, {clause}"
    return Award(
        achievement_id=f"{base_url}/pathways/{award.agreement_id}/#slot-{award.slot}",
        name=award.course,
        description=f"{how}: {award.course} for {award.slot}",
        criteria=f"{how} under {ground}; posted {posted}",
        achievement_type="Course",
        credits=award.credits if gives else Decimal(0),
    )


def taken_line(row: CourseTaken, school: str, base_url: str) -> Award:
    """A course taken at the school, with its grade of record and the credits that the record states."""
    grade = row.get("grade") or {}
    kind = RESULT_KINDS.get(str(grade.get("scale")), "Result")
    outcomes = (Outcome(str(row["id"]), str(grade["value"]), kind=kind),) if grade.get("value") is not None else ()
    stated = row.get("credits")
    return Award(
        achievement_id=f"{base_url}/courses/{school}/{row['id']}/",
        name=str(row.get("title") or row["id"]),
        description=f"Course taken at {school}: {row['id']}",
        criteria=f"A grade of record of {school}, completed {row.get('completed') or 'on a day not stated'}",
        achievement_type="Course",
        outcomes=outcomes,
        credits=Decimal(str(stated)) if stated is not None else None,
    )


def degree_line(title: str, kind: str, agreement_id: str, conferred: date, base_url: str) -> Award:
    """The degree as it was conferred."""
    return Award(
        achievement_id=f"{base_url}/pathways/{agreement_id}/#degree",
        name=title,
        description=f"Degree conferred: {title}",
        criteria=f"Every requirement of the degree was met; conferred {conferred}",
        achievement_type=kind,
    )
