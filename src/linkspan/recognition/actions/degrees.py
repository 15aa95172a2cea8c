"""Degrees by catalogue year: entered by the registrar, at once or as entries of the catalogue that wait."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from linkspan.catalog.engines.entries import Degree
from linkspan.catalog.engines.holders import Coming, Content, Held
from linkspan.catalog.queries import publishes_with_second
from linkspan.catalog.rules import Kind
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import LinkspanError, Refused, Unusable, permit
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.reasons import Sentence
from linkspan.pathways.queries import agreement_version
from linkspan.recognition.models import CreditAwardRow, DegreeRow
from linkspan.recognition.queries import degrees_of
from linkspan.recognition.rules.catalogue import check_degree, may_enter_degree


@transaction.atomic
def enter_degree(
    *, actor: Actor, institution: str, program: str, from_year: int, data: Content, reason: str, now: datetime
) -> None:
    """Enter a degree of one's school from a catalogue year on: its slots, credits, load and seasons.

    Refused for a year that has a degree (`degree_recorded`), under which somebody holds credit already
    (`degree_in_use`), and where a second person publishes: there it is prepared as an entry of the catalogue. Entering
    the same again changes nothing.
    """
    permit(may_enter_degree(actor, institution), "enter degrees of this institution")
    if publishes_with_second(institution):
        raise Refused(
            "second_person_publishes", "Here a second person publishes. Prepare the degree at the catalogue desk."
        )
    _enter(actor, institution, program, from_year, data, reason, now)


def _enter(
    actor: Actor, institution: str, program: str, from_year: int, data: Content, reason: str, now: datetime
) -> None:
    permit(may_enter_degree(actor, institution), "enter degrees of this institution")
    one_at_a_time(f"recognition.degree:{institution}")
    if _check(institution, program, from_year, data, reason):
        return
    key = {"institution": institution, "program": program, "from_year": from_year}
    row = DegreeRow.objects.create(**key, data=data, recorded_at=now, recorded_by=actor.name, reason=reason.strip())
    subject = f"recognition.degree:{row.id}"
    audit.record(actor=actor, verb="enter_degree", subject=subject, now=now, after={**key, "data": data}, why=reason)


def _check(institution: str, program: str, from_year: int, data: Content, reason: str) -> bool:
    """Whether it is entered like this already; Refused or Unusable if it cannot be."""
    check_degree(from_year, data)
    if not reason.strip() or not program.strip():
        raise Unusable("reason_missing", "Name the program, and say where the degree was decided.")
    earlier = DegreeRow.objects.filter(institution=institution, program=program, from_year=from_year).first()
    if earlier is not None:
        if earlier.data == data:
            return True
        raise Refused(
            "degree_recorded",
            "There is a degree from {from_year} on. Enter one from a later year on.",
            from_year=from_year,
        )
    begun = CreditAwardRow.objects.filter(institution=institution, catalogue_year__gte=from_year)
    for agreement_id, version in begun.values_list("agreement_id", "version").distinct():
        if agreement_version(agreement_id, version).terms.receiving.program == program:
            raise Refused(
                "degree_in_use",
                "Learners of the catalogue of {from_year} or later hold credit already.",
                from_year=from_year,
            )
    return False


class DegreesHeld:
    """The degrees of an institution as entries of its catalogue."""

    def entries(self, institution: str) -> Iterable[Degree]:
        """By program and year."""
        for one in degrees_of(institution):
            yield Degree.model_construct(
                program=one.program, from_year=one.from_year, degree=dict(one.data), reason=one.reason
            )

    def wrong(
        self, actor: Actor, institution: str, entry: Degree, now: datetime, coming: Coming
    ) -> Mapping[str, Sentence]:
        """What the degree itself, one of that year or credit under it refuses."""
        try:
            _check(institution, entry.program, entry.from_year, entry.degree, entry.reason)
        except LinkspanError as error:
            year = ("degree_recorded", "degree_in_use")
            return {"from_year" if error.code in year else "degree": error.message}
        return {}

    def publish(self, actor: Actor, institution: str, entry: Degree, now: datetime) -> None:
        """Enter it, as the catalogue asks for it: by one person or two."""
        _enter(actor, institution, entry.program, entry.from_year, entry.degree, entry.reason, now)


HELD: Held = {Kind.DEGREE: DegreesHeld()}
