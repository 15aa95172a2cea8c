"""What every page shares: signing in, errors in words, redirects after a post."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from functools import wraps
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linkspan.accounts.actions import read_people
from linkspan.accounts.rules import READERS, holds_any
from linkspan.kernel.each import Failed
from linkspan.kernel.errors import LinkspanError, Unusable
from linkspan.kernel.request import Request, is_named
from linkspan.kernel.told import told as in_words
from linkspan.kernel.versions import Changed
from linkspan.messages.queries import unread_count

View = Callable[..., HttpResponseBase]
log = structlog.get_logger(__name__)
#: The field of a form that names its act.
VERB = "do"


class Check(StrEnum):
    """What becomes of something handed in."""

    ACCEPT = "accept"
    REFUSE = "refuse"


class AppealEnd(StrEnum):
    """How an appeal ends."""

    UPHOLD = "uphold"
    DISMISS = "dismiss"


def context(request: HttpRequest) -> dict[str, Any]:
    """For every template: the actor's roles, unread notices, and the domain's time."""
    if not is_named(request):
        return {"roles": (), "unread": 0, "now": None, "sign_in": sign_in_address(request)}
    if request.actor.person_id is None:
        return {"roles": (), "unread": 0, "now": request.now, "sign_in": sign_in_address(request)}
    actor = request.actor
    roles = sorted({grant.role for grant in actor.grants})
    told = {"roles": roles, "unread": unread_count(actor), "now": request.now, "waiting_roles": bool(actor.waiting)}
    return told | {"searches": holds_any(actor, READERS)}


def post_only(view: View) -> View:
    """Answer 405 to all but a post, and keep whoever is led back to a page away from this address."""
    guarded = require_POST(view)
    vars(guarded)["post_only"] = True
    return guarded


def page_here(request: HttpRequest, to: str, otherwise: str) -> str:
    """The path and query of an address of ours that can be opened; `otherwise` for a foreign, unknown or other one."""
    parts = urlsplit(to)
    found = urlunsplit(("", "", parts.path, parts.query, ""))
    hosts = {request.get_host()}
    if not all(url_has_allowed_host_and_scheme(one, hosts, require_https=request.is_secure()) for one in (to, found)):
        return otherwise
    try:
        view = resolve(unquote(parts.path)).func
    except Resolver404:
        return otherwise
    return otherwise if hasattr(view, "post_only") else found


def sign_in_address(request: HttpRequest) -> str:
    """The sign-in page, leading back here, or after a form that was sent to the page with the form."""
    here = request.get_full_path() if request.method in ("GET", "HEAD") else request.headers.get("Referer", "")
    back = page_here(request, here, resolve_url(settings.LOGIN_REDIRECT_URL))
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}"


def seen(request: Request) -> str | None:
    """The version that the posted form showed (`version_of` in its hidden field); None where it says none."""
    return request.POST.get("seen")


class OlderForm(Changed):
    """Changed since the form was shown, with what the form holds as its reader knows it, and the page that shows it."""

    def __init__(self, change: Changed, typed: Mapping[str, str], page: str = "") -> None:
        super().__init__(change.saved, change.form)
        self.typed, self.page = typed, page


class NotAll(Unusable):
    """Some parts of a form were not taken, each refused `at` its field; all else that it sent is saved."""

    def __init__(self, wrong: Sequence[LinkspanError]) -> None:
        words = _("Not everything was taken. What was not is named here; all else is saved.")
        super().__init__("not_all_taken", words, tuple(map(in_words, wrong)))
        self.wrong = wrong


@contextmanager
def typed(page: str = "", **fields: str) -> Iterator[None]:
    """Have a refusal, should what is saved have changed since, show these fields and lead back to that page."""
    try:
        yield
    except Changed as change:
        raise OlderForm(change, fields, page) from change


def signed_in(view: View) -> View:
    """Send visitors to the sign-in page, and back afterwards."""

    @wraps(view)
    def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.actor.person_id is None:
            return redirect(sign_in_address(request))
        return view(request, *args, **kwargs)

    return guarded


def acts(verbs: type[StrEnum]) -> Callable[[View], View]:
    """Give the view of a post its verb as `do`: one member of `verbs`, sent once; anything else is 422."""

    def closed(view: View) -> View:
        @wraps(view)
        def chosen(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                kwargs["do"] = choice(request, VERB, verbs)
            return view(request, *args, **kwargs)

        vars(chosen)["verbs"] = verbs
        return chosen

    return closed


def choice[Choice: StrEnum](request: Request, name: str, among: type[Choice]) -> Choice:
    """A field that chooses what is done: one member of `among`, sent once; Unusable if it is anything else."""
    given = request.POST.getlist(name)
    if len(given) != 1 or given[0] not in set(among):
        raise no_choice().at(name)
    return among(given[0])


def choices[Choice: StrEnum](request: Request, name: str, among: type[Choice]) -> set[Choice]:
    """The members of `among` that are ticked; Unusable if anything else is sent."""
    given = request.POST.getlist(name)
    if not set(given) <= set(among):
        raise no_choice().at(name)
    return {among(value) for value in given}


def ticked(request: Request, name: str) -> bool:
    """Whether a box is ticked: absent or empty is no, `yes` is yes; Unusable if it is anything else."""
    given = request.POST.getlist(name)
    if given not in ([], [""], ["yes"]):
        raise no_choice().at(name)
    return given == ["yes"]


def no_choice() -> Unusable:
    """What is asked of a page that does not offer it."""
    return Unusable("choice_unknown", _("Nothing was changed: the page does not offer that. Use one of its buttons."))


def done(request: Request, words: str, to: str, *of: object) -> HttpResponse:
    """After a post: say what was done, and go on to an address or to the named page of something."""
    messages.success(request, words)
    return redirect(to, *of)


class ShownOnce(HttpResponse):
    """A page with a secret that a post made: no redirect can lead to it, and the post was done nevertheless."""


def shown_once(request: Request, template: str, told: Mapping[str, object]) -> HttpResponse:
    """After a post that made a secret: the page that shows it, once. What was typed is not kept for another try."""
    return ShownOnce(render_to_string(template, dict(told), request=request))


def names_of(request: Request, ids: Iterable[UUID], at: str = "") -> dict[UUID, str]:
    """Names of those in a list with whom one's work is (`at` one institution); each reads in their log that one did."""
    people = read_people(actor=request.actor, ids=ids, now=request.now, at=at)
    return {key: person.name for key, person in people.items()}


def failures_in_words(request: Request, failed: Sequence[Failed[UUID]], most: int = 20) -> list[str]:
    """Which learners of many were left as they were, by name, and why."""
    names = names_of(request, [one.one for one in failed[:most]])
    told = [f"{names.get(one.one, _('A learner'))}: {in_words(one)}" for one in failed[:most]]
    if len(failed) > most:
        told.append(_("{count} more failed.").format(count=len(failed) - most))
    return told


def text(request: Request, name: str, longest: int = 10_000) -> str:
    """A field of a posted form; empty if absent. Unusable if it is longer than the field takes: nothing is cut off."""
    given = request.POST.get(name, "").strip()
    if "\0" in given:
        raise unstorable().at(name)
    if len(given.replace("\r\n", "\n")) > longest:
        told = {"name": name.replace("_", " ").capitalize(), "most": longest, "now": len(given)}
        raise Unusable("text_too_long", _("%(name)s: %(now)d characters. Shorten it to at most %(most)d.") % told).at(
            name
        )
    return given


def day_in(request: Request, name: str) -> date:
    """A day of a posted form; Unusable if it is none."""
    try:
        return date.fromisoformat(text(request, name, 10))
    except ValueError:
        raise Unusable("day_unusable", "Enter a day as year-month-day.").at(name) from None


def texts(request: Request, name: str, most: int) -> list[str]:
    """All that was sent under one name; Unusable if it is more than `most`: nothing is left out."""
    given = request.POST.getlist(name)
    if len(given) > most:
        told = {"most": most, "now": len(given)}
        raise Unusable("too_many", _("You chose %(now)d. Choose at most %(most)d at once.") % told).at(name)
    return given


def unstorable() -> Unusable:
    """What no column holds."""
    return Unusable("text_unusable", _("A null character or a huge number cannot be stored. Remove it."))


def identifier(given: str, unknown: LinkspanError) -> UUID:
    """The id that a form sends, or the error that says that there is no such thing."""
    try:
        return UUID(given)
    except ValueError:
        raise unknown from None


def page_number(request: Request) -> int:
    """The page of a longer list that was asked for; the first if that makes no sense."""
    asked = request.GET.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 8 else 1


def upload(request: Request, name: str, *, largest: int = 10 * 2**20) -> bytes:
    """The content of an uploaded file; Unusable if there is none."""
    file = request.FILES.get(name)
    if file is None or file.size is None:
        raise Unusable("file_missing", "Choose a file first.").at(name)
    if file.size > largest:
        raise Unusable(
            "file_too_large", "The file is larger than {most} MB. Choose a smaller one.", most=largest >> 20
        ).at(name)
    content: bytes = file.read()
    return content
