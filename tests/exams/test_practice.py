"""Practice before an exam: devices are checked, sample questions saved by the protocol of exams, and nothing counts."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest
import rfc8785
from django.urls import reverse
from tests.exams import test_watching
from tests.factories import exams as make
from tests.factories.people import NOW, SYSTEM, browser, person, token_for

from linkspan.exams import actions, queries
from linkspan.exams.models import AttemptRow, DeviceCheckRow, PageRow, PracticeRow, ResponseRow
from linkspan.exams.rules import Client, Conduct, Item, ItemKind, Seen, read_batch, read_seen
from linkspan.exams.rules.practice import PROBES, SAMPLES, sample_form, samples_of
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable

pytestmark = pytest.mark.django_db
served, vendor, service, at = test_watching.served, test_watching.vendor, test_watching.service, test_watching.at

ALL = frozenset({"secure", "keys", "storage", "locks"})
GOOD = Seen(True, ALL, (40, 50, 60))


def batch(page, number, changes, prev=""):
    body = {"writer": str(page.id), "batch": number, "prev": prev, "sent_at": NOW.isoformat(), "changes": changes}
    mac = hmac.digest(bytes.fromhex(page.signing_key), rfc8785.dumps(body), "sha256").hex()
    return read_batch(body | {"mac": mac})


def change(item, seq, value, replaces=None):
    told = {"item": item, "seq": seq, "replaces": replaces, "at": "", "elapsed_ms": 1}
    return told | ({"op": "set", "value": value} if value else {"op": "clear"})


def begun(learner, now=NOW):
    return actions.begin_practice_run(actor=learner, code="CFx", now=now)


def saved(learner, practice, changes, now=NOW):
    page = actions.open_practice_page(actor=learner, practice_id=practice, now=now)
    return page, actions.save_practice(actor=learner, practice_id=practice, batch=batch(page, 1, changes), now=now)


def checked(learner, seen=GOOD, now=NOW, probes=PROBES, **more):
    practice = begun(learner, now)
    if probes:
        saved(learner, practice, [change(name, n, ["1"]) for n, name in enumerate(probes, 1)], now)
    return actions.check_device(actor=learner, code="CFx", seen=seen, now=now, practice_id=practice, **more)


def found(check):
    return {str(line.check): str(line.found) for line in check.lines}


def ask_for_check(wanted=True):
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    actions.put_conduct(actor=SYSTEM, code="CFx", conduct=Conduct(device_check=wanted), now=NOW)
    actions.publish_version(actor=SYSTEM, code="CFx", number=2, now=NOW)


def test_practice_asks_samples_of_the_kinds_of_the_exam_and_none_of_its_own(learner) -> None:
    asked = queries.practice_questions(learner, begun(learner))
    assert [one.kind for one in asked] == [ItemKind.CHOICE, ItemKind.NUMERIC]
    assert not {one.id for one in asked} & {item.id for item in make.BANK}
    assert {item.prompt for item in make.BANK}.isdisjoint(one.prompt for one in asked)


def test_each_kind_has_one_sample_that_its_own_key_answers() -> None:
    from linkspan.exams.engines.marking import check_formulas, shares_of
    from linkspan.exams.rules import check_bank

    assert set(SAMPLES) == set(ItemKind)
    samples = samples_of(sample_form(ItemKind))
    check_bank(samples)
    check_formulas(samples)
    judged = [one for one in samples if one.kind not in (ItemKind.ESSAY, ItemKind.UPLOAD)]
    right = {one.id: one.answers for one in judged}
    right["sample-order"] = ("2:0", "1:1", "0:2")
    right["sample-match"] = ("0:1", "1:0")
    assert {name: int(share) for name, share in shares_of(judged, right).items()} == dict.fromkeys(right, 1)


def test_it_is_saved_by_the_protocol_of_exams(learner) -> None:
    practice = begun(learner)
    first, receipt = saved(learner, practice, [change("sample-choice", 1, ["0"]), change("b1", 2, ["0"])])
    assert [(one.item, one.standing, one.version) for one in receipt.taken] == [("sample-choice", "applied", 1)]
    assert [(one.item, one.code) for one in receipt.not_taken] == [("b1", "item_unknown")]
    again = batch(first, 1, [change("sample-choice", 1, ["0"])])
    assert actions.save_practice(actor=learner, practice_id=practice, batch=again, now=NOW).taken == receipt.taken
    _, newer = saved(learner, practice, [change("sample-numeric", 1, ["42"])])
    assert newer.newest
    stale = batch(first, 2, [change("sample-numeric", 2, ["41"])])
    told = actions.save_practice(actor=learner, practice_id=practice, batch=stale, now=NOW)
    assert not told.newest and [(one.standing, one.value) for one in told.taken] == [("kept", ("42",))]
    with pytest.raises(Unusable) as wrong:
        forged = replace(batch(first, 3, []), mac="0" * 64)
        actions.save_practice(actor=learner, practice_id=practice, batch=forged, now=NOW)
    assert wrong.value.code == "signature_wrong"


def test_it_counts_for_nothing_and_is_near_no_attempt(learner, cast) -> None:
    before = queries.exposure(SYSTEM, "CFx")
    for _ in range(3):
        practice = begun(learner)
        saved(learner, practice, [change("sample-choice", 1, ["0"]), change("sample-numeric", 2, ["41"])])
        for _ in range(2):
            actions.hand_in_practice(actor=learner, practice_id=practice, now=NOW)
        result = queries.practice_run(learner, practice).result
        assert (result.right, result.judged, result.answered, result.asked) == (1, 2, 2, 2)
    assert not (AttemptRow.objects.exists() or PageRow.objects.exists() or ResponseRow.objects.exists())
    assert queries.exposure(SYSTEM, "CFx") == before == {}
    assert queries.exam_reasons(learner, learner.person_id, "CFx", NOW) == ()
    page, _ = saved(learner, begun(learner), [])
    with pytest.raises(NotFound):
        actions.save_practice(actor=learner, practice_id=practice, batch=batch(page, 1, []), now=NOW)
    with pytest.raises(Refused):
        actions.open_practice_page(actor=learner, practice_id=practice, now=NOW)


def test_nobody_else_sees_or_saves_it(learner, cast) -> None:
    practice = begun(learner)
    for stranger in (cast["proctor"], cast["staff"], person("Other (sample)")):
        with pytest.raises(NotFound):
            queries.practice_run(stranger, practice)
        with pytest.raises(NotFound):
            actions.open_practice_page(actor=stranger, practice_id=practice, now=NOW)
        with pytest.raises(NotFound):
            actions.hand_in_practice(actor=stranger, practice_id=practice, now=NOW)
        with pytest.raises(NotFound):
            actions.check_device(actor=stranger, code="CFx", seen=GOOD, now=NOW, practice_id=practice)


def test_practice_is_begun_as_often_as_wanted_and_not_without_end(learner) -> None:
    for _ in range(30):
        begun(learner)
    with pytest.raises(Refused) as often:
        begun(learner)
    assert often.value.code == "practice_too_often"
    begun(learner, NOW + timedelta(hours=1, seconds=1))


@pytest.mark.parametrize(
    ("seen", "probes", "said"),
    [
        (GOOD, PROBES, {"browser": "good", "network": "good", "clock": "good"}),
        (replace(GOOD, features=ALL - {"storage"}), PROBES, {"browser": "limited", "network": "good", "clock": "good"}),
        (replace(GOOD, times=(9000,) * 3), PROBES, {"browser": "good", "network": "limited", "clock": "good"}),
        (replace(GOOD, clock=timedelta(hours=-2)), PROBES, {"browser": "good", "network": "good", "clock": "limited"}),
        (GOOD, PROBES[:2], {"browser": "good", "network": "bad", "clock": "good"}),
        (GOOD, (), {"browser": "good", "network": "bad", "clock": "good"}),
        (Seen(False), (), {"browser": "limited", "network": "good", "clock": "limited"}),
    ],
)
def test_what_is_found_is_what_came_here_and_not_what_a_page_claims(learner, seen, probes, said) -> None:
    check = checked(learner, seen, probes=probes)
    assert found(check) == said
    (kept,) = queries.device_of(learner, "CFx").checks
    assert kept == check and all(line.todo for line in check.lines if line.found == "bad")


def test_what_no_page_sends_is_refused() -> None:
    good = {"features": ["keys"], "times": [1], "clock_ms": 5, "camera": "works"}
    assert read_seen(good).times == (1,)
    wrong = ({"features": "keys"}, {"features": ["x"]}, {"times": [-1]}, {"times": [True]}, {"times": [1] * 4})
    for one in (*wrong, {"clock_ms": "1"}, {"clock_ms": 10**13}, {"camera": "seen"}, {"camera": None}):
        with pytest.raises(Unusable):
            read_seen(good | one)


def test_where_the_exam_asks_for_it_booking_and_check_in_name_it(learner, cast) -> None:
    assert queries.exam_reasons(learner, learner.person_id, "CFx", NOW) == ()
    ask_for_check()
    (why,) = queries.exam_reasons(learner, learner.person_id, "CFx", NOW)
    assert why.reason.code == "device_unchecked"
    with pytest.raises(Refused):
        actions.create_attempt(actor=learner, sitting_id=make.put_sitting(), now=NOW)
    checked(learner, probes=PROBES[:1])
    assert not queries.device_of(learner, "CFx").ready
    assert len(queries.exam_reasons(learner, learner.person_id, "CFx", NOW)) == 1
    checked(learner)
    checked(learner, probes=())
    assert queries.device_of(learner, "CFx").ready
    assert queries.exam_reasons(learner, learner.person_id, "CFx", NOW) == ()


def test_a_new_version_keeps_the_setting_and_only_makers_set_it(learner, cast) -> None:
    ask_for_check()
    assert queries.exam("CFx").conduct == Conduct(device_check=True)
    actions.draft_version(actor=cast["staff"], code="CFx", now=NOW)
    assert queries.versions(cast["staff"], "CFx")[0].exam.conduct.device_check
    for nobody in (cast["proctor"], learner, person("Elsewhere (sample)", ("program_staff", "HES"))):
        with pytest.raises((NotPermitted, NotFound)):
            actions.put_conduct(actor=nobody, code="CFx", conduct=Conduct(), now=NOW)
    actions.put_conduct(actor=cast["staff"], code="CFx", conduct=Conduct(), now=NOW)
    shown = queries.content_shown(queries.versions(cast["staff"], "CFx")[0])
    assert shown != queries.content_shown(queries.versions(cast["staff"], "CFx")[1])


def test_a_camera_is_checked_only_where_a_service_watches(service, learner, cast) -> None:
    seen = replace(GOOD, camera="works")
    assert found(checked(learner, seen))["camera"] == "good"
    for camera in ("refused", "none", "busy", "not_tried"):
        assert found(checked(learner, replace(GOOD, camera=camera)))["camera"] == "bad"
    way = actions.ask_for_way(actor=learner, code="CFx", grounds="No camera.", now=NOW)
    actions.decide_way(actor=cast["proctor"], way_id=way, approve=True, reason="Come.", now=NOW)
    assert "camera" not in found(checked(learner))


def test_safe_exam_browser_is_told_by_its_hashes_and_not_by_its_word(learner) -> None:
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    actions.put_plain_seb(actor=SYSTEM, code="CFx", versions="", quit_url="", now=NOW)
    actions.publish_version(actor=SYSTEM, code="CFx", number=2, now=NOW)
    key = queries.exam("CFx").seb.config_key
    url = "https://exams.example/exams/CFx/device/"
    right = Client(url, hashlib.sha256((url + key).encode()).hexdigest(), name="SEB")
    assert found(checked(learner))["lockdown"] == "bad"
    assert found(checked(learner, client=Client(url, "0" * 64)))["lockdown"] == "bad"
    assert found(checked(learner, client=right))["lockdown"] == "good"


def test_proctors_and_staff_read_it_where_they_decide(learner, cast) -> None:
    checked(learner, probes=())
    for who in (cast["proctor"], cast["staff"]):
        assert len(queries.device_seen(who, learner.person_id, queries.exam("CFx")).checks) == 1
    for nobody in (learner, person("Elsewhere (sample)", ("proctor", "HES"))):
        with pytest.raises(NotPermitted):
            queries.device_seen(nobody, learner.person_id, queries.exam("CFx"))
    attempt = actions.create_attempt(actor=learner, sitting_id=make.put_sitting(), now=NOW)
    desk = browser(cast["proctor"])
    for page in (desk.get(reverse("exam_review-one", args=[attempt.id])), desk.get("/desk/exams/")):
        assert "No device was found yet that can be used." in page.content.decode()
    why = browser(cast["staff"]).post("/desk/exams/CFx/booking/", {"email": "learner@example.org"}).content.decode()
    assert "No device was found yet that can be used." in why and "Answers saved: 0 of 3." in why


def test_the_page_and_the_api_do_the_same(learner, client) -> None:
    mine = browser(learner)
    page = mine.get("/exams/CFx/device/").content.decode()
    assert "device.js" in page and "data-camera" not in page and "Begin practice" in page
    assert mine.post("/exams/CFx/device/", {"do": "plain"}).status_code == 302
    told = mine.get("/exams/CFx/device/").content.decode()
    assert "This page reached us." in told and "A device of yours can be used for this exam." in told
    practice = mine.post("/exams/CFx/device/begin/", "{}", content_type="application/json").json()["practice"]
    sent = {"practice": practice, "features": sorted(ALL), "times": [5, 5, 5], "clock_ms": 0, "camera": "not_tried"}
    kept = mine.post("/exams/CFx/device/seen/", json.dumps(sent), content_type="application/json")
    assert kept.status_code == 200 and DeviceCheckRow.objects.count() == 2
    wrong = mine.post("/exams/CFx/device/seen/", "[]", content_type="application/json")
    assert wrong.status_code == 422 and wrong.json()["code"] == "save_unusable"
    base, auth = "/api/v1/exam_practice", {"Authorization": f"Bearer {token_for(learner)}"}
    device = client.get(f"{base}/exams/CFx/device", headers=auth).json()
    assert device["ready"] and [one["lines"][1]["found"] for one in device["checks"]] == ["bad", "good"]


def test_practice_goes_without_scripts(learner) -> None:
    mine = browser(learner)
    here = mine.post("/exams/CFx/practise/")["Location"]
    page = mine.get(here).content.decode()
    assert "Which of these is a number?" in page and f'data-here="{here}"' in page
    fields = {
        "item_sample-choice": "0",
        "shown_sample-choice": "",
        "item_sample-numeric": "42",
        "shown_sample-numeric": "",
    }
    assert mine.post(f"{here}save/", fields | {"do": "check"})["Location"] == f"{here}check/"
    assert "You answered every question." in mine.get(f"{here}check/").content.decode()
    mine.post(f"{here}save/", {"do": "submit"})
    over = mine.get(here).content.decode()
    assert "2 of 2 right." in over and "It counts for nothing, and is no attempt." in over
    assert PracticeRow.objects.get().handed_in_at is not None


def test_a_file_is_looked_at_and_not_kept(cast) -> None:
    from linkspan.exams.rules import Accepts, Draw, FileKind

    item = Item("u", "a", ItemKind.UPLOAD, "Draw it.", ("Right",), ("2",), accepts=Accepts((FileKind.PDF,), 1, 1))
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    actions.put_bank(actor=SYSTEM, code="CFx", bank=(*make.BANK, item), now=NOW)
    actions.change_terms(
        actor=SYSTEM, code="CFx", terms=replace(make.TERMS, draw=(Draw("a", 3), Draw("b", 1))), now=NOW
    )
    actions.publish_version(actor=SYSTEM, code="CFx", number=2, now=NOW)
    learner = cast["learner"]
    practice = begun(learner)
    told = {"actor": learner, "practice_id": practice, "name": "../a.txt"}
    file = actions.hand_in_practice_file(content=b"plain words", **told)
    with pytest.raises(Unusable):
        actions.hand_in_practice_file(content=b"MZ\x00\x01", **told)
    _, receipt = saved(learner, practice, [change("sample-upload", 1, [str(file)]), change("sample-upload", 2, ["x"])])
    assert [one.value for one in receipt.taken] == [(str(file),)]
    assert [one.code for one in receipt.not_taken] == ["response_unusable"]
    (asked,) = [one for one in queries.practice_questions(learner, practice) if one.kind is ItemKind.UPLOAD]
    assert [(one.name, one.counts) for one in asked.handed_in] == [("a.txt", True)]
