"""How the grades of programs are made, and what programs are aligned with, for the staff who say so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from linkspan.catalog.queries import program, programs
from linkspan.catalog.rules import Program
from linkspan.credentials.models import GradingPolicyRow
from linkspan.credentials.queries.held import alignments
from linkspan.credentials.rules import GradingPolicy, grading_policy, may_issue
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit


@dataclass(frozen=True, slots=True)
class DatedPolicy:
    """A grading policy from a day on; one that has not `begun` can be taken back."""

    valid_from: date
    policy: GradingPolicy
    begun: bool


@dataclass(frozen=True, slots=True)
class ProgramGrading:
    """How the grade of a program is made, the newest day first, and what it is aligned with (Open Badges 3.0)."""

    program: Program
    policies: Sequence[DatedPolicy]
    alignments: Sequence[Mapping[str, str]]


def graded_programs(actor: Actor, on: date) -> tuple[Program, ...]:
    """The programs of the institutions whose grading policies one publishes, by title."""
    mine = tuple(one for one in programs(on) if may_issue(actor, one.institution))
    permit(bool(mine) or bool(actor.institutions_as("program_staff")), "see how programs are graded")
    return mine


def program_grading(actor: Actor, program_key: str, on: date) -> ProgramGrading:
    """How a program is graded, for the staff of its institution; NotFound if there is no such program."""
    permit(may_issue(actor, program_key.partition("/")[0]), "see how this program is graded")
    rows = GradingPolicyRow.objects.filter(program_key=program_key).order_by("-valid_from")
    dated = [DatedPolicy(row.valid_from, grading_policy(row.data), row.valid_from <= on) for row in rows]
    return ProgramGrading(program(program_key, on), dated, alignments(program_key))
