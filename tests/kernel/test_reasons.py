"""Reasons: the code decides, the values are kept apart, and the sentence is translated where it is told."""

import copy
import json
import pickle
from datetime import date

import pytest
from django.utils.translation import gettext, override

from linkspan.kernel.each import UNEXPECTED, each
from linkspan.kernel.errors import NotPermitted, Refused, Unusable, permit
from linkspan.kernel.reasons import Sentence, as_told, stored
from linkspan.kernel.told import told

FRENCH = {
    "It closed on {day}.": "Fermé le {day}.",
    "You may not {what}. Sign in as somebody who may, or ask for the role.": "Interdit : {what}.",
    "see this": "voir ceci",
}


def french(words: str) -> str:
    return FRENCH[words]


def test_a_refusal_holds_its_sentence_and_its_values_apart() -> None:
    no = Refused("run_closed", "It closed on {day}.", ("of",), day=date(2019, 5, 1))
    assert (no.code, no.message, str(no), no.reasons) == ("run_closed", "It closed on 2019-05-01.", no.message, ("of",))
    assert (no.reason.values, no.reason.told(french)) == ({"day": "2019-05-01"}, "Fermé le 2019-05-01.")
    again = pickle.loads(pickle.dumps(no))
    assert (type(again), again.reason, again.reasons) == (Refused, no.reason, no.reasons)


def test_what_one_may_not_is_translated_within_the_sentence() -> None:
    with pytest.raises(NotPermitted) as no:
        permit(False, "see this")
    assert no.value.message == "You may not see this. Sign in as somebody who may, or ask for the role."
    assert no.value.reason.told(french) == "Interdit : voir ceci."


def test_a_value_is_never_read_as_a_sentence() -> None:
    no = Refused("x", "It closed on {day}.", day="{day} see this")
    assert no.reason.told(french) == "Fermé le {day} see this."
    assert Refused("y", 'A grade {"scale", "value"} is needed').message == 'A grade {"scale", "value"} is needed'


@pytest.mark.django_db
def test_one_of_many_keeps_its_reason() -> None:
    def act(day: str) -> None:
        raise Refused("run_closed", "It closed on {day}.", day=day) if day else ValueError("odd")

    first, second = each(["1 May", ""], act).failed
    assert (first.code, first.message, first.reason.told(french)) == (
        "run_closed",
        "It closed on 1 May.",
        "Fermé le 1 May.",
    )
    assert (second.code, second.message) == (UNEXPECTED, "ValueError: odd")


def test_a_stored_reason_knows_its_code_again_and_an_older_text_stays() -> None:
    told = Sentence("run_closed", "It closed on {day}.", day=date(2019, 5, 1))
    assert (told, told.reason.told(french)) == ("It closed on 2019-05-01.", "Fermé le 2019-05-01.")
    kept = stored([told, "Said by a person."])
    values = {"day": "2019-05-01"}
    assert kept == [{"code": "run_closed", "words": "It closed on {day}.", "values": values}, "Said by a person."]
    again = as_told(json.loads(json.dumps(kept)))
    assert (again, again[0].reason) == ((told, "Said by a person."), told.reason)
    assert pickle.loads(pickle.dumps(told)).reason == copy.deepcopy(told).reason == told.reason


@pytest.mark.django_db
def test_a_sentence_kept_of_an_error_is_told_in_the_readers_language_and_of_a_fault_no_more_than_that() -> None:
    def act(code: str) -> None:
        raise Unusable("file_missing", "Choose a file first.") if code else ValueError("odd")

    refused, fault = each(["refused", ""], act).failed
    with override("en-xa"):
        assert told(refused.message) == told(refused) == gettext("Choose a file first.") != "Choose a file first."
        assert told(fault.message) == told(fault) == gettext("A fault of ours; tell the operators.")


def test_a_sentence_within_a_sentence_is_translated_too() -> None:
    whole = Sentence("outer", "{name}: {why}", name="no", why=Sentence("inner", "no"))
    assert whole.reason.told({"no": "nein", "{name}: {why}": "{name}, {why}"}.__getitem__) == "no, nein"
