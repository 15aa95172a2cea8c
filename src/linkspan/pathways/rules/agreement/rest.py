"""Terms of an agreement that have no sentence of their own: their labels as the editor has them, and their values."""

import json
import re
from collections.abc import Iterator, Mapping

from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.pathways.rules.language.shape import ListOf, Record, Shape, bare
from linkspan.pathways.rules.language.typed import Part
from linkspan.pathways.rules.language.values import CLAUSES, SPAN_UNITS, joined, span_in_words
from linkspan.pathways.rules.language.values import in_words as value_in_words

#: A code as documents have it: `exam_percent`.
CODE = re.compile(r"[a-z]+(?:_[a-z]+)+")
SPACED = Phrase("{first} {second}")
#: What a term is about, of terms that are not public.
ABOUT: Mapping[str, Phrase] = {
    "valid_from": Phrase("first day"),
    "tuition": Phrase("prices"),
    "seats": Phrase("seats"),
    "windows": Phrase("when to apply"),
    "recognition": Phrase("what is recognised"),
    "requirements": Phrase("what is required"),
    "receiving.credits": Phrase("size of the degree"),
    "receiving.slots": Phrase("courses of the degree"),
    "windows[0].opens": Phrase("first day to apply"),
    "windows[0].decided": Phrase("day of the decision"),
    "windows[0].closes": Phrase("last day to apply"),
    "attempts.policy": Phrase("which attempt counts"),
    "sequence": Phrase("order of the courses"),
    "appeal_days": Phrase("days to appeal"),
}
#: Sentences of single values, where a label and a code would say less.
SAID: Mapping[tuple[str, str], Phrase] = {
    ("kind", "policy"): Phrase("These are general rules of a school, which its agreements refer to"),
    ("ties", "lottery"): Phrase("Places among equal applicants are drawn by lot"),
    ("ask_for_credit", "at_application"): Phrase("Recognition is asked for with the application"),
    ("ask_for_credit", "any_time"): Phrase("Recognition can be asked for at any time"),
    ("choice", "stay"): Phrase("They stay under the earlier version"),
    ("choice", "move"): Phrase("They move to the newer version"),
    ("choice", "either"): Phrase("They choose the earlier or the newer version"),
    ("counts_in_gpa", "True"): Phrase("Recognised grades count in the grade average"),
    ("counts_in_gpa", "False"): Phrase("Recognised grades do not count in the grade average"),
}
LABELS: Mapping[str, Phrase] = {"institution": Phrase("School"), "documents": Phrase("Documents to send")}


def rest_in_words(name: str, value: object, stated: type[Part]) -> str:
    """A term in words: a sentence of its own, or its label and its value."""
    return joined(_labelled(name, value, stated), CLAUSES)


def about(term: str) -> str:
    """What a term that is not public is about."""
    return ABOUT.get(term) or spoken(re.sub(r"[^a-z]+", " ", term).strip())


def _labelled(name: str, value: object, stated: type[Part]) -> Iterator[str]:
    one = stated.terms().get(name)
    part = _part(one.shape) if one is not None else None
    rows = list(value) if isinstance(value, list | tuple) else [value]
    for row in rows if part is not None else ():
        for inner, given in row.items() if isinstance(row, Mapping) else ():
            if inner != "clause" and part is not None:
                yield from _labelled(inner, given, part)
    if part is None and (name, str(value)) in SAID:
        yield SAID[name, str(value)]
    elif part is None:
        label = LABELS.get(name) or (Phrase(one.label) if one is not None and one.label else capital(name))
        yield Sentence("labelled", "{label}: {value}", label=label, value=plain_words(value))


def _part(shape: Shape) -> type[Part] | None:
    inner = bare(shape)
    if isinstance(inner, ListOf):
        inner = bare(inner.inner)
    part = inner.part if isinstance(inner, Record) else None
    return part if isinstance(part, type) and issubclass(part, Part) else None


def spoken(name: str) -> str:
    """A code as its words."""
    return Phrase(name.replace("_", " "))


def capital(name: str) -> str:
    """A code as the words that a line begins with."""
    return Phrase(spoken(name).capitalize())


def plain_words(value: object) -> str:
    """A value of a document in words, whatever it is."""
    if isinstance(value, Mapping) and set(value) == {"scale", "value"}:
        return value_in_words(value)
    if isinstance(value, Mapping) and value and set(value) <= set(SPAN_UNITS):
        return span_in_words(value)
    if isinstance(value, Mapping):
        return joined(joined((spoken(str(name)), plain_words(inner)), SPACED) for name, inner in value.items())
    if isinstance(value, list | tuple):
        return joined((plain_words(inner) for inner in value), CLAUSES)
    if isinstance(value, str) and CODE.fullmatch(value):
        return spoken(value)
    return value_in_words(value) if not isinstance(value, float) else json.dumps(value)
