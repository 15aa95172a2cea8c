"""The draft of an agreement: its terms in words, what the checks say, what differs, and what can be done with it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.pathways.queries import Draft, Version, draft, policies_for, problems_beside, versions_of, was_in_force
from linkspan.pathways.rules import (
    Difference,
    DraftAct,
    Line,
    Problem,
    acts_on_draft,
    agreement_in_words,
    difference_in_words,
)


@dataclass(frozen=True, slots=True)
class DraftScreen:
    """All that the page of a draft shows; `acts` are what its reader can do with the terms as they are saved.

    `before` is the version that it follows; `begins_before`, whether sending it needs a reason, as it begins in the
    past of an agreement that was in force; `policies` are those that it may inherit.
    """

    draft: Draft
    acts: tuple[DraftAct, ...]
    words: tuple[Line, ...]
    problems: tuple[Problem, ...]
    before: Version | None
    differences: tuple[Difference, ...]
    begins_before: bool
    policies: tuple[str, ...]


def draft_screen(actor: Actor, draft_id: UUID, now: datetime) -> DraftScreen:
    """An open draft of one's own institution, as it is saved; NotFound for everybody else."""
    found = draft(actor, draft_id)
    earlier, begins = versions_of(actor, found.agreement_id), found.terms.valid_from
    before = earlier[-1] if earlier else None
    return DraftScreen(
        draft=found,
        acts=acts_on_draft(actor, found.owner, found.terms),
        words=agreement_in_words(found.terms),
        problems=problems_beside(actor, found.terms),
        before=before,
        differences=difference_in_words(before.terms, found.terms) if before else (),
        begins_before=(begins is None or begins < now.date()) and was_in_force(found.agreement_id),
        policies=tuple(sorted(policies_for(found.terms))),
    )
