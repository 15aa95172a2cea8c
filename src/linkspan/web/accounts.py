"""The account: preferences, identity evidence, record, notices, disclosure log."""

from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import TOKEN_DAYS, TokenScope
from linkspan.kernel.errors import NotFound, Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.kernel.versions import check_seen, version_of
from linkspan.messages import actions as notices
from linkspan.messages.queries import mailing_choices, notices_of, wants_email
from linkspan.messages.rules import Mailing, Notice, Topic
from linkspan.records import actions as records
from linkspan.records.queries import facts_of
from linkspan.records.rules import Kind, Level, NewFact
from linkspan.web.pages import (
    acts,
    choice,
    choices,
    done,
    identifier,
    seen,
    shown_once,
    signed_in,
    text,
    texts,
    ticked,
    upload,
)


class Declared(StrEnum):
    """What a learner can declare with a document."""

    DEGREE = "degree"
    TEST = "test"


@signed_in
def account(request: Request) -> HttpResponse:
    """Name, zone, language, and whether e-mail is wanted."""
    if request.method == "POST":
        zone, locale = text(request, "time_zone"), text(request, "locale")
        email, shown = ticked(request, "email"), ticked(request, "topics_shown")
        topics = choices(request, "topic", Topic)
        check_seen(seen(request), _preferences(request))
        actions.change_preferences(actor=request.actor, name=text(request, "name"), time_zone=zone, locale=locale)
        daily = choices(request, "daily", Topic)
        notices.choose_email(actor=request.actor, email=email)
        if email and shown:
            for topic in (set(Topic) - topics) | daily:
                notices.choose_email(actor=request.actor, email=topic in topics, topic=topic, daily=topic in daily)
        return done(request, _("Your preferences are saved."), "accounts-account")
    told = {
        "person": queries.person(request.actor, request.actor.own_id),
        "zones": sorted(available_timezones()),
        "languages": settings.LANGUAGES,
        "language": get_language(),
        "email": wants_email(request.actor),
        "topics": [(one, how is not Mailing.NONE, how is Mailing.DAILY) for one, how in mailing_choices(request.actor)],
        "disclosures": queries.disclosures_of(request.actor, request.actor.own_id, size=5).rows,
        "seen": version_of(_preferences(request)),
    }
    return render(request, "account.html", told)


class SignInAct(StrEnum):
    """What a person does with their own sign-ins."""

    MAKE = "make"
    REVOKE = "revoke"
    END = "end"


@signed_in
@acts(SignInAct)
def sign_ins(request: Request, do: SignInAct | None = None) -> HttpResponse:
    """Make a token for the API, which is shown once; see and revoke them; or end all sign-ins and tokens."""
    if do is SignInAct.END:
        actions.end_sign_ins(actor=request.actor, now=request.now)
        return done(request, _("All sign-ins and tokens have ended. Sign in again."), "account_login")
    if do is SignInAct.REVOKE:
        held = identifier(text(request, "token", 64), NotFound("token_unknown", "There is no such token."))
        actions.revoke_token(actor=request.actor, token_id=held, now=request.now)
        return done(request, _("Its access has ended."), "accounts-sign_ins")
    shown: dict[str, Any] = {"fields": {"days": "30"}, "days": [str(one) for one in TOKEN_DAYS]}
    status = 200
    if do is SignInAct.MAKE:
        try:
            shown["token"] = _make_token(request)
        except (Unusable, Refused) as error:
            status = error.status
            shown |= {"errors": error.reasons or (in_words(error),), "fields": request.POST}
    shown["tokens"] = queries.tokens_of(request.actor)
    if "token" in shown:
        return shown_once(request, "sign_ins.html", shown)
    return render(request, "sign_ins.html", shown, status=status)


def _make_token(request: Request) -> str:
    days = text(request, "days", 4)
    return actions.make_token(
        actor=request.actor,
        now=request.now,
        name=text(request, "name", 100),
        scopes=[TokenScope.READ, *texts(request, "scope", 3)],
        days=int(days) if days.isascii() and days.isdecimal() else 0,
    )


@signed_in
def second_factor(request: Request) -> HttpResponse:
    """Say which roles wait for a second factor, and how to set one up."""
    waiting = sorted(request.actor.waiting, key=lambda grant: (grant.institution or "", grant.role))
    return render(request, "second_factor.html", {"waiting": waiting})


def _preferences(request: Request) -> dict[str, str]:
    """What the form of the account shows, by its fields."""
    person = queries.person(request.actor, request.actor.own_id)
    shown = {"name": person.name, "time_zone": person.time_zone, "locale": person.locale}
    chosen = mailing_choices(request.actor)
    topics = ", ".join(str(topic) for topic, how in chosen if how != Mailing.NONE)
    daily = ", ".join(str(topic) for topic, how in chosen if how == Mailing.DAILY)
    return shown | {"email": "yes" if wants_email(request.actor) else "", "topic": topics, "daily": daily}


@signed_in
def identity(request: Request) -> HttpResponse:
    """Hand in the legal name with its evidence, and see what staff said."""
    actor = request.actor
    if request.method == "POST":
        actions.submit_identity(
            actor=actor,
            learner_id=actor.own_id,
            legal_name=text(request, "legal_name", 200),
            document=upload(request, "document"),
            now=request.now,
        )
        return done(request, _("Your evidence is handed in. Staff will check it."), "accounts-identity")
    return render(request, "identity.html", {"checks": queries.identity_of(actor, actor.own_id, request.now)})


@signed_in
def record(request: Request) -> HttpResponse:
    """What is on record, and declaring a degree or test with its document."""
    actor = request.actor
    if request.method == "POST":
        records.declare_fact(
            actor=actor,
            learner_id=actor.own_id,
            fact=_declared(request),
            document=upload(request, "document"),
            now=request.now,
        )
        return done(request, _("Your evidence is handed in. Staff will check it."), "accounts-record")
    return render(request, "record.html", {"facts": facts_of(actor, actor.own_id)})


def _declared(request: Request) -> NewFact:
    if choice(request, "kind", Declared) is Declared.DEGREE:
        institution = text(request, "institution", 200)
        level = str(choice(request, "level", Level))
        data = {"level": level, "institution": institution, "field": text(request, "field", 200)}
        if not institution:
            raise Unusable("degree_incomplete", "Name the institution of the degree.")
        return NewFact(Kind.DEGREE, f"{data['level']} {institution}", {**data, "conferred": text(request, "conferred")})
    score = text(request, "score")
    if not score.replace(".", "", 1).isdigit() or not text(request, "name"):
        raise Unusable("test_incomplete", "Name the test and its score.")
    name = text(request, "name", 40)
    return NewFact(Kind.TEST, name, {"name": name, "score": score, "taken": text(request, "taken")})


@signed_in
def notices_page(request: Request) -> HttpResponse:
    """The notices; a post marks them as read."""
    if request.method == "POST":
        notices.mark_read(actor=request.actor, now=request.now)
        return done(request, _("All notices are marked as read."), "accounts-notices_page")
    groups: dict[str, list[Notice]] = {}
    for notice in notices_of(request.actor):
        groups.setdefault(notice.link, []).append(notice)
    return render(request, "notices.html", {"groups": list(groups.values())})


@signed_in
def notice(request: Request, notice_id: UUID) -> HttpResponse:
    """Lead to what a notice is about; it is read then, with the others about the same thing."""
    return redirect(notices.read_notice(actor=request.actor, notice_id=notice_id, now=request.now))
