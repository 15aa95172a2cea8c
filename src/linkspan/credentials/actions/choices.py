"""What institutions and holders choose: four eyes, grading policies, alignments, what a holder shows."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.catalog.actions import kept_for_second
from linkspan.catalog.queries import course, program, program_keys, publishes_with_second
from linkspan.catalog.rules import Kind, courses_of, exams_of
from linkspan.credentials.models import AlignmentRow, AwardPolicyRow, CredentialRow, GradingPolicyRow, HolderRow
from linkspan.credentials.rules import ShownPart, check_policy, may_choose, may_issue, may_set_policy
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.jsonable import jsonable

#: The members of an Alignment (Open Badges 3.0, section B.1.3), by what entries of a catalogue call them.
MEMBERS = {
    "target_name": "targetName",
    "target_url": "targetUrl",
    "target_code": "targetCode",
    "target_framework": "targetFramework",
    "target_description": "targetDescription",
    "target_type": "targetType",
}
LONGEST_URL = 500


@transaction.atomic
def set_four_eyes(*, actor: Actor, institution: str, four_eyes: bool, now: datetime) -> None:
    """Choose whether program awards of the institution take the approval of a second person."""
    permit(may_set_policy(actor, institution), "choose how awards are made here")
    AwardPolicyRow.objects.update_or_create(institution=institution, defaults={"four_eyes": four_eyes})
    subject, after = f"credentials.institution:{institution}", {"four_eyes": four_eyes}
    audit.record(actor=actor, verb="set_four_eyes", subject=subject, now=now, after=after)


@transaction.atomic
def publish_grading_policy(
    *, actor: Actor, program_key: str, data: Mapping[str, Any], valid_from: date, now: datetime
) -> bool:
    """Publish a program's grading policy from a day on (form: `rules.grading_policy`); what is published stays.

    False where a second person publishes: it waits for that person among the changes of the catalogue. NotFound unless
    the program is in the catalogue; Unusable if it weighs what the program does not ask for. People date one that
    replaces another from today on.
    """
    institution, _, code = program_key.partition("/")
    permit(may_issue(actor, institution), "publish grading policies here")
    told = {"program": code, "valid_from": valid_from.isoformat(), "policy": jsonable(data)}
    if kept_for_second(actor=actor, institution=institution, kind=Kind.GRADING, told=told, now=now):
        return False
    grading_published(actor, program_key, data, valid_from, now)
    return True


def grading_published(
    actor: Actor, program_key: str, data: Mapping[str, object], valid_from: date, now: datetime
) -> None:
    """Make a grading policy public, whoever prepared it."""
    permit(may_issue(actor, program_key.partition("/")[0]), "publish grading policies here")
    earlier = GradingPolicyRow.objects.filter(program_key=program_key).exclude(valid_from=valid_from)
    if valid_from < now.date() and not actor.is_system and earlier.exists():
        raise Unusable("policy_in_the_past", "A policy that replaces another one begins today or later.").at(
            "valid_from"
        )
    tree = program(program_key, max(valid_from, now.date())).requirements
    check_policy(data, courses_of(tree), exams_of(tree))
    row, created = GradingPolicyRow.objects.get_or_create(
        program_key=program_key, valid_from=valid_from, defaults={"data": jsonable(data)}
    )
    if not created and row.data != jsonable(data):
        raise Refused(
            "policy_published",
            "A policy from {valid_from} is published. Publish one from a later day.",
            valid_from=valid_from,
        )
    if created:
        subject, after = f"credentials.program:{program_key}", {"valid_from": valid_from, "policy": data}
        audit.record(actor=actor, verb="publish_grading_policy", subject=subject, now=now, after=after)


@transaction.atomic
def withdraw_grading_policy(*, actor: Actor, program_key: str, valid_from: date, now: datetime) -> None:
    """Take back a grading policy whose day has not begun; NotFound if there is none.

    Refused once it has begun, and where two people published it: one of them does not undo it alone.
    """
    institution = program_key.partition("/")[0]
    permit(may_issue(actor, institution), "publish grading policies here")
    if publishes_with_second(institution) and not actor.is_system:
        raise Refused(
            "second_person_published", "Two people publish here. Prepare a policy from a later day, for both to see."
        )
    row = GradingPolicyRow.objects.select_for_update().filter(program_key=program_key, valid_from=valid_from).first()
    if row is None:
        raise NotFound("policy_unknown_day", "No policy begins on that day.")
    if valid_from <= now.date():
        raise Refused("policy_in_force", "It has begun. Publish one from a later day.")
    row.delete()
    subject, before = f"credentials.program:{program_key}", {"valid_from": valid_from, "policy": row.data}
    audit.record(actor=actor, verb="withdraw_grading_policy", subject=subject, now=now, before=before)


@transaction.atomic
def align(*, actor: Actor, achievement_key: str, data: Mapping[str, str], now: datetime) -> bool:
    """Align a course or program to a competency or credential of a framework such as CTDL; again replaces it.

    False where a second person publishes: it waits for that person among the changes of the catalogue. NotFound unless
    it is in the catalogue.
    """
    institution, _, code = achievement_key.partition("/")
    permit(may_issue(actor, institution), "align this achievement")
    if not program_keys([achievement_key]):
        course(achievement_key)
    check_alignment(data)
    told = {"achievement": code, **{field: data[member] for field, member in MEMBERS.items() if member in data}}
    if kept_for_second(actor=actor, institution=institution, kind=Kind.ALIGNMENT, told=told, now=now):
        return False
    put_alignment(actor, achievement_key, data, now)
    return True


def check_alignment(data: Mapping[str, str]) -> None:
    """Unusable unless it is an Alignment of Open Badges 3.0 with a name and a short https address."""
    url = data.get("targetUrl", "")
    https = url.startswith("https://") and len(url) <= LONGEST_URL
    if not ({"targetName", "targetUrl"} <= set(data) <= set(MEMBERS.values()) and https):
        raise Unusable(
            "alignment_unusable",
            "An alignment has a name, an https address of at most 500 characters and terms of Open Badges 3.0 only.",
        )


def put_alignment(actor: Actor, achievement_key: str, data: Mapping[str, str], now: datetime) -> None:
    """Align it, whoever prepared that."""
    permit(may_issue(actor, achievement_key.partition("/")[0]), "align this achievement")
    AlignmentRow.objects.update_or_create(
        achievement_key=achievement_key, target_url=data["targetUrl"], defaults={"data": dict(data)}
    )
    subject = f"credentials.achievement:{achievement_key}"
    audit.record(actor=actor, verb="align", subject=subject, now=now, after=dict(data))


@transaction.atomic
def choose_display(*, actor: Actor, learner_id: UUID, shows_name: bool, now: datetime) -> None:
    """A holder chooses whether their name stands in credentials issued from now on."""
    permit(may_choose(actor, learner_id), "choose what another holder shows")
    HolderRow.objects.update_or_create(learner_id=learner_id, defaults={"shows_name": shows_name})
    subject, after = f"credentials.holder:{learner_id}", {"shows_name": shows_name}
    audit.record(actor=actor, verb="choose_display", subject=subject, now=now, after=after)


@transaction.atomic
def choose_shown(*, actor: Actor, credential_id: UUID, hidden: Collection[ShownPart], now: datetime) -> None:
    """A holder chooses which parts of a credential nobody else is shown, at once; the signed file stays as it is."""
    row = CredentialRow.objects.select_for_update().filter(id=credential_id).first()
    if row is None:
        raise NotFound("credential_unknown", "There is no such credential.")
    permit(may_choose(actor, row.learner_id), "choose what another holder shows")
    before, row.hidden = row.hidden, sorted(set(hidden))
    row.save(update_fields=["hidden"])
    subject, told = f"credentials.credential:{row.id}", {"hidden": row.hidden}
    audit.record(actor=actor, verb="choose_shown", subject=subject, now=now, before={"hidden": before}, after=told)


@transaction.atomic
def bind_did(*, actor: Actor, learner_id: UUID, did: str, now: datetime) -> None:
    """Bind a holder to a DID; the caller has checked a proof that the holder controls it."""
    permit(actor.is_system or may_choose(actor, learner_id), "bind another holder")
    if not did.startswith(("did:key:", "did:web:")) or len(did) > 300:
        raise Unusable("did_unusable", "A holder is bound to a did:key or a did:web.")
    HolderRow.objects.update_or_create(learner_id=learner_id, defaults={"did": did})
    subject = f"credentials.holder:{learner_id}"
    audit.record(actor=actor, verb="bind_did", subject=subject, now=now, after={"did": did})
