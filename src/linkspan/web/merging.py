"""Two accounts of one person become one: by the person, who shows that both are theirs, or by two of the offices."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from uuid import UUID

from allauth.core import ratelimit
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import MergeProspect, joins_accounts
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import address
from linkspan.kernel.errors import Busy, LinkspanError, NotFound, permit
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.acts import ask
from linkspan.web.pages import acts, done, signed_in, text
from linkspan.web.personal import USES


class MineAct(StrEnum):
    """What a person does about another account of theirs."""

    MAIL = "mail"
    KNOWN = "known"
    JOIN = "join"
    WITHDRAW = "withdraw"


class DeskAct(StrEnum):
    """What an office does first about two accounts of one person."""

    PROPOSE = "propose"


class PairAct(StrEnum):
    """What an office does about a pair that was prepared."""

    APPROVE = "approve"
    WITHDRAW = "withdraw"


@signed_in
@acts(MineAct)
def mine(request: Request, do: MineAct | None = None) -> HttpResponse:
    """Show that another account is mine too; then what joining them does, and that it is done."""
    actor = request.actor
    held = queries.own_merge(actor, request.now)
    if do in (MineAct.JOIN, MineAct.WITHDRAW) and held is None:
        return done(request, _("Show first that the other account is yours. A proof holds 30 minutes."), "merging-mine")
    if do is MineAct.JOIN and held is not None:
        return ask(
            request,
            actions.MERGE_OWN,
            subject=held.id,
            back=reverse("merging-mine"),
            after=lambda _made: done(
                request, _("Your two accounts are one. Look through your record."), "accounts-record"
            ),
        )
    if do is MineAct.WITHDRAW and held is not None:
        actions.withdraw_merge(actor=actor, merge_id=held.id, now=request.now)
        return done(request, _("Nothing was joined."), "merging-mine")
    told = {"found": _shown(queries.merge_prospect(actor, held.id, request.now)) if held else None}
    if do is None:
        return render(request, "merging.html", told)
    return _prove(request, do, told)


def _prove(request: Request, do: MineAct, told: Mapping[str, object]) -> HttpResponse:
    email = text(request, "email", 254)
    try:
        if do is MineAct.MAIL:
            actions.ask_merge(actor=request.actor, email=email, now=request.now)
            words = _("If that is another account's confirmed address, a link is on its way there. Open it here.")
            return done(request, words, "merging-mine")
        _by_password(request, email)
    except LinkspanError as no:
        shown = {"problem": in_words(no), "chosen": do, "email": email}
        return render(request, "merging.html", {**told, **shown}, status=no.status)
    return redirect("merging-mine")


def _by_password(request: Request, email: str) -> None:
    tries = {"action": "login_failed", "key": address(email)}
    if not ratelimit.consume(request, **tries):
        raise Busy("too_many_passwords", "Too many passwords were tried. Wait a few minutes, then try again.")
    password = request.POST.get("password", "")[:1000].replace("\0", "")
    actions.prove_merge_by_password(actor=request.actor, email=email, password=password, now=request.now)


@signed_in
def proof(request: Request, token: str) -> HttpResponse:
    """The page of the link in the mail: a button, so that no mail scanner proves anything."""
    if request.method != "POST":
        me = queries.person(request.actor, request.actor.own_id)
        return render(request, "merging_proof.html", {"me": me.email})
    actions.prove_merge(actor=request.actor, token=token, now=request.now)
    return redirect("merging-mine")


@signed_in
@acts(DeskAct)
def desk(request: Request, do: DeskAct | None = None) -> HttpResponse:
    """The pairs that wait for a second person, and the form to prepare another one."""
    actor = request.actor
    permit(joins_accounts(actor), "join accounts")
    told = {"waiting": queries.merges_waiting(actor, request.now)}
    if do is not DeskAct.PROPOSE:
        return render(request, "desk/merges.html", told)
    try:
        made = actions.propose_merge(
            actor=actor,
            stays=_account(actor, text(request, "stays", 254)),
            ends=_account(actor, text(request, "ends", 254)),
            reason=text(request, "reason", 1000),
            now=request.now,
        )
    except LinkspanError as no:
        return render(
            request, "desk/merges.html", told | {"problem": in_words(no), "typed": request.POST}, status=no.status
        )
    return redirect("merging-one", made)


def _account(actor: Actor, email: str) -> UUID:
    found = queries.account_at(actor, email)
    if found is None:
        raise NotFound("merge_unknown", "There is no such pair of accounts.")
    return found


@signed_in
@acts(PairAct)
def one(request: Request, merge_id: UUID, do: PairAct | None = None) -> HttpResponse:
    """Two accounts side by side: what moves, which consents end, what stands in the way; a second person approves."""
    actor = request.actor
    if do is PairAct.APPROVE:
        return ask(request, actions.MERGE, subject=merge_id, back=reverse("merging-one", args=[merge_id]))
    if do is PairAct.WITHDRAW:
        actions.withdraw_merge(actor=actor, merge_id=merge_id, now=request.now)
        return done(request, _("Nothing was joined."), "merging-desk")
    found = queries.merge_prospect(actor, merge_id, request.now)
    own = found.merge.asked_by_id == actor.person_id
    return render(request, "desk/merge.html", {"found": _shown(found), "merge": found.merge, "own": own})


def _shown(found: MergeProspect) -> dict[str, object]:
    return {
        "stays": found.stays,
        "ends": found.ends,
        "moves": list(_moves(found.ends.entries)),
        "consents": found.consents_end,
        "obstacles": found.obstacles,
    }


def _moves(entries: Mapping[str, int]) -> Iterable[tuple[Promise, int]]:
    for use in USES:
        number = sum(entries.get(domain, 0) for domain in use.domains)
        if number:
            yield use.what, number
