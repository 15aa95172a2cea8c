"""Questions dropped or rekeyed, and pass marks: proposed, looked at, adopted by another, and those concerned told."""

import html
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.factories import exams as make
from tests.factories.acts import fields_of
from tests.factories.people import NOW, SYSTEM, browser, person, token_for

from linkspan.exams import actions, queries
from linkspan.exams.models import AttemptRow, ExamVersionRow, ResponseRow, RulingRow
from linkspan.exams.rules import Bounds, Draw, Means, Method
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.models import OutboxDelivery
from linkspan.kernel.versions import Changed, version_of
from linkspan.messages.models import NoticeRow
from linkspan.records.models import FactRow

pytestmark = pytest.mark.django_db
V1 = {"code": "CFx", "number": 1}
LATER = NOW + timedelta(days=20)


def sat(sitting, name: str, a1: str, b1: str, **fields):
    """Somebody who answered both questions: right answers are 4 and 0, the pass mark is 60."""
    who = person(name)
    right = {"a1": a1 == "4", "b1": b1 == "0"}
    row = AttemptRow.objects.create(
        learner_id=who.person_id,
        sitting_id=sitting,
        version=ExamVersionRow.objects.get(exam="CFx", number=1),
        seed=1,
        form=["a1", "b1"],
        created_at=NOW,
        submitted_at=NOW,
        score=Decimal(50 * sum(right.values())),
        shares={name: str(int(one)) for name, one in right.items()},
        **{"state": "verified", "released_at": NOW, **fields},
    )
    for item, given in (("a1", a1), ("b1", b1)):
        ResponseRow.objects.create(learner_id=who.person_id, attempt=row, item=item, given=[given], version=1, at=NOW)
    return who, row


@pytest.fixture
def five(cast, sitting):
    """Who passes by the key, who would by another, the same before release, one rejected, one who fails anyway."""
    return {
        "key": sat(sitting, "Kay Key", "4", "0"),
        "other": sat(sitting, "Oda Other", "5", "0"),
        "early": sat(sitting, "Eve Early", "5", "0", released_at=None),
        "rejected": sat(sitting, "Rex Rejected", "5", "0", state="rejected"),
        "wrong": sat(sitting, "Wes Wrong", "6", "1"),
    }


@pytest.fixture
def second(cast):
    return person("Second Staff", ("program_staff", "MITx"))


def proposed(cast, means, lines="5", item="a1", **more):
    told = V1 | {"item": item, "means": means, "lines": lines, "reason": "The key was wrong.", "now": LATER} | more
    return actions.propose_ruling(actor=cast["staff"], **told)


def adopted(ruling_id, second, now=LATER):
    seen = version_of(actions.effect_shown(queries.effect_of(ruling_id)))
    actions.adopt_ruling(actor=second, ruling_id=ruling_id, seen=seen, now=now)
    outbox.drain(now=now)


def scores(five) -> dict[str, str]:
    return {name: str(AttemptRow.objects.get(id=row.id).score) for name, (_, row) in five.items()}


def told() -> set:
    return set(NoticeRow.objects.values_list("recipient_id", "kind"))


def sides(effect) -> set:
    return {(str(one.before), str(one.after), one.side, one.released) for one in effect.changes}


def test_a_rekeyed_question_changes_sides_and_tells_whom_it_concerns(cast, five, second) -> None:
    ruling_id = proposed(cast, Means.REKEY)
    effect = queries.effect_of(ruling_id)
    assert sides(effect) == {("100.0", "50.0", -1, True), ("50.0", "100.0", 1, True), ("50.0", "100.0", 1, False)}
    assert (effect.attempts, effect.now_pass, effect.now_fail, effect.told) == (5, 2, 1, 2)
    before = scores(five)
    assert set(before.values()) == {"100.0", "50.0", "0.0"} and told() == set()
    for _ in range(2):
        adopted(ruling_id, second)
    assert scores(five) == {"key": "50.0", "other": "100.0", "early": "100.0", "rejected": "100.0", "wrong": "0.0"}
    concerned = {(five["key"][0].person_id, "exam_now_not_passed"), (five["other"][0].person_id, "exam_now_passed")}
    assert told() == concerned
    assert not OutboxDelivery.objects.filter(state="waiting").exists()
    facts = FactRow.objects.filter(learner_id=five["key"][0].person_id).values_list("data", "reason")
    kept = [(data["grade"]["value"], data["passed"], reason) for data, reason in facts]
    assert kept == [("50.0", False, "The key was wrong.")]
    assert ExamVersionRow.objects.get(number=1).bank[0]["answers"] == ["4"], "what was published stays"
    (change,) = queries.changes_of(five["key"][0], five["key"][1].id)
    assert (change.passed_before, change.passed_after, change.reason) == (True, False, "The key was wrong.")
    assert queries.changes_of(cast["proctor"], five["early"][1].id) == ()

    row = five["early"][1]
    actions.release_result(attempt_id=row.id, now=LATER)
    outbox.drain(now=LATER)
    assert told() == concerned | {(five["early"][0].person_id, "exam_released")}
    actions.draft_version(actor=cast["staff"], code="CFx", now=LATER)
    assert queries.item_of(cast["staff"], "CFx", 2, "a1").answers == ("5",)


@pytest.mark.parametrize(
    ("means", "scored"),
    [
        (Means.DROP, ["100.0", "100.0", "100.0", "0.0"]),
        (Means.FULL, ["100.0", "100.0", "100.0", "50.0"]),
        (Means.ALSO, ["100.0", "100.0", "100.0", "0.0"]),
    ],
)
def test_what_each_ruling_gives_and_how_it_is_taken_back(cast, five, second, means, scored) -> None:
    before = scores(five)
    adopted(proposed(cast, means), second)
    found = scores(five)
    assert [found[name] for name in ("key", "other", "early", "wrong")] == scored
    with pytest.raises(Unusable, match="already"):
        proposed(cast, means)
    shares = dict(AttemptRow.objects.get(id=five["wrong"][1].id).shares)
    assert shares == {Means.DROP: {"b1": "0"}, Means.FULL: {"a1": "1", "b1": "0"}}.get(means, {"a1": "0", "b1": "0"})
    assert queries.exam_statistics(cast["staff"], "CFx", 1).rows
    adopted(proposed(cast, Means.RESTORE), second)
    assert scores(five) == before
    assert FactRow.objects.filter(learner_id=five["other"][0].person_id).count() == 2, "the log keeps both"


def test_a_dropped_question_is_drawn_no_more_and_nobody_is_turned_away(cast, five, second, learner, sitting) -> None:
    adopted(proposed(cast, Means.DROP), second)
    attempt = make.begin(cast, learner, sitting)
    assert set(AttemptRow.objects.get(id=attempt.id).form) == {"a2", "b1"}
    adopted(proposed(cast, Means.DROP, item="a2"), second)
    with pytest.raises(Refused, match="No question would be left"):
        adopted(proposed(cast, Means.DROP, item="b1"), second)
    make.hand_in(learner, attempt)
    assert AttemptRow.objects.get(id=attempt.id).shares == {"b1": "1"}


def test_who_may_and_what_is_refused(cast, five, second, sitting) -> None:
    ruling_id = proposed(cast, Means.REKEY)
    for lines, code in (("4", "key_unchanged"), ("", "bank_unusable"), ("x", "bank_unusable")):
        with pytest.raises(Unusable) as no:
            proposed(cast, Means.REKEY, lines)
        assert no.value.code == code
    for lines in ("* this\n* that\nmore", "* other\nthat"):
        with pytest.raises(Unusable) as no:
            proposed(cast, Means.REKEY, lines, item="b1")
        assert no.value.code == "only_the_key"
    with pytest.raises(Unusable, match="reason"):
        proposed(cast, Means.DROP, reason=" ", item="b1")
    with pytest.raises(NotFound):
        proposed(cast, Means.DROP, item="zz")
    with pytest.raises(Refused, match="waits already"):
        proposed(cast, Means.DROP)
    with pytest.raises(Refused, match="You proposed"):
        actions.adopt_ruling(actor=cast["staff"], ruling_id=ruling_id, now=LATER)
    sitter = person("Kay Key", ("program_staff", "MITx"))
    elsewhere = person("Staff Elsewhere", ("program_staff", "HES"))
    author = person("An Author", ("author", "MITx"))
    for other in (sitter, elsewhere, author, cast["proctor"], cast["learner"], SYSTEM):
        for act in (actions.adopt_ruling, actions.withdraw_ruling):
            with pytest.raises((NotFound, NotPermitted)):
                act(actor=other, ruling_id=ruling_id, now=LATER)
        with pytest.raises((NotFound, NotPermitted)):
            queries.standards(other, "CFx", 1)
    assert queries.rulings_to_adopt(second) == 1 and queries.rulings_to_adopt(cast["staff"]) == 0
    seen = version_of(actions.effect_shown(queries.effect_of(ruling_id)))
    sat(sitting, "Late Come", "5", "0")
    with pytest.raises(Changed):
        actions.adopt_ruling(actor=second, ruling_id=ruling_id, seen=seen, now=LATER)
    actions.withdraw_ruling(actor=second, ruling_id=ruling_id, now=LATER)
    with pytest.raises(Refused, match="withdrawn"):
        actions.adopt_ruling(actor=second, ruling_id=ruling_id, now=LATER)
    assert RulingRow.objects.get().state == "withdrawn" and told() == set()
    actions.draft_version(actor=cast["staff"], code="CFx", now=LATER)
    with pytest.raises(NotFound, match="draft"):
        queries.standards(cast["staff"], "CFx", 2)


def test_judges_and_methods_and_an_adopted_pass_mark(cast, five, second) -> None:
    staff, author = cast["staff"], person("An Author", ("author", "MITx"))
    assert [one.percent for one in queries.standards(staff, "CFx", 1)] == [60, None, None]
    ratings = {"a1": 80, "a2": 60, "b1": 40}
    actions.put_judgement(actor=author, **V1, ratings=ratings, bounds=None, now=LATER)
    actions.put_judgement(actor=second, **V1, ratings={"a1": 40, "b1": 30}, bounds=None, now=LATER)
    bounds = Bounds(Decimal(40), Decimal(70), Decimal(10), Decimal(60))
    actions.put_judgement(actor=second, **V1, ratings={"a1": 50}, bounds=bounds, now=LATER)
    assert queries.judgement_of(second, "CFx", 1).ratings == {"a1": 50, "b1": 30}
    assert queries.judgement_of(staff, "CFx", 1).ratings == {}
    _, angoff, hofstee = queries.standards(staff, "CFx", 1)
    assert (angoff.percent, angoff.cuts, angoff.error) == (Decimal("47.50"), (55, 40), Decimal("7.50"))
    assert (angoff.effect.now_pass, angoff.effect.now_fail) == (2, 0)
    assert hofstee.percent is None and "Fewer than 10" in hofstee.why
    for wrong in ({"zz": 1}, {"a1": 101}, {"a1": -1}):
        with pytest.raises(Unusable):
            actions.put_judgement(actor=second, **V1, ratings=wrong, bounds=None, now=LATER)
    crossed = Bounds(Decimal(70), Decimal(40), Decimal(10), Decimal(60))
    with pytest.raises(Unusable):
        actions.put_judgement(actor=second, **V1, ratings={}, bounds=crossed, now=LATER)
    cut = {"method": Method.ANGOFF, "reason": "Two judges.", "now": LATER}
    for wrong in ("101", "-1", "60", "1.234", "NaN"):
        with pytest.raises(Unusable):
            actions.propose_cut(actor=staff, **V1, percent=Decimal(wrong), **cut)
    ruling_id = actions.propose_cut(actor=staff, **V1, percent=angoff.percent, **cut)
    adopted(ruling_id, second)
    assert told() == {(five["other"][0].person_id, "exam_now_passed")}
    assert queries.attempt(five["other"][0], five["other"][1].id).outcome == "passed"
    (fact,) = FactRow.objects.filter(learner_id=five["other"][0].person_id)
    assert fact.data["passed"] and fact.data["grade"]["value"] == "50.0"
    found = queries.version(staff, "CFx", 1)
    assert (found.exam.pass_percent, found.terms.pass_percent) == (Decimal("47.5"), 60)


def test_hofstee_finds_the_compromise(cast, sitting, second) -> None:
    for n in range(10):
        sat(sitting, f"Sam Sample {n}", "4" if n < 5 else "5", "0")
    bounds = Bounds(Decimal(40), Decimal(70), Decimal(0), Decimal(60))
    actions.put_judgement(actor=second, **V1, ratings={}, bounds=bounds, now=LATER)
    hofstee = queries.standards(second, "CFx", 1)[2]
    assert (hofstee.percent, hofstee.effect.now_fail) == (Decimal("50.10"), 0)


def test_on_the_pages_what_was_typed_is_kept_and_names_are_told(cast, five, second, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    make_it, adopt_it = browser(cast["staff"]), browser(second)
    base = "/desk/exams/make/CFx/versions/1/"
    judged = adopt_it.post(f"{base}judge/", {"do": "rate", "rate_a1": "80", "rate_b1": "x"})
    assert judged.status_code == 422 and 'value="x"' in judged.content.decode()
    assert adopt_it.post(f"{base}judge/", {"do": "rate", "rate_a1": "80", "rate_b1": "40"}).status_code == 302
    page = html.unescape(make_it.get(f"{base}results/").content.decode())
    assert "60%" in page and "Angoff" in page and "Fewer than" not in page
    wrong = make_it.post(f"{base}results/", {"do": "propose", "method": "fixed", "percent": "abc", "reason": "Why."})
    assert wrong.status_code == 422 and 'value="abc"' in wrong.content.decode() and "Why." in wrong.content.decode()
    ask = {"do": "propose", "item": "a1", "means": "rekey", "lines": "4", "reason": "The key was wrong."}
    assert make_it.get(f"{base}results/question/?item=a1").status_code == 200
    assert make_it.post(f"{base}results/question/", ask).status_code == 422
    answer = make_it.post(f"{base}results/question/", ask | {"lines": "5"})
    place = answer["Location"]
    mine = html.unescape(make_it.get(place).content.decode())
    assert "You proposed this" in mine and 'value="adopt"' not in mine
    seen = html.unescape(adopt_it.get(place).content.decode())
    assert all(name in seen for name in ("Kay Key", "Oda Other", "Eve Early")) and "Rex Rejected" not in seen
    assert "Wes Wrong" not in seen and "no longer passes" in seen
    assert adopt_it.post(place, {"do": "adopt", "seen": "x"}).status_code == 409
    assert adopt_it.post(place, {"do": "adopt", "seen": fields_of(seen)["seen"]}).status_code == 302
    outbox.drain(now=LATER)
    assert "no longer passes" in adopt_it.get(place).content.decode()
    result = html.unescape(browser(five["key"][0]).get(f"/exams/attempts/{five['key'][1].id}/").content.decode())
    assert "Passed before, not passed now." in result and "The key was wrong." in result
    assert browser(cast["proctor"]).get(place).status_code == 404


def test_the_api_does_the_same(cast, five, second, client, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)

    def call(who, path, body=None, key="k"):
        headers = {"Authorization": f"Bearer {token_for(who)}", "Idempotency-Key": key}
        told = {"content_type": "application/json", "headers": headers}
        path = f"/api/v1/exam_rulings/{path}"
        return client.get(path, headers=headers) if body is None else client.post(path, body, **told)

    at = "exams/CFx/versions/1"
    assert call(second, f"{at}/judgement", {"ratings": {"a1": 80, "b1": 40}}, "a").status_code == 204
    assert call(second, f"{at}/judgement").json()["ratings"] == {"a1": 80, "b1": 40}
    assert [one["method"] for one in call(second, f"{at}/standards").json()] == ["fixed", "angoff", "hofstee"]
    body = {"means": "drop", "reason": "It was asked wrongly."}
    made = call(cast["staff"], f"{at}/items/a1/ruling", body, "b").json()["id"]
    whole = call(second, f"rulings/{made}").json()
    assert (whole["now_pass"], whole["now_fail"], len(whole["changes"])) == (2, 0, 2)
    assert call(second, f"rulings/{made}/adopt", {"seen": whole["seen"]}, "c").status_code == 204
    outbox.drain(now=LATER)
    other, row = five["other"]
    (change,) = call(other, f"attempts/{row.id}/changes").json()
    assert (change["before"], change["after"]) == ("50.0", "100.0")
    body = {"method": "fixed", "percent": "55", "reason": "The committee met."}
    cut = call(cast["staff"], f"{at}/pass-mark", body, "d").json()["id"]
    assert call(cast["staff"], f"rulings/{cut}/withdraw", {}, "e").status_code == 204
    assert [one["state"] for one in call(second, f"{at}/rulings").json()] == ["withdrawn", "counted"]


def test_steps_and_pairs_are_rekeyed_as_they_are_typed(cast) -> None:
    from linkspan.exams.actions.rulings import new_key
    from linkspan.exams.rules import Item, ItemKind, right_answer, typed_from, unsorted

    steps = unsorted(Item("o", "a", ItemKind.ORDER, "?", ("one", "two", "three"), ("0", "1", "2")))
    key = new_key(steps, "two\none\nthree")
    assert [steps.options[int(one)] for one in key] == ["two", "one", "three"]
    pairs = Item("m", "a", ItemKind.MATCH, "?", ("France", "Spain"), ("0", "1"), choices=("Paris", "Madrid"))
    assert new_key(pairs, "France = Madrid\nSpain = Paris") == ("1", "0")
    assert typed_from(pairs).lines and right_answer(pairs) and Draw


def test_alike_and_fast_answers_are_shown_beside_what_chance_gives(cast, sitting, second, monkeypatch) -> None:
    import random

    from linkspan.exams import rules

    bank = [rules.Item(f"q{n}", "a", rules.ItemKind.CHOICE, f"{n}?", ("a", "b", "c", "d"), ("0",)) for n in range(20)]
    actions.draft_version(actor=cast["staff"], code="CFx", now=NOW)
    actions.put_bank(actor=cast["staff"], code="CFx", bank=bank, now=NOW)
    version = ExamVersionRow.objects.get(number=2)
    ExamVersionRow.objects.filter(number=2).update(published_at=NOW)
    drawn, people, given = random.Random(1), [], []
    for n in range(12):
        who = person(f"Copy Sample {n}")
        people.append(who.person_id)
        told = {
            "learner_id": who.person_id,
            "version": version,
            "sitting_id": sitting,
            "form": [one.id for one in bank],
        }
        row = AttemptRow.objects.create(state="submitted", seed=1, created_at=NOW, submitted_at=NOW, **told)
        given = given if n == 1 else [drawn.choice("0012") for _ in bank]
        ResponseRow.objects.bulk_create(
            ResponseRow(
                learner_id=who.person_id,
                attempt=row,
                item=item.id,
                given=[one],
                version=1,
                at=NOW,
                elapsed=timedelta(seconds=(1 if n == 3 else 40) * (place + 1)),
            )
            for place, (item, one) in enumerate(zip(bank, given, strict=True))
        )
    alike = queries.answers_alike(second, "CFx", 2)
    assert (alike.attempts, alike.pairs, alike.expected_false) == (12, 66, Decimal("0.066"))
    (pair,) = alike.rows
    assert {pair.one, pair.other} == set(people[:2]) and pair.matches == pair.common == 20 and pair.chance < 1e-4
    fast = queries.answers_too_fast(second, "CFx", 2)
    assert [(one.learner_id, one.timed, one.rapid) for one in fast.rows] == [(people[3], 20, 20)]
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    page = browser(second).get("/desk/exams/make/CFx/versions/2/results/oddities/").content.decode()
    assert "Copy Sample 0" in page and "Copy Sample 3" in page and "Copy Sample 5" not in page
    assert queries.answers_alike(second, "CFx", 1) is None and queries.answers_too_fast(second, "CFx", 1) is None
    with pytest.raises(NotFound):
        queries.answers_alike(cast["proctor"], "CFx", 2)
