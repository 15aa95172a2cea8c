"""Reads of what an institution's directory says of its staff."""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from linkspan.accounts.models import ScimGroupRow, ScimMappingRow, ScimTokenRow, ScimUserRow
from linkspan.accounts.rules.provisioning import (
    ScimGroup,
    ScimMapping,
    ScimToken,
    ScimUser,
    may_provision,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import by_secret

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class KnownUser:
    """A person of a directory with the id that they have here, and the names of their groups by id."""

    id: UUID
    user: ScimUser
    groups: tuple[tuple[UUID, str], ...]
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """A group of a directory with the id that it has here, and the names of its members by id."""

    id: UUID
    group: ScimGroup
    names: tuple[tuple[UUID, str], ...]
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Some[One]:
    """Some of many: how many there are, and those asked for."""

    total: int
    rows: tuple[One, ...]


def scim_tokens(actor: Actor, institution: str) -> tuple[ScimToken, ...]:
    """The tokens of an institution's directory, newest first, revoked ones too."""
    permit(may_provision(actor, institution), "see the directory of this institution")
    rows = ScimTokenRow.objects.filter(institution=institution).order_by("-made_at", "id")
    return tuple(map(token_of_row, rows[:200]))


def scim_mappings(actor: Actor, institution: str) -> tuple[ScimMapping, ...]:
    """Which group of the directory has which role."""
    permit(may_provision(actor, institution), "see the directory of this institution")
    rows = ScimMappingRow.objects.filter(institution=institution).order_by("group")
    return tuple(ScimMapping(row.id, row.group, row.role) for row in rows)


def scim_groups_told(actor: Actor, institution: str) -> tuple[str, ...]:
    """The names of the groups that the directory has told, for whoever maps them."""
    permit(may_provision(actor, institution), "see the directory of this institution")
    rows = ScimGroupRow.objects.filter(institution=institution).order_by("display_name")
    return tuple(rows.values_list("display_name", flat=True)[:500])


@by_secret
def scim_user(token: ScimToken, user_id: UUID) -> KnownUser:
    """One person of the token's own directory; NotFound otherwise."""
    row = ScimUserRow.objects.filter(institution=token.institution, id=user_id).first()
    if row is None:
        raise NotFound("scim_unknown", "There is no such resource.")
    return user_of(row)


@by_secret
def scim_group(token: ScimToken, group_id: UUID) -> KnownGroup:
    """One group of the token's own directory; NotFound otherwise."""
    row = ScimGroupRow.objects.filter(institution=token.institution, id=group_id).first()
    if row is None:
        raise NotFound("scim_unknown", "There is no such resource.")
    return group_of(row)


@by_secret
def scim_users(token: ScimToken, asked: tuple[str, str] | None, start: int, count: int) -> Some[KnownUser]:
    """People of the token's own directory, oldest first, from the `start`th."""
    rows = ScimUserRow.objects.filter(institution=token.institution)
    if asked:
        name, value = asked
        rows = rows.filter(**{f"{name}__iexact" if name in {"user_name", "email"} else name: value})
    rows = rows.prefetch_related("groups__group")
    return Some(rows.count(), tuple(map(user_of, _some(rows, start, count))))


@by_secret
def scim_groups(token: ScimToken, asked: tuple[str, str] | None, start: int, count: int) -> Some[KnownGroup]:
    """Groups of the token's own directory, oldest first, from the `start`th."""
    rows = ScimGroupRow.objects.filter(institution=token.institution)
    if asked:
        rows = rows.filter(**{asked[0]: asked[1]})
    rows = rows.prefetch_related("members__member")
    return Some(rows.count(), tuple(map(group_of, _some(rows, start, count))))


def _some[Row: (ScimUserRow, ScimGroupRow)](rows: QuerySet[Row], start: int, count: int) -> QuerySet[Row]:
    return rows.order_by("made_at", "id")[start - 1 : start - 1 + count]


def user_of(row: ScimUserRow) -> KnownUser:
    """A row as a value."""
    told = ScimUser(**{one.name: getattr(row, one.name) for one in fields(ScimUser)})
    groups = tuple((one.group_id, one.group.display_name) for one in row.groups.all())
    return KnownUser(row.id, told, groups, row.made_at, row.changed_at)


def group_of(row: ScimGroupRow) -> KnownGroup:
    """A row as a value."""
    names = tuple((one.member_id, one.member.user_name) for one in row.members.all())
    told = ScimGroup(row.display_name, row.external_id, frozenset(member for member, _ in names))
    return KnownGroup(row.id, told, names, row.made_at, row.changed_at)


def token_of_row(row: ScimTokenRow) -> ScimToken:
    """A row as a value, without what would let anybody in."""
    return ScimToken(
        row.id,
        row.institution,
        row.name,
        tuple(row.scopes),
        row.made_by,
        row.made_at,
        row.ends_at,
        row.revoked_at,
        row.last_used_on,
    )
