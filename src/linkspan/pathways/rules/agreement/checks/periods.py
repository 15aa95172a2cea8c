"""Checks in time: gaps and overlaps between versions, windows, deadlines before results, seats without a window."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.checks.report import Problem, problem

#: Versions that never came into force leave no gap.
NOT_IN_FORCE = frozenset({"draft", "rejected"})


def check_periods(agreement: Agreement, others: Sequence[Agreement]) -> Iterator[Problem]:
    """Problems of the agreement's dates, alone and beside its other versions."""
    yield from _windows(agreement)
    versions = {agreement.version: agreement}
    for other in others:
        if other.id == agreement.id:
            versions.setdefault(other.version, other)
    ordered = [row for _, row in sorted(versions.items()) if row.status not in NOT_IN_FORCE]
    for first, second in pairwise(ordered):
        if agreement.version in (first.version, second.version):
            yield from _between(first, second)


def _between(first: Agreement, second: Agreement) -> Iterator[Problem]:
    words = Phrase("version {first} and version {second}")
    names = Sentence("versions", words, first=first.version, second=second.version)
    ends, begins = first.valid_to, second.valid_from
    if ends is not None and ends < begins:
        yield problem(
            "validity_gap",
            ("valid_to", "valid_from"),
            "Nothing is in force from {ends} to {begins}, between {names}.",
            ends=ends,
            begins=begins,
            names=names,
        )
    if ends is None or ends > begins:
        yield problem(
            "validity_overlap",
            ("valid_to", "valid_from"),
            "{names} are both in force from {begins} on; the newer one judges.",
            warning=True,
            names=names,
            begins=begins,
        )
    if begins < first.valid_from:
        yield problem("validity_order", ("valid_from",), "Of {names}, the newer one begins earlier.", names=names)


def _windows(agreement: Agreement) -> Iterator[Problem]:
    if agreement.seats is not None and not agreement.windows:
        yield problem(
            "capacity_without_window",
            ("seats", "windows"),
            "{seats} seats and no window: say when one applies for them.",
            seats=agreement.seats,
        )
    for position, window in enumerate(agreement.windows):
        name = f"windows[{position}]"
        opens, closes, decided, starts = window.opens, window.closes, window.decided, window.starts
        results = window.results_by or agreement.results_by
        if opens and closes and closes < opens:
            yield problem(
                "window_order",
                (name,),
                "It closes on {closes}, before it opens on {opens}.",
                closes=closes,
                opens=opens,
            )
        if closes and decided and decided < closes:
            yield problem(
                "window_order",
                (name,),
                "It is decided on {decided}, before it closes on {closes}.",
                decided=decided,
                closes=closes,
            )
        if closes and results and closes < results:
            yield problem(
                "deadline_before_result",
                (name, "results_by"),
                "It closes on {closes}, before the exam's results on {results}: nobody of that sitting can apply.",
                closes=closes,
                results=results,
            )
        if starts and decided and starts < decided:
            yield problem(
                "window_order",
                (name,),
                "The term starts on {starts}, before the decision on {decided}.",
                starts=starts,
                decided=decided,
            )
