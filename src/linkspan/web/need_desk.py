"""What an institution takes off by need: tiers of income, from a day on."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.catalog.queries import changes_of_kind
from linkspan.catalog.rules import Kind
from linkspan.finance import actions, queries
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.money import amount_in
from linkspan.web.pages import day_in, done, signed_in, text


@signed_in
def schedule(request: Request, school: str) -> HttpResponse:
    """The schedules that are set; a post sets one from a later day."""
    told = {
        "school": school,
        "schedules": queries.schedules(request.actor, school),
        "kept": changes_of_kind(request.actor, school, Kind.SCHEDULE),
        "typed": request.POST,
    }
    if request.method != "POST":
        return render(request, "desk/need_schedule.html", told)
    try:
        currency, day = text(request, "currency", 3).upper(), day_in(request, "valid_from")
        terms = {
            "tiers": [_tier(line) for line in _lines(request, "tiers")],
            "thresholds": dict(_threshold(line, currency) for line in _lines(request, "thresholds")),
            "default_threshold": amount_in(text(request, "default_threshold", 20), currency).minor,
        }
        public = actions.set_schedule(
            actor=request.actor,
            institution=school,
            currency=currency,
            terms=terms,
            valid_from=day,
            now=request.now,
        )
    except (Refused, Unusable) as error:
        return render(request, "desk/need_schedule.html", told | {"problem": in_words(error)}, status=error.status)
    words = _("The schedule is set.") if public else _("It is prepared. Another person publishes it.")
    return done(request, words, "need_desk-schedule", school)


def _lines(request: HttpRequest, name: str) -> list[list[str]]:
    return [line.split() for line in request.POST.get(name, "")[:10_000].splitlines() if line.strip()]


def _tier(parts: list[str]) -> dict[str, str]:
    """A line such as `50 90`: up to 50 percent of the threshold, 90 percent off."""
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts):
        raise Unusable("tier_unusable", "Tiers: enter two whole numbers a line, such as 50 90.")
    return {"up_to": f"{int(parts[0]) // 100}.{int(parts[0]) % 100:02}", "percent": parts[1]}


def _threshold(parts: list[str], currency: str) -> tuple[str, int]:
    """A line such as `KE 1200`."""
    if len(parts) != 2 or len(parts[0]) != 2 or not (parts[0].isascii() and parts[0].isalpha()):
        raise Unusable("threshold_unusable", "Thresholds: enter a country and an amount a line, such as KE 1200.")
    return parts[0].upper(), amount_in(parts[1], currency).minor
