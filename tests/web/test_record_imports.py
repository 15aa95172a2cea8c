"""Staff import a platform's export by page, API and command: tried first, row by row, given back corrected."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.accounts.queries import person_id_by_email
from linkspan.catalog.actions import add_program, publish_requirements
from linkspan.institutions.actions import register_institution
from linkspan.kernel import audit
from linkspan.records import actions, queries
from linkspan.records.models import ExportRow, FactRow
from linkspan.records.rules import Kind, NewFact
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
GRADE = {"institution": "MITx", "id": "SC0x", "grade": {"scale": "percent", "value": 88}, "completed": "2018-05-01"}
EXAM = {"id": "CFx", "grade": {"scale": "percent", "value": "80"}, "taken": "2018-06-01", "proctored": True}
HELD = {"id": "urn:x:1", "issuer": "MITx", "program": "SCM", "awarded": "2018-06-20", "status": "active"}
DEGREE = {"level": "bachelor", "institution": "Example University", "accredited": True}


@pytest.fixture(autouse=True)
def _documents(settings, tmp_path) -> None:
    settings.DOCUMENT_ROOT = tmp_path / "documents"


def line(number: int | str, *facts: tuple[str, str, dict]) -> str:
    email = number if isinstance(number, str) else f"p{number}@example.org"
    told = [{"kind": kind, "key": key, "data": data} for kind, key, data in facts]
    return json.dumps({"email": email, "name": f"Person {number}", "facts": told})


def graded(value, number=1) -> str:
    return line(number, ("course_grade", "run", GRADE | {"grade": {"scale": "percent", "value": value}}))


def hand_in(client: Client, *lines: str, institution="MITx"):
    file = SimpleUploadedFile("export.jsonl", "\n".join(lines).encode())
    return client.post("/desk/imports/", {"institution": institution, "file": file})


def test_a_file_is_looked_at_imported_and_its_refused_rows_given_back() -> None:
    client = browser(person("Registrar", ("registrar", "MITx")))
    assert "/desk/imports/" in client.get("/desk/").content.decode()
    made = hand_in(client, graded(70), graded("abc", 2), "{")
    page = client.get(made["Location"])
    text = page.content.decode()
    assert "Nothing is on record yet" in text and "is no number" in text and "not JSON" in text
    assert (page.context["found"]["new"], page.context["found"]["refused_rows"]) == (1, [2, 3])
    assert FactRow.objects.count() == 0 and person_id_by_email("p1@example.org") is None
    answer = client.post(made["Location"], {"seen": page.context["seen"]})
    assert answer.status_code == 302
    assert client.post(made["Location"], {"seen": "old"}).status_code == 302  # twice changes nothing
    learner = person_id_by_email("p1@example.org")
    assert [fact.source for fact in queries.grades_of_record(SYSTEM, learner)] == ["export export.jsonl"]
    assert client.get(f"{made['Location']}refused.jsonl").content.decode() == graded("abc", 2) + "\n{\n"
    assert "facts.0.data.grade.value" in client.get(f"{made['Location']}refused.csv").content.decode()
    corrected = hand_in(client, graded(70), graded(71, 2))["Location"]
    page = client.get(corrected)
    assert [page.context["found"][name] for name in ("new", "known", "refused")] == [1, 1, 0]
    client.post(corrected, {"seen": page.context["seen"]})
    again = hand_in(client, graded(70), graded(71, 2))["Location"]
    assert again != corrected and "There is nothing to add or correct" in client.get(again).content.decode()
    assert hand_in(client, graded(70), graded(71, 2))["Location"] == again
    assert FactRow.objects.count() == 2 and list(audit.broken_links()) == []


def test_a_correction_shows_both_and_takes_a_reason() -> None:
    client = browser(person("Staff", ("program_staff", "MITx")))
    first = hand_in(client, graded(70))["Location"]
    client.post(first, {"seen": client.get(first).context["seen"]})
    second = hand_in(client, graded(90), graded(50, 2))["Location"]
    page = client.get(second)
    assert "grade value: 70" in page.content.decode() and "grade value: 90" in page.content.decode()
    client.post(second, {"seen": page.context["seen"]})  # without a reason
    outcome = queries.export(
        person("Other", ("registrar", "MITx")), ExportRow.objects.latest("handed_in_at").id
    ).outcome
    assert (outcome["new"], outcome["corrected"], outcome["refused_rows"]) == (1, 0, [1])
    third = hand_in(client, graded(90))["Location"]
    client.post(third, {"seen": client.get(third).context["seen"], "reason": "Graded again."})
    (fact,) = queries.grades_of_record(SYSTEM, person_id_by_email("p1@example.org"))
    assert (fact.data["grade"]["value"], fact.reason) == (90, "Graded again.")


def test_what_the_page_showed_is_what_is_imported() -> None:
    client = browser(person("Staff", ("program_staff", "MITx")))
    made = hand_in(client, graded(70))["Location"]
    shown = client.get(made).context["seen"]
    learner = person("P1").person_id
    fact = NewFact(Kind.COURSE_GRADE, "run", GRADE)
    told = {"learner_id": learner, "institution": "MITx", "source": "test", "now": NOW}
    actions.record_fact(actor=SYSTEM, fact=fact, **told)
    answer = client.post(made, {"seen": shown, "reason": "kept"})
    assert answer.status_code == 409 and "Look again" in answer.content.decode()
    assert 'value="kept"' in answer.content.decode()
    assert ExportRow.objects.get().taken_at is None and FactRow.objects.count() == 1


@pytest.mark.parametrize("roles", [(), (("registrar", "HES"),), (("admissions", "MITx"),), (("author", "MITx"),)])
def test_only_registrars_and_program_staff_of_the_institution_import(roles) -> None:
    mine = hand_in(browser(person("Registrar", ("registrar", "MITx"))), graded(70))["Location"]
    client = browser(person("Somebody", *roles))
    assert hand_in(client, graded(71)).status_code == 403
    assert client.get(mine).status_code == client.post(mine, {}).status_code == 404
    assert client.get(f"{mine}refused.jsonl").status_code == client.get(f"{mine}refused.csv").status_code == 404
    body = {"institution": "MITx", "export": graded(72), "dry_run": True}
    sent = {"content_type": "application/json", "HTTP_IDEMPOTENCY_KEY": "one"}
    assert client.post("/api/v1/records/imports", body, **sent).status_code == 403
    assert Client().get("/desk/imports/").status_code == 302
    assert FactRow.objects.count() == 0 and ExportRow.objects.count() == 1


def refusals(actor, *lines: str, reason="Because.") -> list[str]:
    from linkspan.courseware.engines.exports import ExportText

    platform = ExportText("export", "\n".join(lines).encode())
    told = {"institution": "MITx", "platform": platform, "now": NOW, "reason": reason}
    tried = actions.import_from_platform(actor=actor, dry_run=True, **told)
    done = actions.import_from_platform(actor=actor, **told)
    assert tried.told() == done.told()
    return [row.reason for row in done.refused]


def test_an_institution_hands_over_what_is_its_own() -> None:
    staff = person("Staff", ("program_staff", "MITx"))
    add_program(actor=SYSTEM, institution="HES", code="P", title="P", summary="", kind="certificate", now=NOW)
    tree = {"exam": "HESx"}
    publish = {"catalogue_year": 2018, "valid_from": NOW.date(), "now": NOW}
    publish_requirements(actor=SYSTEM, program_key="HES/P", requirements=tree, **publish)
    others = [
        ("course_grade", "r", GRADE | {"institution": "HES"}),
        ("credential", "c", HELD | {"issuer": "HES"}),
        ("exam_result", "e", EXAM | {"id": "HESx"}),
    ]
    assert (
        refusals(staff, *(line(n, fact) for n, fact in enumerate(others)))
        == ["is a fact of HES; only they hand it over"] * 3
    )
    learner = person("P1")
    fact = NewFact(Kind.COURSE_GRADE, "run", GRADE | {"institution": "HES"})
    told = {"learner_id": learner.person_id, "institution": "HES", "source": "test", "now": NOW}
    actions.record_fact(actor=SYSTEM, fact=fact, **told)
    assert refusals(staff, graded(70)) == ["is a fact of HES; only they hand it over"]
    assert refusals(staff, line("staff@example.org", ("course_grade", "run", GRADE))) == [
        "this is your own record; ask a colleague to import it"
    ]


def test_what_learners_state_is_taken_for_those_whom_the_institution_teaches() -> None:
    staff = person("Staff", ("program_staff", "MITx"))
    degree = ("degree", "b", DEGREE)
    untaught = "has no grade of your institution, so the learner states this, with a document"
    assert refusals(staff, line(1, degree)) == [untaught]
    assert refusals(staff, line(1, ("course_grade", "run", GRADE), degree)) == []
    stranger = person("P2")
    declared = NewFact(Kind.DEGREE, "b", {"level": "master", "institution": "Elsewhere"})
    told = {"learner_id": stranger.person_id, "document": b"%PDF-1", "now": NOW}
    actions.declare_fact(actor=stranger, fact=declared, **told)
    assert refusals(staff, line(2, ("course_grade", "run", GRADE), degree)) == [untaught]


@pytest.mark.parametrize("status", ["revoked", "suspended"])
def test_a_revocation_or_suspension_stands_against_an_import(status) -> None:
    staff, learner = person("Staff", ("program_staff", "MITx")), person("P1")
    told = {"learner_id": learner.person_id, "institution": "MITx", "now": NOW}
    barred = HELD | {"status": status}
    actions.record_fact(actor=SYSTEM, fact=NewFact(Kind.CREDENTIAL, "k", barred), source="credential k", **told)
    assert refusals(staff, line(1, ("credential", "k", HELD)), line(1, ("credential", "other", HELD))) == [
        "is a credential issued here; change its status at the credential desk",
        "this credential is revoked or suspended under another key; change that one's status, with a reason",
    ]


@pytest.mark.parametrize("status", ["revoked", "suspended"])
def test_copies_under_other_keys_follow_what_was_imported(status) -> None:
    staff, learner = person("Staff", ("program_staff", "MITx")), person("P1")
    other = HELD | {"program": "Another"}
    lines = [line(1, ("credential", key, HELD)) for key in "ab"] + [line(1, ("credential", "c", other))]
    assert refusals(staff, *lines) == []
    assert refusals(staff, line(1, ("credential", "a", HELD | {"status": status}))) == []
    stands = {fact.key: fact.data["status"] for fact in queries.facts_of(learner, learner.person_id)}
    assert stands == {"a": status, "b": status, "c": "active"}


def test_a_row_that_revokes_each_copy_by_itself_is_taken() -> None:
    staff, learner = person("Staff", ("program_staff", "MITx")), person("P1")
    revoked = HELD | {"status": "revoked"}
    assert refusals(staff, line(1, ("credential", "a", HELD), ("credential", "b", HELD))) == []
    assert refusals(staff, line(1, ("credential", "a", revoked), ("credential", "b", revoked))) == []
    assert [fact.data["status"] for fact in queries.facts_of(learner, learner.person_id)] == ["revoked", "revoked"]


def test_the_api_says_the_same() -> None:
    client = browser(person("Registrar", ("registrar", "MITx")))
    body = {"institution": "MITx", "export": "\n".join([graded(70), graded("abc", 2)])}
    send = lambda key, **more: client.post(  # noqa: E731
        "/api/v1/records/imports", body | more, content_type="application/json", HTTP_IDEMPOTENCY_KEY=key
    )
    tried = send("a", dry_run=True).json()
    assert FactRow.objects.count() == 0
    done = send("b").json()
    assert tried == done and (done["new"], done["refused_rows"]) == (1, [2])
    assert done["refusals"][0]["field"] == "facts.0.data.grade.value"
    assert send("b").json() == done and send("c").json()["known"] == 1
    assert send("d", export="\n" * 20_001).status_code == 422


def test_the_command_imports_and_writes_what_to_correct(tmp_path, capsys) -> None:
    told = {"code": "MITx", "name": "MITx", "country": "US", "time_zone": "UTC", "url": "", "aliases": [], "now": NOW}
    register_institution(actor=SYSTEM, **told)
    file, refused = tmp_path / "export.jsonl", tmp_path / "refused.jsonl"
    file.write_text("\n".join([graded(70), graded("abc", 2)]))
    asked = ["records", "import", str(file), "--institution", "MITx"]
    assert main([*asked, "--dry-run"]) == 1
    assert "would be: 1 learners, 1 opened, 1 new" in capsys.readouterr().out and FactRow.objects.count() == 0
    assert main([*asked, "--refused", str(refused), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["new"] == 1
    assert refused.read_text() == graded("abc", 2) + "\n"
    refused.write_text(graded(71, 2))
    assert main(["records", "import", str(refused), "--institution", "MITx"]) == 0
    assert main(["records", "import", str(file), "--institution", "NONE"]) == 2


def test_a_learner_twice_far_apart_in_a_file_is_taken_once() -> None:
    lines = [graded(70), *(graded(70, n) for n in range(2, 520)), graded(70)]
    assert refusals(person("Staff", ("program_staff", "MITx")), *lines) == []
    assert FactRow.objects.count() == 519


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe", b"[" * 1_100_000, b"x\n" * 20_001])
def test_hostile_files_end_in_words(content) -> None:
    client = browser(person("Registrar", ("registrar", "MITx")))
    file = SimpleUploadedFile("../../x\x00\r\n.jsonl", content)
    answer = client.post("/desk/imports/", {"institution": "MITx", "file": file})
    assert answer.status_code in (302, 422)
    if answer.status_code == 302:
        assert client.get(answer["Location"]).context["found"]["refused"] == 1


def test_the_facts_show_on_the_learners_own_page() -> None:
    learner = person("P1")
    staff = person("Staff", ("program_staff", "MITx"))
    assert refusals(staff, graded(70)) == []
    page = browser(learner).get("/record/").content.decode()
    assert "SC0x" in page and "A learning platform of the school" in page
