"""Course content: addresses that expire and work for one learner and run, and a frame without the site's origin."""

import re

import pytest
from django.test import Client
from tests.factories.hostile_course import OTHER_UNIT, RUN, UNIT, put_course
from tests.factories.people import NOW, person
from tests.factories.world import load_world
from tests.web.test_access import as_persona

from linkspan.courseware.queries import course_of
from linkspan.enrolment.actions import withdraw

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(tmp_path):
    cast = load_world()
    put_course(tmp_path, cast["learner"])
    return cast["learner"]


@pytest.fixture
def frame(learner):
    """The address of the frame in the learner's page."""
    page = as_persona({}, "learner").get(f"/courses/{RUN}/unit/{UNIT}/").content.decode()
    assert 'sandbox="allow-scripts allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox"' in page
    return re.search(r'<iframe[^>]* src="http://testserver([^"]+)"', page)[1]


def files(html: str) -> list[str]:
    return re.findall(r'src="http://testserver(/content/[^"]+)"', html)


def test_the_frame_has_no_origin_and_submits_nothing(frame) -> None:
    answer = Client().get(frame)
    assert answer.status_code == 200
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["sandbox"] == "allow-scripts allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox"
    assert policy["form-action"] == policy["base-uri"] == policy["default-src"] == "'none'"
    assert "'self'" not in answer["Content-Security-Policy"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "csrfmiddlewaretoken" not in answer.content.decode()
    assert not answer.cookies


def test_files_come_by_the_frames_own_address(frame) -> None:
    names = files(Client().get(frame).content.decode())
    assert any(name.endswith("/static/hostile.js") for name in names)
    base = frame.partition("unit/")[0]
    answer = Client().get(f"{base}static/figure.svg")
    assert answer.status_code == 200 and answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Content-Security-Policy"].endswith("sandbox")
    for name in ("../answers.json", "%2e%2e/answers.json", "nothing.png", "/etc/passwd"):
        assert Client().get(f"{base}static/{name}").status_code == 404
    assert Client().post(frame).status_code == 405


@pytest.mark.parametrize("hours", [13, 24 * 365])
def test_an_address_ends(frame, monkeypatch, hours) -> None:
    import time

    later = time.time() + hours * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    assert Client().get(frame).status_code == 404
    assert Client().get(frame.partition("unit/")[0] + "static/figure.svg").status_code == 404


def test_a_changed_address_shows_nothing(frame) -> None:
    token = frame.split("/")[2]
    for bad in (token[:-1] + ("A" if token[-1] != "A" else "B"), "x", "a:b:c", token[1:], "é"):
        assert Client().get(frame.replace(token, bad)).status_code == 404


def test_who_left_the_run_reads_no_more(learner, frame) -> None:
    withdraw(actor=learner, learner_id=learner.person_id, run_id=RUN, now=NOW)
    assert Client().get(frame).status_code == 403
    assert Client().get(frame.partition("unit/")[0] + "static/figure.svg").status_code == 403


def test_a_second_origin_serves_content_and_nothing_else(learner, settings) -> None:
    settings.CONTENT_URL = "https://content.example.edu"
    settings.ALLOWED_HOSTS = ["testserver", "content.example.edu"]
    page = as_persona({}, "learner").get(f"/courses/{RUN}/unit/{UNIT}/").content.decode()
    path = re.search(r'<iframe[^>]* src="https://content.example.edu([^"]+)"', page)[1]
    there = Client(headers={"host": "content.example.edu"})
    answer = there.get(path)
    assert answer.status_code == 200
    assert f"frame-ancestors {settings.BASE_URL};" in answer["Content-Security-Policy"]
    assert "https://content.example.edu/static/" in answer["Content-Security-Policy"]
    assert Client().get(path).status_code == 404
    for other in ("/", "/accounts/login/", f"/courses/{RUN}/", "/api/v1/openapi.json"):
        assert there.get(other).status_code == 404


def test_an_answer_belongs_to_the_unit_that_is_shown(learner) -> None:
    units = {block.name: block for block in course_of(RUN).root.walk() if block.type == "vertical"}
    here, there = (next(b.id for b in units[name].children if b.type == "problem") for name in (UNIT, OTHER_UNIT))
    client, path = as_persona({}, "learner"), f"/courses/{RUN}/answer/{UNIT}/"
    assert client.post(path, {"do": "submit", "usage": there, "input_2_1": "1"}).status_code == 404
    assert client.post(path, {"do": "submit", "usage": "x"}).status_code == 404
    assert Client().post(path, {"do": "submit", "usage": here}).status_code == 401
    assert client.get(path).status_code == 405
    answer = client.post(path, {"do": "submit", "usage": here, "input_a_2_1": "1"})
    assert answer.status_code == 200 and answer.json()["usage"] == here
    assert 'role="status"' in answer.json()["html"] and "Submit" in answer.json()["html"]
    person("Other Sample")
    assert Client(enforce_csrf_checks=True).post(path, {"usage": here}).status_code == 403
