"""Proctoring services: who enters them, what is sealed, how they are tried, and what hostile answers come to."""

import json

import pytest
from django.test import Client
from tests.factories import vendor as make_vendor
from tests.factories.people import NOW, SYSTEM, browser, person, token_for
from tests.factories.vendor import CLIENT, SECRET

from linkspan.catalog.rules import Invalid
from linkspan.exams import actions, queries
from linkspan.exams.engines.service_client import Talk
from linkspan.exams.models import ServiceRow
from linkspan.exams.rules import Offering, Rule, ServiceRefuses, ServiceSilent, ServiceTerms
from linkspan.institutions.actions import register_institution
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.versions import Changed
from linkspan.site.command import main

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def schools():
    for code in ("MITx", "HES"):
        register_institution(
            actor=SYSTEM, code=code, name=code, country="US", time_zone="UTC", url="https://e.edu/", aliases=[], now=NOW
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    place = tmp_path_factory.mktemp("vendor")
    with make_vendor.serving(place) as found:
        yield found, place / "ca.pem"


@pytest.fixture
def vendor(served, settings):
    found, authority = served
    found.reset()
    settings.EXCHANGE_LOOPBACK = [found.base_url.removeprefix("https://")]
    settings.EXCHANGE_LOOPBACK_CA = str(authority)
    return found


def terms(base="https://proctor.example.com", client=CLIENT):
    return ServiceTerms("Watchful", base, client)


def entered(base="https://proctor.example.com", school="MITx", actor=SYSTEM):
    return actions.add_service(actor=actor, institution=school, terms=terms(base), secret=SECRET, now=NOW)


def test_only_those_who_manage_an_institution_enter_its_services() -> None:
    robin, hes = person("Robin Registrar", ("registrar", "MITx")), person("Hal Registrar", ("registrar", "HES"))
    others = (hes, person("Pat Proctor", ("proctor", "MITx")), person("Sam Staff", ("program_staff", "MITx")))
    made = entered(actor=robin)
    given = {"service_id": made, "now": NOW}
    for other in (*others, person("Lea Learner")):
        with pytest.raises(NotPermitted):
            entered(actor=other)
        with pytest.raises(NotPermitted):
            queries.services_at(other, "MITx")
        for act in (
            lambda a: actions.change_service(actor=a, terms=terms(), secret="", **given),
            lambda a: actions.give_callback_secret(actor=a, **given),
            lambda a: actions.try_service(actor=a, **given),
            lambda a: actions.enable_service(actor=a, **given),
            lambda a: actions.disable_service(actor=a, why="Mine.", **given),
            lambda a: queries.service_history(a, made),
        ):
            with pytest.raises(NotFound):
                act(other)
    operator = person("Olga Operator", ("operator", None))
    assert [row.id for row in queries.services_at(operator, "MITx")] == [made]
    with pytest.raises(NotFound):
        entered(school="None")


def test_what_is_entered_is_checked_and_the_secrets_are_told_to_nobody() -> None:
    made = entered()
    callback = actions.give_callback_secret(actor=SYSTEM, service_id=made, now=NOW)
    row = ServiceRow.objects.get()
    told = str(vars(row)) + str([(one.before, one.after) for one in queries.service_history(SYSTEM, made)])
    assert SECRET not in told and callback not in told and SECRET not in repr(queries.account_of(made))
    assert queries.account_of(made).secret == SECRET
    for base in (
        "http://x.edu",
        "https://x.edu/?a=1",
        "https://u@x.edu",
        "https://",
        "x",
        "https://x.edu/é",
        "a" * 600,
    ):
        with pytest.raises(Invalid) as wrong:
            entered(base)
        assert set(wrong.value.fields) == {"base_url"}
    with pytest.raises(Invalid) as wrong:
        actions.add_service(actor=SYSTEM, institution="MITx", terms=ServiceTerms("", "", ""), secret="", now=NOW)
    assert set(wrong.value.fields) == {"name", "base_url", "client_id"}
    with pytest.raises(Invalid) as wrong:
        actions.add_service(actor=SYSTEM, institution="MITx", terms=terms("https://b.edu"), secret=" ", now=NOW)
    assert set(wrong.value.fields) == {"secret"}
    with pytest.raises(Refused):
        entered("https://proctor.example.com/")
    with pytest.raises(Changed):
        actions.change_service(actor=SYSTEM, service_id=made, terms=terms(), secret="", now=NOW, seen="older")


def test_a_service_is_tried_and_switched_on_and_another_address_switches_it_off(vendor) -> None:
    made = entered(vendor.base_url)
    with pytest.raises(Refused) as no:
        actions.enable_service(actor=SYSTEM, service_id=made, now=NOW)
    assert no.value.code == "callback_secret_missing" and not vendor.calls
    actions.give_callback_secret(actor=SYSTEM, service_id=made, now=NOW)
    actions.enable_service(actor=SYSTEM, service_id=made, now=NOW)
    found = queries.service(SYSTEM, made)
    rules = (Rule("allow_notes", "Paper notes"), Rule("allow_multiple", "Several monitors"))
    steps = ("Install the software", "Show the room")
    assert found.is_enabled and found.offering == Offering("Watchful", rules, "https://w.example/get", steps)
    assert vendor.calls == ["POST token", "GET config"]
    actions.change_service(actor=SYSTEM, service_id=made, terms=terms("https://b.edu"), secret="", now=NOW)
    moved = queries.service(SYSTEM, made)
    assert (moved.is_enabled, moved.tried_at, moved.offering) == (False, None, Offering())
    actions.disable_service(actor=SYSTEM, service_id=made, why="Unused.", now=NOW)
    verbs = [entry.verb for entry in queries.service_history(SYSTEM, made)]
    assert verbs == ["add_exam_service", "give_callback_secret", "enable_exam_service", "change_exam_service"]


@pytest.mark.parametrize(
    ("has", "code"),
    [
        ({"away": True}, "service_silent"),
        ({"fails": {"GET config": 500}}, "service_silent"),
        ({"fails": {"POST token": 429}}, "service_silent"),
        ({"fails": {"POST token": 401}}, "service_refuses"),
        ({"fails": {"GET config": 404}}, "service_refuses"),
        ({"says": {"POST token": {"access_token": "a\r\nb: c"}}}, "service_unusable_answer"),
        ({"says": {"POST token": {"access_token": ["a"]}}}, "service_unusable_answer"),
        ({"says": {"GET config": ["rules"]}}, "service_unusable_answer"),
    ],
)
def test_a_service_that_fails_is_said_to_and_stays_off(vendor, has, code) -> None:
    made = entered(vendor.base_url)
    actions.give_callback_secret(actor=SYSTEM, service_id=made, now=NOW)
    vars(vendor).update(has)
    with pytest.raises((ServiceSilent, ServiceRefuses)) as no:
        actions.enable_service(actor=SYSTEM, service_id=made, now=NOW)
    assert no.value.code == code and not queries.service(SYSTEM, made).is_enabled


def test_an_inner_address_is_not_asked() -> None:
    for base in ("https://localhost:1", "https://127.0.0.1", "https://10.0.0.1", "https://[::1]"):
        made = entered(base)
        with pytest.raises(ServiceSilent):
            actions.try_service(actor=SYSTEM, service_id=made, now=NOW)
        ServiceRow.objects.all().delete()


def test_what_a_service_says_of_itself_is_cut_to_what_is_shown() -> None:
    hostile = {
        "name": "<script>\0alert(1)</script>" + "x" * 500,
        "rules": {f"r{n}": "y" * 5000 for n in range(500)} | {"": "z", "n": 5},
        "download_url": "javascript:alert(1)",
        "instructions": ["a\nb", 5, None, *["s"] * 100],
    }
    found = Offering.read(hostile)
    assert "\0" not in found.name and len(found.name) == 100 and found.download_url == ""
    assert len(found.rules) == 50 and {len(rule.words) for rule in found.rules} == {1000}
    assert found.instructions[0] == "a b" and len(found.instructions) == 28
    assert Offering.read({"rules": [1], "instructions": {"a": 1}, "name": 5}) == Offering()


def test_ids_of_others_make_no_other_address(vendor) -> None:
    talk = Talk(queries.account_of(entered(vendor.base_url)))
    with pytest.raises(ServiceRefuses):
        talk.tell("../../oauth2", "a/b?c#d", "started")
    assert vendor.calls == ["POST token", "PATCH attempt"]
    vendor.says["POST exam"] = {"id": "x y\n"}
    with pytest.raises(ServiceRefuses):
        talk.put_exam({})


def test_a_registrar_enters_tries_and_switches_it_by_the_pages(vendor) -> None:
    robin = person("Robin Registrar", ("registrar", "MITx"))
    page = browser(robin)
    assert page.get("/desk/proctoring/", follow=True).status_code == 200
    here = "/desk/MITx/proctoring/"
    wrong = page.post(here, {"name": "Kept", "base_url": "http://x", "client_id": "", "secret": "s"})
    assert wrong.status_code == 422 and b'value="Kept"' in wrong.content and b'href="#base_url"' in wrong.content
    told = {"name": "Watchful", "base_url": vendor.base_url, "client_id": CLIENT, "secret": SECRET}
    one = page.post(here, told)["Location"]
    assert page.post(one, {"do": "enable"}).status_code == 409
    given = page.post(one, {"do": "callback"})
    assert given.status_code == 200 and given["Cache-Control"] == "private, no-store"
    assert page.post(one, {"do": "enable"}, follow=True).status_code == 200
    vendor.away = True
    silent = page.post(one, {"do": "try"})
    assert silent.status_code == 422 and b"did not answer" in silent.content
    assert page.post(one, {"do": "disable", "why": ""}).status_code == 422
    assert page.post(one, {"do": "disable", "why": "It fails."}).status_code == 302
    shown = page.get(one).content.decode()
    assert "Switched off" in shown and "Paper notes" in shown and SECRET not in shown
    assert given.context["callback_secret"] not in shown
    assert page.post(one, {"do": "erase"}).status_code == 422
    assert browser(person("Hal Registrar", ("registrar", "HES"))).get(one).status_code == 404


def test_the_api_and_the_command_do_the_same(vendor, tmp_path, capsys) -> None:
    robin = person("Robin Registrar", ("registrar", "MITx"))
    api = Client(headers={"Authorization": f"Bearer {token_for(robin)}"})

    def post(place, key, **body):
        address = f"/api/v1/exam_services{place}"
        return api.post(address, json.dumps(body), "application/json", headers={"Idempotency-Key": key})

    told = {"name": "Watchful", "base_url": vendor.base_url, "client_id": CLIENT, "secret": SECRET}
    made = post("", "1", institution="MITx", **told).json()["id"]
    assert post("", "1", institution="MITx", **told).json()["id"] == made
    assert set(post(f"/{made}/callback-secret", "2").json()) == {"client_id", "client_secret"}
    assert post(f"/{made}/try", "3").json()["name"] == "Watchful"
    assert post(f"/{made}/enable", "4").json() == {"done": True}
    assert [row["is_enabled"] for row in api.get("/api/v1/exam_services?institution=MITx").json()] == [True]
    assert post(f"/{made}/disable", "5", why="Unused.").status_code == 204
    assert len(api.get(f"/api/v1/exam_services/{made}/history").json()) == 4
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    given = ["--name", "Other", "--address", vendor.base_url, "--client-id", "b", "--secret-file", str(secret)]
    assert main(["proctoring", "add", "MITx", *given, "--json"]) == 0
    other = json.loads(capsys.readouterr().out)["service"]
    assert main(["proctoring", "change", other, *given[:4], "--client-id", CLIENT]) == 1
    assert main(["proctoring", "list", "MITx"]) == 0
    assert main(["proctoring", "callback-secret", made]) == 0
    assert main(["proctoring", "enable", made]) == 0
    assert main(["proctoring", "disable", made]) == 0
    vendor.away = True
    assert main(["proctoring", "try", made]) == 3


def test_no_call_leaves_inside_of_a_transaction(vendor, transactional_db) -> None:
    from django.db import transaction

    register_institution(
        actor=SYSTEM, code="X", name="X", country="US", time_zone="UTC", url="https://e.edu/", aliases=[], now=NOW
    )
    account = queries.account_of(entered(vendor.base_url, "X"))
    with transaction.atomic(), pytest.raises(RuntimeError):
        Talk(account).config()
    with pytest.raises(Unusable):
        vendor.fails["GET config"] = 500
        Talk(account).config()
