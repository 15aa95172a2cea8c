"""Who sees what: each page by role, across institutions, and in how many queries."""

import pytest
from django.test import Client
from tests.factories.people import person
from tests.factories.world import load_world_with_courses

from linkspan.kernel.models import TrailEntry
from linkspan.site.sample import story
from linkspan.site.sample.load import email_of, world

pytestmark = pytest.mark.django_db
RUN = "course-v1:MITx+SC0x+1T2018"
PUBLIC = ["/", "/programs/", "/programs/MITx/SCM/", f"/runs/{RUN}/", "/pathways/", "/verify/", "/help/"]
OWN = ["/dashboard/", "/credentials/", "/pathways/mine/", "/degree/", "/record/", "/notices/", "/account/", "/exams/"]
DESKS = {
    "/desk/trail/": {"auditor"},
    "/desk/trail/entries/{first}/": {"auditor"},
    "/desk/operations/": {"operator"},
    "/desk/dean/": {"dean", "auditor"},
}


@pytest.fixture
def cast():
    cast = load_world_with_courses()
    return cast


def as_persona(cast, persona: str) -> Client:
    from django.contrib.auth import get_user_model

    client = Client()
    client.force_login(get_user_model().objects.get(email=email_of(persona)))
    return client


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages(cast, client, path, django_assert_max_num_queries) -> None:
    client.get(path)
    with django_assert_max_num_queries(14):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", OWN)
def test_own_pages_ask_visitors_to_sign_in(cast, client, path, django_assert_max_num_queries) -> None:
    assert client.get(path).status_code == 302
    learner = as_persona(cast, "learner")
    learner.get(path)
    with django_assert_max_num_queries(28):
        assert learner.get(path).status_code == 200


@pytest.mark.parametrize("path", DESKS)
def test_desks_by_role(cast, path) -> None:
    for persona in ("learner", "staff", "registrar", "hes-admissions", "dean", "auditor", "operator"):
        expected = 200 if persona in DESKS[path] else 403
        here = path.format(first=TrailEntry.objects.order_by("position").values_list("position", flat=True)[0])
        assert as_persona(cast, persona).get(here).status_code == expected, persona


def test_a_round_belongs_to_its_institution(cast) -> None:
    mit = story.round_of(world(), "MIT")
    assert as_persona(cast, "mit-admissions").get(f"/desk/rounds/{mit.id}/").status_code == 200
    for persona in ("hes-admissions", "registrar", "learner", "staff"):
        assert as_persona(cast, persona).get(f"/desk/rounds/{mit.id}/").status_code == 403


def test_a_course_is_for_those_who_study_it(cast) -> None:
    learner = as_persona(cast, "learner")
    assert learner.get(f"/courses/{RUN}/").status_code == 403
    learner.post(f"/runs/{RUN}/enrol/", {"track": "audit"})
    learner.post(f"/runs/{RUN}/enrol/", {"track": "audit"})
    assert learner.get(f"/courses/{RUN}/").status_code == 200
    assert as_persona(cast, "registrar").get(f"/courses/{RUN}/").status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/credentials/0190f2b4-0000-7000-8000-000000000001/", 404),
        ("/applications/0190f2b4-0000-7000-8000-000000000001/", 404),
        ("/exams/attempts/0190f2b4-0000-7000-8000-000000000001/", 404),
        ("/apply/0190f2b4-0000-7000-8000-000000000001/", 404),
        ("/pay/0190f2b4-0000-7000-8000-000000000001/", 404),
        ("/programs/MITx/NONE/", 404),
        ("/pathways/none/", 404),
        ("/courses/none/", 404),
    ],
)
def test_unknown_things(cast, path, status) -> None:
    answer = as_persona(cast, "learner").get(path)
    assert answer.status_code == status
    assert b"That did not work" in answer.content


def test_another_persons_application_is_not_found(cast) -> None:
    from django.contrib.auth import get_user_model

    round_ = story.round_of(world(), "MIT")
    from linkspan.admissions.actions import submit_application

    made = submit_application(actor=cast["learner"], round_id=round_.id, statement="", now=round_.opens_at)
    other = Client()
    other.force_login(get_user_model().objects.get(id=person("Other Sample").person_id))
    assert other.get(f"/applications/{made.id}/").status_code == 404
    assert other.post(f"/applications/{made.id}/answer/", {"do": "withdraw"}).status_code == 403
    assert as_persona(cast, "hes-admissions").get(f"/applications/{made.id}/").status_code == 404


def test_a_post_without_its_token_is_refused_in_words(cast) -> None:
    from django.contrib.auth import get_user_model

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(get_user_model().objects.get(email=email_of("learner")))
    answer = strict.post(f"/runs/{RUN}/enrol/", {"track": "audit"})
    assert answer.status_code == 403
    assert b"Load the page again" in answer.content


@pytest.mark.parametrize("content", [b"", b"not json", b"[1]", b"\xff\xfe", b'{"a": 1, "a": 2}'])
def test_a_wrong_file_to_verify(cast, client, content) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    answer = client.post("/verify/", {"file": SimpleUploadedFile("x.json", content)})
    assert answer.status_code == 422
    assert b"could not be read" in answer.content or b"Choose" in answer.content


def test_pages_carry_a_strict_policy(cast, client) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_demo_links_exist_only_in_the_demo(cast, client) -> None:
    from linkspan.site.demo import link_for

    assert client.get(link_for(email_of("operator"))).status_code == 404
