"""Reading the network's forms: filters, orders and «what if», from what a browser sends; and drawing its map."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from linkspan.catalog.queries import program
from linkspan.catalog.rules import courses_of
from linkspan.kernel.errors import NotFound
from linkspan.kernel.request import Request
from linkspan.pathways.engines.network_map import Drawing, Link, draw
from linkspan.pathways.queries import NetworkRow
from linkspan.pathways.rules import Filters, Sort, Supposed, SupposedCourse, SupposedTest, check_supposed

MOST_NUMBER = 10_000_000


def filters_from(sent: QueryDict) -> Filters:
    """The filters of a form; what makes no sense is as if it were not there."""
    sort = sent.get("sort", "")
    currency = sent.get("currency", "USD").upper()
    usable = len(currency) == 3 and currency.isascii() and currency.isalpha()
    return Filters(
        words=sent.get("q", "").replace("\0", "")[:80].strip(),
        field=sent.get("field", "")[:80],
        country=sent.get("country", "")[:2],
        language=sent.get("language", "")[:12],
        sending=sent.get("sending", "")[:160],
        outcome=sent.get("outcome", "")[:10],
        cost=_whole(sent.get("cost", "")),
        currency=currency if usable else "USD",
        months=_whole(sent.get("months", "")),
        open_only=bool(sent.get("open")),
        sort=Sort(sort) if sort in set(Sort) else Sort.NEAREST,
    )


def _whole(value: str) -> int | None:
    value = value.strip()
    return int(value) if value.isascii() and value.isdigit() and int(value[:9]) <= MOST_NUMBER else None


def supposed_from(request: Request) -> Supposed:
    """What the «what if» form supposes; Unusable with every field that cannot be judged."""
    sent = request.POST
    key = sent.get("program", "")[:160]
    day = sent.get("day", "")[:10] or request.now.date().isoformat()
    taken = program(key, request.now.date()) if key else None
    if taken is None and key:
        raise NotFound("program_unknown", "There is no program {key}.", key=key)
    found = Supposed(
        on=day,
        program=key,
        percent=sent.get("percent", "")[:6] or ("75" if key else ""),
        program_courses=courses_of(taken.requirements) if taken else (),
        courses=tuple(
            SupposedCourse(course.strip()[:80], scale[:10], grade.strip()[:8], completed[:10] or day)
            for course, scale, grade, completed in _lines(sent, "course", "scale", "grade", "completed")
            if course.strip()
        ),
        tests=tuple(
            SupposedTest(name.strip()[:40], score.strip()[:8], when[:10] or day)
            for name, score, when in _lines(sent, "test", "score", "taken")
            if name.strip()
        ),
        degree=sent.get("degree", "")[:12],
        years=sent.get("years", "")[:4].strip(),
    )
    return check_supposed(found)


def _lines(sent: QueryDict, *names: str) -> Iterable[tuple[str, ...]]:
    return zip(*(sent.getlist(name)[:20] for name in names), strict=False)


def card_labels() -> dict[str, str]:
    """The words that stand on every card, translated once for a page of many."""
    return {
        "clause": gettext("Clause"),
        "requirement": gettext("Requirement"),
        "have": gettext("You have"),
        "gap": gettext("Gap"),
        "saves": gettext("You save"),
        "closes": gettext("Closes"),
        "still": gettext("Still missing"),
        "more": gettext("More"),
        "apply": gettext("Apply"),
        "result": gettext("Result"),
        "recognised": gettext("Recognised"),
        "cost": gettext("Tuition left"),
        "months": gettext("Length"),
        "window": gettext("Applications"),
        "unknown": gettext("unknown"),
        "version": gettext("version"),
        "keep": gettext("Keep in view"),
        "drop": gettext("Kept in view. Take it away"),
        "compare": gettext("Compare"),
        "by_clause": gettext("Clause by clause"),
        "missing": gettext("The smallest thing still missing"),
        "no_window": gettext("no window ahead"),
    }


def drawing_of(rows: Iterable[NetworkRow], names: Mapping[str, str]) -> Drawing | None:
    """The map of those rows; None if there are none."""
    links = [_link(row, names) for row in rows]
    return draw(links) if links else None


def _link(row: NetworkRow, names: Mapping[str, str]) -> Link:
    sending, receiving = row.agreement.terms.sending, row.agreement.receiving
    source = f"{sending.institution}/{sending.name}"
    outcome = row.audit.outcome.value if row.audit and row.status == "active" else row.status
    return Link(row.agreement.id, source, names.get(receiving, receiving), row.agreement.title, outcome)


def query_of(filters: Filters) -> dict[str, Any]:
    """What is chosen, for the form to show again."""
    shown = {
        name: getattr(filters, name) for name in ("field", "country", "language", "sending", "outcome", "currency")
    }
    return {
        **shown,
        "words": filters.words,
        "cost": filters.cost,
        "months": filters.months,
        "open": filters.open_only,
        "sort": filters.sort,
    }
