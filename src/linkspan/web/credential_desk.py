"""The credential desk: awards that wait for a second person, and what becomes of what was issued."""

from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linkspan.accounts.queries import recipient_by_email
from linkspan.credentials import actions, queries
from linkspan.credentials.rules import CredentialState
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.vc.sealers import UNREACHABLE
from linkspan.web.pages import acts, choice, done, identifier, names_of, page_number, post_only, signed_in, text, texts

HERE = "credential_desk-desk"


class Award(StrEnum):
    """What the second person does with awards."""

    APPROVE = "approve"
    REFUSE = "refuse"


class Change(StrEnum):
    """What becomes of an issued credential."""

    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"
    LIFT = "lift"
    REISSUE = "reissue"


class FourEyes(StrEnum):
    """Whether a second person approves."""

    YES = "yes"
    NO = "no"


CHANGES = {
    Change.SUSPEND: actions.suspend_credential,
    Change.REINSTATE: actions.reinstate_credential,
    Change.REVOKE: actions.revoke_credential,
    Change.LIFT: actions.lift_revocation,
}


@signed_in
def desk(request: Request) -> HttpResponse:
    """What waits, and what is issued at my institutions."""
    actor = request.actor
    schools = sorted(actor.institutions_as("registrar") | actor.institutions_as("program_staff"))
    permit(bool(schools), "see the credential desk")
    awards = queries.waiting_awards(actor)
    wanted = request.GET.get("q", "").replace("\0", "")[:200].strip()
    asked = request.GET.get("state", "")
    state = CredentialState(asked) if asked in set(CredentialState) else None
    page = queries.issued_at(actor, text=wanted, state=state, number=page_number(request))
    issued = page.rows
    refused = queries.refused_awards(actor)
    ids = {row.learner_id for row in awards} | {row.learner_id for row in issued} | {row.learner_id for row in refused}
    told = {
        "awards": awards,
        "refused": refused,
        "issued": issued,
        "page": page,
        "revoked": queries.revoked_before(issued),
        "states": list(CredentialState),
        "asked": {"q": wanted, "state": state or ""},
        "kept": urlencode({name: value for name, value in (("q", wanted), ("state", state)) if value}),
        "schools": [(school, queries.takes_four_eyes(school)) for school in schools],
        "signing": sum(queries.being_signed_at(actor, school) for school in schools),
        "may_set": actor.institutions_as("registrar"),
        "staff_of": sorted(actor.institutions_as("program_staff")),
        "names": names_of(request, ids),
    }
    return render(request, "desk/credentials.html", told)


@post_only
@signed_in
@acts(Award)
def awards(request: Request, do: Award) -> HttpResponse:
    """Approve the awards that were ticked, or refuse them with a reason."""
    unknown = Unusable("award_unknown", "There is no such award.")
    chosen = [identifier(one, unknown) for one in texts(request, "award", 500)]
    if not chosen:
        raise Unusable("nothing_chosen", "Tick at least one award first.")
    if do is Award.REFUSE:
        reason = text(request, "reason")
        made = actions.refuse_awards(actor=request.actor, award_ids=chosen, reason=reason, now=request.now)
        words = ngettext("{count} award is refused.", "{count} awards are refused.", len(made.done))
        told = [words.format(count=len(made.done)), *sorted({in_words(failure) for failure in made.failed})]
        return done(request, " ".join(told), HERE)
    decided = actions.approve_awards(actor=request.actor, award_ids=chosen, now=request.now)
    words = ngettext("{count} credential is issued.", "{count} credentials are issued.", decided.issued)
    waiting = [failure for failure in decided.failed if failure.code == UNREACHABLE]
    failed = [in_words(failure.message) for failure in decided.failed if failure not in waiting]
    if waiting:
        failed.append(_("Approved and waiting for a signature: {count}.").format(count=len(waiting)))
    return done(request, " ".join([words.format(count=decided.issued), *failed]), HERE)


@post_only
@signed_in
def prepare_again(request: Request, award_id: UUID) -> HttpResponse:
    """Prepare a refused award again, with a reason."""
    actions.prepare_again(actor=request.actor, award_id=award_id, reason=text(request, "reason"), now=request.now)
    return done(request, _("It is prepared, and waits for the approval of another person."), HERE)


@post_only
@signed_in
@acts(Change)
def change(request: Request, credential_id: UUID, do: Change) -> HttpResponse:
    """Suspend, reinstate, revoke, lift a revocation, or issue again."""
    actor, now, reason = request.actor, request.now, text(request, "reason")
    if do is Change.REISSUE:
        made = actions.reissue_credential(actor=actor, credential_id=credential_id, reason=reason, now=now)
        words = _("It is issued again.") if made else _("It is prepared, and waits for the approval of another person.")
    else:
        CHANGES[do](actor=actor, credential_id=credential_id, reason=reason, now=now)
        words = _("The revocation is lifted: the learner may be awarded it again.")
        words = words if do is Change.LIFT else _("The status is changed, and the holder is told.")
    return done(request, words, HERE)


@post_only
@signed_in
def commend(request: Request) -> HttpResponse:
    """Commend a learner, with the reason."""
    learner_id = recipient_by_email(text(request, "email", 320))
    if learner_id is None:
        raise NotFound("person_unknown", "Nobody has an account with that e-mail address.")
    about = text(request, "about", 200)
    actions.issue_commendation(
        actor=request.actor,
        learner_id=learner_id,
        institution=about.partition("/")[0],
        about=about,
        title=text(request, "title", 300),
        reason=text(request, "reason"),
        now=request.now,
    )
    return done(request, _("The commendation is issued, and the learner is told."), HERE)


@post_only
@signed_in
def four_eyes(request: Request, code: str) -> HttpResponse:
    """Choose whether program awards take the approval of a second person."""
    wanted = choice(request, "four_eyes", FourEyes) is FourEyes.YES
    actions.set_four_eyes(actor=request.actor, institution=code, four_eyes=wanted, now=request.now)
    return done(request, _("The choice is kept."), HERE)
