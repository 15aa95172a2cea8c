"""What cannot be undone with accounts: looked at first, then confirmed (`kernel.acts`)."""

from collections.abc import Iterable

from linkspan.accounts.actions.merging import approve_merge, merge_own_accounts
from linkspan.accounts.models import Consent, MergeRow, User
from linkspan.kernel import merging
from linkspan.kernel.acts import Act, Asked, Line, thing_of

#: Tables of libraries and of delivery are the account's own.
NAMES = {"account": "accounts", "mfa": "accounts", "socialaccount": "accounts", "linkspan_messages": "messages"}


def _own(asked: Asked) -> None:
    merge_own_accounts(actor=asked.actor, merge_id=thing_of(asked.subject), now=asked.now)


def _approve(asked: Asked) -> None:
    approve_merge(actor=asked.actor, merge_id=thing_of(asked.subject), now=asked.now)


def _lines(asked: Asked) -> dict[str, Line]:
    """How many things of each kind the account that stays holds, its consents, and that the other one is open."""
    row = MergeRow.objects.filter(id=thing_of(asked.subject)).first()
    if row is None:
        return {}
    held = _named(merging.counts(row.learner_id).items())
    found = {key: Line(row.learner_id, key, str(number), coded=True) for key, number in held.items()}
    consents = Consent.objects.filter(learner_id=row.learner_id, revoked_at=None, expires_at__gt=asked.now).count()
    found["consents"] = Line(row.learner_id, "consents", str(consents), coded=True)
    open_now = User.objects.filter(id=row.joined_id, is_active=True).exists()
    found["other account"] = Line(None, "other_account", "open" if open_now else "closed", coded=True)
    return found


def _named(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for domain, number in counts:
        name = NAMES.get(domain, domain)
        found[name] = found.get(name, 0) + number
    return found


def _everywhere(subject: str) -> str:
    """People are of no one school."""
    thing_of(subject)
    return ""


MERGE_OWN = Act(
    name="merge_own_accounts",
    do=_own,
    lines=_lines,
    school=_everywhere,
    tells=("accounts.AccountsMerged",),
    own=True,
    takes_reason=False,
)
MERGE = Act(name="approve_merge", do=_approve, lines=_lines, school=_everywhere, tells=("accounts.AccountsMerged",))
