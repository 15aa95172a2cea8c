"""Anybody has a credential checked; an issuer that signs by another key than the pinned one is asked again."""

from datetime import datetime
from typing import Any

from linkspan.credentials.queries import judge
from linkspan.institutions.actions import ask_issuer_again
from linkspan.vc import Verdict
from linkspan.vc.verify import Occasion
from linkspan.vc.verify.seals import KEY_CHANGED, KEY_MAYBE_CHANGED


def check_credential(
    *, document: bytes | dict[str, Any], occasion: Occasion | None = None, asks: bool = False, now: datetime
) -> Verdict:
    """`judge` under what all institutions here rely on. Nothing is kept of the credential.

    Where an outside issuer may have put another key under its key's name, the worker asks it at its next round, not
    only once a day.
    """
    verdict = judge(document, now, occasion, asks=asks, relying=None)
    if any(check.code in (KEY_CHANGED, KEY_MAYBE_CHANGED) for check in verdict.checks):
        ask_issuer_again(did=str(verdict.issuer.get("id")), now=now)
    return verdict
