"""What an institution takes off by need, as entries of its catalogue."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from linkspan.catalog.engines.entries import NeedSchedule
from linkspan.catalog.engines.holders import Coming, Held
from linkspan.catalog.rules import Kind
from linkspan.finance.actions.need import schedule_set
from linkspan.finance.models import NeedScheduleRow
from linkspan.finance.rules.need import schedule_of
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.reasons import Phrase, Sentence


class SchedulesHeld:
    """The schedules of an institution as entries of its catalogue."""

    def entries(self, institution: str) -> Iterable[NeedSchedule]:
        """By day."""
        for row in NeedScheduleRow.objects.filter(institution=institution).order_by("valid_from"):
            yield NeedSchedule.model_construct(valid_from=row.valid_from, currency=row.currency, terms=row.terms)

    def wrong(
        self, actor: Actor, institution: str, entry: NeedSchedule, now: datetime, coming: Coming
    ) -> Mapping[str, Sentence]:
        """A day that is set already, or tiers that do not fall."""
        if NeedScheduleRow.objects.filter(institution=institution, valid_from=entry.valid_from).exists():
            words = Phrase("What holds from {valid_from} is set already. Set it from a later day.")
            return {"valid_from": Sentence("schedule_published", words, valid_from=entry.valid_from.isoformat())}
        try:
            schedule_of(institution, entry.currency, entry.terms, entry.valid_from)
        except LinkspanError as error:
            return {"terms": error.message}
        return {}

    def publish(self, actor: Actor, institution: str, entry: NeedSchedule, now: datetime) -> None:
        """Set it."""
        schedule_set(actor, institution, entry.currency, entry.terms, entry.valid_from, now)


HELD: Held = {Kind.SCHEDULE: SchedulesHeld()}
