"""A learning platform that hands over learners with facts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from tests.factories.people import NOW, SYSTEM

from linkspan.accounts.queries import accounts_at
from linkspan.courseware.rules import Origin, PlatformLearner, PlatformPerson, PlatformRow, stated
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import address
from linkspan.records.actions import import_from_platform
from linkspan.records.rules import NewFact

type Told = tuple[str, str, Sequence[NewFact]]


@dataclass(frozen=True)
class Platform:
    """Those learners, as (e-mail, name, facts)."""

    learners: Sequence[Told]
    name: str = "a platform"
    place: str = ""
    open_until: str = ""

    def rows(self) -> Iterator[PlatformRow]:
        for number, (email, name, facts) in enumerate(self.learners, start=1):
            origin = Origin.of(self.name, None, email.encode())
            told = tuple(stated(fact.kind.value, fact.key, fact.data, origin) for fact in facts)
            yield PlatformRow(number, PlatformLearner(PlatformPerson("", address(email), name, origin), told))


def hand_over(learners: Sequence[Told], actor: Actor = SYSTEM) -> dict[str, UUID]:
    """Import them at MITx; the learner id of each address whose row was taken."""
    done = import_from_platform(actor=actor, institution="MITx", platform=Platform(learners), now=NOW)
    refused = {row.email for row in done.refused}
    return {
        email: who for email, who in accounts_at(address(one[0]) for one in learners).items() if email not in refused
    }
