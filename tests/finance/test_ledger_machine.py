"""Any sequence of actions leaves the ledger balanced, and its accounts agree with the charges."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.thorough import tries
from tests.finance.stripe_stand_in import SECRET, paid_event, signed
from tests.finance.test_discounts import coupon

from linkspan.finance import actions, queries
from linkspan.finance.models import ChargeRow, PaymentRow, RefundRow
from linkspan.finance.rules import Account, ChargeState
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.ids import new_id
from linkspan.kernel.money import Money

SUBJECTS = st.sampled_from(["exam:A", "exam:B", "course-run:C"])
amounts = st.integers(0, 30_000)


class Ledger(RuleBasedStateMachine):
    """One learner and one member of staff do what they may, in any order, with amounts that fit and that do not."""

    @initialize()
    def people(self) -> None:
        """New people and coupons for each run."""
        mark = new_id().hex
        self.learner = person(f"Learner {mark}")
        self.staff = person(f"Staff {mark}", ("program_staff", "MITx"))
        self.codes = [f"A{mark}".upper(), f"B{mark}".upper(), f"C{mark}".upper()]
        kinds = [{"percent": Decimal(33)}, {"percent": None, "amount": Money(5_000, "USD")}, {"percent": Decimal(100)}]
        for code, kind in zip(self.codes, kinds, strict=True):
            made = coupon(code, stacks=True, most_per_learner=9, **kind)
            actions.make_coupon(actor=self.staff, coupon=made, now=NOW)
        self.events = 0
        #: Money that came in, counted here by what was handed over and not by what the ledger says.
        self.arrived = 0
        self.charge("exam:A", 20_000)
        self.pay(0)

    def tried(self, verb, **told):
        """Do it; a refusal is an answer too."""
        with suppress(LinkspanError):
            return verb(now=NOW, **told)
        return None

    def charge_ids(self) -> list:
        rows = ChargeRow.objects.filter(learner_id=self.learner.person_id)
        return list(rows.order_by("at", "id").values_list("id", flat=True))

    def one(self, number: int):
        ids = self.charge_ids()
        return ids[number % len(ids)] if ids else new_id()

    @rule(subject=SUBJECTS, minor=amounts)
    def charge(self, subject, minor) -> None:
        """The learner is charged."""
        me = self.learner
        amount = Money(minor, "USD")
        self.tried(
            actions.charge, actor=me, learner_id=me.person_id, subject=subject, amount=amount, institution="MITx"
        )

    @rule(number=st.integers(0, 5), which=st.integers(0, 2))
    def use_coupon(self, number, which) -> None:
        """The learner uses a coupon."""
        self.tried(actions.use_coupon, actor=self.learner, charge_id=self.one(number), code=self.codes[which])

    @rule(number=st.integers(0, 5))
    def pay(self, number) -> None:
        """Staff confirm a payment."""
        row = ChargeRow.objects.filter(id=self.one(number), state=ChargeState.OPEN).first()
        self.tried(actions.pay, actor=self.staff, charge_id=row.id if row else self.one(number), reference="r")
        self.arrived += row.minor - row.discount_minor - row.part_minor if row else 0

    @rule(number=st.integers(0, 5), share=st.integers(1, 101), reference=st.sampled_from("abc"))
    def pay_part(self, number, share, reference) -> None:
        """Staff confirm a part of what is left, all of it, or more."""
        row = ChargeRow.objects.filter(id=self.one(number)).first()
        left = row.minor - row.discount_minor - row.part_minor if row and row.state == ChargeState.OPEN else 0
        amount = Money(left * share // 100, "USD")
        before = self.standing()
        self.tried(actions.pay, actor=self.staff, charge_id=self.one(number), reference=reference, amount=amount)
        self.arrived += self.standing() - before

    @rule(number=st.integers(0, 5), which=st.integers(0, 3), again=st.booleans())
    def bounce(self, number, which, again) -> None:
        """The bank takes a payment back, perhaps one that it took back before."""
        rows = list(PaymentRow.objects.filter(charge_id=self.one(number)).order_by("at", "id"))
        if rows:
            one, before = rows[which % len(rows)], self.standing()
            told = {"charge_id": one.charge_id, "payment_id": one.id, "reason": "No funds."}
            for _ in range(1 + again):
                self.tried(actions.reopen_charge, actor=self.staff, **told)
            self.arrived += self.standing() - before

    def standing(self) -> int:
        rows = PaymentRow.objects.filter(charge__learner_id=self.learner.person_id, bounced_at=None)
        return sum(rows.values_list("minor", flat=True))

    @rule(number=st.integers(0, 5), minor=amounts, exact=st.booleans(), repeat=st.booleans())
    def card(self, number, minor, exact, repeat) -> None:
        """The card provider tells of money, of the right amount or another, perhaps twice."""
        charge_id = self.one(number)
        row = ChargeRow.objects.filter(id=charge_id).first()
        if row is not None and exact:
            minor = row.minor - row.discount_minor
        if not minor:
            return
        self.events += 0 if repeat else 1
        mark = f"{self.learner.person_id}:{self.events}"
        body, signature = signed(paid_event(charge_id, minor, id=f"evt_{mark}", intent=f"pi_{mark}"))
        outcome = self.tried(actions.take_provider_event, payload=body, signature=signature)
        self.arrived += minor if outcome in ("paid", "sent_back") else 0

    @rule(number=st.integers(0, 5), minor=st.none() | st.integers(-1, 20_000))
    def refund(self, number, minor) -> None:
        """Staff give back all or a part."""
        amount = None if minor is None else Money(minor, "USD")
        self.tried(actions.refund, actor=self.staff, charge_id=self.one(number), reason="x", amount=amount)

    @rule(over=st.integers(0, 2))
    def refund_near_what_is_left(self, over) -> None:
        """Staff give back one unit, then about as much as is left of a paid charge: up to it, and just above."""
        paid = ChargeRow.objects.filter(learner_id=self.learner.person_id, state=ChargeState.PAID)
        row = paid.order_by("-minor", "id").first()
        if row is None:
            return
        left = row.minor - row.discount_minor - row.refunded_minor
        for minor in (1, left - 2 + over):
            told = {"charge_id": row.id, "reason": "x", "amount": Money(minor, "USD")}
            self.tried(actions.refund, actor=self.staff, **told)

    @rule(number=st.integers(0, 5))
    def cancel(self, number) -> None:
        """The learner cancels."""
        self.tried(actions.cancel, actor=self.learner, charge_id=self.one(number), reason="x")

    @rule(minor=amounts, reference=st.sampled_from(["a", "b"]))
    def forgo(self, minor, reference) -> None:
        """A waiver forgoes tuition."""
        key = f"{self.learner.person_id}:{reference}"
        told = {"learner_id": self.learner.person_id, "agreement_id": "x", "amount": Money(minor, "USD")}
        self.tried(actions.post_forgone_tuition, actor=SYSTEM, reference=key, **told)

    @rule(reference=st.sampled_from(["a", "b"]))
    def unforgo(self, reference) -> None:
        """It is turned."""
        self.tried(actions.reverse_forgone_tuition, actor=SYSTEM, reference=f"{self.learner.person_id}:{reference}")

    @invariant()
    def agrees(self) -> None:
        """Every entry balances; each account is what the charges say."""
        if not hasattr(self, "learner"):
            return
        assert queries.ledger_balanced()
        rows = list(ChargeRow.objects.filter(learner_id=self.learner.person_id))
        due = [(row, row.minor - row.discount_minor) for row in rows]

        def total(account):
            return queries.account_total(account, "USD", self.learner.person_id).minor

        assert total(Account.RECEIVABLE) == sum(d - row.part_minor for row, d in due if row.state == ChargeState.OPEN)
        assert all(row.part_minor == 0 for row in rows if row.state != ChargeState.OPEN)
        for row in rows:
            came = sum(row.payments.filter(bounced_at=None).values_list("minor", flat=True))
            assert row.state != ChargeState.OPEN or row.part_minor == came
        live = [row for row in rows if row.state in (ChargeState.OPEN, ChargeState.PAID)]
        assert total(Account.DISCOUNTS) == sum(row.discount_minor for row in live)
        assert total(Account.TUITION) == -sum(row.minor - row.refunded_minor for row in live)
        waiting = sum(row.minor for row in RefundRow.objects.filter(charge__in=rows, made_at=None))
        assert total(Account.REFUNDS_PAYABLE) == -waiting
        kept = sum(d - row.refunded_minor for row, d in due if row.state == ChargeState.PAID)
        kept += sum(row.part_minor for row in rows)
        assert total(Account.CASH) == kept + waiting
        made = sum(row.minor for row in RefundRow.objects.filter(charge__in=rows).exclude(made_at=None))
        assert total(Account.CASH) == self.arrived - made >= 0
        assert all(0 <= row.refunded_minor <= d and 0 <= row.part_minor <= d for row, d in due)
        assert total(Account.UNAPPLIED) == 0
        assert total(Account.TUITION_FORGONE) == -total(Account.WAIVERS_GIVEN) >= 0


@pytest.fixture
def card_keys(settings):
    """Keys of a card provider that is told of, and never asked."""
    settings.STRIPE_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_x", SECRET
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"


@pytest.mark.django_db
@pytest.mark.deliveries_fail
@pytest.mark.thorough
def test_any_sequence_leaves_the_ledger_balanced(card_keys) -> None:
    """Each run has people of its own, so that runs can share one database."""
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=tries(30), stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
