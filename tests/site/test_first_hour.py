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
            return answer.headers.get_content_type(), answer.read()

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


def test_no_page_has_a_plain_or_a_machine_word_or_leads_nowhere(demo) -> None:
    """In the pseudo-locale, as everybody of the story: pages, and documents for plain words."""
    known, seen, plain, machine, ends = World(), Counter(), {}, {}, set()
    for link in demo[1].values():
        person = Person(link, "en-xa")
        for kind, texts, page in crawl(person.get, ["/", "/dashboard/", "/desk/"], seen):
            for text in known.plain(texts):
                plain.setdefault(text, kind)
            for text in machine_words(page):
                machine.setdefault(text, kind)
            ends |= {kind} if is_dead_end(page) else set()
    assert len(seen) > 60, "the crawl came to few kinds of page"
    assert sorted(plain.items()) == [], "let it go through gettext, as a whole sentence"
    assert sorted(machine.items()) == [], "say it in words, or fold it for developers"
    assert sorted(ends) == [], "name the next act, a way on, or whose turn it is"


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
