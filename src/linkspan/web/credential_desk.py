"""The credential desk: awards that wait for a second person, and what becomes of what was issued."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from linkspan.accounts.queries import recipient_at
from linkspan.credentials import actions, queries
from linkspan.credentials.rules import CredentialState
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.kernel.ids import number_of
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.screens.lists import ListName
from linkspan.vc.sealers import UNREACHABLE
from linkspan.web.acts import ask
from linkspan.web.lists import list_page
from linkspan.web.pages import (
    VERB,
    acts,
    choice,
    done,
    identifier,
    names_of,
    post_only,
    signed_in,
    text,
    texts,
)

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


#: What is done with several at once: the state that they get, and the words of the button.
TOGETHER: Mapping[Change, tuple[CredentialState, Promise]] = {
    Change.SUSPEND: (CredentialState.SUSPENDED, lazy("Suspend")),
    Change.REINSTATE: (CredentialState.ACTIVE, lazy("Reinstate")),
    Change.REVOKE: (CredentialState.REVOKED, lazy("Revoke")),
}


@signed_in
def desk(request: Request) -> HttpResponse:
    """What waits, and what is issued at my institutions."""
    actor = request.actor
    schools = sorted(actor.institutions_as("registrar") | actor.institutions_as("program_staff"))
    permit(bool(schools), "see the credential desk")
    awards, refused = queries.waiting_awards(actor), queries.refused_awards(actor)
    told = {
        "awards": awards,
        "refused": refused,
        "schools": [(school, queries.takes_four_eyes(school)) for school in schools],
        "signing": sum(queries.being_signed_at(actor, school) for school in schools),
        "may_set": actor.institutions_as("registrar"),
        "staff_of": sorted(actor.institutions_as("program_staff")),
        "names": names_of(request, {row.learner_id for row in (*awards, *refused)}),
        "bulk": reverse("credential_desk-several"),
        "bulk_acts": [(verb, words) for verb, (_to, words) in TOGETHER.items()],
    }
    return list_page(request, "desk/credentials.html", ListName.CREDENTIALS, told)


@signed_in
@acts(Change)
def several(request: Request, do: Change | None = None) -> HttpResponse:
    """What would become of the credentials that were chosen; with a reason and their number it is done."""
    asked = do or request.GET.get(VERB, "")
    if asked not in TOGETHER:
        raise Unusable("choice_unknown", _("Choose what is done with the credentials."))
    unknown = NotFound("credential_unknown", "There is no such credential.")
    sent = texts(request, "one", actions.MOST_CHANGED) if do else request.GET.getlist("one")[: actions.MOST_CHANGED]
    ids = [line.id for line in queries.issued_lines(request.actor, [identifier(one, unknown) for one in sent])]
    if not ids:
        return done(request, _("Choose at least one credential first."), HERE)
    return _change(request, ids, Change(asked), reverse(HERE))


def _change(request: Request, ids: Sequence[UUID], do: Change, back: str) -> HttpResponse:
    """What would become of these credentials; with a reason and their number it is done."""
    chosen = [str(one) for one in ids]
    return ask(
        request,
        actions.CHANGE,
        subject=actions.of_several(ids),
        fields={"to": str(TOGETHER[do][0]), "credentials": chosen},
        back=back,
        kept=[(VERB, str(do)), *(("one", one) for one in chosen)],
    )


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


@signed_in
@acts(Change)
def issued(request: Request, credential_id: UUID, do: Change | None = None) -> HttpResponse:
    """One issued credential: where it stands, what was decided before, and what can be done with it."""
    if do:
        return _one(request, credential_id, do)
    found = queries.issued_here(request.actor, credential_id)
    told = {
        "credential": found,
        "number": number_of(found.id),
        "name": names_of(request, [found.learner_id], at=found.issuer).get(found.learner_id, ""),
        "before": queries.revoked_before([found])[found.id],
    }
    return render(request, "desk/credential.html", told)


def _one(request: Request, credential_id: UUID, do: Change) -> HttpResponse:
    back = reverse("credential_desk-issued", args=[credential_id])
    if do is Change.REISSUE:
        return ask(request, actions.REISSUE, subject=credential_id, back=back)
    if do is Change.LIFT:
        reason = text(request, "reason")
        actions.lift_revocation(actor=request.actor, credential_id=credential_id, reason=reason, now=request.now)
        return done(request, _("The revocation is lifted: the learner may be awarded it again."), back)
    return _change(request, [credential_id], do, back)


@post_only
@signed_in
def commend(request: Request) -> HttpResponse:
    """Commend a learner, with the reason."""
    learner_id = recipient_at(request.actor, text(request, "email", 320))
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
