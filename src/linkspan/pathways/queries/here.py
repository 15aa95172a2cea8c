"""What this server's catalogue says of the programs and courses that an agreement names."""

from linkspan.catalog.queries import courses, program_keys
from linkspan.institutions.queries import institutions
from linkspan.pathways.models import AgreementVersionRow, PartnerRow
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.checks import Problem as Found
from linkspan.pathways.rules.agreement.checks.here import Catalogue, check_here, named_in
from linkspan.pathways.rules.life.lifecycle import Status
from linkspan.pathways.rules.life.readiness import Problem, as_problem


def missing_here(terms: Agreement) -> tuple[Found, ...]:
    """An error for each program and course that is not here and not marked as such."""
    return tuple(check_here(terms, catalogue_for(terms)))


def problems_here(terms: Agreement) -> tuple[Problem, ...]:
    """The same as the desk shows it."""
    return tuple(map(as_problem, missing_here(terms)))


def catalogue_for(terms: Agreement) -> Catalogue:
    """What is known of what an agreement names. A party with a server of its own has its catalogue there.

    A program is here if it is in the catalogue, or if an agreement that was in force leads from it or to it.
    """
    named = named_in(terms)
    sides = {str(side.institution or "") for side in (terms.sending, terms.receiving) if side}
    elsewhere = PartnerRow.objects.filter(institution__in=sides, code__in=sides).values_list("code", flat=True)
    here = {one.code for one in institutions()} - set(elsewhere)
    ran = AgreementVersionRow.objects.filter(moves__status=Status.ACTIVE)
    led = set(ran.filter(sending__in=sides).values_list("sending", "sending_program"))
    led |= set(ran.filter(receiving__in=sides).values_list("receiving", "document__receiving__program"))
    programs = program_keys(one.key for one in named if one.kind == "program")
    known = courses(one.key for one in named if one.kind == "course")
    return Catalogue(frozenset(here), programs | {f"{at}/{code}" for at, code in led}, frozenset(known))
