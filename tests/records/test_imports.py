"""Facts are checked where they enter: a wrong row is refused by number, field and reason, and harms no other."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.people import NOW, SYSTEM, person

from linkspan.accounts.queries import person_id_by_email
from linkspan.courseware.engines.exports import ExportText
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotPermitted, Unusable
from linkspan.kernel.jsonable import jsonable
from linkspan.records import actions, queries
from linkspan.records.models import FactRow
from linkspan.records.rules import Kind, NewFact, Problem, problems_of, shape_of
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
GRADE = {"institution": "MITx", "id": "SC0x", "grade": {"scale": "percent", "value": 88}, "completed": "2018-05-01"}
EXAM = {"id": "CFx", "grade": {"scale": "percent", "value": "80"}, "taken": "2018-06-01", "proctored": True}


def taught_at_mitx() -> tuple[Actor, Actor]:
    """A learner with a grade of MITx, and its registrar, who therefore checks her evidence."""
    learner, registrar = person("Ada"), person("Registrar", ("registrar", "MITx"))
    assert learner.person_id is not None
    grade = NewFact(Kind.COURSE_GRADE, "first", GRADE)
    told = {"actor": registrar, "learner_id": learner.person_id, "institution": "MITx", "now": NOW}
    actions.record_fact(fact=grade, source="test", **told)
    return learner, registrar


def line(number: int, data=GRADE, kind="course_grade", key="run", **more) -> str:
    row = {"email": f"p{number}@example.org", "name": f"Person {number}"} | more
    return json.dumps(row | {"facts": [{"kind": kind, "key": key, "data": data}]})


def graded(value, scale="percent"):
    return GRADE | {"grade": {"scale": scale, "value": value}}


def take(*lines: str | bytes, actor=None, **more):
    raw = b"\n".join(one if isinstance(one, bytes) else one.encode() for one in lines)
    told = {"institution": "MITx", "platform": ExportText("an export", raw), "now": NOW}
    return actions.import_from_platform(actor=actor or SYSTEM, **told, **more)


@pytest.mark.parametrize("value", ["abc", None, -50, 101, "1e400", "NaN", "Infinity", "", "٨٨", True, [], {}, 10**400])
def test_a_grade_out_of_its_scale_is_refused_by_row_and_field(value) -> None:
    done = take(line(1), line(2, graded(value)), line(3))
    ((row, email, field),) = {(r.row, r.email, r.field) for r in done.refused}
    assert (row, email, field) == (2, "p2@example.org", "facts.0.data.grade.value")
    assert (done.learners, done.opened, done.new) == (2, 2, 2)
    assert person_id_by_email("p2@example.org") is None
    assert FactRow.objects.count() == 2 and list(audit.broken_links()) == []


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (line(2, graded("x")).replace('"x"', "NaN"), "NaN is not JSON"),
        (line(2, graded("x")).replace('"x"', "-Infinity"), "-Infinity is not JSON"),
        (line(2, graded("x")).replace('"x"', "1e400"), "1E+400"),
        (line(2, graded("x")).replace('"x"', "9" * 5000), "digits"),
        ("{", "not JSON"),
        ("[]", "an object with email"),
        ("[" * 100_000, "nested"),
        (line(2).replace('"name"', '"email": "q@example.org", "name"'), "stands twice"),
        (b"\xff\xfe", "not UTF-8"),
        (line(2, email="nobody"), "no e-mail address"),
        (line(2, name="a\x00b"), "name is a text"),
        (line(2, kind="grade"), "no kind of fact"),
        (line(2, key=""), "1 to 255 characters"),
        (line(2, GRADE | {"completed": "2018-02-30"}), "no date"),
        (line(2, GRADE | {"completed": "20180501"}), "no date"),
        (line(2, GRADE | {"completed": "2030-01-01"}), "has not come yet"),
        (line(2, GRADE | {"started": "2018-06-01"}), "is after completed"),
        (line(2, GRADE | {"passed": "yes"}), "true or false"),
        (line(2, GRADE | {"credits": -1}), "not from 0 to"),
        (line(2, graded("Z", "letter")), "is one of A+, A"),
        (line(2, GRADE | {"more": {"a": [[[[[[1]]]]]]}}), "nested more than"),
        (line(2, GRADE | {"more": "a\x00"}), "no record holds"),
        (line(2, EXAM | {"proctored": None}, "exam_result"), "is missing"),
        (line(2, {"level": "doctorate", "institution": "U"}, "degree"), "is one of associate"),
        (line(2, {"name": "TOEFL", "score": 130, "taken": "2018-01-01"}, "test"), "not from 0 to 120"),
        (line(2, {"years": "many"}, "experience"), "is no number"),
        (line(2, {"country": "Kenya"}, "residence"), "two letters"),
    ],
)
def test_each_wrong_row_says_what_is_wrong_and_the_others_are_taken(bad, words) -> None:
    done = take(line(1), bad, line(3))
    assert {row.row for row in done.refused} == {2}
    assert words in "; ".join(map(str, done.refused))
    assert done.new == 2


@pytest.mark.parametrize("name", ["a\x00b", "a\ud800b", "a\nb"])
@pytest.mark.parametrize("inside", [True, False])
def test_a_member_that_no_database_stores_refuses_its_own_row_alone(name, inside) -> None:
    data = GRADE | ({"more": [{name: 1}]} if inside else {name: 1})
    done = take(line(1), line(2, data), line(3))
    ((row, field, reason),) = {(r.row, r.field, r.reason) for r in done.refused}
    assert (row, reason) == (2, "names a member that no record holds")
    assert field == ("facts.0.data.more.0" if inside else "facts.0.data")
    assert (done.learners, done.new) == (2, 2)


@pytest.mark.parametrize(
    ("part", "member", "value"),
    [("courses", "credits", wrong) for wrong in (-40, "abc", 10**6)]
    + [(part, name, wrong) for part in ("courses", "exams") for name, wrong in (("percent", -50), ("passed", "no"))],
)
def test_what_a_credential_names_is_checked_like_what_stands_alone(part, member, value) -> None:
    held = {"id": "c", "issuer": "MITx", "program": "SCM", "awarded": "2018-06-01", "status": "active"}
    done = take(line(1), line(2, held | {part: [{"id": "SC0x", member: value}]}, kind="credential"), line(3))
    ((row, field),) = {(r.row, r.field) for r in done.refused}
    assert (row, field, done.new) == (2, f"facts.0.data.{part}.0.{member}", 2)


def test_a_corrected_file_is_given_back_and_the_same_file_twice_changes_nothing() -> None:
    file = [line(1), line(2, graded("abc"))]
    assert len(take(*file).refused) == 1
    corrected = [line(1), line(2)]
    assert (take(*corrected).new, take(*corrected).new) == (1, 0)
    done = take(line(1, graded(77)), line(2))
    assert [(row.row, row.reason) for row in done.refused] == [
        (1, "another version is on record; give a reason to correct it")
    ]
    done = take(line(1, graded(77)), line(2), reason="The platform graded again.")
    assert (done.new, done.corrected, done.known, done.refused) == (0, 1, 1, ())
    (fact,) = queries.grades_of_record(SYSTEM, person_id_by_email("p1@example.org"))
    assert (fact.data["grade"]["value"], fact.reason) == (77, "The platform graded again.")


def test_a_fact_twice_in_a_file_is_one_unless_it_says_something_else() -> None:
    done = take(line(1), line(1), line(1, graded(12)))
    assert (done.new, done.known) == (1, 1)
    assert [(row.row, row.reason) for row in done.refused] == [(3, "says otherwise than row 2 under the key 'run'")]


def test_a_dry_run_says_the_same_and_changes_nothing() -> None:
    done = take(line(1), line(2, graded("abc")), dry_run=True)
    assert (done.new, len(done.refused)) == (1, 1)
    assert (FactRow.objects.count(), person_id_by_email("p1@example.org")) == (0, None)


def test_refused_evidence_is_not_accepted_by_an_import() -> None:
    learner, registrar = taught_at_mitx()
    degree = {"level": "bachelor", "institution": "Example University"}
    declared = {"learner_id": learner.person_id, "document": b"%PDF-1", "now": NOW}
    fact = actions.declare_fact(actor=learner, fact=NewFact(Kind.DEGREE, "b", degree), **declared)
    actions.check_evidence(actor=registrar, fact_id=fact, accept=False, findings={}, reason="Not hers.", now=NOW)
    told = line(1, degree | {"accredited": True}, "degree", "b", email="ada@example.org")
    assert "refused this evidence" in str(take(told, reason="The platform says so.").refused[0])
    assert queries.learner_record(learner, learner.person_id)["degrees"] == []


def test_every_door_refuses_a_fact_without_its_shape() -> None:
    learner, registrar = taught_at_mitx()
    bad, told = NewFact(Kind.COURSE_GRADE, "run", graded("abc")), {"source": "test", "now": NOW}
    with pytest.raises(Unusable, match=r"grade\.value: 'abc' is no number"):
        actions.record_fact(actor=registrar, learner_id=learner.person_id, institution="MITx", fact=bad, **told)
    with pytest.raises(Unusable):
        actions.record_new_facts(actor=SYSTEM, institution="MITx", facts=[(learner.person_id, bad)], **told)
    test = NewFact(Kind.TEST, "TOEFL", {"name": "TOEFL", "score": "101", "taken": "2018-03-01"})
    declared = {"learner_id": learner.person_id, "document": b"%PDF-1", "now": NOW}
    with pytest.raises(Unusable):
        actions.declare_fact(actor=learner, fact=NewFact(Kind.TEST, "T", test.data | {"taken": "soon"}), **declared)
    fact = actions.declare_fact(actor=learner, fact=test, **declared)
    found = {"fact_id": fact, "accept": True, "reason": "", "now": NOW}
    with pytest.raises(Unusable, match="not from 0 to 120"):
        actions.check_evidence(actor=registrar, findings={"score": 500}, **found)
    assert [one.accepted for one in queries.facts_of(SYSTEM, learner.person_id)] == [True, None]


def test_strangers_import_nothing() -> None:
    for actor in (person("Ada"), person("Staff", ("program_staff", "HES"))):
        with pytest.raises(NotPermitted):
            take(line(1), actor=actor)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [*GRADE, *EXAM, "score", "years", "country", "level", "awarded", "status", "courses", "credits"]
)


@given(st.sampled_from(list(Kind)), st.dictionaries(FIELDS, JSON, max_size=6))
def test_any_data_has_a_shape_or_says_by_field_why_not(kind, data) -> None:
    wrong = problems_of(kind, "key", data, NOW.date())
    assert all(isinstance(one, Problem) and one.reason for one in wrong)
    if not wrong:
        assert shape_of(kind, data, NOW.date()) is not None


@given(st.decimals(0, 100, places=2))
def test_a_sound_percentage_is_read_as_it_stands(value) -> None:
    shape = shape_of(Kind.COURSE_GRADE, jsonable(graded(value)))
    assert shape.percent == value and isinstance(shape.percent, Decimal)


def test_the_command_says_it_beforehand(tmp_path, capsys) -> None:
    file = tmp_path / "export.jsonl"
    file.write_text("\n".join([line(1), line(2, graded("abc")), ""]))
    assert main(["records", "check", str(file)]) == 1
    assert "row 2 (p2@example.org): facts.0.data.grade.value: 'abc' is no number" in capsys.readouterr().out
    assert main(["records", "check", str(file), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["rows"], told["refused"][0]["row"], told["refused"][0]["field"]) == (1, 2, "facts.0.data.grade.value")
    file.write_text(line(1))
    assert main(["records", "check", str(file)]) == 0
    file.write_text("")
    assert main(["records", "check", str(file)]) == 2
    assert main(["records", "check", str(tmp_path / "none")]) == 2
