"""Grading policies of programs, and what is aligned with a framework, as entries of their institution's catalogue."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from linkspan.catalog.engines.entries import Alignment, Grading
from linkspan.catalog.engines.holders import Coming, Held
from linkspan.catalog.queries import courses, program_keys, tree_on
from linkspan.catalog.rules import Kind, courses_of, exams_of
from linkspan.credentials.actions.choices import MEMBERS, check_alignment, grading_published, put_alignment
from linkspan.credentials.models import AlignmentRow, GradingPolicyRow
from linkspan.credentials.rules import check_policy
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.reasons import Phrase, Sentence

UNKNOWN = Phrase("There is no course and no program {code} in this catalogue.")


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


class AlignmentsHeld:
    """What an institution's courses and programs are aligned with, as entries of its catalogue."""

    def entries(self, institution: str) -> Iterable[Alignment]:
        """By course or program and address."""
        rows = AlignmentRow.objects.filter(achievement_key__startswith=f"{institution}/")
        for row in rows.order_by("achievement_key", "target_url"):
            told = {name: row.data.get(member, "") for name, member in MEMBERS.items()}
            yield Alignment.model_construct(achievement=row.achievement_key.partition("/")[2], **told)

    def wrong(
        self, actor: Actor, institution: str, entry: Alignment, now: datetime, coming: Coming
    ) -> Mapping[str, Sentence]:
        """An address that is not https, or a course or program that is not there."""
        key = f"{institution}/{entry.achievement}"
        here = {(Kind.COURSE, key), (Kind.PROGRAM, key)} & coming.keys() or courses([key]) or program_keys([key])
        found = {} if here else {"achievement": Sentence("achievement_unknown", UNKNOWN, code=entry.achievement)}
        try:
            check_alignment(aligned(entry))
        except LinkspanError as error:
            found["target_url"] = error.message
        return found

    def publish(self, actor: Actor, institution: str, entry: Alignment, now: datetime) -> None:
        """Align it."""
        put_alignment(actor, f"{institution}/{entry.achievement}", aligned(entry), now)


def aligned(entry: Alignment) -> dict[str, str]:
    """An entry as members of an Alignment of Open Badges 3.0; what is empty is left out."""
    told = ((member, getattr(entry, name)) for name, member in MEMBERS.items())
    return {member: value for member, value in told if value}


HELD: Held = {Kind.GRADING: GradingHeld(), Kind.ALIGNMENT: AlignmentsHeld()}
