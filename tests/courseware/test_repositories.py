"""A course comes from a git repository over https, and nothing else of it: no other protocol, host, hook or module."""

from datetime import timedelta

import pytest
from tests.api.test_verbs import call
from tests.courseware.conftest import number
from tests.factories.git import serving_git
from tests.factories.people import NOW, browser, person
from tests.factories.runs import RUN, put_run

from linkspan.courseware.actions import hand_in_repository, take_course
from linkspan.courseware.engines import git
from linkspan.courseware.models import TrialRow
from linkspan.courseware.queries import trial, versions_of
from linkspan.courseware.rules import Source, TrialState, check_repository
from linkspan.kernel import outbox
from linkspan.kernel.errors import LinkspanError, NotPermitted, Unusable
from linkspan.kernel.outside import network_policy
from linkspan.kernel.retries import Lane
from linkspan.vc.net import NetworkPolicy

ONE = f"<sequential url_name='s'><vertical url_name='v'>{number(1, url_name='p')}</vertical></sequential>"
TWO = ONE.replace("</vertical>", number(2, url_name="q", display_name="Second") + "</vertical>")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    place = tmp_path_factory.mktemp("git")
    with serving_git(place) as found:
        yield found


@pytest.fixture
def server(served, settings):
    settings.EXCHANGE_LOOPBACK = [served.place]
    settings.EXCHANGE_LOOPBACK_CA = str(served.root.parent / "ca.pem")
    served.asked.clear()
    return served


@pytest.fixture
def author(db, monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    put_run()
    return person("Ada Author", ("author", "MITx"))


def work(days: int = 1) -> None:
    outbox.drain(now=NOW + timedelta(days=days), lanes=[Lane.HEAVY])


@pytest.mark.parametrize(
    "address",
    [
        *("", "http://example.org/x", "file:///etc", "ssh://example.org/x", "git@example.org:x/y", "ext::sh -c true"),
        *("https://user@example.org/x", "https://user:pw@example.org/x", "https://example.org", "https://example.org/"),
        *("https://example.org/x?y=1", "https://example.org/x#y", "https://example.org/x y", "HTTPS://example.org/x"),
        *("https://example.org:0/x", "https://example.org:99999/x", "https://[::1/x", "https://exa\nmple.org/x"),
        *("--upload-pack=touch", "https://-x/y z", "https://example.org/x%0a\x00", "https://ex%61mple.org/x"),
        *("https:///x", "https://example.org\\@evil.example/x", "https://example.org/" + "x" * 500),
    ],
)
def test_no_other_address_is_one(address: str) -> None:
    with pytest.raises(Unusable):
        check_repository(address, "main")


def test_names_of_branches_and_tags() -> None:
    for ref in ("main", "v1.2", "feature/a-b", "release_3", ""):
        check_repository("https://example.org/x.git", ref)
    for ref in (
        "-x",
        "--upload-pack=x",
        "a..b",
        "a b",
        "a\n",
        "x.lock",
        "/a",
        "a/",
        "a//b",
        "a@{1}",
        "*",
        "a:b",
        "é",
        "x" * 201,
        "^a",
        "a~1",
    ):
        with pytest.raises(Unusable):
            check_repository("https://example.org/x.git", ref)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]", "0x7f.1", "2130706433"]
)
def test_no_private_place_is_asked(host: str) -> None:
    with pytest.raises(LinkspanError) as refused:
        git.fetch_commit(f"https://{host}/x", "main", NetworkPolicy(seconds=2))
    assert refused.value.code in ("repository_refused", "repository_address")


@pytest.mark.django_db
def test_a_repository_is_fetched_tried_imported_and_fetched_again(server, author, course, settings, tmp_path) -> None:
    settings.DOCUMENT_ROOT, settings.COURSE_ROOT = tmp_path / "documents", tmp_path / "courses"
    first = server.commit(course(ONE))
    address = f"https://{server.place}/course"
    asked = {"actor": author, "run_id": RUN, "address": address, "ref": "main", "now": NOW}
    trial_id = hand_in_repository(**asked)
    assert hand_in_repository(**asked) == trial_id and server.asked == []
    work()
    found = trial(author, trial_id)
    assert found.report.problem is None
    assert (found.state, found.source, found.goes_back) == (TrialState.TRIED, Source(address, "main", first), False)
    assert found.report.problems == 1 and found.report.changes is None
    take_course(actor=author, trial_id=trial_id, sha256=found.sha256, now=NOW)
    assert [one.source for one in versions_of(author, RUN)] == [found.source]
    second = server.commit(course(TWO))
    server.git("tag", "-f", "-a", "v2", "-m", "second")
    page = browser(author)
    place = f"/desk/courses/{RUN}/"
    assert "Fetch version 1 again" in page.get(place).content.decode()
    assert page.post(place, {"do": "fetch", "address": address, "ref": "v2"}).status_code == 302
    work(2)
    again = trial(author, TrialRow.objects.latest("id").id)
    assert again.source == Source(address, "v2", second)
    assert [(one.title, one.edit.value) for one in again.report.changes.blocks if one.type == "problem"] == [
        ("Second", "added")
    ]
    shown = page.get(f"/desk/courses/trials/{again.id}/").content.decode()
    assert "What differs from what learners see" in shown and "Second" in shown and second[:10] in shown
    kept = page.post(place, {"do": "fetch", "address": "https://u:p@example.org/x", "ref": "main"})
    assert kept.status_code == 422 and "without a user name" in kept.content.decode()


@pytest.mark.django_db
def test_what_cannot_be_fetched_ends_the_trial_with_a_reason(
    client, server, author, course, settings, tmp_path
) -> None:
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    server.commit(course(ONE))
    told = {}
    for path in ("course", "moved/course", "secret/course", "missing"):
        body = {"address": f"https://{server.place}/{path}", "ref": "nowhere" if path == "course" else "main"}
        made = call(client, author, f"courseware/runs/{RUN}/trials/repository", body, key=path).json()
        work()
        found = trial(author, made["id"])
        assert found.state is TrialState.UNUSABLE
        told[path] = found.report.problem.code
    assert told == {
        "course": "ref_unknown",
        "moved/course": "repository_unreachable",
        "secret/course": "repository_unreachable",
        "missing": "repository_unreachable",
    }
    assert not [path for path in server.asked if path.startswith("/course/") and "moved" in path]
    with pytest.raises(NotPermitted):
        hand_in_repository(actor=person("No Role"), run_id=RUN, address=f"https://{server.place}/x", now=NOW)


def test_nothing_of_a_repository_runs_and_limits_hold(server, course, tmp_path, monkeypatch) -> None:
    folder = course(ONE)
    touched = tmp_path / "touched"
    (folder / ".gitattributes").write_text("* filter=evil\n*.xml export-subst\n")
    (folder / ".gitmodules").write_text('[submodule "x"]\n path = x\n url = file:///etc\n')
    (folder / "static-link").symlink_to("/etc/passwd")
    server.commit(folder)
    hook = server.root / "course" / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {touched}\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "filter.evil.smudge")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", f"touch {touched}")
    policy = network_policy()
    found = git.fetch_commit(f"https://{server.place}/course", "", policy)
    assert found == git.fetch_commit(f"https://{server.place}/course", "main", policy) and not touched.exists()
    monkeypatch.setattr(git, "LARGEST_KEPT", 100)
    with pytest.raises(LinkspanError) as refused:
        git.fetch_commit(f"https://{server.place}/course", "main", policy)
    assert refused.value.code == "repository_too_large"
    with pytest.raises(LinkspanError) as refused:
        git.fetch_commit(f"https://{server.place}/slow/course", "main", policy, seconds=1)
    assert refused.value.code == "repository_slow"
