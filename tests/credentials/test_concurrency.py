"""Many changes of status at once: none is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from tests.factories.people import NOW, SYSTEM
from tests.factories.platform import hand_over
from tests.factories.world import load_world

from linkspan.credentials import actions, queries
from linkspan.records.actions import grade_fact
from linkspan.records.rules import Kind, NewFact
from linkspan.vc import status

COURSES = ("SC0x", "SC1x", "SC2x", "SC3x", "SC4x")


@pytest.mark.parametrize("holders", [100, pytest.param(1000, marks=pytest.mark.drill)])
@pytest.mark.django_db(transaction=True)
def test_threat_18_revocations_at_once_are_all_in_the_list(holders) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite writes one at a time, in memory from one thread: this runs on PostgreSQL")
    cast = load_world()
    exam = {"id": "CFx", "grade": {"scale": "percent", "value": "72"}, "proctored": True, "taken": "2018-06-01"}
    told = {"institution": "MITx", "scale": "percent", "value": "78", "completed": "2018-05-15", "started": None}
    facts = (*(grade_fact(course=c, run=c, **told) for c in COURSES), NewFact(Kind.EXAM_RESULT, "CFx", exam))
    ids = hand_over([(f"p{n}@example.org", f"Person {n}", facts) for n in range(holders)])
    assert actions.issue_missing(actor=SYSTEM, program_key="MITx/SCM", now=NOW).issued == holders
    held = [queries.credentials_of(SYSTEM, learner_id)[0] for learner_id in ids.values()]

    def revoke(credential_id) -> None:
        try:
            actions.revoke_credential(actor=cast["staff"], credential_id=credential_id, reason="Error.", now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(revoke, [one.id for one in held[1:]]))
    lists = queries.status_lists(NOW)["lists"]
    entries = [one.document["credentialStatus"] for one in held]
    said = [status.look_up(entry, lists[entry["statusListCredential"]]).is_set for entry in entries]
    assert said == [False, *[True] * (holders - 1)]
    assert len({entry["id"] for entry in entries}) == holders
