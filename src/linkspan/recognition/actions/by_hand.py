"""Credit by hand: posted, adjusted, substituted and reversed by a registrar; exceptions by two of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from linkspan.catalog.queries import price_in_force
from linkspan.credentials.actions import withdraw_degree_record
from linkspan.finance.actions import post_forgone_tuition
from linkspan.finance.queries import forgone_for
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.money import Money
from linkspan.kernel.reasons import Phrase, Sentence, as_told, stored
from linkspan.pathways.actions import store_audit
from linkspan.pathways.queries import stored_audit
from linkspan.recognition.actions.credit import record_key
from linkspan.recognition.events import CreditChanged, ExceptionAsked, ExceptionDecided
from linkspan.recognition.models import CreditAwardRow, CreditChangeRow
from linkspan.recognition.queries import CreditChange, Standing, change, standing
from linkspan.recognition.queries.credit import SYSTEM
from linkspan.recognition.rules.awards import CREDIT, SUBSTITUTE, AwardState, CreditAward, originals
from linkspan.recognition.rules.by_hand import (
    ChangeState,
    Ground,
    Judged,
    Verb,
    Wanted,
    check_free,
    check_place,
    credits_typed,
    ground_of,
    grounds,
    judge,
    judge_substitute,
    may_change_credit,
    own_course,
    said,
)

WHY = Sentence("reason_missing", "Say why: it stays on record.")
TOLD = Sentence("told_missing", "Say what the learner is told: the reason, in words meant for the learner.")
#: More than any degree has, where an agreement does not say how many.
MOST = Decimal(200)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for, as it was judged."""

    verb: Verb
    about: str
    course: str
    wanted: Wanted
    judged: Judged
    replaces: CreditAward | None = None


@transaction.atomic
def post_credit(
    *, actor: Actor, application_id: UUID, fact: str, slot: str, credits: str, why: str, told: str, now: datetime
) -> CreditChange:
    """Post credit for a fact of the record: in effect at once if a clause gives it, else when a second person approves.

    `fact` is its school and course, or its credential; `credits` are in the degree's unit. Refused for a course that is
    recognised here already, and for a requirement of which every course is filled.
    """
    here = _locked(actor, application_id)
    asked = _post(here, fact, slot, credits_typed(credits, _most(here)), now)
    return _kept(actor, here, asked, why, told, now)


@transaction.atomic
def adjust_credit(
    *, actor: Actor, award_id: UUID, slot: str, credits: str, why: str, told: str, now: datetime
) -> CreditChange:
    """Change the credits of an award, or the slot that it fills: it is reversed, and one in its place is posted."""
    row = _award(award_id)
    here = _locked(actor, row.application_id)
    asked = _adjust(here, award_id, slot, credits_typed(credits, _most(here)), now)
    return _kept(actor, here, asked, why, told, now)


@transaction.atomic
def substitute_course(
    *, actor: Actor, application_id: UUID, course: str, slot: str, why: str, told: str, now: datetime
) -> CreditChange:
    """Let a course of the school itself fill a requirement of the degree that asks for another.

    It fills no other then, and forgoes no tuition.
    """
    here = _locked(actor, application_id)
    return _kept(actor, here, _substitute(here, course, slot), why, told, now)


@transaction.atomic
def reverse_credit(*, actor: Actor, award_id: UUID, why: str, told: str, now: datetime) -> CreditChange:
    """Reverse one award; it stays on record, and its forgone tuition is turned back."""
    row = _award(award_id)
    here = _locked(actor, row.application_id)
    return _kept(actor, here, _reverse(here, award_id), why, told, now)


@transaction.atomic
def decide_exception(*, actor: Actor, change_id: UUID, accept: bool, reason: str, now: datetime) -> CreditChange:
    """A second person approves an exception, which then is in effect, or refuses it; who prepared it is told.

    It is judged again first: Refused (`judged_otherwise`) if the record, the credit or the degree has changed so that
    it is another exception than the one that was prepared. Deciding the same a second time changes nothing.
    """
    found = CreditChangeRow.objects.filter(id=change_id).first()
    if found is None:
        raise NotFound("change_unknown", "There is no such change of credit.")
    permit(may_change_credit(actor, found.learner_id, found.institution), "decide on this exception")
    here = _locked(actor, found.application_id)
    row = CreditChangeRow.objects.select_for_update().get(id=change_id)
    to = ChangeState.IN_EFFECT if accept else ChangeState.REFUSED
    if row.state != ChangeState.WAITING:
        if row.state == to and row.decided_by_id == actor.person_id:
            return change(row)
        raise Refused("decided_already", "This was decided already.")
    if row.prepared_by_id == actor.person_id:
        raise Refused("prepared_it", "Who prepares an exception does not decide on it. Ask a colleague.")
    text = said(reason, WHY)
    if accept:
        _check_same(row, here, now)
    row.state, row.decided_at, row.decided_by, row.decided_by_id = to, now, actor.name, actor.person_id
    row.decision = text
    if accept:
        _into_effect(actor, row, here, now)
    row.save()
    after = {"state": str(to), "beyond": row.beyond}
    subject = f"recognition.credit_change:{row.id}"
    audit.record(actor=actor, verb="decide_exception", subject=subject, now=now, after=after, why=text)
    outbox.publish(ExceptionDecided(row.id, row.prepared_by_id, row.institution, row.course, accept, text), now=now)
    return change(row)


def _award(award_id: UUID) -> CreditAwardRow:
    row = CreditAwardRow.objects.filter(id=award_id).first()
    if row is None:
        raise NotFound("award_unknown", "There is no such credit.")
    return row


def _locked(actor: Actor, application_id: UUID) -> Standing:
    """How the credit stands, while nobody else changes what the learner holds at the school."""
    found = standing(actor, application_id)
    one_at_a_time(f"credit:{found.learner_id}:{found.agreement.receiving}")
    held = CreditAwardRow.objects.filter(learner_id=found.learner_id, institution=found.agreement.receiving)
    list(held.select_for_update().values_list("id"))
    return standing(actor, application_id)


def _most(here: Standing) -> Decimal:
    return min(here.terms.receiving.credits or MOST, MOST)


def _post(here: Standing, fact: str, slot: str, credits: Decimal, now: datetime) -> _Asked:
    ground = ground_of(here.record, here.agreement.receiving, fact)
    check_free(ground, here.held, here.sent_by)
    check_place(here.terms, here.awards, here.record, slot)
    wanted = Wanted(ground.names(here.terms.sending.institution), slot, credits)
    judged = judge(here.record, now.date(), here.terms, wanted, [ground], here.held, here.others)
    return _Asked(Verb.POST, f"{Verb.POST}:{ground.key}", ground.earned.course, wanted, judged)


def _adjust(here: Standing, award_id: UUID, slot: str, credits: Decimal, now: datetime) -> _Asked:
    old = _active(here, award_id)
    if old.effect != CREDIT:
        raise Refused("gives_no_credit", "This gives no credit. Reverse it, and post what counts instead.")
    if (old.slot, old.credits) == (slot, credits):
        raise Refused("nothing_changes", "Nothing would change.")
    left = [one for one in here.awards if one.id != award_id]
    check_place(here.terms, left, here.record, slot)
    wanted = Wanted(old.courses or (old.course,), slot, credits, old.effect, old.places)
    held = [one for one in here.held if one.id != award_id]
    judged = judge(here.record, now.date(), here.terms, wanted, _grounds(here, old), held, here.others)
    return _Asked(Verb.ADJUST, f"award:{award_id}", old.course, wanted, judged, old)


def _grounds(here: Standing, old: CreditAward) -> Sequence[Ground]:
    """The facts on record of an award's courses."""
    sender = here.terms.sending.institution
    every = grounds(here.record, here.agreement.receiving)
    return [one for one in every if len(one.courses) == 1 and set(one.names(sender)) <= set(old.courses)]


def _substitute(here: Standing, course: str, slot: str) -> _Asked:
    row = own_course(here.record, here.agreement.receiving, course)
    moved = [one for one in here.awards if (one.effect, one.state) == (SUBSTITUTE, AwardState.ACTIVE)]
    if course in {name for one in moved for name in one.courses}:
        raise Refused("substituted_already", "This course fills another requirement already. Reverse that first.")
    check_place(here.terms, here.awards, here.record, slot)
    judged = judge_substitute(here.record, here.terms, course, slot, here.awards)
    wanted = Wanted((course,), slot, Decimal(0), SUBSTITUTE)
    return _Asked(Verb.SUBSTITUTE, f"{Verb.SUBSTITUTE}:{course}", str(row.get("title") or course), wanted, judged)


def _reverse(here: Standing, award_id: UUID) -> _Asked:
    old = _active(here, award_id)
    wanted = Wanted(old.courses or (old.course,), old.slot, old.credits, old.effect, old.places)
    return _Asked(Verb.REVERSE, f"award:{award_id}", old.course, wanted, Judged(old.clause, ()), old)


def _active(here: Standing, award_id: UUID) -> CreditAward:
    for one in here.awards:
        if one.id == award_id and one.state == AwardState.ACTIVE:
            return one
    raise Refused("award_reversed", "This credit was reversed or adjusted already. Open the file again.")


def _kept(actor: Actor, here: Standing, asked: _Asked, why: str, told: str, now: datetime) -> CreditChange:
    """The change, kept with the audit by which it was judged; in effect, or waiting for a second person."""
    row = _prepared(here, asked, now)
    row.why, row.told = said(why, WHY), said(told, TOLD)
    row.prepared_by, row.prepared_by_id = actor.name, actor.own_id
    waiting = CreditChangeRow.objects.filter(application_id=row.application_id, state=ChangeState.WAITING)
    if waiting.filter(about=asked.about).exists():
        raise Refused("exception_waits", "An exception for this waits for a second person. Decide on that first.")
    row.audit_id, _ = store_audit(
        actor=SYSTEM,
        learner_id=row.learner_id,
        record=here.record,
        agreement_id=row.agreement_id,
        version=row.version,
        on=now.date(),
        now=now,
    )
    if row.state == ChangeState.IN_EFFECT:
        _into_effect(actor, row, here, now)
    else:
        outbox.publish(ExceptionAsked(row.id, row.prepared_by_id, row.institution, row.course, row.why), now=now)
    row.save()
    after = {"application": row.application_id, "slot": row.slot, "course": row.course, "credits": row.credits}
    after |= {"audit": row.audit_id, "state": row.state, "beyond": row.beyond, "replaces": row.replaces_id}
    subject = f"recognition.credit_change:{row.id}"
    audit.record(actor=actor, verb=VERBS[asked.verb], subject=subject, now=now, after=after, why=row.why)
    return change(row)


def _prepared(here: Standing, asked: _Asked, now: datetime) -> CreditChangeRow:
    return CreditChangeRow(
        learner_id=here.learner_id,
        application_id=here.application_id,
        institution=here.agreement.receiving,
        verb=asked.verb,
        about=asked.about,
        replaces_id=asked.replaces.id if asked.replaces else None,
        slot=asked.wanted.slot,
        course=asked.course,
        courses=list(asked.wanted.courses),
        credits=asked.wanted.credits,
        places=asked.wanted.places,
        effect=asked.wanted.effect,
        clause=asked.judged.clause,
        agreement_id=here.agreement.id,
        version=here.agreement.version,
        catalogue_year=here.year,
        degree_from=here.degree_from,
        beyond=stored(asked.judged.beyond),
        state=ChangeState.WAITING if asked.judged.beyond else ChangeState.IN_EFFECT,
        prepared_at=now,
    )


#: What the trail calls each.
VERBS = {
    Verb.POST: "post_credit",
    Verb.ADJUST: "adjust_credit",
    Verb.SUBSTITUTE: "substitute_course",
    Verb.REVERSE: "reverse_credit",
}


def _check_same(row: CreditChangeRow, here: Standing, now: datetime) -> None:
    """Refused unless an exception is judged now as it was when it was prepared."""
    asked = _again(row, here, now)
    kept = originals(stored_audit(SYSTEM, row.audit_id).record, row.courses)
    same = (list(map(str, as_told(row.beyond))), kept, here.degree_from)
    if same != (list(map(str, asked.judged.beyond)), originals(here.record, row.courses), row.degree_from):
        words = Phrase("What this was judged by has changed since. Refuse it, and have it prepared anew.")
        raise Refused("judged_otherwise", words)


def _again(row: CreditChangeRow, here: Standing, now: datetime) -> _Asked:
    match Verb(row.verb):
        case Verb.POST:
            return _post(here, row.about.removeprefix(f"{Verb.POST}:"), row.slot, row.credits, now)
        case Verb.SUBSTITUTE:
            return _substitute(here, row.about.removeprefix(f"{Verb.SUBSTITUTE}:"), row.slot)
        case Verb.ADJUST if row.replaces_id:
            return _adjust(here, row.replaces_id, row.slot, row.credits, now)
    raise Unusable("change_unknown", "There is no such change of credit.")


def _into_effect(actor: Actor, row: CreditChangeRow, here: Standing, now: datetime) -> None:
    """Reverse the award that is replaced, post the new one, turn the tuition, and tell the learner."""
    turned = Money(0, "USD")
    if row.replaces_id:
        worth = _worth(row.replaces_id, here)
        CreditAwardRow.objects.filter(id=row.replaces_id).update(state=AwardState.REVERSED, reversed_at=now)
        turned = -worth if worth else turned
    if row.verb != Verb.REVERSE:
        row.award_id = _new_award(row, here, now).id
        waived = _waived(row, here, -turned, now)
        if waived is not None:
            row.tuition_minor, row.currency = waived.minor, waived.currency
            turned = waived + turned if turned.minor else waived
    if turned.minor:
        post_forgone_tuition(
            actor=actor,
            learner_id=row.learner_id,
            agreement_id=row.agreement_id,
            amount=turned,
            reference=f"{row.application_id}:{row.id}",
            now=now,
            cohort=here.term,
        )
    if row.verb != Verb.POST:
        why = f"Credit in it was changed: {row.told}"
        key = record_key(row.application_id)
        withdraw_degree_record(actor=actor, learner_id=row.learner_id, key=key, reason=why, now=now)
    outbox.publish(
        CreditChanged(row.learner_id, row.application_id, row.institution, row.verb, row.course, row.told), now=now
    )


def _new_award(row: CreditChangeRow, here: Standing, now: datetime) -> CreditAwardRow:
    numbers = CreditAwardRow.objects.filter(application_id=row.application_id).aggregate(most=Max("number"))
    return CreditAwardRow.objects.create(
        application_id=row.application_id,
        number=(numbers["most"] or 0) + 1,
        course=row.course,
        courses=row.courses,
        places=row.places,
        learner_id=row.learner_id,
        institution=row.institution,
        agreement_id=row.agreement_id,
        version=row.version,
        audit_id=row.audit_id,
        slot=row.slot,
        credits=row.credits,
        effect=row.effect,
        clause=row.clause,
        catalogue_year=here.year,
        state=AwardState.ACTIVE,
        posted_at=now,
    )


def _waived(row: CreditChangeRow, here: Standing, worth: Money, now: datetime) -> Money | None:
    """The tuition that the new award forgoes: what the one before it did, else the price of its courses today."""
    if row.effect != CREDIT:
        return None
    if row.replaces_id:
        return worth
    price = price_in_force(f"degree-course:{row.institution}", now.date())
    if price is None:
        raise Refused("no_price", "{receiving} has no price in force for a degree course.", receiving=row.institution)
    return price * row.places


def _worth(award_id: UUID, here: Standing) -> Money | None:
    """The tuition that an award forgoes: its change says it, or it is its part of what was posted by rule."""
    made = CreditChangeRow.objects.filter(award_id=award_id).first()
    if made is not None:
        return Money(made.tuition_minor, made.currency) if made.tuition_minor is not None else None
    by_hand = set(
        CreditChangeRow.objects.filter(application_id=here.application_id, award_id__isnull=False).values_list(
            "award_id", flat=True
        )
    )
    ruled = [one for one in here.awards if one.id not in by_hand and one.effect == CREDIT]
    places = {one.id: one.places for one in ruled}
    posted = forgone_for(str(here.application_id), only_first=True)
    if posted is None or award_id not in places:
        return None
    return Money(posted.minor // sum(places.values()) * places[award_id], posted.currency)
