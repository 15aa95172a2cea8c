"""Credit by hand: judged as by rule, in effect at once or by a second person, told to the learner, never deleted."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.factories.people import SYSTEM, person
from tests.recognition.test_actions import LATER, cast, join, joined, learner, revoke  # noqa: F401

from linkspan.accounts.actions import grant_role
from linkspan.accounts.queries import actor_for
from linkspan.credentials.queries import credentials_of
from linkspan.finance.queries import forgone_for, ledger_balanced
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.lists import Ask
from linkspan.kernel.models import OutboxDelivery, TrailEntry
from linkspan.messages.models import NoticeRow
from linkspan.messages.queries import notices_of
from linkspan.pathways.queries import replayed_audit, stored_audit
from linkspan.recognition import actions, queries
from linkspan.recognition.models import CreditAwardRow, CreditChangeRow
from linkspan.recognition.rules.awards import AwardState
from linkspan.recognition.rules.by_hand import ChangeState, credits_typed
from linkspan.recognition.rules.plan import PlaceState
from linkspan.records.actions import grade_fact, record_fact

pytestmark = pytest.mark.django_db
SAID = {"why": "The committee of credit said so.", "told": "Your course counts here.", "now": LATER}


@pytest.fixture
def second(cast):  # noqa: F811
    return person("Second Registrar", ("registrar", "HES"))


@pytest.fixture
def degree(cast, joined, second):  # noqa: F811
    """The application of a degree with four awards; no notices yet."""
    NoticeRow.objects.all().delete()
    return joined.id


def award_named(name: str, state=AwardState.ACTIVE) -> CreditAwardRow:
    return CreditAwardRow.objects.get(course=name, state=state)


def reverse(cast, name, **more):  # noqa: F811
    told = SAID | more
    return actions.reverse_credit(actor=cast["registrar"], award_id=award_named(name).id, **told)


def post(actor, degree, fact="MITx/SC0x", slot="elective", credits="4", **more):
    told = SAID | more
    return actions.post_credit(actor=actor, application_id=degree, fact=fact, slot=slot, credits=credits, **told)


def decide(actor, change_id, accept=True, reason="I looked at it.", now=LATER):
    return actions.decide_exception(actor=actor, change_id=change_id, accept=accept, reason=reason, now=now)


def codes(change) -> list[str]:
    return [one.reason.code for one in change.beyond]


def told() -> set:
    outbox.drain(now=LATER)
    assert not OutboxDelivery.objects.filter(state="waiting").exists()
    return set(NoticeRow.objects.values_list("recipient_id", "kind"))


def tuition(degree) -> int:
    found = forgone_for(str(degree))
    return found.minor if found else 0


def test_what_a_clause_gives_is_in_effect_at_once(cast, learner, degree) -> None:  # noqa: F811
    before = tuition(degree)
    gone = reverse(cast, "SC4x")
    assert (gone.state, tuition(degree)) == (ChangeState.IN_EFFECT, before * 3 // 4)
    made = post(cast["registrar"], degree)
    assert (made.state, made.clause, made.beyond, tuition(degree)) == (ChangeState.IN_EFFECT, "4", (), before)
    row = award_named("SC0x")
    assert (row.id, row.number, row.slot, row.credits, row.effect, row.clause) == (
        *(made.award_id, 5, "elective", Decimal(4), "credit", "4"),
    )
    assert [(one.grade, one.scale) for one in made.earned] == [("78", "percent")]
    stored = stored_audit(SYSTEM, made.audit_id)
    assert (stored.on, stored.version, made.audit_id) == (LATER.date(), 1, row.audit_id)
    assert replayed_audit(SYSTEM, made.audit_id).same
    (plan,) = queries.degree_plans(learner, learner.person_id)
    assert [p.filled_by for p in plan.places if p.state == PlaceState.WAIVED] == ["SC1x", "SC2x", "SC3x", "SC0x"]
    assert told() == {(learner.person_id, "credit_by_hand_reverse"), (learner.person_id, "credit_by_hand_post")}
    (body,) = [one.body for one in notices_of(learner) if one.title == "Credit was posted for SC0x"]
    assert "Your course counts here." in body and "committee" not in body
    assert CreditAwardRow.objects.filter(course="SC4x", state=AwardState.REVERSED).count() == 1
    assert ledger_balanced()


def test_what_no_rule_gives_waits_for_a_second_person(cast, learner, degree, second) -> None:  # noqa: F811
    registrar, before = cast["registrar"], tuition(degree)
    made = post(registrar, degree, slot="core")
    assert (made.state, made.award_id, codes(made)) == (
        *(ChangeState.WAITING, None, ["no_clause", "max_recognised_credits"]),
    )
    assert tuition(degree) == before and not CreditAwardRow.objects.filter(course="SC0x").exists()
    assert told() == {(second.person_id, "credit_exception_waits")}
    assert queries.exceptions_waiting(second) == 1 and queries.exceptions_waiting(registrar) == 0
    with pytest.raises(Refused) as no:
        decide(registrar, made.id)
    assert no.value.code == "prepared_it"
    with pytest.raises(Unusable):
        decide(second, made.id, reason=" ")
    done = decide(second, made.id)
    assert (done.state, done.decided_by, done.decision) == (
        *(ChangeState.IN_EFFECT, "Second Registrar", "I looked at it."),
    )
    assert decide(second, made.id) == done
    with pytest.raises(Refused) as no:
        decide(second, made.id, accept=False)
    assert no.value.code == "decided_already"
    assert tuition(degree) == before * 5 // 4 and award_named("SC0x").slot == "core"
    assert told() - {(second.person_id, "credit_exception_waits")} == {
        (registrar.person_id, "credit_exception_approved"),
        (learner.person_id, "credit_by_hand_post"),
    }
    (plan,) = queries.degree_plans(learner, learner.person_id)
    assert "SC0x" in {p.filled_by for p in plan.places if p.slot == "core"}


def test_a_refused_exception_says_why_and_changes_nothing(cast, learner, degree, second) -> None:  # noqa: F811
    made = post(cast["registrar"], degree, slot="core")
    with pytest.raises(Refused) as no:
        post(second, degree, slot="core")
    assert no.value.code == "exception_waits"
    refused = decide(second, made.id, accept=False, reason="The syllabus differs.")
    assert refused.state == ChangeState.REFUSED
    assert told() == {
        (second.person_id, "credit_exception_waits"),
        (cast["registrar"].person_id, "credit_exception_refused"),
    }
    assert "The syllabus differs." in notices_of(cast["registrar"])[0].body
    assert queries.changes_in_effect(learner, learner.person_id) == {}
    assert post(second, degree, slot="core").state == ChangeState.WAITING, "it can be prepared anew"


def test_adjusting_reverses_the_one_and_posts_the_other(cast, learner, degree, second) -> None:  # noqa: F811
    before, old = tuition(degree), award_named("SC4x")
    made = actions.adjust_credit(actor=cast["registrar"], award_id=old.id, slot="elective", credits="3.5", **SAID)
    assert codes(made) == ["no_clause"], "sixteen credits are not passed: the old four do not count beside it"
    decide(second, made.id)
    old.refresh_from_db()
    new = award_named("SC4x")
    assert (old.state, new.credits, new.slot, tuition(degree)) == (
        *(AwardState.REVERSED, Decimal("3.5"), "elective", before),
    )
    with pytest.raises(Refused) as no:
        actions.adjust_credit(actor=cast["registrar"], award_id=old.id, slot="core", credits="4", **SAID)
    assert no.value.code == "award_reversed"
    back = actions.adjust_credit(actor=cast["registrar"], award_id=new.id, slot="elective", credits="4", **SAID)
    assert (back.state, back.clause) == (ChangeState.IN_EFFECT, "4"), "what the clause gives needs no second person"
    actions.reverse_credit(actor=cast["registrar"], award_id=back.award_id, **SAID)
    assert tuition(degree) == before * 3 // 4 and ledger_balanced()


def test_a_course_of_the_school_stands_in_for_another(cast, learner, degree, second) -> None:  # noqa: F811
    taken = grade_fact(
        institution="HES",
        course="MGMT-E-2000",
        scale="letter",
        value="A",
        completed="2018-10-01",
        started=None,
        run="r",
    )
    record_fact(actor=SYSTEM, learner_id=learner.person_id, institution="HES", fact=taken, source="test", now=LATER)
    before = tuition(degree)
    sub = {"actor": cast["registrar"], "application_id": degree, "course": "MGMT-E-2000"}

    def filled(slot):
        (plan,) = queries.degree_plans(learner, learner.person_id)
        return [p.filled_by for p in plan.places if p.slot == slot and p.filled_by]

    assert filled("core") == ["MGMT-E-2000"]
    with pytest.raises(Refused) as no:
        actions.substitute_course(**sub, slot="core", **SAID)
    assert no.value.code == "fills_already"
    with pytest.raises(Refused) as no:
        actions.substitute_course(**sub, slot="elective", **SAID)
    assert no.value.code == "no_place_left"
    made = actions.substitute_course(**sub, slot="capstone", **SAID)
    assert codes(made) == ["keeps_place"]
    decide(second, made.id)
    assert (filled("core"), filled("capstone"), tuition(degree)) == ([], ["MGMT-E-2000"], before)
    with pytest.raises(Refused) as no:
        actions.substitute_course(**sub, slot="core", **SAID)
    assert no.value.code == "substituted_already"
    told_ = queries.transcript(learner, degree, LATER)
    parts = {part["title"]: [row[0] for row in part["rows"]] for part in told_["parts"]}
    assert parts["Requirements filled by another course"] == ["MGMT-E-2000, A"]
    assert parts["Requirements lifted without credit"] == []
    actions.reverse_credit(actor=cast["registrar"], award_id=decide(second, made.id).award_id, **SAID)
    assert (filled("core"), filled("capstone"), tuition(degree)) == (["MGMT-E-2000"], [], before)
    for wrong, code in (("SC0x", "course_not_taken"), ("", "course_not_taken")):
        with pytest.raises(Unusable) as unusable:
            actions.substitute_course(**sub | {"course": wrong}, slot="capstone", **SAID)
        assert unusable.value.code == code


def test_no_course_counts_twice_and_no_place_is_filled_twice(cast, degree) -> None:  # noqa: F811
    registrar = cast["registrar"]
    for fact, slot, code in (
        ("MITx/SC1x", "core", "recognised_here"),
        ("MITx/credential SCM", "core", "recognised_here"),
        ("MITx/SC0x", "elective", "no_place_left"),
        ("MITx/SC0x", "bridge", "no_place_left"),
    ):
        with pytest.raises(Refused) as no:
            post(registrar, degree, fact=fact, slot=slot)
        assert no.value.code == code
    for fact, slot, code in (
        ("MITx/NONE", "core", "fact_unknown"),
        ("HES/MGMT-E-1000", "core", "fact_unknown"),
        ("", "core", "fact_unknown"),
        ("MITx/SC0x", "", "slot_unknown"),
        ("MITx/SC0x", "nothing", "slot_unknown"),
    ):
        with pytest.raises(Unusable) as unusable:
            post(registrar, degree, fact=fact, slot=slot)
        assert unusable.value.code == code
    assert CreditChangeRow.objects.count() == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-4",
        "0",
        "0.00",
        "1e3",
        "NaN",
        "Infinity",
        "4.001",
        "4 ECTS",
        "4,5",
        "999",
        "48.01",
        "٤",
        "4\n4",
        "+4",
        "1" * 99,
    ],
)
def test_hostile_amounts(text) -> None:
    with pytest.raises(Unusable) as no:
        credits_typed(text, Decimal(48))
    assert no.value.code in ("credits_unusable", "credits_out_of_range")


def test_amounts_that_are_fine() -> None:
    assert [credits_typed(text, Decimal(48)) for text in ("4", " 3.5 ", "0.25", "48")] == [
        *(Decimal(4), Decimal("3.5"), Decimal("0.25"), Decimal(48)),
    ]


@pytest.mark.parametrize("missing", ["why", "told"])
def test_both_reasons_are_asked_for(cast, degree, missing) -> None:  # noqa: F811
    with pytest.raises(Unusable) as no:
        post(cast["registrar"], degree, slot="core", **{missing: " \0 "})
    assert no.value.code == ("reason_missing" if missing == "why" else "told_missing")


def test_by_role_and_across_institutions(cast, learner, degree, second) -> None:  # noqa: F811
    far = person("Far Registrar", ("registrar", "MIT"))
    award_id = award_named("SC4x").id
    waiting = post(cast["registrar"], degree, slot="core")
    verbs = (
        lambda who: post(who, degree, slot="core"),
        lambda who: actions.adjust_credit(actor=who, award_id=award_id, slot="core", credits="4", **SAID),
        lambda who: actions.substitute_course(
            actor=who, application_id=degree, course="MGMT-E-1000", slot="core", **SAID
        ),
        lambda who: actions.reverse_credit(actor=who, award_id=award_id, **SAID),
        lambda who: decide(who, waiting.id),
        lambda who: queries.credit_file(who, degree),
    )
    both = person("Both Sides", ("registrar", "MITx"), ("admissions", "HES"))
    for who in (learner, far, both, cast["hes-admissions"], cast["staff"], cast["auditor"], cast["dean"]):
        for verb in verbs:
            with pytest.raises(NotPermitted):
                verb(who)
    for who in (far, both):
        assert queries.credit_changes_at(who, Ask()).total == 0
        with pytest.raises(NotFound):
            queries.credit_change(who, waiting.id)
    with pytest.raises(NotPermitted):
        queries.credit_changes_at(learner, Ask())
    assert queries.credit_changes_at(second, Ask()).total == 1
    for unknown in (
        lambda: post(second, new_id()),
        lambda: actions.reverse_credit(actor=second, award_id=new_id(), **SAID),
        lambda: decide(second, new_id()),
    ):
        with pytest.raises(NotFound):
            unknown()


def test_nobody_changes_their_own_credit(cast, learner, degree) -> None:  # noqa: F811
    grant_role(actor=SYSTEM, person_id=learner.person_id, role="registrar", institution="HES", now=LATER)
    own = actor_for(learner.person_id)
    with pytest.raises(NotPermitted):
        post(own, degree, slot="core")
    waiting = post(cast["registrar"], degree, slot="core")
    with pytest.raises(NotPermitted):
        decide(own, waiting.id)
    assert queries.exceptions_waiting(own) == 0


def test_an_exception_whose_ground_changed_is_not_approved(cast, learner, degree, second) -> None:  # noqa: F811
    waiting = post(cast["registrar"], degree, slot="core")
    fact = grade_fact(
        institution="MITx", course="SC0x", scale="percent", value="41", completed="2018-09-01", started=None, run="SC0x"
    )
    told_ = {"actor": SYSTEM, "learner_id": learner.person_id, "institution": "MITx", "source": "test", "now": LATER}
    record_fact(**told_, fact=fact, reason="Marked anew.")
    with pytest.raises(Refused) as no:
        decide(second, waiting.id)
    assert no.value.code == "judged_otherwise"
    assert decide(second, waiting.id, accept=False).state == ChangeState.REFUSED
    other = post(cast["registrar"], degree, slot="core")
    reverse(cast, "SC1x")
    with pytest.raises(Refused) as no:
        decide(second, other.id)
    assert no.value.code == "judged_otherwise", "the cap is not passed any more"


def test_a_case_reverses_what_was_posted_by_hand_too(cast, learner, degree, second) -> None:  # noqa: F811
    decide(second, post(cast["registrar"], degree, slot="core").id)
    revoke(cast, learner)
    (case,) = queries.open_cases(cast["registrar"])
    later = LATER + timedelta(days=1)
    actions.close_case(actor=cast["registrar"], case_id=case.id, reverse=True, reason="Not earned.", now=later)
    assert tuition(degree) == 0 and ledger_balanced()
    assert not CreditAwardRow.objects.filter(state=AwardState.ACTIVE).exists()


def test_every_act_is_on_the_trail_with_its_judgement(cast, degree, second) -> None:  # noqa: F811
    reverse(cast, "SC4x")
    decide(second, post(cast["registrar"], degree, slot="core").id)
    verbs = {"reverse_credit", "post_credit", "decide_exception"}
    assert set(TrailEntry.objects.filter(verb__in=verbs).values_list("verb", flat=True)) == verbs
    for row in CreditChangeRow.objects.all():
        assert row.audit_id and row.version == 1 and row.catalogue_year == 2018 and row.degree_from is None


def test_a_signed_transcript_that_shows_it_is_withdrawn(cast, learner, degree) -> None:  # noqa: F811
    assert len(credentials_of(learner, learner.person_id)) == 1
    reverse(cast, "SC4x")
    record = queries.degree_record(learner, degree, LATER)
    assert "SC4x" not in [line.name for line in record.lines]
