"""The client of a proctoring service: edx-proctoring's REST contract for backends, under the network policy.

One `Talk` takes one token and makes some calls. Nothing here is called inside of a transaction, or tried again: the
outbox does that.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.jwk import OctKey

from linkspan.exams.rules import Exam, Offering, ServiceKind, ServiceRefuses, ServiceSilent, words
from linkspan.kernel.outside import leaving, network_policy
from linkspan.vc.errors import VcError
from linkspan.vc.net import ask

#: Answers that say "not now".
NOT_NOW = frozenset({408, 425, 429}) | frozenset(range(500, 600))
LONGEST_TOKEN = 20_000
DASHBOARD_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are at a service, and of an LTI tool where it is launched and where its keys are."""

    base_url: str
    client_id: str
    secret: str = field(repr=False)
    kind: ServiceKind = ServiceKind.EDX_PROCTORING
    launch_url: str = ""
    jwks_url: str = ""


class Talk:
    """Some calls under one token."""

    #: Whether what it recorded is deleted by a call.
    deletes = True

    def __init__(self, account: Account, language: str = "en") -> None:
        self._account, self._language, self._token = account, language, ""

    def config(self) -> Offering:
        """What the service offers."""
        return Offering.read(_object(*self._call("GET", "/api/v1/config/")))

    def put_exam(self, exam: Mapping[str, Any], external_id: str = "") -> str:
        """Create an exam, or change the one of that id; its id there."""
        place = f"/api/v1/exam/{_part(external_id)}" if external_id else "/api/v1/exam/"
        told = _object(*self._call("POST", place, exam))
        return external_id or _id_in(told)

    def register(self, exam_id: str, attempt: Mapping[str, Any]) -> tuple[str, str]:
        """Register an attempt: its id there, and its status; no id where the learner is to be set up first."""
        told = _object(*self._call("POST", f"/api/v1/exam/{_part(exam_id)}attempt/", attempt))
        status = words(told.get("status"), 40)
        return ("" if status.startswith("onboarding_") else _id_in(told)), status

    def attempt(self, exam_id: str, attempt_id: str) -> Mapping[str, Any]:
        """What the service says of an attempt: instructions, software."""
        return _object(*self._call("GET", _attempt(exam_id, attempt_id)))

    def tell(self, exam_id: str, attempt_id: str, status: str) -> None:
        """Say that an attempt started, was handed in, or failed."""
        status_code, _ = self._call("PATCH", _attempt(exam_id, attempt_id), {"status": status})
        _check(status_code)

    def delete(self, exam_id: str, attempt_id: str) -> None:
        """Have an attempt deleted; one that is gone is deleted."""
        status_code, _ = self._call("DELETE", _attempt(exam_id, attempt_id))
        if status_code not in (404, 410):
            _check(status_code)

    def retire(self, user_id: str) -> bool:
        """Have everything deleted about a learner; whether there was anything."""
        status_code, told = self._call("DELETE", f"/api/v1/user/{_part(user_id)}")
        if status_code in (404, 410):
            return False
        _check(status_code)
        return told is True

    def onboarding(self, course_id: str, user_id: str) -> tuple[str, str]:
        """Whether a learner is set up at the service, in its words, and until when."""
        place = f"/api/v1/courses/{quote(course_id, safe='')}/onboarding_statuses?{urlencode({'user_id': user_id})}"
        told = _object(*self._call("GET", place))
        return words(told.get("status"), 40), words(told.get("expiration_date"), 40)

    def _call(self, method: str, place: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        if not self._token:
            self._token = self._take_token()
        headers = {"Authorization": f"JWT {self._token}", "Accept-Language": self._language}
        return self._ask(method, place, headers | {"Content-Type": "application/json"}, _as_json(body))

    def _take_token(self) -> str:
        account = self._account
        form = {"grant_type": "client_credentials", "client_id": account.client_id, "token_type": "jwt"}
        content = urlencode(form | {"client_secret": account.secret}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        token = _object(*self._ask("POST", "/oauth2/access_token", headers, content)).get("access_token")
        if not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN or not _is_visible(token):
            raise ServiceRefuses("service_unusable_answer", "The service gave no token.")
        return token

    def _ask(self, method: str, place: str, headers: Mapping[str, str], content: bytes | None) -> tuple[int, Any]:
        leaving()
        url = self._account.base_url + place
        try:
            status, answer = ask(method, url, network_policy(), {"Accept": "application/json", **headers}, content)
        except VcError as error:
            raise ServiceSilent("service_silent", "The service did not answer: {error}", error=error.message) from error
        if status in NOT_NOW:
            raise ServiceSilent("service_silent", "The service did not answer: {error}", error=f"status {status}")
        try:
            return status, json.loads(answer) if answer else None
        except (ValueError, RecursionError):
            return status, None


def learner_key(service_id: UUID, person_id: UUID) -> str:
    """A person's id at a service: 40 digits that tell nobody else who it is, and differ from service to service.

    Of no key: after a rotation a service would delete nothing of whom it knows by another id.
    """
    return sha256(f"linkspan.exams.service.{service_id}:{person_id}".encode()).hexdigest()[:40]


def course_key(exam: Exam) -> str:
    """What a service calls the course of an exam."""
    return f"course-v1:{exam.institution}+{exam.code}+{exam.version}"


def exam_body(exam: Exam, number: int, external_id: str, client_id: str, *, is_practice: bool) -> dict[str, Any]:
    """An exam as the contract has it."""
    watched = exam.watched
    rules = watched.rules() if watched else {}
    told = (f"{one.words}: {'yes' if one.allowed else 'no'}" for one in (watched.allowances if watched else ()))
    return {
        "id": number,
        "course_id": course_key(exam),
        "content_id": f"{exam.code}@{exam.version}",
        "external_id": external_id or None,
        "exam_name": exam.title,
        "time_limit_mins": minutes(exam.duration),
        "is_proctored": True,
        "is_practice_exam": is_practice,
        "is_active": True,
        "due_date": None,
        "hide_after_due": False,
        "backend": client_id,
        "rules": rules,
        "rule_summary": "; ".join(told),
    }


def minutes(time: timedelta) -> int:
    """Whole minutes, rounded in the learner's favour."""
    return -(-time // timedelta(minutes=1))


def dashboard_url(account: Account, told: Mapping[str, Any], now: datetime) -> str:
    """Where a reviewer sees at the service what it recorded: an address that is good for a minute."""
    ends = int((now + timedelta(seconds=DASHBOARD_SECONDS)).timestamp())
    claims = {**told, "iss": account.client_id, "jti": uuid4().hex, "exp": ends}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(account.secret))
    return f"{account.base_url}/api/v1/instructor/{_part(account.client_id)}?{urlencode({'jwt': token})}"


def _attempt(exam_id: str, attempt_id: str) -> str:
    return f"/api/v1/exam/{_part(exam_id)}attempt/{_part(attempt_id)}"


def _part(given: str) -> str:
    """An id as one part of an address."""
    return f"{quote(given, safe='')}/"


def _as_json(body: Mapping[str, Any] | None) -> bytes | None:
    return None if body is None else json.dumps(body).encode()


def _check(status: int) -> None:
    if not 200 <= status < 300:
        raise ServiceRefuses("service_refuses", "The service answered with status {status}.", status=status)


def _object(status: int, told: Any) -> Mapping[str, Any]:
    _check(status)
    if not isinstance(told, dict):
        raise ServiceRefuses("service_unusable_answer", "The service answered with nothing that can be used.")
    return told


def _id_in(told: Mapping[str, Any]) -> str:
    found = told.get("id")
    name = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    if not 0 < len(name) <= 200 or not _is_visible(name):
        raise ServiceRefuses("service_unusable_answer", "The service gave no id.")
    return name


def _is_visible(given: str) -> bool:
    return given.isascii() and given.isprintable() and " " not in given
