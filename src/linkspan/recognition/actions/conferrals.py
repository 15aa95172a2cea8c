"""Degrees conferred: a list prepared by one registrar, approved by another, in effect on its day, undone until then."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count

from linkspan.credentials.actions import claim_degree, clear_degree
from linkspan.institutions.queries import institution as school_of
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.each import Each, Failed, each_due
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.reasons import Reason, Sentence, joined, stored
from linkspan.recognition.actions.degree_revocations import WHY, locked, own_conferral, subject_of
from linkspan.recognition.events import (
    ConferralAsked,
    ConferralDecided,
    ConferralHeld,
    DegreeConferred,
)
from linkspan.recognition.models import ConferralHoldsRow, ConferralListRow, ConferralRow
from linkspan.recognition.queries import Conferral, ConferralList, Graduand, conferral, conferral_list, judged
from linkspan.recognition.rules.by_hand import said
from linkspan.recognition.rules.conferral import (
    STANDING,
    ConferralState,
    DegreeKind,
    ListState,
    check_day,
    check_not_passed,
    check_number,
    check_second,
    degree_key,
    has_come,
    holds_of,
    kind_of,
    may_confer,
)
from linkspan.vc.badges import Award

SYSTEM = system_actor("recognition")
KINDS = {
    DegreeKind.ASSOCIATE: "associate degree",
    DegreeKind.BACHELOR: "bachelor's degree",
    DegreeKind.MASTER: "master's degree",
    DegreeKind.DOCTORAL: "doctorate",
    DegreeKind.CERTIFICATE: "certificate",
    DegreeKind.DIPLOMA: "diploma",
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A list that waits for a second person, and who is not on it, with the reason."""

    list: ConferralList
    left: tuple[Failed[UUID], ...]


@transaction.atomic
def prepare_conferral(
    *, actor: Actor, institution: str, application_ids: Sequence[UUID], kind: str, day: date, now: datetime
) -> Prepared:
    """Prepare a list of people on whom a degree is conferred on a day; it waits for a second registrar.

    Who has not completed the degree, or is held back as the school says, is not on it. Refused if nobody is left, and
    for people in different degrees.
    """
    permit(may_confer(actor, institution), "prepare degrees of this institution")
    check_number(application_ids)
    check_day(day, now, school_of(institution).time_zone)
    what = kind_of(kind)
    one_at_a_time(f"conferrals:{institution}")
    found = judged(application_ids)
    chosen = [found[one] for one in dict.fromkeys(application_ids) if one in found]
    if len(chosen) < len(set(application_ids)) or any(one.institution != institution for one in chosen):
        raise NotFound("plan_unknown", "There is no such degree plan, or it is not yours to see.")
    if len({one.program for one in chosen}) > 1:
        raise Unusable("programs_differ", "A list is of one degree. Choose people of the same one.")
    ready, left = _parted(actor, chosen)
    if not ready:
        raise Refused("nobody_ready", "Nobody chosen can be on the list.", tuple(one.message for one in left))
    first = ready[0]
    row = ConferralListRow.objects.create(
        institution=institution,
        program=first.program,
        title=first.title,
        kind=what,
        day=day,
        state=ListState.WAITING,
        prepared_at=now,
        prepared_by=actor.name,
        prepared_by_id=actor.own_id,
    )
    _listed(row, ready, now)
    after = {"program": row.program, "day": day, "learners": [one.learner_id for one in ready]}
    audit.record(actor=actor, verb="prepare_conferral", subject=_of_list(row), now=now, after=after)
    outbox.publish(ConferralAsked(row.id, row.prepared_by_id, institution, row.title, str(day)), now=now)
    return Prepared(_list(row), tuple(left))


def _parted(actor: Actor, chosen: Sequence[Graduand]) -> tuple[list[Graduand], list[Failed[UUID]]]:
    """Who can be on a list, and why the others cannot."""
    program, school = chosen[0].program, chosen[0].institution
    rows = ConferralRow.objects.filter(institution=school, program=program, state__in=STANDING)
    listed = set(rows.values_list("learner_id", flat=True))
    ready: list[Graduand] = []
    left: list[Failed[UUID]] = []
    for one in chosen:
        if actor.is_person(one.learner_id):
            why = Reason("own_degree", "Nobody decides on their own degree. Ask a colleague.")
        elif one.learner_id in listed:
            why = Reason("listed_already", "This degree is conferred already, or stands on another list.")
        elif not one.ready:
            why = _not_ready(one)
        else:
            ready.append(one)
            listed.add(one.learner_id)
            continue
        left.append(Failed(one.learner_id, why))
    return ready, left


def _not_ready(one: Graduand) -> Reason:
    open_ = joined(said for said in one.open if isinstance(said, Sentence))
    return Reason("not_complete", "Still open: {what}", {"what": open_})


def _listed(row: ConferralListRow, ready: Sequence[Graduand], now: datetime) -> None:
    rows = [
        ConferralRow(
            listed=row,
            learner_id=one.learner_id,
            application_id=one.application_id,
            institution=row.institution,
            program=row.program,
            title=row.title,
            kind=row.kind,
            day=row.day,
            state=ConferralState.WAITING,
            audit=_kept(one),
            agreement_id=one.agreement_id,
            version=one.version,
            catalogue_year=one.catalogue_year,
            since=now,
        )
        for one in ready
    ]
    try:
        with transaction.atomic():
            ConferralRow.objects.bulk_create(rows)
    except IntegrityError:
        raise Refused("listed_already", "This degree is conferred already, or stands on another list.") from None


def _kept(one: Graduand) -> dict[str, object]:
    """An audit as it is stored."""
    told: dict[str, object] = jsonable(one.audit)
    return told | {"missing": stored(one.audit.missing), "holds": stored(one.holds)}


@transaction.atomic
def decide_conferral(*, actor: Actor, list_id: UUID, accept: bool, reason: str, now: datetime) -> Each[UUID, Conferral]:
    """A second registrar approves a list for its day, or refuses it; who prepared it is told.

    Everybody is judged again: who has not completed the degree any more, or is held back, is left out with the reason.
    Deciding the same a second time changes nothing.
    """
    row = _locked(actor, list_id, "decide on this list")
    to = ListState.APPROVED if accept else ListState.REFUSED
    if row.state != ListState.WAITING:
        if row.state == to:
            return Each((), ())
        raise Refused("decided_already", "This was decided already.")
    held = list(ConferralRow.objects.select_for_update().filter(listed=row, state=ConferralState.WAITING))
    check_second(actor, row.prepared_by_id, {one.learner_id for one in held})
    text = said(reason, WHY)
    if accept:
        check_not_passed(row.day, now, school_of(row.institution).time_zone)
    left = _approved(actor, held, text, now) if accept else _refused(held, text, now)
    row.state, row.decided_at, row.decided_by, row.decision = to, now, actor.name, text
    row.save()
    after = {"state": str(to), "day": row.day, "left_out": [one.one for one in left]}
    audit.record(actor=actor, verb="decide_conferral", subject=_of_list(row), now=now, after=after, why=text)
    outbox.publish(ConferralDecided(row.id, row.prepared_by_id, row.institution, row.title, accept, text), now=now)
    done = tuple(conferral(one) for one in held if one.state == ConferralState.APPROVED)
    return Each(done, tuple(left))


def _refused(held: Sequence[ConferralRow], text: str, now: datetime) -> list[Failed[UUID]]:
    """Nobody of the list; nobody failed."""
    for one in held:
        one.state, one.why, one.since = ConferralState.LEFT_OUT, [text], now
        one.save()
    return []


def _approved(actor: Actor, held: Sequence[ConferralRow], text: str, now: datetime) -> list[Failed[UUID]]:
    """Everybody judged again: why some are left out."""
    found = judged([one.application_id for one in held])
    left: list[Failed[UUID]] = []
    for one in held:
        today = found[one.application_id]
        one.audit, one.since = _kept(today), now
        if today.ready:
            one.state = ConferralState.APPROVED
            key = degree_key(one.institution, one.program)
            clear_degree(actor=actor, learner_id=one.learner_id, key=key, reason=text, now=now)
        else:
            one.state, one.why = ConferralState.LEFT_OUT, stored(today.open)
            left.append(Failed(one.learner_id, _not_ready(today)))
        one.save()
    return left


@transaction.atomic
def withdraw_conferral(*, actor: Actor, list_id: UUID, reason: str, now: datetime) -> ConferralList:
    """Call a list off before anything of it has taken effect: nobody was told, and everybody can be listed again."""
    row = _locked(actor, list_id, "call this list off")
    if row.state == ListState.CALLED_OFF:
        return _list(row)
    conferrals = ConferralRow.objects.select_for_update().filter(listed=row)
    if (
        row.state not in (ListState.WAITING, ListState.APPROVED)
        or conferrals.filter(conferred_at__isnull=False).exists()
    ):
        raise Refused("list_ended", "This list has taken effect or has ended already.")
    text = said(reason, WHY)
    conferrals.filter(state__in=STANDING).update(state=ConferralState.LEFT_OUT, why=[text], since=now)
    row.state, row.decision = ListState.CALLED_OFF, text
    row.save()
    audit.record(actor=actor, verb="withdraw_conferral", subject=_of_list(row), now=now, why=text)
    return _list(row)


@transaction.atomic
def leave_out(*, actor: Actor, conferral_id: UUID, reason: str, now: datetime) -> Conferral:
    """Take one person off a list before its day; a second time changes nothing."""
    row = own_conferral(actor, conferral_id)
    if row.state == ConferralState.LEFT_OUT:
        return conferral(row)
    if row.state not in (ConferralState.WAITING, ConferralState.APPROVED):
        raise Refused("conferred_already", "The degree is conferred. Ask for its revocation instead.")
    text = said(reason, WHY)
    row.state, row.why, row.since = ConferralState.LEFT_OUT, [text], now
    row.save()
    rest = ConferralRow.objects.filter(listed=row.listed_id)
    if not rest.filter(state__in=(ConferralState.WAITING, ConferralState.APPROVED)).exists():
        ended = ListState.DONE if rest.filter(conferred_at__isnull=False).exists() else ListState.CALLED_OFF
        ConferralListRow.objects.filter(id=row.listed_id).update(state=ended)
    audit.record(
        actor=actor, verb="leave_out", subject=subject_of(row), now=now, after={"learner": row.learner_id}, why=text
    )
    return conferral(row)


@transaction.atomic
def set_conferral_holds(*, actor: Actor, institution: str, holds: Collection[str], now: datetime) -> None:
    """Say what holds a degree back at one's school; it counts for lists that are decided on from now on."""
    permit(may_confer(actor, institution), "say what holds degrees back here")
    school_of(institution)
    chosen = sorted(holds_of(holds))
    fields = {"holds": chosen, "at": now, "by": actor.name}
    ConferralHoldsRow.objects.update_or_create(institution=institution, defaults=fields)
    subject = f"recognition.institution:{institution}"
    audit.record(actor=actor, verb="set_conferral_holds", subject=subject, now=now, after={"holds": chosen})


def confer_due(now: datetime) -> None:
    """Confer every degree whose day has come, each by itself; a list whose people are all done is done."""
    due = ConferralRow.objects.filter(state=ConferralState.APPROVED).order_by("day", "id")
    zones = {one: school_of(one).time_zone for one in due.values_list("institution", flat=True).distinct().order_by()}
    come = [
        one for one, school, day in due.values_list("id", "institution", "day") if has_come(day, now, zones[school])
    ]
    each_due("recognition.confer_due", come, lambda one: confer(conferral_id=one, now=now), now=now)


@transaction.atomic
def confer(*, conferral_id: UUID, now: datetime) -> None:
    """Confer one approved degree on its day: judged once more, its credential claimed, and the learner told.

    Who has not completed the degree any more, or is held back, is left out, and the registrars are told.
    """
    row = locked(conferral_id)
    if row is None or row.state != ConferralState.APPROVED:
        return
    today = judged([row.application_id])[row.application_id]
    row.audit, row.since = _kept(today), now
    if today.ready:
        row.state, row.conferred_at = ConferralState.CONFERRED, now
        claim_degree(
            actor=SYSTEM,
            learner_id=row.learner_id,
            institution=row.institution,
            key=degree_key(row.institution, row.program),
            award=_award(row),
            prepared_by=row.listed.prepared_by,
            approved_by=row.listed.decided_by,
            now=now,
        )
        day = str(row.day)
        outbox.publish(DegreeConferred(row.learner_id, row.id, row.institution, row.title, day), now=now)
    else:
        row.state, row.why = ConferralState.LEFT_OUT, stored(today.open)
        outbox.publish(ConferralHeld(row.id, row.listed_id, row.institution, row.title), now=now)
    row.save()
    after = {"learner": row.learner_id, "state": row.state, "list": row.listed_id, "day": row.day}
    audit.record(actor=SYSTEM, verb="confer_degree", subject=subject_of(row), now=now, after=after)
    if not ConferralRow.objects.filter(listed=row.listed_id, state=ConferralState.APPROVED).exists():
        ConferralListRow.objects.filter(id=row.listed_id).update(state=ListState.DONE)


def _award(row: ConferralRow) -> Award:
    """The degree as its credential tells it."""
    school = school_of(row.institution).name
    year = f" of the catalogue of {row.catalogue_year}" if row.catalogue_year else ""
    return Award(
        achievement_id=f"{settings.BASE_URL}/pathways/{row.agreement_id}/#degree",
        name=row.title,
        description=f"{row.title}: {KINDS[DegreeKind(row.kind)]} of {school}",
        criteria=f"Every requirement of the degree{year} was met. Conferred by {school} on {row.day}.",
        achievement_type=row.kind,
        criteria_url=f"{settings.BASE_URL}/pathways/{row.agreement_id}/",
    )


def _locked(actor: Actor, list_id: UUID, what: str) -> ConferralListRow:
    row = ConferralListRow.objects.select_for_update().filter(id=list_id).first()
    if row is None:
        raise NotFound("conferral_list_unknown", "There is no such list.")
    permit(may_confer(actor, row.institution), what)
    return row


def _list(row: ConferralListRow) -> ConferralList:
    return conferral_list(ConferralListRow.objects.annotate(people=Count("conferrals")).get(id=row.id))


def _of_list(row: ConferralListRow) -> str:
    return f"recognition.conferral_list:{row.id}"
