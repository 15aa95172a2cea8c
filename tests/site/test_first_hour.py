"""The first hour of a new installation: `linkspan demo` on an empty home, then one of everything over HTTP."""

import json
import os
import re
import urllib.parse
import urllib.request
from collections import Counter
from contextlib import contextmanager
from http.cookiejar import CookieJar
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from tests.factories.forms import Form, Refused, forms_of, posting_views, views_of
from tests.factories.machine_words import is_dead_end, machine_words
from tests.factories.plain_words import World, crawl
from tests.pathways.test_two_servers import free_port
from tests.site.running import Running, linkspan

pytestmark = [pytest.mark.timeout(1800), pytest.mark.servers]


@contextmanager
def empty_database():
    """The variable that names an empty database of the kind that the suite runs on: none where it is a file."""
    if connection.vendor == "sqlite":
        yield {}
        return
    import psycopg

    server = os.environ["LINKSPAN_DATABASE_URL"]
    name = f"first_hour_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield {"LINKSPAN_DATABASE_URL": urlunsplit(urlsplit(server)._replace(path=f"/{name}"))}
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


#: Rows of a tree, whose fields come and go with the kind of each row; its view keeps them.
BY_THEMSELVES = {"catalog_desk-tree"}


#: Pages that take a form and to whose form the crawl may not come, by why.
NOT_MET = {
    "sent by a script, a program or another site, or without a word of the person's": """
        agreements-editor-keep
        application_form-draft backchannel-backchannel catalog-language courseware-answer courseware-handle
        courseware-preview courseware-video
        exam_page-answers exam_page-pages exam_page-save exam_practice-answers exam_practice-begin_check
        exam_practice-files exam_practice-pages exam_practice-seen exam_room-hear exam_room-news exam_seb-prove
        exam_watched-how
        money-stripe_event plans-plan previews-answer previews-handle saml-acs
    """,
    "its link is in a mail, or belongs to another site": """
        application_form-hand_in_letter connect-connect connected-authorise connect-connections exam_lti-begin
        exam_lti-launch exam_lti-start_assessment invitations-invitation joining-status merging-proof
    """,
    "the story leaves nothing in the state in which its form shows": """
        accounts-notices_page acts-handle admissions-answer admissions-appeal agreements-editor-arrange
        agreements-editor-edit
        agreements-files-take application_form-document authoring-trial bank_desk-entry catalog_desk-change
        catalog_files-waiting charge_desk-one comparisons-comparison comparisons-line
        conferral_desk-leave_out conferral_desk-list_file
        conferral_desk-one connected-mine consent-revoke consent-send course_points-scoring
        credential_desk-awards credential_desk-prepare_again credential_desk-several credit_desk-change
        desks-case desks-check_evidence desks-check_identity desks-proctor discussion-begin
        discussion-thread discussion_desk-desk enrolment-withdraw exam_booking-times
        exam_desk-appeal exam_desk-late exam_files-hand_in exam_room-ask exam_room-consent exam_room-tell
        exam_room-tell_all
        exam_series-one exam_ways-decide exam_ways-mine notes-note saved_views-one
        exam_making-bank exam_making-draft exam_making-version exam_practice-conduct exam_practice-save
        exam_marking-one exam_qti-package exam_rulings-judge exam_rulings-question exam_rulings-results
        exam_rulings-ruling exam_seb_desk-clients exam_seb_desk-end exam_seb_desk-settings
        exam_seb_desk-waive exam_services-one exam_sittings-sitting exam_statistics-groups
        exam_statistics-shown exam_times-time
        exam_times-times
        exam_watch-decline exam_watch-intervene exam_watched-ask_again exam_watched-finish
        exam_watched-practise exam_watched_desk-other_way exam_watched_desk-recording
        exam_watched_desk-settings exam_writing-write exams-answer_rejection exams-appeal exams-register exams-start
        holds-release exam_accommodations-begin_break exam_accommodations-decide exam_accommodations-end_break
        joining-review kept-one merging-one money-aid money-pay money_desk-decide opening-open_round opening-scores
        operations-drop operations-retake operations-retry operations-retry_dead plans-plans plans-revoke platforms-one
        previews-again
        providers-one reading-reading recognition-answer record_imports-one refund_desk-decide
        refund_desk-undelivered roles-withdraw rounds-order systems-end trail-export trust-keys trust-one usernames-mine
        usernames-one rosters-withdraw
    """,
}


class Person:
    """Somebody of the story, signed in by their link."""

    def __init__(self, link: str, language: str = "en") -> None:
        self.base = link[: link.index("/demo/")]
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.opener.addheaders = [("Accept-Language", language)]
        self.get(link.removeprefix(self.base))

    def get(self, path: str) -> tuple[str, bytes]:
        """The type and content of an answer; an error if it is no success or takes two minutes."""
        with self.opener.open(self.base + path, timeout=120) as answer:
            self.at = answer.geturl().removeprefix(self.base)
            return answer.headers.get_content_type(), answer.read()

    def send(self, form: Form, fields: dict[str, list[str]]) -> tuple[int, str]:
        """Send a form of a page as its browser does; the status and the page that comes."""
        request = urllib.request.Request(self.base + form.to, urllib.parse.urlencode(fields, doseq=True).encode())
        request.add_header("Referer", self.base + form.page)
        try:
            with self.opener.open(request, timeout=120) as answer:
                return answer.status, ""
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def post(self, path: str, page: str, **fields: str) -> str:
        """Send the form of a page, as its button does."""
        self.get(page)
        (token,) = (cookie.value for cookie in self.jar if cookie.name == "csrftoken")
        content = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        with self.opener.open(self.base + path, content, timeout=120) as answer:
            return answer.read().decode()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A demo as a user starts it, the links that it prints by name, and the variable of its database if it has one."""
    home = tmp_path_factory.mktemp("first-hour")
    with (
        empty_database() as database,
        Running(home, free_port(), "demo", LINKSPAN_UNFINISHED_LANGUAGES="1", **database) as running,
    ):
        running.until("/health/ready/", 200)
        links = dict(re.findall(r"^  (\S.*?) +(http\S+)$", running.output.read_text(), re.MULTILINE))
        yield running, links, database


@pytest.fixture(scope="module")
def learner(demo):
    return Person(demo[1]["Amara Sample"])


@pytest.fixture(scope="module")
def credential_id(learner):
    found = re.findall(rb"/credentials/([0-9a-f-]{36})/", learner.get("/credentials/")[1])
    return found[0].decode()


def test_certificates_come_and_the_site_goes_on(demo, learner, credential_id) -> None:
    for _ in range(4):
        kind, content = learner.get(f"/credentials/{credential_id}/certificate.pdf")
        assert (kind, content[:5]) == ("application/pdf", b"%PDF-")
    assert demo[0].get("/").status == 200


def test_a_transcript(learner) -> None:
    (path,) = set(re.findall(r"/degree/[0-9a-f-]+/transcript\.pdf", learner.get("/degree/")[1].decode()))
    kind, content = learner.get(path)
    assert (kind, content[:5]) == ("application/pdf", b"%PDF-")


@pytest.mark.parametrize(
    "name, kind, begins",
    [
        ("badge.png", "image/png", b"\x89PNG"),
        ("badge.svg", "image/svg+xml", b"<"),
        ("qr.svg", "image/svg+xml", b"<svg"),
        ("document.json", "application/vc", b"{"),
    ],
)
def test_pictures_and_files_of_a_credential(learner, credential_id, name, kind, begins) -> None:
    found, content = learner.get(f"/credentials/{credential_id}/{name}")
    assert (found, content[: len(begins)]) == (kind, begins)


def test_plots_and_exports_of_a_dean(demo) -> None:
    dean = Person(demo[1]["Max Dean (sample)"])
    assert b'<img class="chart"' in dean.get("/desk/dean/")[1]
    for what in ("rounds", "cohorts", "tuition"):
        kind, content = dean.get(f"/desk/dean/{what}.csv")
        assert (kind, content.count(b"\n") > 1) == ("text/csv", True), what


def test_the_map_and_the_open_catalogue(demo, learner) -> None:
    assert b"Map of the network" in learner.get("/pathways/")[1]
    assert json.loads(demo[0].get("/pathways.json").body)


def test_a_learner_sees_pathways_and_next_steps(learner) -> None:
    for path in ("/pathways/mine/", "/pathways/next/", "/dashboard/", "/degree/"):
        assert learner.get(path)[0] == "text/html"


def test_a_credential_verifies(learner, credential_id) -> None:
    document = learner.get(f"/credentials/{credential_id}/document.json")[1].decode()
    assert "✓ Valid" in learner.post("/verify/", "/verify/", credential=document)


def test_everybody_of_the_story_can_sign_in(demo) -> None:
    for name, link in demo[1].items():
        assert Person(link).get("/account/")[0] == "text/html", name


def test_its_health_is_good_and_its_worker_works(demo) -> None:
    told = json.loads(demo[0].get("/health/").body)
    assert (told["healthy"], told["deliveries_given_up"], told["worker_silent"]) == (True, 0, False)


@pytest.fixture(scope="module")
def crawled(demo):
    """What everybody of the story comes to in the pseudo-locale: person, kind, address, texts and page."""
    seen, found = Counter(), []
    for link in demo[1].values():
        person = Person(link, "en-xa")
        for kind, texts, page in crawl(person.get, ["/", "/dashboard/", "/desk/"], seen):
            found.append((person, kind, person.at, texts, page))
    assert len(seen) > 60, "the crawl came to few kinds of page"
    return found


def test_no_page_has_a_plain_or_a_machine_word_or_leads_nowhere(crawled) -> None:
    """In the pseudo-locale, as everybody of the story: pages, and documents for plain words."""
    known, plain, machine, ends = World(), {}, {}, set()
    for _person, kind, _path, texts, page in crawled:
        for text in known.plain(texts):
            plain.setdefault(text, kind)
        for text in machine_words(page):
            machine.setdefault(text, kind)
        ends |= {kind} if is_dead_end(page) else set()
    assert sorted(plain.items()) == [], "let it go through gettext, as a whole sentence"
    assert sorted(machine.items()) == [], "say it in words, or fold it for developers"
    assert sorted(ends) == [], "name the next act, a way on, or whose turn it is"


@pytest.fixture(scope="module")
def product_forms(crawled):
    """Each form that somebody of the story comes to, once: by the views of its page and of what it leads to."""
    found = {}
    for person, _kind, path, _texts, page in crawled:
        for form in forms_of(page, path) if page else ():
            if not form.to.startswith(("/accounts/", "/language/")):
                found.setdefault((*views_of(form), tuple(sorted(set(form.kinds())))), (person, form))
    assert len(found) > 90, "the crawl came to few forms"
    return [*found.values()]


def test_no_form_loses_what_was_typed(product_forms) -> None:
    """Asked for what its page does not offer, each form comes back with a summary and all that stood in it."""
    wrong = {}
    for person, form in product_forms:
        typed = form.typed()
        status, page = person.send(form, typed | {"do": ["what no page offers"]})
        found = Refused.read(page, form.page) if page else None
        if status != 422 or found is None or found.form is None or not found.message or found.lost(typed, form):
            wrong[form.page, form.to] = status, found and found.form and found.lost(typed, form)
    assert wrong == {}


def test_a_text_that_is_too_long_comes_back_whole_with_its_reason(product_forms) -> None:
    """Of each form the first text is far too long: refused, in words, at the field, and nothing is lost."""
    wrong, long = {}, "long " * 5_000
    for person, form in product_forms:
        texts = [name for name, kind in form.kinds() if kind in ("text", "textarea", "search", "email", "url")]
        if not texts or views_of(form)[1] in BY_THEMSELVES:
            continue
        typed = form.typed()
        typed[texts[0]] = [long, *typed[texts[0]][1:]]
        acts = [one.get("value") for one in form.controls() if one.tag == "button" and one.get("name") == "do"]
        status, page = person.send(form, typed | ({"do": acts[:1]} if acts else {}))
        found = Refused.read(page, form.page) if page else None
        if found is None or status not in (403, 409, 422) or not found.message:
            wrong[form.page, form.to] = status
            continue
        again = found.form or next((one for one in found.forms if {*form.kinds()} <= {*one.kinds()}), None)
        lost = again and Refused("", again, found.document).lost(typed, form)
        unmarked = found.form is not None and not found.document.xpath("//*[@aria-invalid]")
        if again is None or lost or unmarked:
            wrong[form.page, form.to] = status, lost, unmarked
    assert wrong == {}


def test_each_page_that_takes_a_form_was_met_or_says_why_not(product_forms) -> None:
    """What the story does not come to is tried as its template is written (tests/web/test_refusals.py)."""
    met = {views_of(form)[1] for _person, form in product_forms}
    known = {name for names in NOT_MET.values() for name in names.split()}
    assert sorted(posting_views() - met - known) == [], "let the story come to it, or say why it does not"
    assert sorted(known - posting_views()) == []


def test_a_second_run_keeps_the_world_and_a_third_process_is_refused(demo, credential_id) -> None:
    """Last: it stops the demo."""
    running, _, database = demo
    home = running.output.parent
    if not database:
        refused = linkspan(home, "demo", "--port", str(free_port()))
        assert (refused.returncode, "holds this SQLite database" in refused.stderr) == (1, True)
    assert running.stop() == 0
    with Running(home, free_port(), "demo", **database) as again:
        again.until("/health/ready/", 200)
        assert again.get(f"/credentials/{credential_id}/certificate.pdf").body[:5] == b"%PDF-"
