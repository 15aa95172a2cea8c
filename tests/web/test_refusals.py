"""A form that is refused comes back as it was sent, with what is wrong: nothing that a person typed is lost."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import lxml.html
import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.admissions.test_actions import MIT, opened
from tests.factories.exams import put_exam
from tests.factories.forms import LINES, Refused, forms_of
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world

from linkspan.admissions import queries
from linkspan.web.filled import MACHINERY, Sent, Told, Wrong, filled
from linkspan.web.refusals import typed_in

pytestmark = pytest.mark.django_db
HERE = "http://testserver"
TOO_MUCH = "Extra time is 1 to 200 percent."


@pytest.fixture
def apply_page(monkeypatch) -> str:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    load_world()
    return f"/apply/{opened(agreement=MIT)}/"


def sent_from(page: str) -> dict[str, str]:
    return {"HTTP_REFERER": f"{HERE}{page}"}


def as_somebody(enforce: bool = False) -> Client:
    client = Client(enforce_csrf_checks=enforce)
    client.force_login(get_user_model().objects.get(id=person("Ana A").person_id))
    return client


def test_a_refused_form_comes_back_with_its_page(apply_page) -> None:
    put_exam()
    client, here = as_somebody(), "/exams/"
    form = next(one for one in forms_of(client.get(here).content.decode(), here) if one.to.endswith("/extra-time/"))
    answer = client.post(form.to, {"percent": "500"}, **sent_from(here))
    assert answer.status_code == 422
    found = Refused.read(answer.content.decode(), here)
    assert found.message.startswith(TOO_MUCH) and "Nothing was changed." in found.message
    assert found.form is not None and found.form.to == form.to and found.form.held()["percent"] == ["500"]
    (wrong,) = found.document.xpath("//*[@aria-invalid='true']")
    (note,) = found.document.xpath("//*[@id='wrong-percent']")
    assert (wrong.get("name"), note.text) == ("percent", TOO_MUCH)
    assert note.get("id") in wrong.get("aria-describedby")
    (link,) = found.document.xpath("//main//*[@role='alert']//a")
    assert link.get("href") == f"#{wrong.get('id')}"
    assert found.document.findtext(".//title").startswith("Error: ")
    assert "open" in found.form.node.getparent().attrib  # the fold that it stands in


def test_it_can_be_corrected_from_there(apply_page) -> None:
    put_exam()
    client, here = as_somebody(), "/exams/"
    to = next(form.to for form in forms_of(client.get(here).content.decode(), here) if "/extra-time/" in form.to)
    answer = client.post(to, {"percent": "500"}, **sent_from(here))
    for _again in range(2):  # the page came from another address now, and names the one that it stands for
        (form,) = [one for one in forms_of(answer.content.decode(), to) if one.node.get("data-refused") is not None]
        (named,) = form.node.xpath(".//input[@name='form_page']")
        assert named.get("value") == here
        answer = client.post(to, {"percent": "501", "form_page": named.get("value")}, **sent_from(to))
        assert answer.status_code == 422
    assert client.post(to, {"percent": "50", "form_page": here}, **sent_from(to))["Location"] == here


def test_of_several_things_what_is_refused_keeps_nothing_else_back(apply_page) -> None:
    """Without a script: a form with a statement, two files and a letter, of which a file and the letter are refused."""
    who, client, round_id = person("Ana A"), as_somebody(), apply_page.split("/")[2]
    (form,) = [one for one in forms_of(client.get(apply_page).content.decode(), apply_page) if one.to == apply_page]
    files = [name for name, kind in form.kinds() if kind == "file"]
    typed = {"do": "check", "statement": LINES, "name": "Professor <b>X</b>", "email": "no address"}
    typed["seen"] = form.held()["seen"][0]
    papers = {files[0]: b"%PDF-1.7 good", files[1]: b"MZ no paper"}
    sent = {name: SimpleUploadedFile(f"{name}.pdf", content) for name, content in papers.items()}
    answer = client.post(form.to, typed | sent, **sent_from(apply_page))
    found = Refused.read(answer.content.decode(), apply_page)
    assert (answer.status_code, found.message.split(".")[0]) == (422, "Not everything was taken")
    assert "Nothing was changed" not in found.message
    assert [one.slot for one in queries.documents(who, who.person_id, round_id)] == [files[0].removeprefix("file-")]
    assert queries.draft(who, round_id) == LINES and queries.letters(who, who.person_id, round_id) == ()
    wrong = {one.get("name"): one for one in found.document.xpath("//*[@aria-invalid='true']")}
    links = [one.get("href") for one in found.document.xpath("//main//*[@role='alert']//li/a")]
    assert links == [f"#{wrong[name].get('id')}" for name in (files[1], "email")]
    for one in wrong.values():
        assert all(found.document.xpath("//*[@id=$name]", name=name) for name in one.get("aria-describedby").split())
    assert "Choose the file again" not in answer.content.decode(), "one is taken, and of the other it says why not"
    held = found.form.held()
    assert (held["name"], held["email"]) == (["Professor <b>X</b>"], ["no address"])
    again = {name: values for name, values in held.items() if values != [""]}  # of the version that was saved
    again["email"] = ["x@example.org"]
    assert client.post(form.to, again | {"do": "check"}, **sent_from(apply_page))["Location"] == f"{apply_page}check/"
    assert [one.name for one in queries.letters(who, who.person_id, round_id)] == ["Professor <b>X</b>"]


def test_the_statement_stands_beside_what_was_refused_elsewhere(apply_page) -> None:
    """Whatever the verb: a text that is too long comes back whole, with the version that was seen."""
    client = as_somebody()
    long = "x" * 10_001
    answer = client.post(apply_page, {"do": "save", "statement": long, "seen": "v" * 64}, **sent_from(apply_page))
    found = Refused.read(answer.content.decode(), apply_page)
    assert (answer.status_code, found.form.held()["statement"], found.form.held()["seen"]) == (422, [long], ["v" * 64])


def test_a_file_has_to_be_chosen_again_and_says_so() -> None:
    load_world()
    page, long = "/account/identity/", "Ana " * 60
    file = SimpleUploadedFile("my scan.pdf", b"%PDF-1.7")
    answer = as_somebody().post(page, {"legal_name": long, "document": file}, **sent_from(page))
    found = Refused.read(answer.content.decode(), page)
    assert (answer.status_code, found.form.held()["legal_name"]) == (422, [long])
    assert "Choose the file again: my scan.pdf" in answer.content.decode()


@pytest.mark.parametrize("referer", ["", "http://evil.example/apply/", f"{HERE}/nowhere/", f"{HERE}/language/"])
def test_where_no_page_of_ours_held_it_the_words_are_there_to_copy(apply_page, referer) -> None:
    typed = {"do": "save", "name": "Professor", "email": "no address"}
    answer = as_somebody().post(apply_page, typed, HTTP_REFERER=referer)
    page = answer.content.decode()
    assert answer.status_code == 422 and "data-refused" not in page
    assert "That did not work" in page and "\nProfessor</textarea>" in page and "\nno address</textarea>" in page


def test_a_page_that_is_gone_leaves_the_words(apply_page) -> None:
    client = as_somebody()
    answer = client.post("/desk/money/", {"do": "coupon", "code": "My Code"}, **sent_from("/desk/money/"))
    assert answer.status_code == 422 and "\nMy Code</textarea>" in answer.content.decode()


def test_who_was_signed_out_while_typing_goes_on(apply_page) -> None:
    client = Client(enforce_csrf_checks=True)
    user = get_user_model().objects.get(id=person("Ana A").person_id)
    client.force_login(user)
    client.get(apply_page)
    before = client.cookies["csrftoken"].value
    fields = {"do": "save", "statement": LINES, "seen": "", "csrfmiddlewaretoken": before}
    client.logout()
    client.cookies["csrftoken"] = before
    answer = client.post(apply_page, fields, **sent_from(apply_page))
    page = answer.content.decode()
    assert answer.status_code == 403 and "You are signed out" in page
    assert "Typed &amp; kept &lt;b&gt;\nin two lines, é 漢</textarea>" in page
    (form,) = [one for one in forms_of(page, apply_page) if one.to == apply_page]
    again = {name: values for name, values in form.held().items() if name != "csrfmiddlewaretoken"}
    assert again["statement"] == [LINES] and again["form_page"] == [apply_page]
    client.force_login(user)  # in another window
    client.get("/account/")
    again["csrfmiddlewaretoken"] = ["x" * 64]  # of the window that is older
    answer = client.post(apply_page, again, HTTP_ORIGIN=HERE, **sent_from(apply_page))
    found = Refused.read(answer.content.decode(), apply_page)
    assert (answer.status_code, found.form.held()["statement"]) == (403, [LINES])
    assert found.message.startswith("This form was too old.")
    token = found.form.node.xpath(".//input[@name='csrfmiddlewaretoken']")[0].get("value")
    fields = {"do": "save", "statement": LINES, "csrfmiddlewaretoken": token}
    assert client.post(apply_page, fields, **sent_from(apply_page)).status_code == 302


def test_a_foreign_page_fills_no_form(apply_page) -> None:
    client = as_somebody(enforce=True)
    for more in ({"HTTP_ORIGIN": "https://evil.example"}, {}):
        answer = client.post(apply_page, {"statement": "Put in by others"}, **more)
        assert answer.status_code == 403 and b"Put in by others" not in answer.content


def test_another_person_reads_nothing_of_it(apply_page) -> None:
    as_somebody().post(apply_page, {"do": "save", "name": "Mine", "email": "no"}, **sent_from(apply_page))
    other = browser(person("Bo B"))
    assert "Mine" not in other.get(apply_page).content.decode()


def test_no_secret_is_written_again() -> None:
    html = '<html><body><main><form method="post"><input name="a"><input type="password" name="secret"></form></main>'
    sent = Sent("/x/", {"a": ["kept"], "secret": ["hidden words"], "again": ["hidden words"], "api_token": ["t"]}, {})
    page = filled(html, "/x/", sent, Told("<div><p>No.</p></div>", [Wrong("No.", ["secret"])]))
    assert "kept" in page and "hidden words" not in page and "api_token" not in page


def test_rows_of_one_name_stay_in_their_order() -> None:
    select = '<select name="op"><option value="a">A</option><option value="b">B</option></select>'
    row = f'<input name="n"><input type="hidden" name="id" value="ROW">{select}'
    html = (
        f'<html><body><main><form method="post">{"".join(row.replace("ROW", str(n)) for n in range(3))}</form></main>'
    )
    sent = {"n": ["x", "", "z"], "id": ["0", "1", "2"], "op": ["b", "a", "b"]}
    page = filled(html, "/x/", Sent("/x/", sent, {}), Told("<div><p>No.</p></div>", [Wrong("No.", [])]))
    assert Refused.read(page, "/x/").form.held() == sent


def test_of_forms_that_lead_to_one_place_the_one_that_was_sent_is_filled() -> None:
    form = '<form method="post"><input type="hidden" name="award" value="ROW"><input name="why"></form>'
    html = f"<html><body><main>{''.join(form.replace('ROW', row) for row in 'abc')}</main>"
    page = filled(html, "/x/", Sent("/x/", {"award": ["b"], "why": ["w"]}, {}), Told("<p>No.</p>", [Wrong("No.", [])]))
    assert [one.held()["why"] for one in forms_of(page, "/x/")] == [[""], ["w"], [""]]


@pytest.mark.parametrize(
    "typed", ["\x00\x08\x1b[2J", "\ud800", "\ufffe</textarea><script>alert(1)</script>", "\r\n\r\n x"]
)
def test_what_no_field_holds_breaks_no_page(typed) -> None:
    html = '<html><body><main><form method="post"><textarea name="t"></textarea><input name="i"></form></main>'
    page = filled(
        html,
        "/x/",
        Sent("/x/", {"t": [typed], "i": [typed], "gone": [typed]}, {}),
        Told("<div><p>No.</p></div>", [Wrong("No.", [])]),
    )
    assert "<script>" not in page and page.count("<textarea") == 2
    assert page.encode()


def test_what_is_machinery_is_nobodys_words() -> None:
    fields = {name: ["0190f2b4-0000-7000-8000-000000000001"] for name in MACHINERY} | {
        "id": ["0190f2b4-0000-7000-8000-000000000001"]
    }
    assert list(Sent("/", fields, {}).typed()) == []


def test_a_body_that_is_no_form_has_nothing_typed(rf) -> None:
    assert typed_in(rf.post("/x/", {"a": 1}, content_type="application/json")) == []
    assert typed_in(rf.get("/x/?a=b")) == []


def test_the_script_is_told_what_became_of_a_form(apply_page) -> None:
    client = as_somebody()

    def sent(name: str, **fields: str) -> str | None:
        client.cookies.pop(f"sent.{name}", None)
        answer = client.post(apply_page, {"statement": "Mine.", "sent_as": name, **fields}, **sent_from(apply_page))
        found = answer.cookies.get(f"sent.{name}")
        return found and found.value

    assert sent("a1", do="save") == "taken"
    assert sent("a2", do="nonsense") == "shown"
    assert sent("a3;x=1", do="save") is None and sent("b" * 41, do="save") is None
    client.logout()
    assert sent("a4", do="save") is None  # asked to sign in: not taken


def test_a_secret_that_is_shown_once_was_made_and_nothing_typed_for_it_is_kept() -> None:
    for days, became in (("7", "taken"), ("never", "shown")):
        fields = {"do": "make", "name": "Backup", "days": days, "sent_as": "a1"}
        answer = as_somebody().post("/account/sign-ins/", fields, **sent_from("/account/sign-ins/"))
        assert answer.cookies["sent.a1"].value == became


def test_every_page_with_such_a_secret_is_shown_so() -> None:
    sources = [path.read_text() for path in TEMPLATES.parent.glob("*.py")]
    secret = [
        path.relative_to(TEMPLATES) for path in TEMPLATES.rglob("*.html") if "not shown again" in path.read_text()
    ]
    assert len(secret) == 4
    assert [one for one in secret if not any(f'shown_once(request, "{one}"' in source for source in sources)] == []


TEMPLATES = Path(__file__).resolve().parents[2] / "src" / "linkspan" / "web" / "templates"
#: A template that hides in one branch the field that it offers in another: no page has both.
BRANCHES = {"courseware/thread_new.html": {"about"}}
#: Forms whose fields a page must not write again, or that a script alone sends.
ELSEWHERE = {"courseware/problem.html", "courseware/unit.html"}


def plain(source: str) -> str:
    """A template as HTML: every branch of it, with a text for each value."""
    source = re.sub(r"\{#.*?#\}|\{%-? *(?:comment|blocktrans|trans).*?%\}", " ", source, flags=re.DOTALL)
    source = re.sub(r"\{% *url .*?%\}", "/to/", source, flags=re.DOTALL)
    return re.sub(r"\{\{.*?\}\}", "x", re.sub(r"\{%.*?%\}", " ", source, flags=re.DOTALL), flags=re.DOTALL)


WITH_FORMS = [one for one in sorted(TEMPLATES.rglob("*.html")) if 'method="post"' in one.read_text()]


@pytest.mark.parametrize("path", WITH_FORMS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_every_form_of_every_template_holds_what_was_typed(path: Path) -> None:
    """Also of the pages that nobody of the story comes to: as it is written, each form takes back what it sent."""
    forms = forms_of(f"<html>{plain(path.read_text())}</html>", "/page/")
    assert forms or str(path.relative_to(TEMPLATES)) in ELSEWHERE
    for form in forms:
        typed, to = form.typed(), urlsplit(form.to).path
        html = f"<html><body><main>{lxml.html.tostring(form.node, encoding='unicode')}</main></body></html>"
        page = filled(html, "/page/", Sent(to, typed, {}), Told("<div><p>No.</p></div>", [Wrong("No.", [])]))
        again = Refused.read(page, "/page/")
        assert again.form is not None, form.kinds()
        assert set(again.lost(typed, form)) == BRANCHES.get(str(path.relative_to(TEMPLATES)), set())


def test_a_page_that_shows_a_newer_version_itself_keeps_it() -> None:
    """What is confirmed is what was looked at: the version of the page that came, not of the one before."""
    html = '<html><main><form method="post"><input type="hidden" name="seen" value="new"><input name="why"></form>'
    sent = Sent("/x/", {"seen": ["old"], "why": ["so"]}, {})
    (own,) = forms_of(filled(html, "/x/", sent), "/x/")
    (again,) = forms_of(filled(html, "/x/", sent, Told("<div><p>No.</p></div>", [Wrong("No.", [])])), "/x/")
    assert (own.held(), again.held()) == ({"seen": ["new"], "why": ["so"]}, {"seen": ["old"], "why": ["so"]})
