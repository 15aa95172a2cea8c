"""What cannot be undone with credentials: looked at first, then confirmed (`kernel.acts`)."""

from collections.abc import Iterable
from uuid import UUID

from linkspan.credentials.actions.issue import claim_again
from linkspan.credentials.actions.many import change_credentials
from linkspan.credentials.models import AwardRow, ClaimRow, CredentialRow
from linkspan.credentials.rules import CredentialState
from linkspan.kernel.acts import Act, Asked, Line, thing_of
from linkspan.kernel.errors import Unusable

OFFICE = frozenset({"registrar", "program_staff"})
TOLD = (
    "credentials.CredentialRevoked",
    "credentials.CredentialSuspended",
    "credentials.CredentialReinstated",
)


def _ids(asked: Asked) -> list[UUID]:
    try:
        return [UUID(one) for one in asked.fields["credentials"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unusable("choice_unknown", "Choose at least one credential first.") from None


def _change(asked: Asked) -> object:
    to = asked.word("to")
    if to not in set(CredentialState):
        raise Unusable("state_unusable", "Choose suspended, active or revoked.")
    return change_credentials(
        actor=asked.actor, credential_ids=_ids(asked), to=CredentialState(to), reason=asked.reason, now=asked.now
    )


def _lines(ids: Iterable[UUID]) -> dict[str, Line]:
    rows = CredentialRow.objects.filter(id__in=list(ids)).values_list("id", "learner_id", "title", "state")
    return {str(one): Line(learner, title, state) for one, learner, title, state in rows}


def _again(asked: Asked) -> object:
    return claim_again(asked.actor, thing_of(asked.subject), asked.reason, asked.now)


def _one(asked: Asked) -> dict[str, Line]:
    """The credential, and what is prepared in its place."""
    found = _lines([thing_of(asked.subject)])
    old = CredentialRow.objects.filter(id=thing_of(asked.subject)).first()
    if old is None:
        return found
    claims = ClaimRow.objects.filter(learner_id=old.learner_id, achievement_key=old.achievement_key)
    awards = AwardRow.objects.filter(learner_id=old.learner_id, supersedes=old.id)
    for one in claims.values_list("id", flat=True):
        found[f"claim {one}"] = Line(old.learner_id, old.title, "issued again")
    for one, state in awards.values_list("id", "state"):
        found[f"award {one}"] = Line(old.learner_id, old.title, state)
    return found


def _school(subject: str) -> str:
    """The school of the credential, or of the first of several (`several:` and the first one's id)."""
    one = subject.removeprefix("several:").partition("+")[0]
    row = CredentialRow.objects.filter(id=thing_of(one)).values_list("institution", flat=True).first()
    return row or ""


def of_several(ids: Iterable[UUID]) -> str:
    """The subject of an act on several credentials: the first one, and how many more."""
    chosen = sorted(str(one) for one in ids)
    return f"several:{chosen[0]}+{len(chosen) - 1}" if chosen else ""


CHANGE = Act(
    name="change_credentials",
    do=_change,
    lines=lambda asked: _lines(_ids(asked)),
    school=_school,
    tells=TOLD,
    roles=OFFICE,
)
REISSUE = Act(name="reissue", do=_again, lines=_one, school=_school, roles=OFFICE)
