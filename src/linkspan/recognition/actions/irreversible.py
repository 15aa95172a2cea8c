"""What cannot be undone with credit: looked at first, then confirmed (`kernel.acts`)."""

from dataclasses import replace
from uuid import UUID

from linkspan.admissions.queries import application
from linkspan.finance.queries import forgone_for
from linkspan.kernel.acts import Act, Asked, Line, thing_of
from linkspan.kernel.each import Each, Failed
from linkspan.kernel.errors import NotFound, Unusable
from linkspan.kernel.reasons import Reason, Sentence
from linkspan.kernel.written import day
from linkspan.recognition.actions.by_hand import (
    adjust_credit,
    decide_exception,
    post_credit,
    reverse_credit,
    substitute_course,
)
from linkspan.recognition.actions.conferrals import decide_conferral
from linkspan.recognition.actions.credit import close_case
from linkspan.recognition.actions.degree_revocations import decide_revocation
from linkspan.recognition.actions.exceptions import take_back_exception
from linkspan.recognition.models import CaseRow, ConferralListRow, ConferralRow, CreditAwardRow, CreditChangeRow
from linkspan.recognition.queries import Conferral, CreditChange
from linkspan.recognition.queries.credit import SYSTEM, with_originals
from linkspan.recognition.rules.by_hand import ChangeState, Verb

OFFICE = frozenset({"registrar"})
#: How an exception stands, where a page of an act says it.
STANDS: dict[str, str] = {ChangeState.WAITING: "waits for a second person"}


def _close(asked: Asked) -> None:
    do = asked.word("choice")
    if do not in ("stand", "reverse"):
        raise Unusable("choice_unknown", "Choose whether the credit is kept.")
    close_case(
        actor=asked.actor, case_id=thing_of(asked.subject), reverse=do == "reverse", reason=asked.reason, now=asked.now
    )


def of_application(asked: Asked, application_id: UUID) -> dict[str, Line]:
    """Each award of an application with its credits, and the tuition that it forgoes."""
    found = {}
    learner_id = None
    for row in CreditAwardRow.objects.filter(application_id=application_id).order_by("number"):
        learner_id = row.learner_id
        stands = f"{row.credits.normalize():f}" if row.state == "active" else row.state
        found[str(row.id)] = Line(row.learner_id, f"{row.course}: {row.slot}", stands)
    amount = forgone_for(str(application_id))
    if learner_id is not None and amount is not None:
        found["tuition"] = Line(learner_id, "tuition waived", amount.in_words("en"), coded=True)
    return found


def _of_case(asked: Asked) -> dict[str, Line]:
    case = CaseRow.objects.filter(id=thing_of(asked.subject)).first()
    if case is None:
        return {}
    stands = case.outcome if case.closed_at else "open"
    return {"case": Line(case.learner_id, "case", stands, coded=True), **of_application(asked, case.application_id)}


def _school(subject: str) -> str:
    row = CaseRow.objects.filter(id=thing_of(subject)).values_list("institution", flat=True).first()
    return row or ""


CLOSE_CASE = Act(
    name="close_case",
    do=_close,
    lines=_of_case,
    school=_school,
    tells=("recognition.CreditReversed", "recognition.CaseKept"),
    roles=OFFICE,
)


def _change(asked: Asked) -> Each[UUID, CreditChange]:
    """Do what is chosen to credit; why an exception leaves it as it is until a second person approves it."""
    application, told = thing_of(asked.subject), asked.word("told")
    match asked.word("choice"):
        case Verb.POST:
            made = post_credit(
                actor=asked.actor,
                application_id=application,
                fact=asked.word("fact"),
                slot=asked.word("slot"),
                credits=asked.word("credits"),
                why=asked.reason,
                told=told,
                now=asked.now,
            )
        case Verb.SUBSTITUTE:
            made = substitute_course(
                actor=asked.actor,
                application_id=application,
                course=asked.word("course"),
                slot=asked.word("slot"),
                why=asked.reason,
                told=told,
                now=asked.now,
            )
        case Verb.ADJUST:
            made = adjust_credit(
                actor=asked.actor,
                award_id=_award_of(asked, application),
                slot=asked.word("slot"),
                credits=asked.word("credits"),
                why=asked.reason,
                told=told,
                now=asked.now,
            )
        case Verb.REVERSE:
            made = reverse_credit(
                actor=asked.actor,
                award_id=_award_of(asked, application),
                why=asked.reason,
                told=told,
                now=asked.now,
            )
        case _:
            raise Unusable("choice_unknown", "Choose what to do with the credit.")
    return Each((made,), tuple(Failed(made.learner_id, _why(one)) for one in made.beyond))


def _why(one: str) -> Reason:
    return one.reason if isinstance(one, Sentence) else Reason("exception", "{why}", {"why": one})


def _award_of(asked: Asked, application_id: UUID) -> UUID:
    """The award that is named, of that very application."""
    award_id = thing_of(asked.word("award"))
    if not CreditAwardRow.objects.filter(id=award_id, application_id=application_id).exists():
        raise NotFound("award_unknown", "There is no such credit.")
    return award_id


def _of_credit(asked: Asked, application_id: UUID | None = None) -> dict[str, Line]:
    """Each award with its credits, the tuition, and each exception that waits or was decided."""
    key = application_id or thing_of(asked.subject)
    found = of_application(asked, key)
    rows = CreditAwardRow.objects.filter(application_id=key).order_by("number")
    for one in with_originals(list(rows)):
        passed = ", ".join(f"{e.grade} {'%' if e.scale == 'percent' else e.scale}".strip() for e in one.earned)
        line = found[str(one.id)]
        found[str(one.id)] = replace(line, what=f"{line.what} ({passed})" if passed else line.what)
    for row in CreditChangeRow.objects.filter(application_id=key).exclude(beyond=[]).order_by("prepared_at", "id"):
        place = f"{row.course}: {row.slot}, {row.credits.normalize():f}"
        found[f"exception {row.verb} {row.about} {row.prepared_at}"] = Line(
            row.learner_id, place, STANDS.get(row.state, row.state)
        )
    return found


def _school_of_application(subject: str) -> str:
    """The school of a degree."""
    rows = CreditAwardRow.objects.filter(application_id=thing_of(subject)).values_list("institution", flat=True)
    return rows.first() or application(SYSTEM, thing_of(subject)).round.institution


CHANGE_CREDIT = Act(
    name="change_credit",
    do=_change,
    lines=_of_credit,
    school=_school_of_application,
    tells=("recognition.CreditChanged",),
    roles=OFFICE,
)


def _decide(asked: Asked) -> None:
    do = asked.word("choice")
    if do not in ("approve", "refuse"):
        raise Unusable("choice_unknown", "Choose whether the exception is approved.")
    decide_exception(
        actor=asked.actor,
        change_id=thing_of(asked.subject),
        accept=do == "approve",
        reason=asked.reason,
        now=asked.now,
    )


def _of_exception(asked: Asked) -> dict[str, Line]:
    row = CreditChangeRow.objects.filter(id=thing_of(asked.subject)).first()
    return _of_credit(asked, row.application_id) if row else {}


def _school_of_change(subject: str) -> str:
    row = CreditChangeRow.objects.filter(id=thing_of(subject)).values_list("institution", flat=True).first()
    return row or ""


DECIDE_EXCEPTION = Act(
    name="decide_exception",
    do=_decide,
    lines=_of_exception,
    school=_school_of_change,
    tells=("recognition.CreditChanged",),
    roles=OFFICE,
)


def _take_back(asked: Asked) -> None:
    take_back_exception(
        actor=asked.actor,
        change_id=thing_of(asked.subject),
        why=asked.reason,
        told=asked.word("told"),
        now=asked.now,
    )


TAKE_BACK_EXCEPTION = Act(
    name="take_back_exception",
    do=_take_back,
    lines=_of_exception,
    school=_school_of_change,
    tells=("recognition.CreditChanged",),
    roles=OFFICE,
)


def _decide_list(asked: Asked) -> Each[UUID, Conferral]:
    """Approve a list or refuse it; why some on it are left out."""
    do = asked.word("choice")
    if do not in ("approve", "refuse"):
        raise Unusable("choice_unknown", "Choose whether the list is approved.")
    list_id = thing_of(asked.subject)
    return decide_conferral(
        actor=asked.actor, list_id=list_id, accept=do == "approve", reason=asked.reason, now=asked.now
    )


def _of_list(asked: Asked) -> dict[str, Line]:
    """Everybody on a list, with the degree and its day."""
    rows = ConferralRow.objects.filter(listed=thing_of(asked.subject)).order_by("since", "id")
    return {str(row.id): Line(row.learner_id, f"{row.title}, {day(row.day)}", row.state) for row in rows}


def _school_of_list(subject: str) -> str:
    rows = ConferralListRow.objects.filter(id=thing_of(subject)).values_list("institution", flat=True)
    return rows.first() or ""


DECIDE_CONFERRAL = Act(name="decide_conferral", do=_decide_list, lines=_of_list, school=_school_of_list, roles=OFFICE)


def _decide_revocation(asked: Asked) -> None:
    do = asked.word("choice")
    if do not in ("revoke", "keep"):
        raise Unusable("choice_unknown", "Choose whether the degree is revoked.")
    one = thing_of(asked.subject)
    decide_revocation(actor=asked.actor, conferral_id=one, accept=do == "revoke", reason=asked.reason, now=asked.now)


def _of_conferral(asked: Asked) -> dict[str, Line]:
    """The degree, and whether somebody asks to revoke it."""
    row = ConferralRow.objects.filter(id=thing_of(asked.subject)).first()
    if row is None:
        return {}
    asks = "waiting" if row.asked_at and row.state == "conferred" else "decided"
    return {
        "degree": Line(row.learner_id, f"{row.title}, {day(row.day)}", row.state),
        "asked": Line(row.learner_id, "revocation", asks, coded=True),
    }


def _school_of_conferral(subject: str) -> str:
    return ConferralRow.objects.filter(id=thing_of(subject)).values_list("institution", flat=True).first() or ""


DECIDE_REVOCATION = Act(
    name="decide_revocation",
    do=_decide_revocation,
    lines=_of_conferral,
    school=_school_of_conferral,
    tells=("credentials.CredentialRevoked",),
    roles=OFFICE,
)
