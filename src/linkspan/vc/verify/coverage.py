"""Does the signature cover all that is said? And what of it says nothing, or nothing that is defined."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from linkspan.vc import jose
from linkspan.vc.errors import DataLoss
from linkspan.vc.jsonld import check_covered, statements_of
from linkspan.vc.jsonld.inert import LeftOut, tidied
from linkspan.vc.received import Received
from linkspan.vc.verify.seals import proofs_of, signs_text
from linkspan.vc.verify.verdict import FAILED, PASSED, UNKNOWN, Check, Note

#: Taken out and reported, where they add no statement.
INERT = frozenset({"empty_value", "null_value", "value_twice", "direction_unusable"})
#: Not known here, rather than known to be lost.
OPEN = frozenset({"context_unknown", "context_inline", "empty_value", "direction_unusable"})
#: What could give the words of a text another meaning, however the text is signed.
RENAMING = frozenset({"context_inline", "context_nested"})
WORDS = {
    "empty_value": "Left out: {place} (empty).",
    "null_value": "Left out: {place} (nothing in it).",
    "value_twice": "Said twice, counted once: {place}.",
    "direction_unusable": "The direction of the text at {place} is not signed: a hint at most.",
}


def covered(received: Received) -> tuple[Received, Check, tuple[Note, ...]]:
    """What was received without its inert parts, the check `data_loss`, and what a reader should know of it."""
    if received.token is not None:
        return _of_text(received)
    proofs = proofs_of(received.credential)
    if proofs and all(signs_text(proof) for proof in proofs):
        return _of_text(received)
    try:
        statements = statements_of(_unsecured(received.credential))
    except DataLoss as error:
        return _lossy(received, error)
    return replace(received, statements=statements), _passed(), ()


def _passed() -> Check:
    return Check("data_loss", PASSED, "all_covered", "Every statement is covered by the signature.")


def _lossy(received: Received, error: DataLoss) -> tuple[Received, Check, tuple[Note, ...]]:
    """Judged again without the inert parts, if there are any."""
    kept, left = tidied(received.credential) if error.code in INERT else (dict(received.credential), ())
    if left:
        try:
            statements = statements_of(_unsecured(kept))
            return replace(received, tidied=kept, statements=statements), _passed(), _notes(left)
        except DataLoss as worse:
            error = worse
    outcome = UNKNOWN if error.code in OPEN else FAILED
    return replace(received, tidied=kept), Check("data_loss", outcome, error.code, error.message), _notes(left)


def _of_text(received: Received) -> tuple[Received, Check, tuple[Note, ...]]:
    """Every byte is signed: no word is lost, though one may be defined nowhere, or could be given another meaning."""
    kept, left = tidied(received.credential)
    heard, notes = (
        replace(received, tidied=kept),
        _notes(tuple(one for one in left if one.code != "direction_unusable")),
    )
    signed = Check("data_loss", PASSED, "signed_as_text", "The signature covers the text as it stands.")
    if "@context" not in kept:
        return heard, signed, notes
    try:
        check_covered(_unsecured({name: value for name, value in kept.items() if name not in jose.CLAIMS}))
    except DataLoss as error:
        if error.code in RENAMING:
            return heard, Check("data_loss", UNKNOWN, error.code, error.message), notes
        told = f"It uses words that are defined nowhere here; they count as plain text. {error.message}"
        return heard, signed, (*notes, Note(error.code, told))
    return heard, signed, notes


def _unsecured(credential: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in credential.items() if name != "proof"}


def _notes(left: tuple[LeftOut, ...]) -> tuple[Note, ...]:
    return tuple(Note(one.code, WORDS[one.code].format(place=one.place)) for one in left[:50])
