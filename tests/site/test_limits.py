"""How often people may try to sign in: a campus with one address is let in, who guesses a password is not."""

import threading
from types import SimpleNamespace

import pytest
from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_login_failed
from django.core.cache import cache
from environs import EnvError
from redis import Redis
from tests.factories.servers import needs_redis, store

from linkspan.site import health
from linkspan.site.broker_address import cache_url
from linkspan.site.checks import Verdict
from linkspan.site.checks import cache as check_cache
from linkspan.site.shared_cache import _State

SHARED = "linkspan.site.shared_cache.SharedCache"
CAMPUS, ELSEWHERE = "192.0.2.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def _empty():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def hour(monkeypatch):
    """The clock of the limits, in seconds."""
    clock = SimpleNamespace(now=1_000_000.0)
    told = {"time": lambda: clock.now, "monotonic": ratelimit.time.monotonic, "sleep": ratelimit.time.sleep}
    monkeypatch.setattr(ratelimit, "time", SimpleNamespace(**told))
    return clock


def signs_in(rf, number: int, address: str = CAMPUS) -> bool:
    """Whether somebody at an address is let to the check of the password, and in."""
    request = rf.post("/accounts/login/", REMOTE_ADDR=address)
    if not ratelimit.consume(request, app="allauth.account", action="login"):
        return False
    adapter = get_adapter(request)
    adapter.pre_authenticate(request, email=f"learner-{number}@campus.example.edu")
    adapter._rollback_login_failed_rl_usage()  # the password was right
    return True


def test_two_thousand_sign_ins_in_five_minutes_from_one_campus_pass(rf, hour, db) -> None:
    for number in range(2_000):
        hour.now += 300 / 2_000
        assert signs_in(rf, number)


def test_an_address_has_600_a_minute_and_no_other_pays_for_it(rf, hour, db) -> None:
    assert [signs_in(rf, number) for number in range(605)] == [True] * 600 + [False] * 5
    assert signs_in(rf, 1, ELSEWHERE)
    hour.now += 61
    assert signs_in(rf, 1)


def test_an_address_that_the_asker_names_counts_for_nothing(rf, hour, db) -> None:
    """The server puts the client's address in place of the proxy's; a header beyond that is anybody's word."""
    request = rf.post("/accounts/login/", REMOTE_ADDR=CAMPUS, HTTP_X_FORWARDED_FOR=ELSEWHERE, HTTP_X_REAL_IP=ELSEWHERE)
    assert ratelimit.get_ip(request) == CAMPUS


@pytest.mark.django_db
def test_fifty_wrong_passwords_for_an_account_do_not_pass_and_its_neighbours_do(client, hour, settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # how many are tried is the question
    people = [get_user_model().objects.create_user(f"{name}@campus.example.edu") for name in ("amara", "ben")]
    for one in people:
        one.set_password("right enough for all")
        one.save()
        one.emailaddress_set.create(email=one.email, verified=True, primary=True)
    checked = []
    heard = lambda **told: checked.append(told["credentials"]["email"])  # noqa: E731
    user_login_failed.connect(heard)

    def enter(email: str, password: str) -> bool:
        told = {"login": email, "password": password}
        return client.post("/accounts/login/", told, REMOTE_ADDR=CAMPUS).status_code == 302

    assert [enter("amara@campus.example.edu", f"wrong {number}") for number in range(50)] == [False] * 50
    assert checked == ["amara@campus.example.edu"] * 5, "the others were not tried"
    assert not enter("AMARA@campus.example.edu", "right enough for all"), "nor is the right one, for five minutes"
    assert enter("ben@campus.example.edu", "right enough for all")
    client.logout()
    hour.now += 301
    assert enter("amara@campus.example.edu", "right enough for all")
    user_login_failed.disconnect(heard)


@pytest.mark.django_db
def test_who_is_refused_reads_why_in_a_page_of_the_site(client, settings, hour) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    told = {"login": "nobody@example.edu", "password": "x"}
    assert client.post("/accounts/login/", told).status_code == 200
    refused = client.post("/accounts/login/", told)
    assert refused.status_code == 429
    assert b"Wait a minute, then try again." in refused.content and b"<main" in refused.content


@pytest.fixture
def shared(settings):
    """A Redis, and this process's cache in it."""
    with store() as server:
        settings.CACHE_URL = server.url
        settings.CACHES = {"default": {"BACKEND": SHARED, "LOCATION": server.url}}
        _State.silent_until = 0.0
        yield server
    _State.silent_until = 0.0


@needs_redis
def test_servers_with_one_cache_count_together(shared, rf, settings, db) -> None:
    """Three threads, each with connections of its own, as three servers have."""
    settings.ACCOUNT_RATE_LIMITS = {"login": "30/m/ip"}
    let_in: list[bool] = []

    def serve() -> None:
        for _ in range(20):
            request = rf.post("/", REMOTE_ADDR=CAMPUS)
            let_in.append(bool(ratelimit.consume(request, app="allauth.account", action="login")))

    servers = [threading.Thread(target=serve) for _ in range(3)]
    for one in servers:
        one.start()
    for one in servers:
        one.join()
    assert sorted(let_in) == [False] * 30 + [True] * 30


@needs_redis
def test_a_cache_that_is_away_fails_nobody_and_is_asked_again(shared, settings, caplog, db, monkeypatch) -> None:
    cache.set("kept", {"of": ["all"]}, 60)
    assert cache.get("kept") == {"of": ["all"]}
    assert [one.verdict for one in check_cache()] == [Verdict.OK]
    shared.stop()
    assert [cache.get("kept", "none"), cache.add("here", 1, 60), cache.add("here", 1, 60)] == ["none", True, False]
    assert [one.levelname for one in caplog.records] == ["WARNING"], "said once"
    (told,) = check_cache()
    assert told.verdict is Verdict.SILENT
    monkeypatch.setattr(health, "missing_migrations", list)
    monkeypatch.setattr(health, "_probe_files", lambda: True)
    assert {"ready": True, "cache": "silent"}.items() <= health._look().items()
    shared.start()
    _State.silent_until = 0.0
    assert cache.get("here") is None
    assert cache.get_many(["here", "there"]) == {}


@needs_redis
def test_what_others_put_into_the_cache_is_never_loaded(shared, settings) -> None:
    cache.set("kept", ["ours"], 60)
    with Redis(port=shared.port) as other:
        (key,) = other.keys("*")
        ours = other.get(key)
        for planted in (b"cos\nsystem\n(S'true'\ntR.", ours[:32] + ours[32:] + b".", b"", ours[:10]):
            other.set(key, planted)
            assert cache.get("kept", "none") == "none"
            assert other.get(key) is None
        other.set(key, ours)
        assert cache.get("kept") == ["ours"]
        settings.SECRET_KEY = "another key, as after its rotation, and long"
        assert cache.get("kept", "none") == "none"


@pytest.mark.parametrize("told", ["amqp://h", "redis://", "memory://", "redis://h:port", "h:6379"])
def test_what_is_no_cache_is_refused(told) -> None:
    with pytest.raises(EnvError, match="LINKSPAN_CACHE_URL"):
        cache_url(told)
    assert cache_url("valkey://h:6379/1") == "redis://h:6379/1"


def test_a_site_of_several_processes_is_told_to_name_a_cache(monkeypatch) -> None:
    for embedded, verdict in ((True, Verdict.OK), (False, Verdict.WARN)):
        monkeypatch.setattr("linkspan.site.database.is_embedded", lambda embedded=embedded: embedded)
        assert [one.verdict for one in check_cache()] == [verdict]
