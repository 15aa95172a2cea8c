"""Plans, links, deadlines and who is told that an agreement changed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from tests.factories.people import NOW, SYSTEM, person
from tests.pathways.examples import agreement

from linkspan.accounts.actions import give_consent
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.messages.queries import notices_of
from linkspan.pathways import actions
from linkspan.pathways.engines.calendar import feed
from linkspan.pathways.queries import plans as queries
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.life.deadlines import What, ahead, window_deadlines
from linkspan.pathways.rules.life.lifecycle import Status
from linkspan.pathways.rules.life.plans import check_plan, share_until
from linkspan.records.actions import record_fact
from linkspan.records.rules import Kind, NewFact

ID = "receiving-from-sending"
BOSTON = ZoneInfo("America/New_York")
WINDOWS = {"windows": [{"opens": "2019-02-01", "closes": "2019-03-10", "decided": "2019-04-01", "term": "2019 fall"}]}
LATER = {"windows": [{"closes": "2019-03-20", "term": "2019 fall"}]}


@pytest.fixture
def network():
    sending = {"institution": "Sending", "program": "P", "aliases": [{"program": "P old"}]}
    actions.publish_version(actor=SYSTEM, document=agreement() | WINDOWS | {"sending": sending}, now=NOW)
    outbox.drain(now=NOW)


def plan_of(owner, **fields):
    return actions.save_plan(actor=owner, agreements=[ID], now=NOW, **({"title": "My way"} | fields))


def test_a_window_closes_as_its_day_ends_where_the_school_is() -> None:
    opens, closes, decided = window_deadlines(Agreement.read(agreement() | WINDOWS), "School", BOSTON)
    assert opens.at.astimezone(UTC) == datetime(2019, 2, 1, 5, tzinfo=UTC)
    assert closes.at.astimezone(UTC) == datetime(2019, 3, 11, 3, 59, tzinfo=UTC), "summer time began that day"
    assert decided.what == What.DECIDED
    assert window_deadlines(Agreement.read(agreement()), "School", BOSTON) == ()


def test_what_is_named_first_stands_and_the_past_is_left_out() -> None:
    opens, closes, decided = window_deadlines(Agreement.read(agreement() | WINDOWS), "School", BOSTON)
    later = window_deadlines(Agreement.read(agreement() | LATER), "S", BOSTON)
    assert ahead([opens, closes, decided, *later], datetime(2019, 2, 10, tzinfo=UTC)) == (closes, decided)


def test_the_feed_is_read_back_as_written() -> None:
    deadlines = window_deadlines(Agreement.read(agreement() | WINDOWS), "Sch;ool, the", BOSTON)
    words = {What.OPENS: "Opens", What.CLOSES: "Closes", What.DECIDED: "Decided"}
    made = feed(deadlines, words, name="N", base_url="https://x.example", now=NOW)
    assert made == feed(deadlines, words, name="N", base_url="https://x.example", now=NOW)
    events = [part for part in Calendar.from_ical(made).walk("VEVENT")]
    assert [e.decoded("dtstart").astimezone(UTC) for e in events] == [d.at.astimezone(UTC) for d in deadlines]
    assert len({str(e["uid"]) for e in events}) == 3 and "Sch;ool, the" in str(events[0]["summary"])
    assert b"TZID:America/New_York" in made and b"TRIGGER:-P7D" in made


@pytest.mark.parametrize(
    ("title", "chosen"),
    [("", ["a"]), ("x" * 121, ["a"]), ("t", []), ("t", ["b"]), ("t", ["a"] + list("cdefghijklmno"))],
)
def test_what_is_no_plan(title, chosen) -> None:
    with pytest.raises(Unusable):
        check_plan(title, chosen, frozenset("acdefghijklmno"))


@pytest.mark.parametrize("days", [0, -1, 366])
def test_how_long_a_link_lives(days) -> None:
    assert share_until(365, NOW) == NOW + timedelta(days=365)
    with pytest.raises(Unusable):
        share_until(days, NOW)


@pytest.mark.django_db
def test_a_plan_is_its_owners(network) -> None:
    owner, other = person("Owner"), person("Other")
    plan_id = plan_of(owner)
    assert queries.plan(owner, plan_id).answers[0]["outcome"] == "not_met"
    for attempt in (
        lambda: queries.plan(other, plan_id),
        lambda: actions.share_plan(actor=other, plan_id=plan_id, with_answers=False, days=1, now=NOW),
        lambda: actions.delete_plan(actor=other, plan_id=plan_id),
    ):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(NotPermitted):
        queries.plans_of(other, owner.person_id)
    with pytest.raises(NotPermitted):
        actions.save_plan(actor=SYSTEM, title="x", agreements=[ID], now=NOW)
    actions.delete_plan(actor=owner, plan_id=plan_id)
    assert queries.plans_of(owner, owner.person_id) == ()


@pytest.mark.django_db
def test_a_link_shows_no_answer_unless_chosen_and_ends(network) -> None:
    owner, other = person("Owner"), person("Other")
    plan_id = plan_of(owner)
    bare = actions.share_plan(actor=owner, plan_id=plan_id, with_answers=False, days=2, now=NOW)
    full = actions.share_plan(actor=owner, plan_id=plan_id, with_answers=True, days=2, now=NOW)
    tokens = {share.id: share.token for share in queries.plan(owner, plan_id).shares}
    assert queries.shared_plan(tokens[bare], NOW)[0].answers == ()
    assert queries.shared_plan(tokens[full], NOW)[0].answers
    with pytest.raises(NotFound):
        actions.revoke_share(actor=other, share_id=full, now=NOW)
    actions.revoke_share(actor=owner, share_id=full, now=NOW)
    for token, now in (
        (tokens[full], NOW),
        (tokens[bare], NOW + timedelta(days=2)),
        (tokens[bare][:-1], NOW),
        (new_id().hex + "~" + tokens[bare].split("~")[1], NOW),
        ("", NOW),
    ):
        with pytest.raises(NotFound):
            queries.shared_plan(token, now)


@pytest.mark.django_db
def test_a_calendar_address_is_worthless_once_closed(network) -> None:
    owner = person("Owner")
    assert queries.feed_token(owner) is None
    actions.open_feed(actor=owner, now=NOW)
    token = queries.feed_token(owner)
    actions.open_feed(actor=owner, now=NOW)
    assert queries.feed_token(owner) == token and queries.feed_owner(token) == owner.person_id
    actions.close_feed(actor=owner, now=NOW)
    with pytest.raises(NotFound):
        queries.feed_owner(token)
    actions.open_feed(actor=owner, now=NOW)
    assert queries.feed_token(owner) != token
    with pytest.raises(NotFound):
        queries.feed_owner(queries.SHARES().sign(new_id().hex))


@pytest.mark.django_db
def test_only_what_is_in_the_network_is_kept_in_view(network) -> None:
    owner = person("Owner")
    for _ in range(2):
        actions.keep_pathway(actor=owner, agreement_id=ID, keep=True, now=NOW)
    assert queries.saved_pathways(owner) == {ID}
    with pytest.raises(NotFound):
        actions.keep_pathway(actor=owner, agreement_id="none", keep=True, now=NOW)
    actions.keep_pathway(actor=owner, agreement_id=ID, keep=False, now=NOW)
    assert queries.saved_pathways(owner) == frozenset()


@pytest.mark.django_db
def test_whom_a_change_concerns_is_told_once(network) -> None:
    saver, holder, earlier, consenting, revoked, nobody = (
        person(name) for name in ("Saver", "Holder", "Earlier", "Consenting", "Revoked", "Nobody")
    )
    actions.keep_pathway(actor=saver, agreement_id=ID, keep=True, now=NOW)
    for one, program, status in ((holder, "P", "active"), (earlier, "P old", "active"), (revoked, "P", "revoked")):
        held = {"id": one.name, "issuer": "Sending", "program": program, "awarded": "2018-06-30", "status": status}
        fact = NewFact(Kind.CREDENTIAL, one.name, held)
        record_fact(actor=SYSTEM, learner_id=one.person_id, institution="Sending", fact=fact, source="t", now=NOW)
    give_consent(
        actor=consenting,
        learner_id=consenting.person_id,
        institution="Receiving",
        purpose="admission",
        records=["degrees"],
        expires_at=NOW + timedelta(days=1),
        signature="Consenting",
        now=NOW,
    )
    move = dict(actor=SYSTEM, agreement_id=ID, version=1, reason="No staff.", now=NOW)
    actions.move_agreement(to=Status.SUSPENDED, **move)
    actions.move_agreement(to=Status.SUSPENDED, **move)
    outbox.drain(now=NOW)
    told = {
        one.name: [n for n in notices_of(one) if "changed" in n.title] for one in (saver, holder, earlier, consenting)
    }
    assert {name: len(notices) for name, notices in told.items()} == dict.fromkeys(told, 1)
    assert "suspended" in told["Saver"][0].body and "No staff." in told["Saver"][0].body
    assert told["Saver"][0].link == f"/pathways/{ID}/"
    assert not notices_of(revoked) and not notices_of(nobody)


@pytest.mark.django_db
def test_what_the_parties_draft_is_not_told(network) -> None:
    saver = person("Saver")
    actions.keep_pathway(actor=saver, agreement_id=ID, keep=True, now=NOW)
    actions.publish_version(actor=SYSTEM, document=agreement() | {"version": 2, "status": "draft"}, now=NOW)
    outbox.drain(now=NOW)
    assert not notices_of(saver)


@pytest.mark.django_db
def test_plans_are_not_without_number(network, monkeypatch) -> None:
    from linkspan.pathways.actions import plans

    monkeypatch.setattr(plans, "MOST_PLANS", 1)
    owner = person("Owner")
    plan_of(owner)
    with pytest.raises(Refused):
        plan_of(owner)


def test_dates_of_windows_are_dates() -> None:
    odd = agreement() | {"windows": [{"opens": "soon", "closes": None, "term": 3}, {}]}
    assert window_deadlines(Agreement.read(odd), "S", BOSTON) == ()
    assert date(2019, 3, 10) == window_deadlines(Agreement.read(agreement() | WINDOWS), "S", BOSTON)[1].at.date()
