"""The what-if simulator: a form that is its own address, so that a result can be sent on and seen again."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.kernel.errors import LinkspanError, Unusable, permit
from linkspan.kernel.money import Money
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.outcomes import queries
from linkspan.outcomes.engines.plots import Span, spans_svg
from linkspan.outcomes.rules import (
    DRAWS,
    MOST_PARTNERS,
    Partner,
    Scenario,
    Simulation,
    Terms,
    article_case,
    break_even,
    checked,
    may_see_outcomes,
    simulate,
)
from linkspan.web.outcomes import break_even_svg
from linkspan.web.pages import signed_in
from linkspan.web.tables import csv_file

SHARES = ("interest", "acceptance", "takes_up", "anyway")
PEOPLE = ("admissible", "seated", "without_seat", "served", "placed", "left_over")


@signed_in
def what_if(request: Request) -> HttpResponse:
    """The fields with the base beside them; once asked, both simulated with the same seed."""
    permit(may_see_outcomes(request.actor), "run the simulator")
    base = _base(request)
    told: dict[str, Any] = {"base": _fields(base), "round": request.GET.get("round", ""), "seed": _seed(request.GET)}
    told["source"] = _source(request)
    try:
        asked = _asked(request.GET, base)
        told |= {"asked": _fields(asked), "fields": _fields(asked), **_result(request.GET, base, asked)}
    except LinkspanError as error:
        told |= {"fields": request.GET.dict(), "problem": in_words(error), "asked": _posted(request.GET)}
        return render(request, "desk/what_if.html", told, status=422)
    return render(request, "desk/what_if.html", told)


@signed_in
def what_if_file(request: Request) -> HttpResponse:
    """Base and what-if as CSV: expected value and band of every measure; money in minor units."""
    permit(may_see_outcomes(request.actor), "run the simulator")
    base = _base(request)
    asked = _asked(request.GET, base)
    seed = int(_seed(request.GET))
    rows = []
    for name, scenario in (("base", base), ("what-if", asked)):
        found = simulate(scenario, seed=seed)
        for measure, band in found.bands.items():
            expected = round(float(found.expected[measure]), 2)
            rows.append((name, measure, expected, band.low, band.middle, band.high, seed, found.draws))
    header = ("scenario", "measure", "expected", "p05", "p50", "p95", "seed", "draws")
    return csv_file("what-if.csv", header, rows)


def _base(request: Request) -> Scenario:
    chosen = request.GET.get("round", "")
    if not chosen:
        return article_case()
    try:
        round_id = UUID(chosen)
    except ValueError:
        raise Unusable("round_unknown", "That is not a round's identifier. Start again from the outcomes.") from None
    return queries.scenario_of(request.actor, round_id, request.now)


def _source(request: Request) -> str:
    """Where the acceptance of the base comes from."""
    if not request.GET.get("round", ""):
        return _("The article says nothing of it: 100 percent is an assumption.")
    answered = queries.answered_offers(request.actor, UUID(request.GET["round"]), request.now)
    if answered is None:
        return _("Too few offers of this round were answered to tell a share: 100 percent is an assumption.")
    return _("Of the offers of this round that were answered, {low} to {high} percent were accepted.").format(
        low=round(answered.low * 100), high=round(answered.high * 100)
    )


def _result(data: QueryDict, base: Scenario, asked: Scenario) -> dict[str, Any]:
    seed = int(_seed(data))
    first, second = simulate(base, seed=seed), simulate(asked, seed=seed)
    people = [name for name in second.bands if name in PEOPLE or name.startswith("joined:")]
    money = [name for name in second.bands if ":" in name and not name.startswith("joined:")]
    return {
        "people": [_row(name, first, second) for name in people],
        "money": [_row(name, first, second) for name in money],
        "people_svg": spans_svg(_spans(people, first, second, 1), _("People")),
        "money_svg": spans_svg(_spans(money, first, second, 100), _("Money, in units of the currency"))
        if money
        else "",
        "even": [_even(partner) for partner in asked.partners],
        "draws": DRAWS,
        "query": data.urlencode(),
    }


def _row(name: str, first: Simulation, second: Simulation) -> dict[str, Any]:
    def shown(value: float) -> object:
        kind, _colon, rest = name.partition(":")
        return Money(round(value), rest) if kind in ("forgone", "gained", "net") else round(value)

    cells = [
        {
            "expected": shown(float(s.expected[name])),
            "low": shown(b.low),
            "middle": shown(b.middle),
            "high": shown(b.high),
        }
        if (b := s.bands.get(name))
        else None
        for s in (first, second)
    ]
    difference = None
    if cells[0] and cells[1]:
        difference = shown(float(second.expected[name] - first.expected[name]))
    return {"label": _label(name), "base": cells[0], "asked": cells[1], "difference": difference}


def _spans(names: list[str], first: Simulation, second: Simulation, per: int) -> list[Span]:
    return [
        Span(_label(name), variant, b.low / per, b.middle / per, b.high / per)
        for name in names
        for variant, found in ((_("base"), first), (_("what-if"), second))
        if (b := found.bands.get(name))
    ]


def _label(name: str) -> str:
    kind, colon, rest = name.partition(":")
    if name == "served":
        return _("found a partner")
    if name == "placed":
        return _("have a place, seated or with a partner")
    words = {
        "joined": _("join {name}"),
        "forgone": _("tuition forgone, {name}"),
        "gained": _("tuition gained, {name}"),
        "net": _("net of who would have come anyway and of costs, {name}"),
    }
    return words[kind].format(name=rest) if colon else _(kind.replace("_", " "))


def _even(partner: Partner) -> dict[str, Any]:
    terms, found = partner.terms, break_even(partner.terms, Fraction(str(partner.anyway)))
    share = f"{float(found.share_anyway) * 100:.1f}" if found.share_anyway is not None else ""
    net = Money(round(found.net_per_learner), terms.price.currency)
    plot = break_even_svg(terms)
    return {"name": partner.name, "terms": terms, "share": share, "learners": found.learners, "net": net, "svg": plot}


def _seed(data: QueryDict) -> str:
    value = data.get("seed", "") or "2018"
    return value if value.isdecimal() and len(value) < 19 else "2018"


def _fields(scenario: Scenario) -> dict[str, Any]:
    """A scenario as the form shows it: shares in percent, money in units."""
    partners = [
        {
            "name": p.name,
            **{field: _percent(getattr(p, field)) for field in SHARES},
            "seats": "" if p.seats is None else p.seats,
            "waived": p.terms.waived,
            "paid": p.terms.paid,
            "price": _units(p.terms.price),
            "teaching": _units(p.terms.teaching_cost),
            "fixed": _units(p.terms.fixed_cost),
            "currency": p.terms.price.currency,
        }
        for p in scenario.partners
    ]
    return {
        "completers": scenario.completers,
        "admissible": _percent(scenario.admissible),
        "seats": scenario.seats,
        "takes_up": _percent(scenario.takes_up),
        "partners": partners,
    }


def _posted(data: QueryDict) -> dict[str, Any]:
    """What was typed, given back beside the problem."""
    names = ("name", *SHARES, "seats", "waived", "paid", "price", "teaching", "fixed", "currency")
    partners = [
        {name: data.get(f"{name}_{number}", "")[:80] for name in names}
        for number in range(MOST_PARTNERS)
        if data.get(f"name_{number}", "").strip()
    ]
    return {name: data.get(name, "")[:20] for name in ("completers", "admissible", "seats", "takes_up")} | {
        "partners": partners
    }


def _asked(data: Mapping[str, str], base: Scenario) -> Scenario:
    if "completers" not in data:
        return base
    partners = [_partner(data, number) for number in range(MOST_PARTNERS) if data.get(f"name_{number}", "").strip()]
    return checked(
        Scenario(
            _whole(data, "completers"),
            _share(data, "admissible"),
            _whole(data, "seats"),
            _share(data, "takes_up"),
            tuple(p for p in partners if p is not None),
        )
    )


def _partner(data: Mapping[str, str], number: int) -> Partner | None:
    if data.get(f"leave_out_{number}"):
        return None
    currency = (data.get(f"currency_{number}", "") or "USD").upper()[:3]
    seats = data.get(f"seats_{number}", "").strip()
    money = [_money(data, f"{name}_{number}", currency) for name in ("price", "teaching", "fixed")]
    return Partner(
        data[f"name_{number}"].strip()[:80],
        interest=_share(data, f"interest_{number}"),
        acceptance=_share(data, f"acceptance_{number}"),
        takes_up=_share(data, f"takes_up_{number}"),
        anyway=_share(data, f"anyway_{number}"),
        seats=_whole(data, f"seats_{number}") if seats else None,
        terms=Terms(_whole(data, f"waived_{number}"), _whole(data, f"paid_{number}"), *money),
    )


def _whole(data: Mapping[str, str], name: str) -> int:
    value = data.get(name, "").strip().replace(",", "") or "0"
    if not value.isascii() or not value.isdecimal() or len(value) > 12:
        raise Unusable("number_unusable", "{name}: enter a whole number.", name=name.replace("_", " "))
    return int(value)


def _decimal(data: Mapping[str, str], name: str) -> Decimal:
    try:
        value = Decimal(data.get(name, "").strip()[:20] or "0")
    except InvalidOperation:
        raise Unusable("number_unusable", "{name}: enter a number.", name=name.replace("_", " ")) from None
    if not value.is_finite() or abs(value) > 10**12:
        raise Unusable("number_unusable", "{name}: enter a number.", name=name.replace("_", " "))
    return value


def _share(data: Mapping[str, str], name: str) -> float:
    return float(_decimal(data, name) / 100)


def _money(data: Mapping[str, str], name: str, currency: str) -> Money:
    try:
        return Money(int(_decimal(data, name).scaleb(get_currency_precision(currency))), currency)
    except ValueError:
        raise Unusable("currency_unknown", "A currency is three letters, such as USD.") from None


def _units(amount: Money) -> str:
    return str(Decimal(amount.minor).scaleb(-get_currency_precision(amount.currency)).normalize().__format__("f"))


def _percent(share: float) -> str:
    return f"{share * 100:.4f}".rstrip("0").rstrip(".")
