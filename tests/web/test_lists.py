"""Lists of the desks: everybody is found, nobody else's are shown, and size changes neither queries nor weight."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.admissions.test_actions import opened
from tests.factories.acts import fields_of
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.web.test_access import as_persona

from linkspan.accounts.models import User
from linkspan.accounts.queries import disclosures_of
from linkspan.admissions.models import ApplicationRow
from linkspan.credentials import actions, queries
from linkspan.credentials.models import CredentialRow, StatusEntryRow, StatusListRow
from linkspan.credentials.rules import CredentialState
from linkspan.enrolment.models import EnrolmentRow
from linkspan.kernel import audit
from linkspan.kernel.errors import NotPermitted
from linkspan.kernel.ids import new_id, number_of
from linkspan.kernel.lists import AT_ONCE, Ask

pytestmark = pytest.mark.django_db
RUN = "course-v1:MITx+SC0x+1T2018"
MANY = 70


@pytest.fixture
def cast():
    return load_world()


def people(count: int) -> list[User]:
    """Invented people; the last one is called by a formula, as nobody is."""
    names = [f"Sample Number{n:03}" for n in range(count - 1)] + ["=1+1 Zora"]
    rows = [User(email=f"many{n}@example.org", name=name, password="!") for n, name in enumerate(names)]
    return User.objects.bulk_create(rows)


def put_credentials(who: list[User]) -> list[CredentialRow]:
    """A credential for each, as rows: what is signed in it does not matter to a list."""
    listed = StatusListRow.objects.create(institution="MITx", issuer="x", length=9_999, changed_at=NOW)
    entries = [StatusEntryRow(status_list=listed, index=n) for n in range(len(who))]
    StatusEntryRow.objects.bulk_create(entries)
    told = {"institution": "MITx", "achievement_key": "MITx/SCM", "title": "Supply Chain Management", "state": "active"}
    return CredentialRow.objects.bulk_create(
        CredentialRow(learner_id=one.id, holder_name=one.name, status_entry=entry, awarded_at=NOW, document={}, **told)
        for one, entry in zip(who, entries, strict=True)
    )


def put_applications(who: list[User], round_id) -> list[ApplicationRow]:
    told = {"round_id": round_id, "state": "submitted", "audit_id": new_id(), "eligibility": "met"}
    rows = [ApplicationRow(learner_id=one.id, submitted_at=NOW, score=n, **told) for n, one in enumerate(who)]
    return ApplicationRow.objects.bulk_create(rows)


def put_enrolments(who: list[User]) -> list[EnrolmentRow]:
    rows = [EnrolmentRow(learner_id=one.id, run_id=RUN, track="audit", state="active", at=NOW) for one in who]
    return EnrolmentRow.objects.bulk_create(rows)


def told(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def names_in(page: str) -> list[str]:
    table = page.partition("<tbody")[2].partition("</tbody>")[0]
    return re.findall(r"(Sample Number\d+|=1\+1 Zora|First Holder)</a>", table)


def queries_for(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert len(client.get(address).content) < 100_000
    return len(asked)


def check(client: Client, address: str, some, all_of_them: int, zora: User, thing) -> None:
    """The same for every list: search, orders, pages, file, strange addresses, a constant number of queries."""
    client.get(address)
    before = queries_for(client, address)
    some()
    assert queries_for(client, address) == before
    assert len(names_in(told(client, address))) == AT_ONCE
    seen = [name for n in (1, 2) for name in names_in(told(client, f"{address}?q=&page={n}"))]
    assert len(seen) == len(set(seen)) == all_of_them
    numbers = (number_of(zora.id), number_of(thing.id))
    for found in (
        "zor",
        "ZORA",
        "%3D1 zora",
        "many69@example.org",
        "MANY69@example.org",
        *numbers,
        numbers[0].lower(),
    ):
        assert names_in(told(client, f"{address}?q={found}")) == ["=1+1 Zora"], found
    for nobody in ("ora", "many69@example.or", "%25"):
        page = told(client, f"{address}?q={nobody}")
        assert names_in(page) == [] and "Nothing was found" in page, nobody
    assert names_in(told(client, f"{address}?q=&sort=-name"))[:2] == ["Sample Number068", "Sample Number067"]
    ordered = names_in(told(client, f"{address}?q=sample&sort=name&page=2"))
    assert ordered == sorted(ordered) and "of 69" in " ".join(told(client, f"{address}?q=sample").split())
    for strange in (
        "?state=x",
        "?page=x",
        "?page=99999",
        "?page=-1",
        "?q=%00",
        "?q=@",
        "?sort=x",
        "?sort=--name",
        "?since=x&until=9999-12-31",
    ):
        told(client, address + strange)
    rows = list(csv.reader(io.StringIO(client.get(f"{address}?q=zora&as=csv").content.decode("utf-8-sig"))))
    assert len(rows) == 2 and rows[1][0] == "'=1+1 Zora"
    assert len(client.get(f"{address}?q=&as=csv").content.splitlines()) == all_of_them + 1


def test_credentials(cast) -> None:
    who = people(MANY)
    (made,) = put_credentials(who[-1:])
    client, address = as_persona(cast, "mitx-registrar"), "/desk/credentials/"
    client.get(address)
    before = queries_for(client, address)
    put_credentials(who[:-1])
    assert queries_for(client, address) == before
    assert names_in(told(client, f"{address}?q={number_of(made.id)}")) == ["=1+1 Zora"]
    assert names_in(told(client, f"{address}?q=sample&sort=name&page=2")) == [
        f"Sample Number0{n}" for n in range(50, 69)
    ]
    CredentialRow.objects.filter(id=made.id).update(state="revoked", awarded_at=NOW - timedelta(days=400))
    assert names_in(told(client, "/desk/credentials/?state=revoked")) == ["=1+1 Zora"]
    assert names_in(told(client, "/desk/credentials/?since=2017-01-01&until=2017-12-31")) == ["=1+1 Zora"]
    assert names_in(told(client, "/desk/credentials/?q=supply+chain&state=revoked")) == ["=1+1 Zora"]
    assert [line.id for line in queries.issued_at(cast["staff"], Ask(filters={"state": "revoked"})).rows] == [made.id]
    assert queries.issued_at(person("Far Away", ("registrar", "HES")), Ask()).rows == ()
    for stranger in (cast["learner"], cast["mit-admissions"], person("Anybody")):
        with pytest.raises(NotPermitted):
            queries.issued_at(stranger, Ask())


def test_applications_of_a_round_and_who_reads_of_them(cast) -> None:
    round_id, who = opened(), people(MANY)
    (last,) = put_applications(who[-1:], round_id)
    office = person("Olga Office", ("admissions", "MIT"))
    client, address = browser(office), f"/desk/rounds/{round_id}/"
    check(client, address, lambda: put_applications(who[:-1], round_id), MANY, who[-1], last)
    auditor = person("Audi Tor", ("auditor", None))
    before = disclosures_of(auditor, who[0].id).total
    told(client, f"{address}?q=number000")
    told(client, f"{address}?q=number001")
    assert disclosures_of(auditor, who[0].id).total == before + 1
    assert browser(person("Far Away", ("admissions", "HES"))).get(f"{address}?q=zora").status_code == 403


def test_the_roster_of_a_run(cast) -> None:
    who = people(MANY)
    put_enrolments(who[-1:])
    client, address = browser(person("Stef Staff", ("program_staff", "MITx"))), f"/desk/runs/{RUN}/roster/"
    client.get(address)
    before = queries_for(client, address)
    put_enrolments(who[:-1])
    assert queries_for(client, address) == before
    assert names_in(told(client, f"{address}?q=zora")) == ["=1+1 Zora"]


def test_the_trail_is_found_by_person_verb_thing_reason_and_day(cast) -> None:
    amara, staff = person("Amara Found"), cast["staff"]
    put_grades(amara)
    made = actions.award_program(actor=SYSTEM, learner_id=amara.person_id, program_key="MITx/SCM", now=NOW)
    audit.record(actor=amara, verb="give_consent", subject=f"accounts.user:{amara.person_id}", now=NOW)
    actions.revoke_credential(actor=staff, credential_id=made.id, reason="Sat by another.", now=NOW + timedelta(days=9))
    client = as_persona(cast, "auditor")
    before = queries_for(client, "/desk/trail/?q=amara")
    for n in range(60):
        audit.record(actor=SYSTEM, verb="load", subject=f"records.fact:{n}", now=NOW)
    assert queries_for(client, "/desk/trail/?q=amara") == before

    def verbs(asked: str) -> set[str]:
        page = told(client, f"/desk/trail/?{asked}")
        return set(re.findall(r'data-label="What">([^<]+)<', page))

    assert verbs("q=revoke") == verbs("q=revoke+credential") == {"revoke credential"}
    assert verbs("q=sat+by+cred") == {"correct fact", "revoke credential"}
    assert {"give consent", "revoke credential", "issue credential"} <= verbs("q=Amara")
    assert verbs(f"q={number_of(made.id)}") >= {"revoke credential"}
    assert verbs("since=2018-10-12") == {"correct fact", "revoke credential"}
    assert verbs("q=nobody+such") == set() and "load" in verbs("q=")
    page = told(client, "/desk/trail/?q=revoke")
    assert str(made.id) not in page and number_of(made.id) in page and "The chain holds" not in page
    assert "The chain holds" in told(client, "/desk/trail/?check=chain")
    assert browser(person("Reg Strar", ("registrar", "MITx"))).get("/desk/trail/?q=amara&as=csv").status_code == 403


def test_what_would_change_is_shown_before_it_changes(cast) -> None:
    rows = put_credentials(people(3))
    CredentialRow.objects.filter(id=rows[2].id).update(state="superseded")
    client, ids = as_persona(cast, "mitx-registrar"), [str(row.id) for row in rows]
    preview = client.get("/desk/credentials/change/", {"do": "suspend", "one": ids})
    page = " ".join(preview.content.decode().split())
    assert (
        "<h1>Suspend</h1>" in page
        and "something for 2 people" in page
        and "Nothing is changed yet" in page
        and "superseded" in page
    )
    assert {row.state for row in CredentialRow.objects.filter(id__in=ids)} == {"active", "superseded"}
    sent = fields_of(page) | {"reason": "A case.", "number": "2"}
    for wrong, status in (({"reason": ""}, 422), ({"number": "3"}, 422), ({"seen": "x"}, 409), ({"once": "x"}, 422)):
        assert client.post("/desk/credentials/change/", sent | wrong).status_code == status
    far = person("Far Away", ("registrar", "HES"))
    assert browser(far).post("/desk/credentials/change/", sent).status_code == 302
    assert not CredentialRow.objects.filter(state="suspended").exists()
    assert client.post("/desk/credentials/change/", sent).status_code == 302
    states = dict(CredentialRow.objects.filter(id__in=ids).values_list("id", "state"))
    assert [states[row.id] for row in rows] == ["suspended", "suspended", "superseded"]
    assert client.post("/desk/credentials/change/", sent).status_code == 302, "twice is once"
    assert CredentialRow.objects.filter(state="suspended").count() == 2
    found = actions.change_credentials(
        actor=far, credential_ids=[rows[0].id], to=CredentialState.REVOKED, reason="x", now=NOW
    )
    assert found.done == () and [one.code for one in found.failed] == ["not_permitted"]


def test_the_api_lists_what_the_page_lists(cast) -> None:
    who = people(3)
    (*_, last) = put_credentials(who)
    client = as_persona(cast, "mitx-registrar")
    answer = client.get("/api/v1/screens/desk/lists/credentials", {"q": "zora", "by": ["state:active"]}).json()
    assert (answer["total"], answer["over"], answer["rows"][0]["id"]) == (1, False, str(last.id))
    assert answer["rows"][0]["cells"][0]["person"] == str(who[-1].id) and "Zora" not in str(answer["rows"])
    assert client.get("/api/v1/screens/desk/lists/trail").status_code == 403
    assert client.get("/api/v1/screens/desk/lists/applications", {"of": "x"}).status_code in (404, 422)
