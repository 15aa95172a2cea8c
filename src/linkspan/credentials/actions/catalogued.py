"""Grading policies of programs as entries of their institution's catalogue."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from linkspan.catalog.engines.entries import Grading
from linkspan.catalog.engines.holders import Coming, Held
from linkspan.catalog.queries import tree_on
from linkspan.catalog.rules import Kind, courses_of, exams_of
from linkspan.credentials.actions.choices import grading_published
from linkspan.credentials.models import GradingPolicyRow
from linkspan.credentials.rules import check_policy
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.reasons import Phrase, Sentence


class GradingHeld:
    """The grading policies of an institution's programs as entries of its catalogue."""

    def entries(self, institution: str) -> Iterable[Grading]:
        """By program and day."""
        rows = GradingPolicyRow.objects.filter(program_key__startswith=f"{institution}/")
        for row in rows.order_by("program_key", "valid_from"):
            program = row.program_key.partition("/")[2]
            yield Grading.model_construct(program=program, valid_from=row.valid_from, policy=row.data)

    def wrong(
        self, actor: Actor, institution: str, entry: Grading, now: datetime, coming: Coming
    ) -> Mapping[str, Sentence]:
        """A policy of a day that has one, of the past, or that weighs what the program does not ask for."""
        held = GradingPolicyRow.objects.filter(program_key=f"{institution}/{entry.program}")
        if held.filter(valid_from=entry.valid_from).exists():
            words = Phrase("A policy from {valid_from} is published. Publish one from a later day.")
            return {"valid_from": Sentence("policy_published", words, valid_from=entry.valid_from.isoformat())}
        if entry.valid_from < now.date() and not actor.is_system and held.exists():
            words = Phrase("A policy that replaces another one begins today or later.")
            return {"valid_from": Sentence("policy_in_the_past", words)}
        tree = tree_on(institution, entry.program, max(entry.valid_from, now.date()), coming)
        if tree is None:
            words = Phrase("{program} has no requirements in force. Publish them first.")
            return {"program": Sentence("requirements_missing", words, program=entry.program)}
        try:
            check_policy(entry.policy, courses_of(tree), exams_of(tree))
        except LinkspanError as error:
            return {"policy": error.message}
        return {}

    def publish(self, actor: Actor, institution: str, entry: Grading, now: datetime) -> None:
        """Publish it."""
        key = f"{institution}/{entry.program}"
        grading_published(actor, key, entry.policy, entry.valid_from, now)


HELD: Held = {Kind.GRADING: GradingHeld()}
