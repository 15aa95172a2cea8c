"""Events arrive at least once, each subscriber by itself, when they are due; what fails is seen and tried again."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from tests.factories.people import NOW, SYSTEM, person

from linkspan.kernel import audit, outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.models import OutboxDelivery, OutboxMessage
from linkspan.kernel.outbox import Delivered, Subscription, events
from linkspan.kernel.retries import LEASES, MOST_TRIES, PAUSES, Lane, State
from linkspan.messages.queries import notices_of

pytestmark = pytest.mark.django_db
LONG = timedelta(days=1, hours=6)


@dataclass(frozen=True, slots=True)
class KettleBoiled:
    kettle: str
    cups: int = 1
    owner: UUID | None = None


@dataclass(frozen=True, slots=True)
class CupBroke:
    cup: str


class Kitchen:
    """Who listens, what they heard, and whether they fail."""

    def __init__(self) -> None:
        self.heard: list[Delivered[KettleBoiled]] = []
        self.failing = False
        self.open_transactions: list[bool] = []

    def hear(self, delivered: Delivered[KettleBoiled]) -> None:
        self.heard.append(delivered)

    def pour(self, delivered: Delivered[KettleBoiled]) -> None:
        self.open_transactions.append(any(not block._from_testcase for block in connection.atomic_blocks))
        if self.failing:
            raise RuntimeError("no tea")


@pytest.fixture(params=[Lane.FAST, Lane.MAIL, Lane.PARTNER, Lane.HEAVY])
def lane(request):
    return request.param


@pytest.fixture
def kitchen(lane, monkeypatch):
    monkeypatch.setattr(events, "_subscriptions", {**events._subscriptions})
    monkeypatch.setattr(events, "_owners", {**events._owners})
    made = Kitchen()
    outbox.subscribe("kitchen", Subscription(KettleBoiled, made.hear))
    outbox.subscribe("kitchen", Subscription(KettleBoiled, made.pour, lane))
    return made


def boil(kettle="blue", now=NOW) -> None:
    outbox.publish(KettleBoiled(kettle), now=now)


def the_failed() -> OutboxDelivery:
    return OutboxDelivery.objects.get(subscriber="kitchen.pour")


def fail_for_good(now=NOW) -> OutboxDelivery:
    """Boil, and let every try fail."""
    boil(now=now)
    for _ in range(MOST_TRIES):
        outbox.drain(now=now)
        now += LONG
    return the_failed()


def test_the_subscriber_is_given_the_event_itself(kitchen) -> None:
    owner = new_id()
    outbox.publish(KettleBoiled("blue", 3, owner), now=NOW)
    later = NOW + timedelta(seconds=2)
    outbox.drain(now=later)
    (told,) = kitchen.heard
    assert told.event == KettleBoiled("blue", 3, owner)
    assert (told.at, told.now) == (NOW, later)
    assert told.key == str(OutboxDelivery.objects.get(subscriber="kitchen.hear").id)
    assert kitchen.open_transactions == [the_failed().lane == Lane.FAST]


def test_one_failing_subscriber_stops_no_other_and_is_tried_again(kitchen) -> None:
    kitchen.failing = True
    boil()
    outbox.drain(now=NOW)
    assert [told.event.kettle for told in kitchen.heard] == ["blue"]
    assert outbox.backlog() == (1, 0)
    row = the_failed()
    assert (row.tries, row.lease_until) == (1, None) and "no tea" in row.last_error
    assert PAUSES[0] <= row.due - NOW <= PAUSES[0] * 1.2
    kitchen.failing = False
    outbox.drain(now=NOW + PAUSES[0] - timedelta(seconds=1))
    assert outbox.backlog() == (1, 0), "whoever drains earlier than it is due sends nothing"
    outbox.drain(now=row.due)
    assert outbox.backlog() == (0, 0) and len(kitchen.heard) == 1


def test_nothing_is_delivered_twice_after_success(kitchen) -> None:
    boil()
    for _ in range(2):
        outbox.drain(now=NOW)
    assert len(kitchen.heard) == len(kitchen.open_transactions) == 1


def test_what_another_worker_holds_is_skipped_until_its_lease_ends(kitchen, lane) -> None:
    boil()
    held_until = NOW + timedelta(minutes=5)
    OutboxDelivery.objects.filter(subscriber="kitchen.pour").update(lease_until=held_until)
    outbox.drain(now=NOW)
    assert kitchen.open_transactions == []
    outbox.drain(now=held_until)
    assert len(kitchen.open_transactions) == 1


@pytest.mark.parametrize("lane", [Lane.MAIL, Lane.PARTNER, Lane.HEAVY], indirect=True)
def test_the_claim_stands_before_the_work_begins(kitchen, lane) -> None:
    seen = []
    kitchen.pour = None
    events._subscriptions[outbox.event_name(KettleBoiled)]["kitchen.pour"] = Subscription(
        KettleBoiled, lambda _: seen.append((the_failed().tries, the_failed().lease_until)), lane
    )
    boil()
    outbox.drain(now=NOW)
    assert seen == [(1, NOW + LEASES[lane])]


@pytest.mark.parametrize("lane", [Lane.MAIL], indirect=True)
def test_a_worker_that_ends_in_the_middle_of_each_try_is_no_endless_story(kitchen) -> None:
    boil()
    OutboxDelivery.objects.filter(subscriber="kitchen.pour").update(tries=MOST_TRIES)
    outbox.drain(now=NOW)
    assert outbox.backlog() == (0, 1) and "in the middle" in the_failed().last_error
    outbox.drop(actor=SYSTEM, delivery_id=the_failed().id, reason="Seen.", now=NOW)


@pytest.mark.parametrize("lane", [Lane.FAST], indirect=True)
def test_work_of_a_failed_try_is_undone(kitchen) -> None:
    def half(delivered: Delivered[KettleBoiled]) -> None:
        boil("second")
        raise RuntimeError("half done")

    events._subscriptions[outbox.event_name(KettleBoiled)]["kitchen.pour"] = Subscription(KettleBoiled, half)
    boil()
    outbox.deliver(Lane.FAST, now=NOW)
    outbox.deliver(Lane.FAST, now=NOW)
    assert OutboxMessage.objects.count() == 1
    outbox.drop(actor=SYSTEM, delivery_id=the_failed().id, reason="Seen.", now=NOW)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"payload": {"kettle": 3}}, "kettle"),
        ({"payload": {}}, "kettle"),
        ({"payload": {"kettle": "blue", "lid": "open"}}, "lid"),
        ({"payload": {"kettle": "blue", "owner": "nobody"}}, "owner"),
        ({"event": "kitchen.NoSuchEvent"}, "Nobody called kitchen.pour"),
    ],
)
def test_what_cannot_be_read_or_has_no_subscriber_is_failed_and_never_done(kitchen, change, why) -> None:
    boil()
    OutboxMessage.objects.update(**change)
    outbox.drain(now=NOW)
    assert {(row.state, row.tries) for row in OutboxDelivery.objects.all()} == {(State.WAITING, 1)}
    assert why in the_failed().last_error and kitchen.heard == []
    for row in OutboxDelivery.objects.all():
        outbox.drop(actor=SYSTEM, delivery_id=row.id, reason="Seen.", now=NOW)


def test_two_classes_of_one_name_have_no_place(kitchen) -> None:
    twin = dataclass(frozen=True)(type("KettleBoiled", (), {"__annotations__": {}, "__module__": __name__}))
    with pytest.raises(ValueError, match="Two classes"):
        outbox.subscribe("other", Subscription(twin, kitchen.hear))
    with pytest.raises(ValueError, match="twice"):
        outbox.subscribe("kitchen", Subscription(KettleBoiled, kitchen.hear))


def test_an_event_that_nobody_hears_is_written_all_the_same() -> None:
    outbox.publish(CupBroke("white"), now=NOW)
    assert OutboxMessage.objects.get().event.endswith("CupBroke") and outbox.backlog() == (0, 0)


def test_a_dead_delivery_is_told_to_operators_once_a_day_and_sent_again(kitchen) -> None:
    operator, other = person("Olu Operator", ("operator", None)), person("Robin Staff", ("registrar", "MITx"))
    kitchen.failing = True
    row = fail_for_good()
    assert (row.state, row.tries) == (State.DEAD, MOST_TRIES)
    outbox.drain(now=NOW + 30 * LONG)
    assert [notice.title for notice in notices_of(operator)] == ["A delivery was given up"]
    assert notices_of(other) == () and outbox.backlog() == (0, 1)
    (seen,) = outbox.deliveries(operator, state=State.DEAD)
    assert (seen.id, seen.error, seen.tries) == (row.id, "RuntimeError: no tea", MOST_TRIES)
    kitchen.failing = False
    with pytest.raises(NotPermitted):
        outbox.retry(actor=other, delivery_id=row.id, now=NOW)
    outbox.retry(actor=operator, delivery_id=row.id, now=NOW)
    outbox.drain(now=NOW)
    assert outbox.backlog() == (0, 0)
    assert [(e.verb, e.actor_id) for e in audit.trail_of(f"kernel.delivery:{row.id}")] == [
        ("retry_delivery", operator.person_id)
    ]
    with pytest.raises(Refused):
        outbox.retry(actor=operator, delivery_id=row.id, now=NOW)


@pytest.mark.parametrize("lane", [Lane.FAST], indirect=True)
def test_all_that_is_dead_is_sent_again_at_once(kitchen) -> None:
    kitchen.failing = True
    fail_for_good()
    kitchen.failing = False
    assert outbox.retry_dead(actor=SYSTEM, now=NOW) == 1
    assert outbox.retry_dead(actor=SYSTEM, now=NOW) == 0
    outbox.drain(now=NOW)
    assert outbox.backlog() == (0, 0)


@pytest.mark.parametrize("lane", [Lane.FAST], indirect=True)
def test_setting_aside_needs_a_reason_and_stays_to_be_seen(kitchen) -> None:
    operator = person("Olu Operator", ("operator", None))
    kitchen.failing = True
    boil()
    outbox.drain(now=NOW)
    row = the_failed()
    with pytest.raises(Unusable):
        outbox.drop(actor=operator, delivery_id=row.id, reason=" ", now=NOW)
    for stranger in (person("Robin Staff", ("registrar", "MITx")), person("Ada Sample")):
        with pytest.raises(NotPermitted):
            outbox.drop(actor=stranger, delivery_id=row.id, reason="No.", now=NOW)
        with pytest.raises(NotPermitted):
            outbox.deliveries(stranger)
    outbox.drop(actor=operator, delivery_id=row.id, reason="The kettle is gone.", now=NOW)
    outbox.drain(now=NOW + LONG)
    (seen,) = outbox.deliveries(operator)
    assert (seen.state, seen.why) == (State.DROPPED, "The kettle is gone.")
    assert outbox.backlog() == (0, 0)
    (entry,) = audit.trail_of(f"kernel.delivery:{row.id}")
    assert (entry.verb, entry.why) == ("drop_delivery", "The kettle is gone.")
    with pytest.raises(NotFound):
        outbox.drop(actor=operator, delivery_id=new_id(), reason="X", now=NOW)


@pytest.mark.parametrize("lane", [Lane.MAIL], indirect=True)
def test_what_a_worker_holds_is_not_taken_out_of_its_hands(kitchen) -> None:
    boil()
    row = the_failed()
    OutboxDelivery.objects.filter(id=row.id).update(lease_until=NOW + timedelta(minutes=1))
    for act in (outbox.retry, lambda **told: outbox.drop(reason="Seen.", **told)):
        with pytest.raises(Refused, match="delivers this now"):
            act(actor=SYSTEM, delivery_id=row.id, now=NOW)
    outbox.drain(now=NOW + timedelta(minutes=1))


def test_a_row_is_done_if_and_only_if_it_was_delivered(kitchen) -> None:
    boil()
    from django.db import IntegrityError

    for wrong in ({"state": State.DONE}, {"state": "lost"}, {"lane": "slow"}, {"delivered_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OutboxDelivery.objects.update(**wrong)
    outbox.drain(now=NOW)
