"""Who acts: a frozen value that every action and query is given."""

from dataclasses import dataclass, field
from uuid import UUID

from linkspan.kernel.errors import NotPermitted


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at one institution, or everywhere if `institution` is None (operators, auditors)."""

    role: str
    institution: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a part of the system.

    `person_id` is None for the system and for a visitor who has not signed in; `name` is what the audit trail shows.
    `waiting` are roles that hold only once the person has a second factor.
    """

    person_id: UUID | None
    name: str
    grants: frozenset[Grant] = field(default_factory=frozenset)
    is_system: bool = False
    waiting: frozenset[Grant] = field(default_factory=frozenset)

    @property
    def own_id(self) -> UUID:
        """Whose self it is; NotPermitted for a visitor and for the system, who have none."""
        if self.person_id is None:
            raise NotPermitted("not_signed_in", "Sign in first.")
        return self.person_id

    def has_role(self, role: str, institution: str | None = None) -> bool:
        """Whether the actor holds the role at that institution, or everywhere."""
        return Grant(role) in self.grants or (institution is not None and Grant(role, institution) in self.grants)

    def institutions_as(self, role: str) -> frozenset[str]:
        """The institutions at which the actor holds the role (not counting a grant everywhere)."""
        return frozenset(g.institution for g in self.grants if g.role == role and g.institution is not None)

    def is_person(self, person_id: UUID) -> bool:
        """Whether the actor is that very person."""
        return self.person_id is not None and self.person_id == person_id


VISITOR = Actor(person_id=None, name="visitor")


def system_actor(name: str) -> Actor:
    """The system itself, acting for the named job."""
    return Actor(person_id=None, name=f"system:{name}", is_system=True)
