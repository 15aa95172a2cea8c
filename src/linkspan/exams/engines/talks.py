"""Services behind one interface: which kind is spoken to how."""

from collections.abc import Mapping
from typing import Any, Protocol

from linkspan.exams.engines.lti import LtiTool
from linkspan.exams.engines.service_client import Account, Talk
from linkspan.exams.rules import Offering, ServiceKind


class Talks(Protocol):
    """What is asked of a service, whatever its contract."""

    deletes: bool

    def config(self) -> Offering:
        """What it offers; raises if it cannot be used."""

    def put_exam(self, exam: Mapping[str, Any], external_id: str = "") -> str:
        """An exam's id there."""

    def register(self, exam_id: str, attempt: Mapping[str, Any]) -> tuple[str, str]:
        """An attempt's id there and its status; no id where the learner is to be set up first."""

    def attempt(self, exam_id: str, attempt_id: str) -> Mapping[str, Any]:
        """What it tells the learner of an attempt."""

    def tell(self, exam_id: str, attempt_id: str, status: str) -> None:
        """Say what became of an attempt."""

    def delete(self, exam_id: str, attempt_id: str) -> None:
        """Have an attempt deleted."""

    def retire(self, user_id: str) -> bool:
        """Have everything deleted about a learner."""

    def onboarding(self, course_id: str, user_id: str) -> tuple[str, str]:
        """Whether a learner is set up there, and until when."""


def talk_to(account: Account, language: str = "en") -> Talks:
    """The way to speak to a service."""
    return LtiTool(account, language) if account.kind is ServiceKind.LTI else Talk(account, language)
