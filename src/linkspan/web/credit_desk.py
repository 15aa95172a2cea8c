"""Credit by hand: the credit of a degree on the student's file, a form for each verb, exceptions for two registrars."""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.accounts.actions import read_person
from linkspan.kernel.errors import LinkspanError, NotFound, Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.recognition import actions, queries
from linkspan.recognition.queries import CreditFile
from linkspan.screens.lists import ListName
from linkspan.web.acts import ask
from linkspan.web.lists import list_page
from linkspan.web.pages import acts, done, names_of, signed_in, text


class Decision(StrEnum):
    """What a second person says of an exception, and how it ends by who asked for it or later."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    TAKE_BACK = "take_back"


#: What each verb is called, what its form says first, and the fields that it asks for.
FORMS: Mapping[str, tuple[Promise, Promise, tuple[str, ...]]] = {
    "post": (
        lazy("Post credit"),
        lazy("Choose a fact of the record, the requirement that it fills, and how many credits it gives."),
        ("fact", "slot", "credits"),
    ),
    "adjust": (
        lazy("Adjust credit"),
        lazy("Change the requirement that it fills, or its credits. The award as it was stays on record, reversed."),
        ("slot", "credits"),
    ),
    "substitute": (
        lazy("Substitute a course"),
        lazy("Let a course that was taken at your school fill a requirement that asks for another."),
        ("course", "slot"),
    ),
    "reverse": (
        lazy("Reverse credit"),
        lazy("It no longer counts and stays on record, reversed. Its place in the degree is open again."),
        (),
    ),
}
#: The field that a refusal is about.
FIELD_OF = {
    "credits_unusable": "credits",
    "credits_out_of_range": "credits",
    "fact_unknown": "fact",
    "recognised_here": "fact",
    "slot_unknown": "slot",
    "no_place_left": "slot",
    "fills_already": "slot",
    "nothing_changes": "slot",
    "course_not_taken": "course",
    "course_failed": "course",
    "substituted_already": "course",
    "told_missing": "told",
    "reason_missing": "reason",
}


@signed_in
def desk(request: Request) -> HttpResponse:
    """What was done to credit by hand at my institutions: first the exceptions that wait."""
    return list_page(request, "desk/credit.html", ListName.CREDIT, {})


@signed_in
def file(request: Request, application_id: UUID) -> HttpResponse:
    """The credit of one degree on the student's file: awards beside their originals, changes, what can be done."""
    found = queries.credit_file(request.actor, application_id)
    person = read_person(actor=request.actor, person_id=found.learner_id, now=request.now)
    titles = {one.key: one.title for one in found.slots}
    told = {"file": found, "person": person, "forms": _titles(), "titles": titles}
    return render(request, "desk/credit_file.html", told)


def _titles() -> dict[str, Promise]:
    return {verb: words[0] for verb, words in FORMS.items()}


@signed_in
def post(request: Request, application_id: UUID) -> HttpResponse:
    """Post credit for a fact of the record."""
    return _form(request, application_id, "post")


@signed_in
def substitute(request: Request, application_id: UUID) -> HttpResponse:
    """Substitute a course of the school for a requirement."""
    return _form(request, application_id, "substitute")


@signed_in
def adjust(request: Request, application_id: UUID, award_id: UUID) -> HttpResponse:
    """Adjust the credits or the slot of an award."""
    return _form(request, application_id, "adjust", award_id)


@signed_in
def reverse_award(request: Request, application_id: UUID, award_id: UUID) -> HttpResponse:
    """Reverse an award."""
    return _form(request, application_id, "reverse", award_id)


def _form(request: Request, application_id: UUID, verb: str, award_id: UUID | None = None) -> HttpResponse:
    """The form of a verb; a post shows what would change, and does it once that is confirmed."""
    found = queries.credit_file(request.actor, application_id)
    award = next((one for one in found.awards if one.id == award_id), None)
    if award_id is not None and award is None:
        raise NotFound("award_unknown", "There is no such credit.")
    held = {"slot": award.slot, "credits": f"{award.credits.normalize():f}"} if award else {}
    if request.method != "POST":
        return _shown(request, found, verb, held)
    back = reverse("credit_desk-file", args=[application_id])
    try:
        fields = {name: text(request, name, 500) for name in FORMS[verb][2]}
        fields |= {"choice": verb, "told": text(request, "told", 2_000)}
        if award_id is not None:
            fields["award"] = str(award_id)
        return ask(request, actions.CHANGE_CREDIT, subject=application_id, fields=fields, back=back)
    except (Unusable, Refused) as error:
        return _shown(request, found, verb, held, error)


def _shown(
    request: Request, found: CreditFile, verb: str, held: Mapping[str, str], error: LinkspanError | None = None
) -> HttpResponse:
    title, lead, fields = FORMS[verb]
    names = names_of(request, [found.learner_id], at=found.institution)
    given = {name: request.POST.get(name, held.get(name, "")) for name in (*fields, "told", "reason")}
    told = {
        "file": found,
        "name": names.get(found.learner_id, ""),
        "title": title,
        "lead": lead,
        "fields": fields,
        "typed": given,
        "problem": in_words(error) if error else "",
        "field": FIELD_OF.get(error.code, "") if error else "",
    }
    return render(request, "desk/credit_form.html", told, status=error.status if error else 200)


@signed_in
@acts(Decision)
def change(request: Request, change_id: UUID, do: Decision | None = None) -> HttpResponse:
    """One change of credit: who, why, by which audit; an exception is decided, withdrawn or taken back here."""
    found = queries.credit_change(request.actor, change_id)
    back = reverse("credit_desk-change", args=[change_id])
    if do is Decision.WITHDRAW:
        reason = text(request, "reason", 2_000)
        actions.withdraw_exception(actor=request.actor, change_id=change_id, reason=reason, now=request.now)
        return done(request, _("The exception is withdrawn."), back)
    if do is Decision.TAKE_BACK:
        told = {"told": text(request, "told", 2_000)}
        return ask(request, actions.TAKE_BACK_EXCEPTION, subject=change_id, fields=told, back=back)
    if do:
        return ask(request, actions.DECIDE_EXCEPTION, subject=change_id, fields={"choice": str(do)}, back=back)
    names = names_of(request, [found.learner_id], at=found.institution)
    shown = {
        "change": found,
        "name": names.get(found.learner_id, ""),
        "mine": found.preparer_id == request.actor.person_id,
        "may_take_back": queries.can_be_taken_back(request.actor, change_id),
    }
    return render(request, "desk/credit_change.html", shown)
