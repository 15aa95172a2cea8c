"""Staff say how the grade of a program is made, from which day on, by page and API; what has begun stays."""

from datetime import timedelta

import pytest
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world

from linkspan.credentials import queries
from linkspan.credentials.models import AlignmentRow, GradingPolicyRow
from linkspan.kernel.models import TrailEntry

pytestmark = pytest.mark.django_db
HERE = "/desk/credentials/programs/MITx/SCM/"
FORM = {
    "do": "publish",
    "course_weight": "60",
    "exam_weight": "40",
    "attempts": "best",
    "pass_percent": "60",
    "exam_pass_percent": "",
    "from A": "90",
    "from B": "75.5",
}


@pytest.fixture
def staff(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    load_world()
    GradingPolicyRow.objects.all().delete()
    AlignmentRow.objects.all().delete()
    return browser(person("Sam Staff", ("program_staff", "MITx")))


def on(days: int) -> str:
    return (NOW + timedelta(days=days)).date().isoformat()


def test_a_policy_is_published_read_and_taken_back_before_its_day(staff) -> None:
    assert b"No policy is published" in staff.get(HERE).content
    assert b"Supply Chain" in staff.get("/desk/credentials/programs/").content
    for days in (0, 30):
        answer = staff.post(f"{HERE}policy/", FORM | {"valid_from": on(days)}, follow=True)
        assert "The policy is published." in answer.content.decode()
    page = " ".join(answer.content.decode().split())
    for words in ("Courses count 60", "Exams count 40", "A from 90", "B from 75.5", "Passed from 60", "Not begun"):
        assert words in page, words
    assert page.count("Take this policy back") == 1
    withdrawn = staff.post(f"{HERE}policy/", {"do": "withdraw", "valid_from": on(30)}, follow=True)
    assert "The policy was taken back." in withdrawn.content.decode()
    assert staff.post(f"{HERE}policy/", {"do": "withdraw", "valid_from": on(0)}).status_code == 409
    assert staff.post(f"{HERE}policy/", {"do": "withdraw", "valid_from": on(9)}).status_code == 404
    assert [row.valid_from.isoformat() for row in GradingPolicyRow.objects.all()] == [on(0)]
    rows = TrailEntry.objects.filter(verb__endswith="_grading_policy", subject="credentials.program:MITx/SCM")
    assert sorted(row.verb for row in rows) == ["publish_grading_policy"] * 3 + ["withdraw_grading_policy"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"course_weight": "much"}, "enter a number from 0 to 100"),
        ({"course_weight": "0", "exam_weight": "0"}, "one of them is more than zero"),
        ({"from A": "70", "from B": "80"}, "A higher letter needs a higher percentage."),
        ({"valid_from": "soon"}, "Enter a day as year-month-day."),
        ({"valid_from": on(-1)}, "begins today or later"),
        ({"pass_percent": "9" * 40}, ""),
        ({"attempts": "worst"}, ""),
    ],
)
def test_what_cannot_be_used_comes_back_as_it_was_sent(staff, change, words) -> None:
    staff.post(f"{HERE}policy/", FORM | {"valid_from": on(0)})
    sent = FORM | {"valid_from": on(5), "exam_pass_percent": "55.5"} | change
    answer = staff.post(f"{HERE}policy/", sent, headers={"referer": f"http://testserver{HERE}"})
    assert 400 <= answer.status_code < 500
    assert words in answer.content.decode() and 'value="55.5"' in answer.content.decode()
    assert GradingPolicyRow.objects.count() == 1


def test_an_alignment_stands_on_the_page_and_in_the_program(staff) -> None:
    told = {
        "targetName": "Supply chain <b>design",
        "targetUrl": "https://credentials.example/ce-1",
        "targetCode": "ce-1",
    }
    page = staff.post(f"{HERE}align/", told, follow=True).content.decode()
    assert "Supply chain &lt;b&gt;design" in page and "It stands in credentials from now on." in page
    for wrong in ("http://credentials.example/", "javascript:alert(1)", "https://" + "a" * 600):
        assert staff.post(f"{HERE}align/", told | {"targetUrl": wrong}).status_code == 422
    assert staff.post("/desk/credentials/programs/MITx/NONE/align/", told).status_code == 404
    assert list(AlignmentRow.objects.values_list("achievement_key", "data")) == [("MITx/SCM", told)]


@pytest.mark.parametrize("role", [("program_staff", "HES"), ("registrar", "MITx"), ("author", "MITx"), None])
def test_nobody_else_sees_or_changes_it(staff, role) -> None:
    other = browser(person("Otto Other", *([role] if role else [])))
    assert other.get(HERE).status_code == 403
    for place, form in (
        ("policy", FORM | {"valid_from": on(0)}),
        ("align", {"targetName": "a", "targetUrl": "https://a.b/"}),
    ):
        assert other.post(f"{HERE}{place}/", form).status_code == 403
    assert (GradingPolicyRow.objects.count(), AlignmentRow.objects.count()) == (0, 0)


def test_the_api_does_the_same(staff) -> None:
    place = "/api/v1/credentials/programs/MITx/SCM/"
    body = {
        "valid_from": on(3),
        "course_weight": "60",
        "exam_weight": "40",
        "pass_percent": "60",
        "bands": {"A": "90"},
    }

    def post(path: str, told: dict, key: str):
        return staff.post(f"{place}{path}", told, "application/json", headers={"Idempotency-Key": key})

    assert post("grading", body, "one-policy").json() == {"public": True}
    assert post("grading", body | {"bands": {"Z": "9"}}, "no-letter").status_code == 422
    aligned = {"target_name": "Design", "target_url": "https://credentials.example/ce-1"}
    assert post("alignments", aligned, "one-alignment").json() == {"public": True}
    found = staff.get(f"{place}grading").json()
    assert [(one["valid_from"], one["begun"]) for one in found["policies"]] == [(on(3), False)]
    assert found["alignments"] == [{"targetName": "Design", "targetUrl": "https://credentials.example/ce-1"}]
    assert post("grading/withdraw", {"valid_from": on(3)}, "back").status_code == 204
    assert (
        queries.program_grading(person("Ida Staff", ("program_staff", "MITx")), "MITx/SCM", NOW.date()).policies == []
    )
