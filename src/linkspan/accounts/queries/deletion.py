"""What deleting an account would do, and which ones are due."""

from collections.abc import Callable, Iterable
from uuid import UUID

from django.db.models import QuerySet

from linkspan.accounts.models import DeletionRow, RoleGrant, User
from linkspan.accounts.queries.access import lasting_holders
from linkspan.accounts.queries.people import person_of
from linkspan.accounts.rules.access import GRANTING
from linkspan.accounts.rules.deletion import Deletion, HeldTable, Prospect, may_delete
from linkspan.kernel import held
from linkspan.kernel.actor import Actor
from linkspan.kernel.clock import domain_now
from linkspan.kernel.errors import permit
from linkspan.kernel.readers import by_secret
from linkspan.kernel.reasons import Sentence, as_told

#: Tells what a domain knows to be under way for a person, so that their account is not deleted yet.
type ObstacleQuery = Callable[[UUID], Iterable[Sentence]]
_obstacle_queries: list[ObstacleQuery] = []


def learn_obstacles_from(query: ObstacleQuery) -> None:
    """Ask that domain too what keeps an account; the site does so once at start."""
    _obstacle_queries.append(query)


def prospect(actor: Actor, person_id: UUID) -> Prospect:
    """What would go, stay and why, what stands in the way, and since when it waits."""
    permit(may_delete(actor, person_id), "delete this account")
    person_of(person_id)
    parts = (
        HeldTable(table.domain, table.name, table.about, number, table.at_deletion)
        for table, number in held.counted(person_id)
    )
    row = open_deletions().filter(learner_id=person_id).first()
    return Prospect(tuple(parts), obstacles_of(person_id), deletion_of(row) if row else None)


def obstacles_of(person_id: UUID) -> tuple[Sentence, ...]:
    """Why the account cannot be deleted now, from every domain that knows; for actions that decided who may ask."""
    told = (one for query in _obstacle_queries for one in query(person_id))
    return (*_last_of_a_role(person_id), *told)


def _last_of_a_role(person_id: UUID) -> Iterable[Sentence]:
    now = domain_now()
    for grant in RoleGrant.objects.filter(user_id=person_id, role__in=GRANTING).order_by("role", "institution"):
        if not lasting_holders(grant.role, grant.institution, now).exclude(user_id=person_id).exists():
            yield Sentence(
                "last_one",
                "You are the last {role} at {place}. Give the role to another one first.",
                role=grant.role,
                place=grant.institution or "Linkspan",
            )


@by_secret
def is_password_of(person_id: UUID, password: str) -> bool:
    """Whether it is the password with which the person signs in."""
    found = User.objects.filter(id=person_id, is_active=True).first()
    return found is not None and found.check_password(password)


def open_deletions() -> QuerySet[DeletionRow]:
    """Those that wait."""
    return DeletionRow.objects.filter(withdrawn_at=None, done_at=None)


def deletion_of(row: DeletionRow) -> Deletion:
    """A wish as a value."""
    return Deletion(row.id, row.learner_id, row.asked_at, row.asked_by, row.due_at, as_told(row.held_by))


def last_mail(deletion_id: UUID) -> tuple[str, str] | None:
    """Address and language for the last mail to whoever had the account; None once it is handed over."""
    row = DeletionRow.objects.filter(id=deletion_id).exclude(last_address="").first()
    return (row.last_address, row.last_locale) if row else None
