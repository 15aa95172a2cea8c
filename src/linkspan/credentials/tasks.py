"""Reactions to lower domains, and notices to holders."""

from dataclasses import replace
from uuid import UUID

import structlog

from linkspan.credentials.actions import issue_program_credential
from linkspan.kernel.actor import system_actor
from linkspan.kernel.errors import Refused
from linkspan.kernel.outbox import Delivered, Subscriber
from linkspan.messages.tasks import tell

log = structlog.get_logger(__name__)


def on_result_released(delivered: Delivered) -> None:
    """A passed exam may complete the program: then the credential is issued."""
    told = delivered.payload
    if told["outcome"] != "passed":
        return
    try:
        issue_program_credential(
            actor=system_actor("credentials"),
            learner_id=UUID(told["learner_id"]),
            program_key=told["program_key"],
            now=delivered.at,
        )
    except Refused as incomplete:
        log.info("program not complete yet", learner=told["learner_id"], reasons=incomplete.reasons)


def on_issued(delivered: Delivered) -> None:
    """Tell the holder."""
    told = {**delivered.payload, "title": delivered.payload["program_title"]}
    tell(replace(delivered, payload=told), "credential_issued", "/credentials/")


def on_revoked(delivered: Delivered) -> None:
    """Tell the holder."""
    tell(delivered, "credential_revoked", "/credentials/")


SUBSCRIPTIONS: dict[str, Subscriber] = {
    "ExamResultReleased": on_result_released,
    "CredentialIssued": on_issued,
    "CredentialRevoked": on_revoked,
}
