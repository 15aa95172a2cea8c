"""The editor: begin a draft, fill its clauses, read it in words, send it."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.kernel.versions import Changed
from linkspan.pathways import actions, queries
from linkspan.pathways.queries import agreement_on
from linkspan.pathways.rules import Agreement, DraftAct, Problem, Status, difference_in_words, with_inherited
from linkspan.screens.draft import draft_screen
from linkspan.web.agreements.codes import codes_for
from linkspan.web.agreements.form import Section, document_of, form_of, parts_of
from linkspan.web.pages import OlderForm, acts, choice, done, identifier, post_only, signed_in, text

#: What an agreement does not take from another: its names, identity and days.
OWN = frozenset({"id", "version", "status", "sending", "receiving", "title", "valid_from", "valid_to"}) | frozenset(
    {
        "windows",
        "seats",
        "note",
        "unknown_terms",
        "source",
        "inherits",
        "policies",
        "bridge",
        "first_cohort",
        "review_due",
    }
)


class Side(StrEnum):
    """Which party of the agreement drafts it."""

    SENDING = "sending"
    RECEIVING = "receiving"


#: Where a draft goes when it is sent.
SENT = {DraftAct.SEND: Status.PARTNER_REVIEW, DraftAct.ANNOUNCE: Status.IN_QUALIFICATION}


@post_only
@signed_in
def start(request: Request) -> HttpResponse:
    """Begin a draft for my institution: empty, or on the terms of another agreement."""
    mine, partner = text(request, "owner", 64), text(request, "partner", 64)
    side = choice(request, "side", Side)
    other = next(one for one in Side if one is not side)
    parties = {
        str(side): {"institution": mine, "program": text(request, "own_program", 64)},
        str(other): {"institution": partner, "program": text(request, "partner_program", 64)},
    }
    if not all(value for party in parties.values() for value in party.values()) or mine == partner:
        raise Unusable("parties_missing", _("Name your partner and both programs."))
    document = {**_template(request), **parties, "valid_from": request.now.date().isoformat()}
    document.setdefault("requirements", [])
    draft_id = actions.start_draft(actor=request.actor, owner=mine, document=document, now=request.now)
    return done(request, _("The draft is begun. Fill in its clauses."), "agreements-editor-edit", draft_id)


def _template(request: Request) -> dict[str, Any]:
    """The terms of another agreement without what is its own: names, identity, dates."""
    name = text(request, "template", 128)
    if not name:
        return {}
    found = agreement_on(name, request.now.date()).document
    return {key: value for key, value in found.items() if key not in OWN}


@signed_in
@acts(DraftAct)
def edit(request: Request, draft_id: UUID, do: DraftAct | None = None) -> HttpResponse:
    """The form of a draft beside its words; a post keeps it, and sends, announces, judges or drops it if asked to."""
    if do is None:
        return _page(request, draft_id, {}, {})
    if do is DraftAct.DROP:
        actions.drop_draft(actor=request.actor, draft_id=draft_id, now=request.now)
        return done(request, _("The draft is dropped."), "agreements-desk-overview")
    draft = queries.draft(request.actor, draft_id)
    document, errors = document_of(draft.document, request.POST)
    terms = Agreement.read(document)
    revision = text(request, "revision", 9)
    if revision != str(draft.revision):
        raise _changed(draft, terms)
    if errors:
        return _page(request, draft_id, request.POST, errors, status=422)
    draft = actions.save_draft(
        actor=request.actor,
        draft_id=draft_id,
        document=with_inherited(terms, queries.policies_for(terms)).as_json(),
        revision=draft.revision,
        now=request.now,
    )
    return _after_saving(request, draft, do)


@post_only
@signed_in
def keep(request: Request, draft_id: UUID) -> HttpResponse:
    """Save what can be read of the form while it is written, for a script; clauses are added and removed by its writer.

    The answer names the revision that the page has then; 409 if somebody saved in between.
    """
    draft = queries.draft(request.actor, draft_id)
    kept = {
        name: value
        for name, value in request.POST.items()
        if isinstance(value, str) and name != "add" and not _moves_rows(name)
    }
    document, _errors = document_of(draft.document, kept)
    revision = text(request, "revision", 9)
    if revision != str(draft.revision):
        raise _changed(draft, Agreement.read(document))
    if document != draft.document:
        draft = actions.save_draft(
            actor=request.actor, draft_id=draft_id, document=document, revision=draft.revision, now=request.now
        )
    return HttpResponse(status=204, headers={"Seen": str(draft.revision)})


def _moves_rows(name: str) -> bool:
    return name.endswith(("-remove", "-place", "-pick"))


@post_only
@signed_in
def arrange(request: Request, draft_id: UUID) -> HttpResponse:
    """Say who looks after the draft, and until when the partner is asked to answer."""
    keeper, day = text(request, "keeper", 36), text(request, "reply_by", 10)
    unknown = Unusable("keeper_unknown", _("Choose a registrar or dean of your institution."))
    try:
        reply_by = date.fromisoformat(day) if day else None
    except ValueError as error:
        raise Unusable("date_unusable", _("Write a date such as 2019-09-01.")).at("reply_by") from error
    actions.arrange_draft(
        actor=request.actor,
        draft_id=draft_id,
        keeper_id=identifier(keeper, unknown.at("keeper")) if keeper else None,
        reply_by=reply_by,
        now=request.now,
    )
    return done(request, _("Saved."), "agreements-editor-edit", draft_id)


def _changed(draft: queries.Draft, terms: Agreement) -> Changed:
    """Somebody saved the draft since this form was shown: the clauses that differ, as saved and as written here."""
    saved_terms = draft.terms
    pairs = {"title": (saved_terms.title or "", terms.title or ""), "note": (saved_terms.note or "", terms.note or "")}
    for row in difference_in_words(saved_terms, terms):
        pairs[f"{row.section}, {row.clause}" if row.clause else row.section] = (row.before, row.after)
    saved = {name: before for name, (before, _after) in pairs.items()}
    written = {name: after for name, (_before, after) in pairs.items()}
    return OlderForm(Changed(saved, {"revision": str(draft.revision)}), written)


def _after_saving(request: Request, draft: queries.Draft, do: DraftAct) -> HttpResponse:
    part = request.GET.get("part", "")
    here = reverse("agreements-editor-edit", args=[draft.id]) + (f"?part={part}" if part.isdecimal() else "")
    if do is DraftAct.IMPACT:
        report_id = actions.report_draft_impact(actor=request.actor, draft_id=draft.id, now=request.now)
        return redirect("agreements-desk-impact_page", report_id)
    if do not in SENT:
        return done(request, _("The draft is saved."), here)
    reason = text(request, "begins_before", 1000)
    try:
        name, version = actions.send_draft(
            actor=request.actor, draft_id=draft.id, now=request.now, to=SENT[do], reason=reason
        )
    except (Refused, Unusable) as error:
        told = [in_words(error), *map(in_words, error.reasons)]
        return _page(request, draft.id, {}, {}, refusal=told, status=409)
    return done(request, _("The other party can read it now."), "agreements-desk-version", name, version)


def _page(
    request: Request,
    draft_id: UUID,
    posted: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    refusal: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    screen = draft_screen(request.actor, draft_id, request.now)
    sections = form_of(screen.draft.document, posted, errors, screen.policies)
    part = _part(request, sections)
    told = {
        "part": part,
        "parts": parts_of(sections, screen.problems),
        "reply_by": screen.draft.reply_by.isoformat() if screen.draft.reply_by else "",
        "keepers": queries.keepers_of(request.actor, screen.draft.owner),
        "codes": codes_for(screen.draft.terms, request.now.date()),
        "draft": screen.draft,
        "acts": screen.acts,
        "lines": screen.words,
        "problems": screen.problems,
        "before": screen.before,
        "differences": screen.differences,
        "begins_before": screen.begins_before,
        "sections": sections if part is None else [sections[part - 1]],
        "errors": errors,
        "refusal": refusal,
        "by_clause": _by_clause(screen.problems),
        "why": text(request, "begins_before", 1000),
    }
    return render(request, "desk/agreement_draft.html", told, status=status)


def _part(request: Request, sections: list[Section]) -> int | None:
    """The part of the form that is asked for, from 1; None for the whole."""
    given = request.GET.get("part", "")
    number = int(given) if given.isascii() and given.isdecimal() and len(given) < 3 else 0
    return number if 0 < number <= len(sections) else None


def _by_clause(problems: tuple[Problem, ...]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        for clause in problem.clauses:
            found.setdefault(clause, []).append(problem)
    return found
