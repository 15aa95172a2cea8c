"""Coupons: what they take off, how they stand together; the price by need, from asking to the appeal."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.news import News
from tests.factories.people import NOW, SYSTEM, person

from linkspan.finance import actions, queries
from linkspan.finance.rules import Account, ChargeState
from linkspan.finance.rules.discounts import Coupon, checked_coupon, discounts_of
from linkspan.finance.rules.need import NeedState, Rate, propose_need, schedule_of
from linkspan.kernel import audit
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.money import Money

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
TERMS = {
    "tiers": [{"up_to": "0.5", "percent": 75}, {"up_to": 1, "percent": 50}],
    "thresholds": {"KE": 1_000_000},
    "default_threshold": 4_000_000,
}
KES = Rate("KES", "USD", Decimal("0.0099"), TODAY, "Central bank, noon")


def coupon(code="TEN", **fields) -> Coupon:
    percent = None if "amount" in fields else Decimal(10)
    made = Coupon(new_id(), "MITx", code, percent, None, "", TODAY, None, None, 1, False)
    return replace(made, **fields)


coupons = st.lists(
    st.tuples(st.integers(1, 100), st.booleans()).map(
        lambda c: {"percent": Decimal(c[0])} if c[1] else {"percent": None, "amount": Money(c[0] * 50, "USD")}
    ),
    max_size=4,
).map(lambda rows: [coupon(f"C{n}", stacks=True, **row) for n, row in enumerate(rows)])


@given(st.integers(0, 10**6), st.none() | st.integers(1, 100).map(Decimal), coupons, st.randoms())
def test_never_below_zero_and_in_any_order_the_same(price, need, chosen, random) -> None:
    found = discounts_of(Money(price, "USD"), need, chosen)
    assert all(amount.minor >= 0 for amount in found.values())
    assert sum(amount.minor for amount in found.values()) <= price
    shuffled = list(chosen)
    random.shuffle(shuffled)
    assert discounts_of(Money(price, "USD"), need, shuffled) == found


def test_need_first_then_percentages_then_amounts() -> None:
    both = [coupon("B", percent=None, amount=Money(1_000, "USD")), coupon("A")]
    found = discounts_of(Money(10_000, "USD"), Decimal(50), both)
    assert {name: amount.minor for name, amount in found.items()} == {"need": 5_000, "A": 500, "B": 1_000}


@pytest.mark.parametrize(
    "fields",
    [
        {"percent": None},
        {"percent": Decimal(0)},
        {"percent": Decimal(101)},
        {"percent": Decimal("NaN")},
        {"percent": None, "amount": Money(0, "USD")},
        {"amount": Money(5, "USD"), "percent": Decimal(5)},
        {"valid_to": TODAY},
        {"most_uses": 0},
        {"most_per_learner": 0},
    ],
)
def test_a_coupon_that_makes_no_sense(fields) -> None:
    with pytest.raises(Unusable):
        checked_coupon(replace(coupon(), **fields))


@pytest.fixture
def staff():
    return person("Robin Staff", ("program_staff", "MITx"))


@pytest.fixture
def learner():
    return person("Lena Learner")


def charged(learner, subject="exam:X", minor=15_000):
    return actions.charge(
        actor=learner,
        learner_id=learner.person_id,
        subject=subject,
        amount=Money(minor, "USD"),
        now=NOW,
        institution="MITx",
    )


def use(learner, charge_id, code, now=NOW):
    return actions.use_coupon(actor=learner, charge_id=charge_id, code=code, now=now)


def make(staff, *made):
    for one in made:
        actions.make_coupon(actor=staff, coupon=one, now=NOW)


def test_a_coupon_lowers_what_is_due_once(staff, learner) -> None:
    make(staff, coupon())
    charge_id = charged(learner)
    assert use(learner, charge_id, " ten ").minor == use(learner, charge_id, "TEN").minor == 13_500
    actions.pay(actor=staff, charge_id=charge_id, reference="r", now=NOW)
    assert queries.account_total(Account.CASH, "USD").minor == 13_500
    actions.refund(actor=staff, charge_id=charge_id, reason="Back", now=NOW)
    for account in (Account.CASH, Account.TUITION, Account.DISCOUNTS, Account.RECEIVABLE):
        assert queries.account_total(account, "USD").minor == 0, account
    assert queries.ledger_balanced()


def test_a_charge_of_which_nothing_is_left_is_paid(staff, learner) -> None:
    make(staff, coupon("ALL", percent=Decimal(100)))
    charge_id = charged(learner)
    assert use(learner, charge_id, "ALL").minor == 0
    (found,) = queries.charges_of(learner, learner.person_id)
    assert found.state == ChargeState.PAID and queries.ledger_balanced()
    with pytest.raises(Refused):
        use(learner, charge_id, "ALL")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"institution": "HES"}, "another institution"),
        ({"subject": "course:"}, "not for what"),
        ({"valid_from": TODAY + timedelta(days=1)}, "valid from"),
        ({"valid_from": TODAY - timedelta(days=9), "valid_to": TODAY}, "expired"),
        ({"amount": Money(5, "EUR")}, "in EUR"),
    ],
)
def test_where_a_coupon_is_refused(learner, fields, words) -> None:
    actions.make_coupon(actor=SYSTEM, coupon=coupon(**fields), now=NOW)
    with pytest.raises(Refused, match=words):
        use(learner, charged(learner), "TEN")


def test_limits_of_uses_count_live_charges(staff, learner) -> None:
    make(staff, coupon(most_uses=1, most_per_learner=2))
    first = charged(learner)
    use(learner, first, "TEN")
    other = person("Otto Other")
    with pytest.raises(Refused, match="used up"):
        use(other, charged(other), "TEN")
    actions.cancel(actor=learner, charge_id=first, reason="No", now=NOW)
    assert use(other, charged(other), "TEN").minor == 13_500


def test_what_does_not_stack_stands_alone(staff, learner) -> None:
    make(staff, coupon("ALONE", most_per_learner=2), coupon("WITH", stacks=True), coupon("TOO", stacks=True))
    first, second = charged(learner), charged(learner, "exam:Y")
    use(learner, first, "ALONE")
    with pytest.raises(Refused, match="alone"):
        use(learner, first, "WITH")
    use(learner, second, "WITH")
    with pytest.raises(Refused, match="combined"):
        use(learner, second, "ALONE")
    assert use(learner, second, "TOO").minor == 12_150


def test_who_makes_and_uses_coupons(staff, learner) -> None:
    for stranger in (learner, person("Far Away", ("program_staff", "HES"))):
        with pytest.raises(NotPermitted):
            actions.make_coupon(actor=stranger, coupon=coupon(), now=NOW)
    make(staff, coupon())
    with pytest.raises(Refused):
        make(staff, coupon())
    charge_id = charged(learner)
    with pytest.raises(NotPermitted):
        use(staff, charge_id, "TEN")
    with pytest.raises(NotFound):
        use(learner, charge_id, "NONE")


@pytest.fixture
def schedule(staff):
    for _ in range(2):
        actions.set_schedule(
            actor=staff, institution="MITx", currency="USD", terms=TERMS, valid_from=date(2018, 1, 1), now=NOW
        )
    actions.set_rate(actor=staff, rate=KES, now=NOW)


INCOME = Money(40_000_000, "KES")


def ask(learner, income=INCOME, country="KE", document=b"payslip", now=NOW):
    return actions.ask_for_need(
        actor=learner, institution="MITx", income=income, country=country, document=document, now=now
    )


def decide(actor, request_id, approve=True, percent=None, reason="", now=NOW):
    actions.decide_need(actor=actor, request_id=request_id, approve=approve, percent=percent, reason=reason, now=now)


def test_the_rules_propose_by_country_and_rate(schedule, learner) -> None:
    ask(learner)
    (found,) = queries.need_requests(learner)
    assert found.in_schedule == Money(396_000, "USD")
    assert (found.threshold, found.proposed) == (Money(1_000_000, "USD"), Decimal(75))
    assert "Central bank" in found.rate and str(TODAY) in found.rate


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_who_earns_more_pays_no_less(one, other) -> None:
    held = schedule_of("MITx", "USD", TERMS, TODAY)
    low, high = sorted((one, other))
    offs = [propose_need(Money(minor, "USD"), "FR", held, None, TODAY).percent for minor in (low, high)]
    assert offs[0] >= offs[1]


def test_an_approval_lowers_open_and_later_charges_until_it_ends(schedule, staff, learner) -> None:
    open_one = charged(learner)
    asked, news = ask(learner), News()
    news(NOW)
    decide(staff, asked)
    assert news(NOW) == [("Lena Learner", "need_approved")]
    later = charged(learner, "exam:Y")
    found = {c.id: c.amount.minor for c in queries.charges_of(learner, learner.person_id)}
    assert found == {open_one: 3_750, later: 3_750}
    assert queries.ledger_balanced()
    assert queries.need_percent(learner.person_id, "MITx", NOW + timedelta(days=366)) is None


def test_another_percentage_or_a_refusal_needs_a_reason(schedule, staff, learner) -> None:
    request_id = ask(learner)
    assert ask(learner) == request_id, "one request at a time"
    for asked in ({"percent": Decimal(10)}, {"approve": False}, {"percent": Decimal(101), "reason": "x"}):
        with pytest.raises(Unusable):
            decide(staff, request_id, **asked)
    decide(staff, request_id, percent=Decimal(10), reason="One child less.")
    with pytest.raises(Refused, match="already"):
        decide(staff, request_id)


def test_an_appeal_is_decided_by_somebody_else_once_in_time(schedule, staff, learner) -> None:
    request_id = ask(learner)
    with pytest.raises(Refused):
        actions.appeal_need(actor=learner, request_id=request_id, statement="Early", now=NOW)
    decide(staff, request_id, approve=False, reason="No payslip.")
    appeal = {"actor": learner, "request_id": request_id, "statement": "It is there.", "now": NOW}
    with pytest.raises(Refused):
        actions.appeal_need(**appeal | {"now": NOW + timedelta(days=31)})
    with pytest.raises(NotFound):
        actions.appeal_need(**appeal | {"actor": staff})
    actions.appeal_need(**appeal)
    assert [row.id for row in queries.need_queue(staff)] == [request_id]
    with pytest.raises(Refused, match="somebody else"):
        decide(staff, request_id)
    decide(person("Second Staff", ("registrar", "MITx")), request_id)
    (found,) = queries.need_requests(learner)
    assert (found.state, found.percent) == (NeedState.APPROVED, Decimal(75))
    with pytest.raises(Refused):
        actions.appeal_need(**appeal)


def test_who_decides_and_who_reads_the_document(schedule, staff, learner) -> None:
    request_id = ask(learner)
    strangers = (learner, person("Far Away", ("program_staff", "HES")), person("A Dean", ("dean", "MITx")))
    for stranger in strangers:
        with pytest.raises(NotPermitted):
            decide(stranger, request_id)
    for stranger in strangers[1:]:
        with pytest.raises(NotPermitted):
            queries.need_document(stranger, request_id)
    assert queries.need_document(learner, request_id) == queries.need_document(staff, request_id) == b"payslip"
    own = actions.ask_for_need(
        actor=staff, institution="MITx", income=Money(1, "USD"), country="US", document=b"x", now=NOW
    )
    with pytest.raises(NotPermitted):
        decide(staff, own)
    assert own not in {row.id for row in queries.need_queue(staff)}


def test_what_cannot_be_asked_or_set(schedule, staff, learner) -> None:
    for wrong in ({"country": "Kenya"}, {"document": b""}, {"income": Money(-1, "USD")}):
        with pytest.raises(Unusable):
            ask(learner, **wrong)
    with pytest.raises(Refused, match="last 31 days"):
        ask(learner, now=NOW + timedelta(days=32))
    with pytest.raises(Refused, match="XAF"):
        ask(learner, income=Money(1, "XAF"))
    for rate in (replace(KES, rate=Decimal(0)), replace(KES, source=" "), replace(KES, quote="KES")):
        with pytest.raises(Unusable):
            actions.set_rate(actor=staff, rate=rate, now=NOW)
    with pytest.raises(NotPermitted):
        actions.set_rate(actor=learner, rate=KES, now=NOW)
    for terms in (
        {},
        TERMS | {"tiers": []},
        TERMS | {"tiers": TERMS["tiers"][::-1]},
        TERMS | {"default_threshold": -1},
    ):
        with pytest.raises(Unusable):
            schedule_of("MITx", "USD", terms, TODAY)
    with pytest.raises(Refused):
        actions.set_schedule(
            actor=staff, institution="MITx", currency="EUR", terms=TERMS, valid_from=date(2018, 1, 1), now=NOW
        )


def test_a_percentage_that_comes_back_is_posted_again(schedule, staff, learner) -> None:
    charge_id = charged(learner)
    for percent in (50, 10, 50):
        decide(staff, ask(learner), percent=Decimal(percent), reason="So it is.")
        assert queries.ledger_balanced()
        found = next(c for c in queries.charges_of(learner, learner.person_id) if c.id == charge_id)
        assert queries.account_total(Account.RECEIVABLE, "USD", learner.person_id) == found.amount


def test_another_rate_of_a_day_is_a_correction_with_a_reason_and_what_was_asked_keeps_its_rate(
    schedule, staff, learner, client
) -> None:
    request_id = ask(learner)
    before = queries.need_queue(staff)[0]
    other = replace(KES, rate=KES.rate * 2)
    actions.set_rate(actor=staff, rate=KES, now=NOW)
    with pytest.raises(Refused, match="A correction needs a reason"):
        actions.set_rate(actor=staff, rate=other, now=NOW)
    assert queries.newest_rate(KES.base, KES.quote, TODAY) == KES
    client.force_login(get_user_model().objects.get(id=staff.person_id))
    form = {"do": "rate", "base": "KES", "quote": "USD", "rate": str(other.rate), "on": str(KES.on)}
    assert client.post("/desk/money/", form | {"source": KES.source}).status_code == 409
    told = form | {"source": KES.source, "reason": "A digit was missing."}
    assert client.post("/desk/money/", told).status_code == 302
    assert client.post("/desk/money/", told).status_code == 302
    assert queries.newest_rate(KES.base, KES.quote, TODAY) == other
    assert [(row.version, row.reason) for row in queries.rates_entered(staff)] == [
        (2, "A digit was missing."),
        (1, ""),
    ]
    assert "A digit was missing." in client.get("/desk/money/").content.decode()
    assert queries.need_queue(staff)[0] == before and before.id == request_id
    (entry,) = audit.newest_entries(5, verb="correct_rate")
    assert (entry.why, Decimal(entry.before["rate"]), Decimal(entry.after["rate"])) == (
        "A digit was missing.",
        KES.rate,
        other.rate,
    )
    with pytest.raises(NotPermitted):
        queries.rates_entered(learner)
