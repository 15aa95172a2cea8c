"""Staff as an institution's directory says it (SCIM 2.0): tokens, groups and roles are set; people come and leave."""

import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.crypto import get_random_string

from linkspan.accounts.actions.people import open_account
from linkspan.accounts.actions.roles import end_grants, give
from linkspan.accounts.models import (
    IdentityProviderRow,
    InvitationRow,
    RoleGrant,
    ScimGroupRow,
    ScimMappingRow,
    ScimMemberRow,
    ScimTokenRow,
    ScimUserRow,
    User,
)
from linkspan.accounts.queries.access import check_institution
from linkspan.accounts.queries.people import recipient_by_email
from linkspan.accounts.queries.provisioning import group_of, token_of_row, user_of
from linkspan.accounts.rules import Role, may_grant
from linkspan.accounts.rules.access import Terms, check_duties
from linkspan.accounts.rules.provisioning import (
    LONGEST_ID,
    LONGEST_TOKEN_NAME,
    MOST_MAPPINGS,
    MOST_TOKENS,
    TOKEN_LIFE,
    ScimGroup,
    ScimScope,
    ScimToken,
    ScimUser,
    may_provision,
    wrong_value,
)
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable, permit
from linkspan.kernel.locks import one_at_a_time

WHY = "Said by the directory of the institution."


@transaction.atomic
def make_scim_token(
    *, actor: Actor, institution: str, name: str, scopes: Collection[str], now: datetime
) -> tuple[UUID, str]:
    """A token for a directory, for 400 days of real time: its id, and the token itself, shown once and not kept."""
    permit(may_provision(actor, institution), "let the directory of this institution in")
    check_institution(institution)
    name, wanted = " ".join(name.split()), sorted(set(scopes))
    if not 0 < len(name) <= LONGEST_TOKEN_NAME or not name.isprintable():
        raise Unusable("name_unusable", "Name: write your name, in up to 100 characters.")
    if not wanted or not set(wanted) <= set(ScimScope):
        raise Unusable("scope_unusable", "Choose what the token may do: {scopes}.", scopes=", ".join(ScimScope))
    one_at_a_time(f"scim {institution}")
    held = ScimTokenRow.objects.filter(institution=institution, revoked_at=None, ends_at__gt=real_now())
    if held.count() >= MOST_TOKENS:
        raise Refused("too_many_tokens", "An institution has up to {most} tokens. Revoke one first.", most=MOST_TOKENS)
    token = f"scim_{get_random_string(43)}"
    row = ScimTokenRow.objects.create(
        institution=institution,
        name=name,
        token_sha256=_hash(token),
        scopes=wanted,
        made_by=actor.name[:200],
        made_at=now,
        ends_at=real_now() + TOKEN_LIFE,
    )
    after = {"name": name, "scopes": wanted, "ends_at": row.ends_at}
    audit.record(
        actor=actor, verb="make_scim_token", subject=_token(row.id), institution=institution, now=now, after=after
    )
    return row.id, token


@transaction.atomic
def revoke_scim_token(*, actor: Actor, token_id: UUID, now: datetime) -> None:
    """End a directory's access, at once; a second time changes nothing."""
    row = ScimTokenRow.objects.select_for_update().filter(id=token_id).first()
    if row is None or not may_provision(actor, row.institution):
        raise NotFound("token_unknown", "There is no such token.")
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        audit.record(
            actor=actor, verb="revoke_scim_token", subject=_token(row.id), institution=row.institution, now=now
        )


@transaction.atomic
def map_group(*, actor: Actor, institution: str, group: str, role: str, now: datetime) -> None:
    """Give the members of a directory's group a role at the institution; an empty role ends that.

    Only roles that the actor may give. Whoever is in the group already gets the role, or loses it, at once.
    """
    permit(may_provision(actor, institution), "say what groups of this institution are")
    check_institution(institution)
    group = group.strip()
    if not 0 < len(group) <= LONGEST_ID or not group.isprintable():
        raise Unusable("group_unusable", "Group: write its name as the directory has it.")
    if role and role not in set(Role) - {Role.OPERATOR, Role.AUDITOR}:
        raise Unusable("role_unknown", "{role} is not a role.", role=repr(role[:64]))
    if role:
        permit(may_grant(actor, role, institution), "give this role here")
    one_at_a_time(f"scim {institution}")
    held = ScimMappingRow.objects.filter(institution=institution)
    before = held.filter(group=group).values_list("role", flat=True).first()
    if before == role or (before is None and not role):
        return
    if before is None and held.count() >= MOST_MAPPINGS:
        raise Refused("too_many_mappings", "An institution has up to {most} groups with roles.", most=MOST_MAPPINGS)
    if role:
        ScimMappingRow.objects.update_or_create(institution=institution, group=group, defaults={"role": role})
    else:
        held.filter(group=group).delete()
    subject = f"accounts.scim_group:{institution}/{group}"
    told: dict[str, Any] = {"before": {"role": before} if before else None, "after": {"role": role}}
    audit.record(actor=actor, verb="map_group", subject=subject, institution=institution, now=now, **told)
    _settle(actor, ScimUserRow.objects.filter(institution=institution, groups__group__display_name=group), now)


@transaction.atomic
def admit_directory(*, token: str, needs: ScimScope, now: datetime) -> ScimToken:
    """The directory behind a token; NotPermitted (`token_refused`) if it is unknown, over, revoked or may not do it."""
    row = ScimTokenRow.objects.filter(token_sha256=_hash(token), revoked_at=None, ends_at__gt=now).first()
    if row is None:
        raise Unusable("token_refused", "This token is unknown, has expired or was revoked.")
    if needs not in row.scopes:
        raise NotPermitted("scope_missing", "This token may not do that: it needs {scope}.", scope=needs)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if row.last_used_on != today:
        ScimTokenRow.objects.filter(id=row.id).update(last_used_on=today)
    return token_of_row(row)


@transaction.atomic
def put_scim_user(
    *, token: ScimToken, change: Callable[[ScimUser], ScimUser], now: datetime, user_id: UUID | None = None
) -> UUID:
    """Enter a person of the directory, or change one; roles by groups, and an end of all of them, follow at once.

    `change` gets what is known of the person, while nobody else changes it.
    """
    institution, actor = token.institution, _actor(token)
    one_at_a_time(f"scim {institution}")
    row = _user(institution, user_id) if user_id else ScimUserRow(institution=institution, made_at=now)
    was = user_of(row).user if user_id else ScimUser()
    user, before = change(was), asdict(was) if user_id else None
    others = ScimUserRow.objects.filter(institution=institution, user_name__iexact=user.user_name).exclude(id=row.id)
    if others.exists():
        raise Refused("scim_taken", "Somebody has this user name already.")
    _check_domain(institution, user)
    if not user_id:
        row.user_id = _account(actor, institution, user, now)
    for name, value in asdict(user).items():
        setattr(row, name, value)
    row.changed_at = now
    row.save()
    if before != asdict(user):
        verb = "change_scim_user" if user_id else "enter_scim_user"
        audit.record(
            actor=actor,
            verb=verb,
            subject=f"accounts.user:{row.user_id}",
            institution=institution,
            now=now,
            before=before,
            after=asdict(user),
        )
    if user_id and was.active and not user.active:
        _leave(actor, row, now)
    else:
        _settle(actor, [row], now)
    return row.id


@transaction.atomic
def remove_scim_user(*, token: ScimToken, user_id: UUID, now: datetime) -> None:
    """Take a person out of the directory: as if they had left, for good. The account stays with what it holds."""
    actor = _actor(token)
    one_at_a_time(f"scim {token.institution}")
    row = _user(token.institution, user_id)
    _leave(actor, row, now)
    subject = f"accounts.user:{row.user_id}"
    audit.record(actor=actor, verb="remove_scim_user", subject=subject, institution=token.institution, now=now)
    row.delete()


@transaction.atomic
def put_scim_group(
    *, token: ScimToken, change: Callable[[ScimGroup], ScimGroup], now: datetime, group_id: UUID | None = None
) -> UUID:
    """Enter a group of the directory, or change one; its members' roles follow at once, or all of it is refused."""
    institution, actor = token.institution, _actor(token)
    one_at_a_time(f"scim {institution}")
    row = _group(institution, group_id) if group_id else ScimGroupRow(institution=institution, made_at=now)
    before = group_of(row).group if group_id else ScimGroup()
    group = change(before)
    taken = ScimGroupRow.objects.filter(institution=institution, display_name=group.display_name).exclude(id=row.id)
    if taken.exists():
        raise Refused("scim_taken", "There is a group of this name already.")
    gone, fresh = before.members - group.members, group.members - before.members
    found = ScimUserRow.objects.filter(institution=institution, id__in=fresh)
    if found.count() != len(fresh):
        raise wrong_value("members")
    row.display_name, row.external_id, row.changed_at = group.display_name, group.external_id, now
    row.save()
    ScimMemberRow.objects.filter(group=row, member_id__in=gone).delete()
    ScimMemberRow.objects.bulk_create([ScimMemberRow(group=row, member=one) for one in found])
    if before != group:
        after = {"group": group.display_name, "joined": sorted(map(str, fresh)), "left": sorted(map(str, gone))}
        verb, subject = "change_scim_group", f"accounts.scim_group:{institution}/{row.id}"
        audit.record(actor=actor, verb=verb, subject=subject, institution=institution, now=now, after=after)
    renamed = before.display_name != group.display_name
    concerned = before.members | group.members if renamed else gone | fresh
    _settle(actor, ScimUserRow.objects.filter(id__in=concerned), now)
    return row.id


@transaction.atomic
def remove_scim_group(*, token: ScimToken, group_id: UUID, now: datetime) -> None:
    """Take a group out of the directory; roles that its members had by it end."""
    actor = _actor(token)
    one_at_a_time(f"scim {token.institution}")
    row = _group(token.institution, group_id)
    members = list(ScimUserRow.objects.filter(groups__group=row))
    subject = f"accounts.scim_group:{token.institution}/{row.id}"
    before = {"group": row.display_name}
    audit.record(
        actor=actor, verb="remove_scim_group", subject=subject, institution=token.institution, now=now, before=before
    )
    row.delete()
    _settle(actor, members, now)


def _settle(actor: Actor, rows: Iterable[ScimUserRow], now: datetime) -> None:
    """Have each person hold what their groups say: roles given by hand stay, as duties that lie apart are refused."""
    for row in rows:
        groups = ScimGroupRow.objects.filter(members__member=row).values("display_name")
        mapped = ScimMappingRow.objects.filter(institution=row.institution, group__in=groups)
        wanted = set(mapped.values_list("role", flat=True)) if row.active else set()
        held = RoleGrant.objects.filter(user_id=row.user_id, institution=row.institution)
        ended = held.filter(role__in=set(row.roles) - wanted)
        end_grants(actor, list(ended), WHY, now)
        by_hand = set(held.values_list("role", flat=True)) - set(row.roles)
        for role in sorted(wanted):
            check_duties(role, wanted | by_hand, despite=False)
            if actor.is_person(row.user_id) and role not in {*by_hand, *row.roles}:
                raise Refused("own_role", "Nobody gives a role to themselves. Ask a colleague who gives roles.")
            if role not in by_hand:
                give(actor, row.user_id, role, row.institution, Terms(WHY), now)
        kept = sorted(wanted - by_hand)
        if kept != row.roles:
            row.roles = kept
            row.save(update_fields=["roles"])


def _leave(actor: Actor, row: ScimUserRow, now: datetime) -> None:
    """End every role here, given by whom ever, what was offered, and every sign-in and token of the person.

    The last registrar leaves too: an operator names another one, while a leaver who stays in does harm.
    """
    held = RoleGrant.objects.filter(user_id=row.user_id, institution=row.institution)
    end_grants(actor, list(held), WHY, now)
    InvitationRow.objects.filter(email=row.user.email, institution=row.institution, closed_at=None).update(
        closed_at=now
    )
    User.objects.filter(id=row.user_id).update(sign_ins_ended=F("sign_ins_ended") + 1)
    row.roles = []
    row.save(update_fields=["roles"])


def _check_domain(institution: str, user: ScimUser) -> None:
    """Unusable where the address is of a domain for which the institution does not speak."""
    rows = IdentityProviderRow.objects.filter(institution=institution)
    domains = {domain for held in rows.values_list("domains", flat=True) for domain in held}
    if user.address.rpartition("@")[2] not in domains:
        raise Unusable(
            "scim_domain",
            "The address is not of a domain of this institution: {domains}.",
            domains=", ".join(sorted(domains)) or "none is entered under Sign-in",
        )


def _account(actor: Actor, institution: str, user: ScimUser, now: datetime) -> UUID:
    """The account of the address: one that its holder confirmed, or that nobody can sign in to yet."""
    person_id = recipient_by_email(user.address)
    if person_id is None:
        person_id = open_account(actor=actor, email=user.address, name=user.name, now=now)
    if ScimUserRow.objects.filter(institution=institution, user_id=person_id).exists():
        raise Refused("scim_taken", "Somebody has this address already.")
    return person_id


def _user(institution: str, user_id: UUID) -> ScimUserRow:
    row = ScimUserRow.objects.select_for_update().filter(institution=institution, id=user_id).first()
    if row is None:
        raise NotFound("scim_unknown", "There is no such resource.")
    return row


def _group(institution: str, group_id: UUID) -> ScimGroupRow:
    row = ScimGroupRow.objects.select_for_update().filter(institution=institution, id=group_id).first()
    if row is None:
        raise NotFound("scim_unknown", "There is no such resource.")
    return row


def _actor(token: ScimToken) -> Actor:
    return system_actor(f"directory of {token.institution} ({token.name})")


def _token(token_id: UUID) -> str:
    return f"accounts.scim_token:{token_id}"


def _hash(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()
