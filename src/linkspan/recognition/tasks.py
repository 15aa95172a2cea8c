"""Reactions to lower domains."""

from uuid import UUID

from linkspan.kernel.actor import system_actor
from linkspan.kernel.outbox import Delivered
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


def on_credit_reversed(delivered: Delivered) -> None:
    """Tell the learner why the degree plan is longer again."""
    tell(delivered, "credit_reversed", "/degree/")


SUBSCRIPTIONS = {
    "LearnerJoined": on_learner_joined,
    "CredentialRevoked": on_credential_revoked,
    "CreditReversed": on_credit_reversed,
}
