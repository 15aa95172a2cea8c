"""Two registrars at the same moment: a course counts once, a place is filled once, an exception is decided once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections
from tests.factories.people import person
from tests.recognition import test_actions as story
from tests.recognition.test_by_hand import LATER, SAID, award_named, decide, post, tuition

from linkspan.finance.queries import ledger_balanced
from linkspan.kernel.errors import LinkspanError
from linkspan.recognition import actions
from linkspan.recognition.models import CreditAwardRow, CreditChangeRow

AT_ONCE = 4


@pytest.fixture
def degree(transactional_db):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite writes one at a time, in memory from one thread: this runs on PostgreSQL")
    cast = story.load_world()
    joined = story.join(cast, story.accepted(cast, story.entitled(cast)).id)
    return cast["registrar"], joined.id


def at_once(*works: Callable[[], object]) -> list[str]:
    """What became of each of several threads that begin together: its state, or the code of its refusal."""
    start = Barrier(len(works))

    def one(work: Callable[[], object]) -> str:
        start.wait()
        try:
            return str(work().state)
        except LinkspanError as error:
            return error.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return sorted(pool.map(one, works))


def test_two_registrars_at_once(degree) -> None:
    registrar, application_id = degree
    second, before = person("Second Registrar", ("registrar", "HES")), tuition(application_id)
    gone = award_named("SC4x").id
    assert at_once(
        *[lambda who=who: actions.reverse_credit(actor=who, award_id=gone, **SAID) for who in (registrar, second)] * 2
    ) == ["award_reversed"] * 3 + ["in_effect"]
    assert tuition(application_id) == before * 3 // 4
    found = at_once(*[lambda who=who: post(who, application_id) for who in (registrar, second)] * 2)
    assert found == ["in_effect"] + ["recognised_here"] * 3
    assert CreditAwardRow.objects.filter(course="SC0x").count() == 1 and tuition(application_id) == before
    found = at_once(
        *[lambda who=who: post(who, application_id, "MITx/SC4x", "core") for who in (registrar, second)] * 2
    )
    assert found == ["exception_waits"] * 3 + ["waiting"]
    row = CreditChangeRow.objects.get(state="waiting")
    third = person("Third Registrar", ("registrar", "HES"))
    others = [who for who in (registrar, second, third) if who.person_id != row.prepared_by_id]
    found = at_once(*[lambda who=who: decide(who, row.id, now=LATER) for who in others])
    assert found == ["decided_already", "in_effect"]
    assert CreditAwardRow.objects.filter(course="SC4x", state="active").count() == 1 and ledger_balanced()
