"""What other domains hold of a catalogue, in words: degrees, exams, series, grading policies, prices by need."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.catalog.rules import Kind
from linkspan.exams.rules import Completion
from linkspan.kernel import written
from linkspan.kernel.money import Money

COMPLETIONS: Mapping[Completion, Promise] = {
    Completion.ALL: lazy("Every exam is passed"),
    Completion.MEAN: lazy("The mean of all, by weight, reaches the pass mark"),
    Completion.BEST: lazy("The mean of the best results reaches the pass mark"),
}


def line_of(kind: Kind, content: Mapping[str, Any]) -> str:
    """An entry in one line."""
    match kind:
        case Kind.DEGREE:
            return f"{content['program']}, {content['from_year']}"
        case Kind.GRADING:
            return f"{content['program']}, {written.day(content['valid_from'])}"
        case Kind.ALIGNMENT:
            return f"{content['achievement']}: {content['target_name']}"
        case Kind.SCHEDULE:
            return f"{content['currency']}, {written.day(content['valid_from'])}"
        case _:
            return f"{content['title']} ({content['code']})"


def lines_of(name: str, value: Any, content: Mapping[str, Any]) -> str:
    """The value of a field that is no text, a line for each part of it."""
    match name:
        case "policy":
            return "\n".join(_policy(value))
        case "terms":
            return "\n".join(_terms(value, content["currency"]))
        case "degree":
            return "\n".join(_degree(value))
        case _:
            drawn = ((row["group"], row["count"], _(row["difficulty"] or "any")) for row in value)
            return "\n".join(f"{group}: {count} ({hard})" for group, count, hard in drawn)


def _policy(policy: Mapping[str, Any]) -> Iterator[str]:
    yield _("Courses count %(weight)s") % {"weight": written.number(str(policy.get("course_weight", 0)))}
    yield _("Exams count %(weight)s") % {"weight": written.number(str(policy.get("exam_weight", 0)))}
    yield _("Of several attempts counts") + ": " + _(str(policy.get("attempts", "best")))
    yield _("Passed from %(mark)s") % {"mark": written.grade(str(policy.get("pass_percent", 0)))}
    if "exam_pass_percent" in policy:
        mark = written.grade(str(policy["exam_pass_percent"]))
        yield _("Each exam by itself from %(mark)s") % {"mark": mark}
    for letter, mark in dict(policy.get("bands") or {}).items():
        yield _("%(letter)s from %(mark)s") % {"letter": letter, "mark": written.grade(str(mark))}


def _terms(terms: Mapping[str, Any], currency: str) -> Iterator[str]:
    for tier in terms["tiers"]:
        told = {"share": written.number(str(tier["up_to"])), "percent": written.grade(str(tier["percent"]))}
        yield _("Up to %(share)s of the threshold: %(percent)s off") % told
    amount = written.amount(Money(int(terms["default_threshold"]), currency))
    yield _("Income a year that is the threshold") + f": {amount}"
    for country, minor in dict(terms.get("thresholds") or {}).items():
        yield f"{country}: {written.amount(Money(int(minor), currency))}"


def _degree(degree: Mapping[str, Any]) -> Iterator[str]:
    flags = {"last": _("Taken last"), "alone": _("Taken alone in its term"), "on_campus": _("On campus")}
    for row in degree["slots"]:
        more = [words for name, words in flags.items() if row.get(name)]
        more += [f"{_('Directly after this place')}: {row['after']}"] if row.get("after") else []
        more += [f"{_('Credits')}: {written.number(str(row['credits']))}"] if row.get("credits") else []
        more += list(row.get("required") or ())
        yield written.listed([f"{row.get('title') or row['slot']}: {row['courses']}", *more])
    numbers = {"credits": _("Credits of the degree"), "courses": _("Courses of the degree")}
    numbers |= {"on_campus_min": _("Courses on campus, at least")}
    for name, words in numbers.items():
        if degree.get(name) is not None:
            yield f"{words}: {written.number(Decimal(str(degree[name])))}"
    for season, most in dict(degree.get("load") or {}).items():
        yield f"{_('Credits in a season, at most')}: {_(season)} {written.number(str(most))}"
    for slot, seasons in dict(degree.get("offered") or {}).items():
        yield f"{_('Seasons in which a place is offered')}: {slot}: {written.listed(_(one) for one in seasons)}"
    if degree.get("on_campus_offered"):
        seasons = written.listed(_(one) for one in degree["on_campus_offered"])
        yield f"{_('Seasons with courses on campus')}: {seasons}"
