"""The exam desk: attempts under way with their incidents, appeals, requests for accommodations, payments to confirm."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.accounts import actions as accounts
from linkspan.accounts.actions import read_people
from linkspan.exams import actions, queries
from linkspan.exams.rules import IN_REVIEW, UNDER_WAY, Attempt, AttemptState, IncidentKind, Standing, may_review
from linkspan.finance.queries import payments_to_confirm
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable, permit
from linkspan.kernel.request import Request
from linkspan.web.pages import (
    AppealEnd,
    acts,
    choice,
    done,
    identifier,
    names_of,
    post_only,
    signed_in,
    text,
    texts,
    upload,
)

HERE = "exam_desk-desk"
KINDS = {b"%PDF": "application/pdf", b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@signed_in
def desk(request: Request) -> HttpResponse:
    """What exams ask of me."""
    actor = request.actor
    roles = {grant.role for grant in actor.grants}
    permit(bool(roles & {"proctor", "program_staff", "registrar"}), "see the exam desk")
    told: dict[str, object] = {"kinds": list(IncidentKind)}
    people: set[UUID] = set()
    if "proctor" in roles:
        attempts = (*queries.proctor_queue(actor), *queries.attempts_under_way(actor))
        told["attempts"] = [card(request, row) for row in attempts]
        told["live"] = {row.sitting.id: row.sitting for row in attempts if row.state in UNDER_WAY}
        told["seb_sittings"] = queries.seb_sittings(actor, request.now)
        told["seb_waivers"] = queries.seb_waivers(actor, request.now)
        people |= {row.learner_id for row in attempts}
    if roles & {"proctor", "program_staff"}:
        told["explained"] = queries.exams_to_explain(actor)
        told["appeals"] = appeals = queries.appeal_queue(actor)
        told["appeal_marks"] = {row.id: queries.appeal_marks(actor, row.attempt_id) for row in appeals}
        told["late"] = late = list(queries.late_answers(actor).items())
        people |= {row.learner_id for row in appeals} | {row.learner_id for row, _ in late}
        told["ways"] = ways = queries.way_queue(actor)
        people |= {row.learner_id for row in ways}
    if "program_staff" in roles:
        told["to_mark"] = queries.count_to_mark(actor)
        told["accommodations"] = accommodations = queries.accommodation_queue(actor)
        people |= {row.learner_id for row in accommodations}
    if roles & {"program_staff", "registrar"}:
        told["payments"] = len(payments_to_confirm(actor))
    listed = read_people(actor=actor, ids=people, now=request.now)
    names = {key: person.legal_name or person.name for key, person in listed.items()}
    return render(request, "desk/exams.html", told | {"names": names})


def card(request: Request, row: Attempt) -> dict[str, object]:
    """What the card of an attempt shows."""
    actor, due = request.actor, row.review_due if row.state in IN_REVIEW else None
    at_the_door = row.state is AttemptState.CREATED
    return {
        "row": row,
        "due": due,
        "late": due is not None and request.now >= due,
        "incidents": queries.incidents_of(actor, row.id),
        "waived": queries.waivers_of(actor, row.id) if row.sitting.exam.seb else (),
        "may_review": reviewable(actor, row),
        "session": queries.session_of(actor, row.id) if row.sitting.exam.watched else None,
        "way": queries.other_way(actor, row.id) if row.sitting.exam.watched else None,
        "arranged_here": queries.arranged_for(
            actor, row.learner_id, row.sitting.exam.code, row.started_at or request.now
        ),
        "device": queries.device_seen(actor, row.learner_id, row.sitting.exam) if at_the_door else None,
    }


def reviewable(actor: Actor, row: Attempt) -> bool:
    """Whether the actor may review that attempt."""
    asked = row.second_review is not None and row.second_review.asked_by_id == actor.person_id
    asked = asked or (row.rejection is not None and row.rejection.proposed_by_id == actor.person_id)
    return not asked and may_review(actor, row.sitting.exam, row.learner_id, row.identity_confirmers)


@signed_in
def lifted(request: Request) -> HttpResponse:
    """Rejections that a second person lifted: each move out of a final state."""
    rows = queries.lifts(request.actor)
    names = names_of(request, {row.learner_id for row in rows})
    return render(request, "desk/exam_lifted.html", {"rows": rows, "names": names})


@post_only
@signed_in
def incident(request: Request, attempt_id: UUID) -> HttpResponse:
    """Note what was seen."""
    kind, note = choice(request, "kind", IncidentKind), text(request, "note")
    actions.log_incident(actor=request.actor, attempt_id=attempt_id, kind=kind, note=note, now=request.now)
    return done(request, _("The incident is noted."), HERE)


@post_only
@signed_in
def answers_file(request: Request, attempt_id: UUID) -> HttpResponse:
    """Take in the sealed file of answers that a learner could not send."""
    content = upload(request, "answers")
    receipt = actions.take_answer_file(actor=request.actor, attempt_id=attempt_id, content=content, now=request.now)
    late = sum(1 for one in receipt.taken if one.standing == Standing.LATE)
    told = {"all": len(receipt.taken), "late": late, "refused": len(receipt.not_taken)}
    said = _("Answers in the file: %(all)d. Late, to be decided below: %(late)d. Refused: %(refused)d.") % told
    return done(request, said, HERE)


@post_only
@signed_in
def late(request: Request, attempt_id: UUID) -> HttpResponse:
    """Accept the late answers that are ticked, decline the others that were shown."""
    unknown = Unusable("answer_unknown", _("Choose among the answers of the page."))
    shown, accept = ([identifier(one, unknown) for one in texts(request, name, 500)] for name in ("shown", "accept"))
    actions.decide_late_answers(
        actor=request.actor,
        attempt_id=attempt_id,
        shown=shown,
        accept=accept,
        reason=text(request, "reason"),
        now=request.now,
    )
    return done(request, _("The late answers are decided."), HERE)


@post_only
@signed_in
@acts(AppealEnd)
def appeal(request: Request, appeal_id: UUID, do: AppealEnd) -> HttpResponse:
    """Uphold or dismiss an appeal."""
    uphold, reason = do is AppealEnd.UPHOLD, text(request, "reason")
    actions.decide_appeal(actor=request.actor, appeal_id=appeal_id, uphold=uphold, reason=reason, now=request.now)
    return done(request, _("The appeal is decided."), HERE)


@signed_in
def identity_document(request: Request, check_id: UUID) -> HttpResponse:
    """The scan behind identity evidence, as a download; every reading goes on the trail."""
    content = accounts.open_identity_document(actor=request.actor, check_id=check_id, now=request.now)
    kind = next((kind for head, kind in KINDS.items() if content.startswith(head)), "application/octet-stream")
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="identity.{kind.rpartition("/")[2]}"'
    response["Cache-Control"] = "private, no-store"
    return response
