"""Versions of the agreement format: which one a document needs, and whether this server understands all of it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.agreement.document import Agreement
from linkspan.pathways.rules.agreement.shapes import AGREEMENT, POLICY, UNCHANGED
from linkspan.pathways.rules.language.shape import format_of, strangers

#: The format of agreements that this server reads; what is new in it is marked `Since` in its shape.
FORMAT = 2


def with_format(agreement: Agreement) -> Agreement:
    """The agreement naming the format that it needs; of the first one nothing is said, as ever."""
    needed = needed_format(agreement)
    return replace(agreement, format=needed if needed > 1 else None)


def needed_format(agreement: Agreement) -> int:
    """The earliest format that knows all that an agreement of the published shape uses, its policies included."""
    document = agreement.as_json()
    places = any(row.block is not None and row.times is not None for row in agreement.recognition)
    named = frozenset(_scales_in(document)) - frozenset(UNCHANGED)
    shapes = [format_of(AGREEMENT, document), *(format_of(POLICY, policy) for policy in agreement.policies)]
    return max(*shapes, 2 if places or named else 1)


def _scales_in(value: Any) -> Iterator[str]:
    """The scale of every grade in a document."""
    if isinstance(value, Mapping):
        if set(value) == {"scale", "value"}:
            yield str(value["scale"])
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from _scales_in(inner)


def check_understood(agreement: Agreement) -> None:
    """Unusable, naming what, if an agreement is of a later format, or uses or holds what its format does not know.

    Whoever approves an agreement must know what every member of it means.
    """
    named = agreement.format or 1
    if named > FORMAT:
        raise Unusable(
            "format_newer",
            "The agreement is of format {named}; this server reads up to {format}.",
            named=named,
            format=FORMAT,
        )
    if needed_format(agreement) > named:
        raise Unusable("format_wrong", "The agreement names format {named} and uses terms of a later one.", named=named)
    found = [*strangers(AGREEMENT, agreement.as_json())]
    found += [one for policy in agreement.policies for one in strangers(POLICY, policy, "policy.")]
    strange = [f"{one.place}{one.name}" for one in found]
    if strange:
        raise Unusable(
            "not_understood", "Not known here: {strange}. Leave it out, or put it in words.", strange=", ".join(strange)
        )
