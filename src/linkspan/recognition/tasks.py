"""Reactions to lower domains."""

from uuid import UUID

from linkspan.accounts.queries import people_with_role
from linkspan.kernel.actor import system_actor
from linkspan.kernel.outbox import Delivered
from linkspan.messages.actions import notify
from linkspan.messages.tasks import tell
from linkspan.recognition.actions import award_credit, open_case

SYSTEM = system_actor("recognition")


def on_learner_joined(delivered: Delivered) -> None:
    """Who has joined gets the credit that the audit recognised."""
    told = delivered.payload
    award_credit(
        actor=SYSTEM,
        learner_id=UUID(told["learner_id"]),
        application_id=UUID(told["application_id"]),
        audit_id=UUID(told["audit_id"]),
        now=delivered.at,
    )
    tell(delivered, "credit_awarded", "/degree/")


def on_credential_revoked(delivered: Delivered) -> None:
    """Credit given on a revoked credential becomes a case for a person."""
    told = delivered.payload
    open_case(
        actor=SYSTEM,
        learner_id=UUID(told["learner_id"]),
        credential_id=UUID(told["credential_id"]),
        reason=told["reason"],
        now=delivered.at,
    )


def on_case_opened(delivered: Delivered) -> None:
    """Tell the learner that nothing has changed yet, and the school's registrars that a case waits for them."""
    told = {name: str(value) for name, value in delivered.payload.items()}
    tell(delivered, "case_opened", "/degree/")
    for registrar in people_with_role("registrar", told["institution"]):
        key = f"case_waits:{delivered.id}:{registrar}"
        notify(recipient_id=registrar, kind="case_waits", context=told, link="/desk/cases/", key=key, now=delivered.at)


def on_credit_reversed(delivered: Delivered) -> None:
    """Tell the learner why the degree plan is longer again."""
    tell(delivered, "credit_reversed", "/degree/")


SUBSCRIPTIONS = {
    "LearnerJoined": on_learner_joined,
    "CredentialRevoked": on_credential_revoked,
    "CaseOpened": on_case_opened,
    "CreditReversed": on_credit_reversed,
}
