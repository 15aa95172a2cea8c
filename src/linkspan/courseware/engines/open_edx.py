"""The REST interface of an Open edX: a token for a client, and pages, under the network policy."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from linkspan.courseware.rules.fetching import PASSING
from linkspan.kernel.errors import Unusable
from linkspan.kernel.outside import leaving, network_policy
from linkspan.vc.errors import VcError
from linkspan.vc.net import Answer, asked

SECONDS = 30.0
LARGEST = 5_000_000
LONGEST_TOKEN = 20_000


@dataclass(frozen=True, slots=True)
class Client:
    """How an Open edX is asked: its host, and the client that an administrator made there."""

    place: str
    client_id: str
    secret: str = field(repr=False)


class Silent(Unusable):
    """Nobody answers, or not now; `retry_after` is what it said of when to ask again, `date` what its clock showed."""

    def __init__(self, why: str, retry_after: str = "", date: str = "") -> None:
        super().__init__("platform_silent", "The platform does not answer: {why}", why=why)
        self.retry_after, self.date = retry_after, date


def token_of(client: Client) -> str:
    """A token by client credentials; Silent, or Unusable (`client_refused`)."""
    form = {
        "grant_type": "client_credentials",
        "token_type": "jwt",
        "client_id": client.client_id,
        "client_secret": client.secret,
    }
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    answer = _ask("POST", f"https://{client.place}/oauth2/access_token", headers, urlencode(form).encode())
    told = _json(answer.body) if answer.status == 200 else None
    token = told.get("access_token") if isinstance(told, Mapping) else None
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN or not token.isprintable():
        raise Unusable(
            "client_refused",
            "The platform gave no token (status {status}). Check client id and secret.",
            status=answer.status,
        )
    return token


def page(client: Client, token: str, path: str) -> Answer:
    """The answer for a path of the platform; Silent where nobody answers or it asks to wait."""
    return _ask("GET", f"https://{client.place}{path}", {"Accept": "application/json", "Authorization": f"JWT {token}"})


def told_in(answer: Answer) -> Any:
    """The JSON of an answer; Unusable (`page_unusable`) for anything else."""
    told = _json(answer.body)
    if told is None:
        raise Unusable("page_unusable", "The platform answered with something else than a page of results.")
    return told


def _json(body: bytes) -> Any:
    try:
        return json.loads(body, parse_float=str)
    except (ValueError, RecursionError):
        return None


def _ask(method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
    leaving()
    policy = replace(network_policy(), seconds=SECONDS, largest=LARGEST)
    try:
        answer = asked(method, url, policy, headers, body)
    except VcError as error:
        if error.code in ("url_refused", "address_refused", "redirect_refused", "answer_refused", "answer_too_large"):
            raise Unusable("platform_unusable", "{why}", why=error.message) from error
        raise Silent(error.message) from error
    if answer.status in PASSING:
        told = answer.headers
        raise Silent(f"status {answer.status}", told.get("retry-after", ""), told.get("date", ""))
    return answer
