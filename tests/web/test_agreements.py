"""The agreement desk: a draft filled in by forms, sent, read, approved by the other party in its own account."""

import html
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.acts import confirmed
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.world import load_world

from linkspan.kernel.errors import Unusable
from linkspan.pathways.actions import save_draft, start_draft
from linkspan.pathways.engines.documents import packaged_agreements
from linkspan.pathways.queries import agreements_on, desk
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.shapes import AGREEMENT, check_agreement_shape, with_inherited
from linkspan.pathways.rules.agreement.words import agreement_in_words, difference_in_words
from linkspan.pathways.rules.language.shape import ListOf, Nullable, Record, Since
from linkspan.pathways.rules.life.lifecycle import OBJECTS, ROWS, check_outline
from linkspan.pathways.rules.life.readiness import problems_of
from linkspan.web.agreements.form import FLAT, LISTS, document_of, form_of

pytestmark = pytest.mark.django_db
plain = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4)
anything = st.recursive(plain, lambda x: st.lists(x, max_size=2) | st.dictionaries(st.text(max_size=3), x, max_size=2))
known = st.sampled_from(
    ["clause", "text", "rule", "any_of", "min_grade", "times", "per_course", "course", "unknown", "tests"]
)
objects = st.dictionaries(known, anything, max_size=4)
hostile = st.fixed_dictionaries(
    {},
    optional={name: objects for name in OBJECTS}
    | {name: st.lists(objects, max_size=2) for name in ROWS}
    | {name: anything for name in ("title", "valid_from", "valid_to", "seats", "note", "appeal_days", "other")},
)
ID = "hes-management-from-mitx-scm"


@pytest.fixture
def cast():
    load_world()
    return {
        "hes": person("Hes Registrar", ("registrar", "HES")),
        "mitx": person("Mitx Registrar", ("registrar", "MITx")),
        "dean": person("Hes Dean", ("dean", "HES")),
        "mit": person("Mit Registrar", ("registrar", "MIT")),
        "learner": person("Learner Sample"),
    }


def posted(document, **changes) -> dict[str, str]:
    """What a browser would post of the form."""
    fields = {
        field.name: field.value
        for section in form_of(document, {}, {})
        for group in section.groups
        for field in group.inputs
    }
    return {**fields, "do": "save", **changes}


def begun(client):
    body = {
        "owner": "HES",
        "side": "receiving",
        "own_program": "ALM Finance",
        "partner": "MITx",
        "partner_program": "SCM",
        "template": ID,
    }
    answer = client.post("/desk/agreements/start/", body)
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def test_opening_and_saving_unchanged_gives_the_same_bytes(cast) -> None:
    """Of every version of the sample network, as it is stored and as it is in its file, by the form and by its page."""
    network = [found.id for found in agreements_on(NOW.date())]
    assert len(network) > 20
    stored = [version.document for place in network for version in desk.versions_of(SYSTEM, place)]
    for document in [*stored, *packaged_agreements()]:
        made, errors = document_of(document, posted(document))
        assert errors == {}
        assert json.dumps(made) == json.dumps(document)
        terms = Agreement.read(document)
        known = desk.policies_for(terms)
        inherited = with_inherited(Agreement.read(made), known).as_json()
        assert json.dumps(inherited) == json.dumps(with_inherited(terms, known).as_json()) == json.dumps(document)
    for document in stored:
        school = document["receiving"]["institution"]
        actor = person(f"{school} Writer", ("registrar", school))
        draft_id = start_draft(actor=actor, owner=school, document=document, now=NOW)
        draft = desk.draft(actor, draft_id)
        body = posted(draft.document, revision=str(draft.revision))
        assert browser(actor).post(f"/desk/agreements/drafts/{draft_id}/", body).status_code == 302
        assert json.dumps(desk.draft(actor, draft_id).document) == json.dumps(draft.document)


#: What the server writes, what is told in one field with its parent, and what has no meaning of its own.
NO_FIELD = {
    "id", "version", "status", "format", "policies", "inherits.version", "requirements.from", "after_admission.from",
}  # fmt: skip
ONE_FIELD = ("tests", "gives", "bands", "per_course", "price", "load", "offered", "reserves", "rule", "span")


def terms_in(shape, where=()):
    """The places of an agreement's format: every one that a person could write."""
    match shape:
        case Nullable() | Since() | ListOf():
            yield from terms_in(shape.inner, where)
        case Record() if where and where[-1] in ONE_FIELD:
            yield ".".join(where)
        case Record():
            for name, inner in shape.known().items():
                yield from terms_in(inner, (*where, name))
        case _:
            yield ".".join(where)


def test_every_term_of_the_format_is_edited_in_a_plain_field() -> None:
    written = {".".join(field.place) for _title, fields in FLAT for field in fields}
    for rows in LISTS:
        own = [field for kind in rows.by_kind for field in rows.fields({kind: {}})]
        written |= {".".join((*rows.path, *field.place)) for field in own}
        if rows.path == ("reserves",):
            written.add("reserves")
    assert set(terms_in(AGREEMENT)) - NO_FIELD - written == set()


def test_the_whole_way(cast, django_assert_max_num_queries) -> None:
    hes, mitx = browser(cast["hes"]), browser(cast["mitx"])
    place = begun(hes)
    draft = desk.own_drafts(cast["hes"])[0]
    for kind in ("requirements:experience", "requirements:language", "caps:exclusive_with", "windows:window"):
        draft = desk.own_drafts(cast["hes"])[0]
        body = posted(draft.document, add=kind, revision=str(draft.revision))
        assert hes.post(place, body).status_code == 302
    draft = desk.own_drafts(cast["hes"])[0]
    fields = posted(draft.document)
    names = {
        name.rpartition("-")[2]: name for name in fields if name.startswith(("requirements-", "caps-", "windows-"))
    }
    changes = {
        names["experience_years"]: "2.5",
        names["language_tests"]: "TOEFL 100\nIELTS 7",
        names["exclusive_with"]: "other-agreement",
        names["term"]: "2020 spring",
        names["opens"]: "2020-01-01",
        names["closes"]: "2020-02-01",
        "per_course": "2700.00 USD",
    }
    bad = hes.post(place, fields | changes | {names["experience_years"]: "two", "revision": str(draft.revision)})
    assert bad.status_code == 422 and b"Write a number" in bad.content and b"TOEFL 100" in bad.content
    answer = hes.post(place, fields | changes | {"revision": str(draft.revision), "do": "send"})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    sent = answer["Location"]
    version = desk.own_versions(cast["mitx"])[-1]
    (found,) = [v for v in desk.own_versions(cast["mitx"]) if v.status == "partner_review"]
    assert check_agreement_shape(dict(found.document))
    rows = {
        kind: row[kind] for row in found.document["requirements"] for kind in row if kind in ("experience", "language")
    }
    assert rows["experience"] == {"years": "2.5"}
    assert rows["language"] == {"tests": [{"name": "TOEFL", "score": 100}, {"name": "IELTS", "score": 7}]}
    assert version.title
    with django_assert_max_num_queries(24):
        page = mitx.get(sent)
    assert b"Approve these terms" in page.content and b"TOEFL" in page.content
    for client in (hes, mitx):
        assert client.post(f"{sent}act/", {"do": "approve", "sha256": found.sha256}).status_code == 302
    mitx.post(f"{sent}act/", {"do": "comment", "clause": "1", "comment": "Agreed with thanks."})
    assert b"Agreed with thanks." in hes.get(sent).content
    form = {"do": "move", "to": "active", "reason": "Both approved."}
    assert confirmed(hes, f"{sent}act/", form).status_code == 302
    assert desk.version_detail(SYSTEM, found.agreement_id, 1).status == "active"
    assert browser(cast["learner"]).get(f"/pathways/{found.agreement_id}/").status_code == 200
    again = hes.post(f"{sent}act/", {"do": "next"})
    assert b"Draft of version 2" in hes.get(again["Location"]).content


NEW_TERMS = {
    "type": "admission_relief",
    "units": "US credits",
    "relief-0-text": "The GRE is not asked for.",
    "sequence-1-last": "capstone",
    "sequence-1-alone": "yes",
    "sequence-1-consecutive": "yes",
    "scales-0-name": "five",
    "scales-0-best": "1",
    "scales-0-worst": "5",
    "scales-0-lowest_pass": "4",
    "bridge_grade": "2.5 five",
    "grade_maps-0-from": "percent",
    "grade_maps-0-to": "letter",
    "grade_maps-0-bands": "90 = A\n80 = b",
    "conversions-0-from": "ECTS",
    "conversions-0-to": "US credits",
    "conversions-0-factor": "0.5",
    "conversions-0-rounding": "down",
    "conversions-0-step": "0.5",
    "fees-0-what": "Application",
    "fees-0-price": "85.00 USD",
    "fees-0-waivable": "yes",
    "inherits-0-policy": "hes-alm",
    "recognition-0-gives": "elective 4 MGMT E-100\nelective 2",
}
ADDED = (
    "relief:relief sequence:sequence scales:scale grade_maps:mapping conversions:conversion fees:fee inherits:policy "
    "caps:max_double_counted_courses caps:not_used_for_degree recognition:unknown slots:slot"
)


def test_every_term_has_a_field(cast) -> None:
    hes = browser(cast["hes"])
    place = begun(hes)
    for kind in ADDED.split():
        draft = desk.own_drafts(cast["hes"])[0]
        assert hes.post(place, posted(draft.document, add=kind, revision=str(draft.revision))).status_code == 302
    draft = desk.own_drafts(cast["hes"])[0]
    fields = posted(draft.document)
    assert set(NEW_TERMS) <= set(fields), set(NEW_TERMS) - set(fields)
    page = hes.get(place).content.decode()
    assert '<option value="hes-alm">' in page
    answer = hes.post(place, fields | NEW_TERMS | {"revision": str(draft.revision)})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    found = desk.own_drafts(cast["hes"])[0].document
    assert found["type"] == "admission_relief" and found["relief"][0]["text"] == "The GRE is not asked for."
    assert found["sequence"][1] | {"last": "capstone", "alone": True, "consecutive": True} == found["sequence"][1]
    assert found["grade_maps"][0]["bands"] == [{"at_least": 90, "value": "A"}, {"at_least": 80, "value": "B"}]
    assert found["scales"] == [{"name": "five", "best": 1, "worst": 5, "lowest_pass": 4}]
    assert found["bridge"]["min_grade"] == {"scale": "five", "value": "2.5"}
    assert posted(found)["bridge_grade"] == "2.5 five", "a grade keeps its scale when the form is saved again"
    assert found["units"]["conversions"][0]["factor"] == "0.5" and found["units"]["system"] == "US credits"
    assert found["fees"] == [{"what": "Application", "price": {"minor": 8500, "currency": "USD"}, "waivable": True}]
    assert found["inherits"] == [{"policy": "hes-alm", "version": 1}] and found["policies"][0]["id"] == "hes-alm"
    assert found["recognition"][0]["gives"] == [
        {"slot": "elective", "credits": 4, "as": "MGMT E-100"},
        {"slot": "elective", "credits": 2},
    ]
    words = " ".join(line.in_words() for line in agreement_in_words(Agreement.read(found)))
    for said in ("Application: ", "The policy hes-alm", "Relieved: The GRE", "One ECTS is 0.5 US credits", "90 = A"):
        assert said in words
    for wrong in ({"grade_maps-0-bands": "90 A"}, {"recognition-0-gives": "elective"}, {"fees-0-price": "85"}):
        revision = str(desk.own_drafts(cast["hes"])[0].revision)
        assert hes.post(place, fields | NEW_TERMS | wrong | {"revision": revision}).status_code == 422
    draft = desk.own_drafts(cast["hes"])[0]
    hes.post(place, posted(draft.document, revision=str(draft.revision)) | {"inherits-0-remove": "yes"})
    assert "policies" not in desk.own_drafts(cast["hes"])[0].document


def test_a_row_with_two_limits_shows_both(cast) -> None:
    row = {"clause": "5", "max_recognised_credits": 12, "max_recognised_courses": 3}
    document = {"id": "x", "version": 1, "status": "draft", "caps": [row], "requirements": []}
    fields = posted(document)
    assert fields["caps-0-max_recognised_credits"] == "12" and fields["caps-0-max_recognised_courses"] == "3"
    kept, _ = document_of(document, fields | {"caps-0-max_recognised_credits": ""})
    assert kept["caps"] == [{"clause": "5", "max_recognised_courses": 3}]


STRANGE = {
    "requirements": [
        {"clause": "1", "of_a_later_format": {"at": ["x"]}},
        {"clause": "2", "language": {"valid_for": {"months": 18}, "tests": [
            {"name": "TOEFL", "score": 100, "parts": [{"name": "writing", "score": 24}]}]}},
    ],
    "recognition": [
        {"clause": "3", "later": ["A"]},
        {"clause": "4", "gives": [{"slot": "a b", "credits": 4}], "course": "A"},
    ],
    "caps": [{"clause": "5", "most_of_a_later_format": 3}],
    "holds": [{"clause": "6", "later": 1}],
    "note": "two\nlines",
}  # fmt: skip


def test_what_the_form_does_not_know_is_kept_to_the_letter_and_said(cast) -> None:
    hes = browser(cast["hes"])
    place = begun(hes)
    draft = desk.own_drafts(cast["hes"])[0]
    kept = {**draft.document, **STRANGE}
    save_draft(actor=cast["hes"], draft_id=draft.id, document=kept, revision=draft.revision, now=NOW)
    page = hes.get(place).content.decode()
    assert page.count("This form does not know this kind of clause.") == 4
    body = posted(kept, revision=str(draft.revision + 1), note="two\r\nlines")
    assert not [name for name in body if name.startswith(("requirements-0", "recognition-0", "caps-0", "holds-0"))]
    assert hes.post(place, body).status_code == 302
    saved = desk.own_drafts(cast["hes"])[0]
    assert {name: saved.document[name] for name in STRANGE} == STRANGE
    part = {"do": "save", "revision": str(saved.revision), "title": "Only this", "caps-0-remove": "yes"}
    assert hes.post(place, part).status_code == 302
    after = desk.own_drafts(cast["hes"])[0].document
    assert after["title"] == "Only this" and "caps" not in after
    assert {n: after[n] for n in STRANGE if n != "caps"} == {n: STRANGE[n] for n in STRANGE if n != "caps"}


def test_the_page_says_why_a_draft_cannot_be_sent_and_asks_for_the_reason(cast) -> None:
    hes = browser(cast["hes"])
    place = begun(hes)
    draft = desk.own_drafts(cast["hes"])[0]
    wrong = {"sending_program": "DEDP", "receiving_program": "ALM Law", "recognition-0-any_of": "SC1x, SC9x"}
    answer = hes.post(place, posted(draft.document, do="send", revision=str(draft.revision), **wrong))
    page = answer.content.decode()
    assert answer.status_code == 409 and "It asks for SCM, and the agreement is of DEDP." in html.unescape(page)
    for told in ("HES has no program ALM Law in the catalogue.", "MITx has no course SC9x in the catalogue."):
        assert page.count(told) >= 2 and "Not in the catalogue yet" in page
    draft = desk.own_drafts(cast["hes"])[0]
    body = posted(draft.document, do="send", revision=str(draft.revision), not_here_yet="ALM Law, SC9x")
    body["sending_program"] = "SCM"
    assert hes.post(place, body).status_code == 302
    again = desk.version_detail(SYSTEM, ID, 1).document | {"valid_from": "2018-10-01"}
    draft_id = start_draft(actor=cast["hes"], owner="HES", document=again, now=NOW)
    place = f"/desk/agreements/drafts/{draft_id}/"
    assert b"Why this version begins in the past" in hes.get(place).content
    draft = desk.draft(cast["hes"], draft_id)
    answer = hes.post(place, posted(draft.document, do="send", revision=str(draft.revision)))
    assert answer.status_code == 409 and b"in the past. Choose a later day" in answer.content
    draft = desk.draft(cast["hes"], draft_id)
    why = {"begins_before": "The faculty decided in September."}
    answer = hes.post(place, posted(draft.document, do="send", revision=str(draft.revision), **why))
    assert answer.status_code == 302, answer.content.decode()
    assert b"The faculty decided in September." in hes.get(answer["Location"]).content


def test_what_is_written_over_a_saved_span_or_test_is_read(cast) -> None:
    document = {"id": "x", "version": 1, "status": "draft", **STRANGE}
    fields = posted(document)
    assert fields["requirements-1-language_tests"] == "TOEFL 100 (writing 24)"
    assert fields["requirements-1-language_valid_for"] == "18 months"
    written = {"requirements-1-language_tests": "IELTS 7 (reading 6.5, writing 6)\nTOEFL 90",
               "requirements-1-language_valid_for": "2"}  # fmt: skip
    made, errors = document_of(document, fields | written)
    assert errors == {} and made["requirements"][1]["language"] == {
        "tests": [
            {"name": "IELTS", "score": 7, "parts": [{"name": "reading", "score": "6.5"},
                                                    {"name": "writing", "score": 6}]},
            {"name": "TOEFL", "score": 90},
        ],
        "valid_for": {"years": 2},
    }  # fmt: skip
    _, errors = document_of(document, fields | {"requirements-1-language_valid_for": "2 moons", "note": "x" * 20_001})
    assert set(errors) == {"requirements-1-language_valid_for", "note"}


NEW_PLAIN = {
    "degree_load": "fall 16, january 4.5",
    "degree_offered": "capstone: spring, fall\nelective: summer",
    "documents": "two letters, signed\nproposal",
    "applying_again": "most 2, after_months 12",
    "recency_span": "18 months",
    "recency_at": "award",
    "appeals_answered": "21",
    "counts_in_gpa": "no",
    "ties": "h_stable",
}


def test_plain_fields_of_terms_that_were_json() -> None:
    made, errors = document_of({}, NEW_PLAIN)
    assert errors == {} and made == {
        "requirements": [],
        "receiving": {
            "load": {"fall": 16, "january": "4.5"},
            "offered": {"capstone": ["spring", "fall"], "elective": ["summer"]},
        },
        "documents": ["two letters, signed", "proposal"],
        "applying_again": {"most": 2, "after_months": 12},
        "recency": {"valid_for": {"months": 18}, "measured_at": "award"},
        "appeals": {"answered_in_days": 21},
        "counts_in_gpa": False,
        "ties": "h_stable",
    }
    assert {name: posted(made)[name] for name in NEW_PLAIN} == NEW_PLAIN
    wrong = {"degree_load": "fall", "degree_offered": "capstone spring", "ties": "luck", "recency_span": "soon"}
    assert set(document_of({}, wrong)[1]) == set(wrong)


@pytest.mark.parametrize(("name", "value"), [("title", "two\nlines"), ("note", "\n\nbelow"), ("valid_from", "soon")])
def test_what_a_browser_makes_of_a_text_is_no_change(name, value) -> None:
    sent = {"title": "twolines", "note": "\r\nbelow", "valid_from": "soon"}
    assert document_of({name: value, "requirements": []}, {name: sent[name]}) == ({name: value, "requirements": []}, {})
    (shown,) = [i for s in form_of({name: value}, {}, {}) for g in s.groups for i in g.inputs if i.name == name]
    assert not shown.is_date, "a browser empties a date field that holds no date"


def test_a_draft_saved_twice_at_once_tells_the_second(cast) -> None:
    hes, dean = browser(cast["hes"]), browser(cast["dean"])
    place = begun(hes)
    draft = desk.own_drafts(cast["hes"])[0]
    body = posted(draft.document, title="First", revision=str(draft.revision))
    assert dean.post(place, body).status_code == 302
    second = hes.post(place, body | {"title": "Second"})
    assert second.status_code == 409 and b"First" in second.content and b"Second" in second.content
    assert desk.own_drafts(cast["hes"])[0].document["title"] == "First"


def test_an_unfinished_draft_is_saved_but_not_sent(cast) -> None:
    hes = browser(cast["hes"])
    place = begun(hes)
    draft = desk.own_drafts(cast["hes"])[0]
    body = posted(draft.document, valid_from="", revision=str(draft.revision), do="send")
    answer = hes.post(place, body)
    assert answer.status_code == 409 and b"Saved, but not sent" in answer.content


def test_expert_terms_are_checked_by_name(cast) -> None:
    hes = browser(cast["hes"])
    place = begun(hes)
    draft = desk.own_drafts(cast["hes"])[0]
    body = posted(draft.document, revision=str(draft.revision))
    for text in ("{", "[1]", '{"a": NaN}'):
        assert hes.post(place, body | {"expert": text}).status_code == 422
    body["attempts_policy"] = "every"
    assert hes.post(place, body).status_code == 422
    hes.post(place, body | {"attempts_policy": "", "expert": '{"attempts": {"policy": "every"}, "later": {"a": 1}}'})
    found = desk.own_drafts(cast["hes"])[0].document
    assert found["later"] == {"a": 1} and "attempts" not in found, "a term with a field is written in its field"


@pytest.mark.parametrize("odd", ["²", "9" * 30, "9" * 5000, "-1", "x"])
def test_a_version_to_compare_with_that_is_none_breaks_nothing(cast, odd) -> None:
    assert browser(cast["hes"]).get(f"/desk/agreements/{ID}/1/", {"with": odd}).status_code == 200


@pytest.mark.parametrize("who", ["mit", "learner"])
def test_others_see_nothing(cast, who) -> None:
    place = begun(browser(cast["hes"]))
    other = browser(cast[who])
    assert other.get(place).status_code == 404
    assert other.get(f"/desk/agreements/{ID}/1/").status_code == 404
    assert other.post(f"/desk/agreements/{ID}/1/act/", {"do": "comment", "comment": "x"}).status_code == 403
    assert other.post("/desk/agreements/start/", {"owner": "HES"}).status_code == 422
    assert other.get("/desk/agreements/").status_code == (403 if who == "learner" else 200)


def test_the_impact_page(cast) -> None:
    mitx = browser(cast["mitx"])
    made = mitx.post("/desk/agreements/hes-data-science-from-mitx-sds/2/act/", {"do": "impact"})
    assert mitx.get(made["Location"]).status_code == 200
    assert browser(cast["hes"]).get(made["Location"]).status_code == 404


def test_files_both_ways(cast) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    hes, mitx = browser(cast["hes"]), browser(cast["mitx"])
    table = mitx.get(f"/desk/agreements/{ID}/1/recognition.csv")
    assert table["Content-Type"].startswith("text/csv") and b"any_of" in table.content
    assert mitx.get(f"/desk/agreements/{ID}/1/ctdl.json").json()["@graph"][0]["@type"] == "ceterms:Pathway"
    assert mitx.get(f"/desk/agreements/{ID}/1/agreement.json").json()["id"] == ID
    assert mitx.get(f"/desk/agreements/{ID}/1/other.txt").status_code == 404
    assert browser(cast["mit"]).get(f"/desk/agreements/{ID}/1/ctdl.json").status_code == 404
    place = begun(hes)
    before = desk.own_drafts(cast["hes"])[0].document["recognition"]
    one = b"clause,courses,slot,credits\n9,X,elective,4\n"
    for dry, content, status, after in [
        ("yes", one, 302, before),
        ("", b"\xff", 422, before),
        ("", b"clause,courses,credits\n9,X,many\n", 422, before),
        ("", one, 302, [{"clause": "9", "any_of": ["X"], "slot": "elective", "credits": 4}]),
    ]:
        file = SimpleUploadedFile("table.csv", content)
        assert hes.post(f"{place}table/", {"file": file, "dry_run": dry}).status_code == status
        assert desk.own_drafts(cast["hes"])[0].document["recognition"] == after


def test_the_exchange_page(cast) -> None:
    hes = browser(cast["hes"])
    assert b"Open the exchange" in hes.get("/desk/agreements/exchange/HES/").content
    assert hes.post("/desk/agreements/exchange/HES/", {"do": "open"}).status_code == 302
    assert b"did:web:" in hes.get("/desk/agreements/exchange/HES/").content
    for did in ("did:web:127.0.0.1", "did:web:none.invalid", "x"):
        assert hes.post("/desk/agreements/exchange/HES/", {"do": "partner", "code": "X", "did": did}).status_code == 422
    for who in ("mitx", "learner"):
        assert browser(cast[who]).get("/desk/agreements/exchange/HES/").status_code == 403


@given(hostile)
def test_no_draft_breaks_its_words_its_form_or_its_check(document) -> None:
    check_outline(document)
    agreement_in_words(Agreement.read(document))
    form_of(document, {}, {})
    document_of(document, posted(document))
    problems_of(document)
    difference_in_words(Agreement.read(document), Agreement.read({}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"sending": [1]},
        {"caps": {"a": 1}},
        {"windows": [1]},
        {"receiving": {"slots": [1]}},
        {"sending": {"aliases": ["x"]}},
        {"unknown_terms": [1]},
        {"recency": "x"},
    ],
)
def test_what_is_not_even_a_draft(wrong) -> None:
    with pytest.raises(Unusable):
        check_outline(wrong)
