"""The codes of programs and courses that an agreement can name, from the catalogues of its parties."""

from collections.abc import Iterable, Mapping
from datetime import date

from linkspan.catalog.queries import courses, programs
from linkspan.catalog.rules import courses_of
from linkspan.pathways.rules import Agreement

#: A code with the title of what it names.
type Codes = list[tuple[str, str]]


def program_codes(schools: Iterable[str], on: date) -> Codes:
    """The programs of those institutions in force on a day."""
    mine = set(schools)
    return sorted((one.code, f"{one.institution}: {one.title}") for one in programs(on) if one.institution in mine)


def codes_for(terms: Agreement, on: date) -> Mapping[str, Codes]:
    """The programs of both parties, and the courses of these programs."""
    parties = {str(side.institution) for side in (terms.sending, terms.receiving) if side and side.institution}
    held = [one for one in programs(on) if one.institution in parties]
    found = courses({key for one in held for key in courses_of(one.requirements)})
    return {
        "programs": program_codes(parties, on),
        "courses": sorted((one.code, f"{one.institution}: {one.title}") for one in found.values()),
    }
