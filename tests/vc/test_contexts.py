"""Contexts: an allow-list by hash, and what an operator adds to it."""

import json
import subprocess
import sys

import pytest
from tests.vc.makers import NOW, SEED, unsigned

from linkspan.site.command import main
from linkspan.vc import ContextsMissing, DataLoss, VcError, contexts, sign
from linkspan.vc.contexts import operator
from linkspan.vc.jsonld import canonical

URL = "https://school.example/contexts/honours"
HONOURS = {"@context": {"honours": "https://school.example/terms#honours"}}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LINKSPAN_HOME", str(tmp_path))
    return tmp_path


def refusal(*arguments, **options) -> str:
    with pytest.raises(VcError) as caught:
        contexts.add(*arguments, **options)
    return caught.value.code


def test_threat_04_an_unknown_context_says_the_command() -> None:
    with pytest.raises(DataLoss) as caught:
        contexts.context(URL)
    assert caught.value.code == "context_unknown"
    assert f"linkspan contexts add FILE --url {URL}" in caught.value.message


def test_clr_without_its_context_says_so() -> None:
    with pytest.raises(DataLoss) as caught:
        contexts.context(contexts.CLR)
    assert "CLR 2.0 needs its context" in caught.value.message
    assert f"linkspan contexts add FILE --url {contexts.CLR}" in caught.value.message


def test_an_added_context_is_used_and_its_file_cannot_be_swapped(home) -> None:
    entry = contexts.add(URL, HONOURS)
    document = {**unsigned(), "@context": [*unsigned()["@context"], URL], "honours": "with distinction"}
    assert sign(document, SEED, created=NOW)["proof"]
    (home / "contexts" / f"{entry.sha256}.json").write_text('{"@context": {"honours": "urn:other"}}')
    with pytest.raises(DataLoss) as caught:
        contexts.context(URL)
    assert caught.value.code == "context_changed"


def test_the_hash_is_of_what_it_says_not_of_how_it_is_laid_out() -> None:
    one = contexts.digest(json.loads('{"@context": {"a": "urn:a", "b": "urn:b"}}'))
    assert one == contexts.digest(json.loads('{ "@context":{"b":"urn:b","a":"urn:a"} }'))


def test_what_is_refused() -> None:
    contexts.add(URL, HONOURS)
    assert refusal(URL, {"@context": {"x": "urn:x"}}) == "context_registered"
    assert refusal("honours", HONOURS) == "context_address"
    assert refusal("https://school.example/x", {"honours": "urn:x"}) == "context_broken"
    assert refusal("https://school.example/x", {"@context": "urn:x"}) in ("context_unknown", "context_broken")
    assert refusal("https://school.example/x", {"@context": {"@vocab": "urn:x#"}}) == "context_catch_all"
    scoped = {"@context": {"Honours": {"@id": "urn:x", "@context": {"@vocab": "urn:x#"}}}}
    assert refusal("https://school.example/x", scoped) == "context_catch_all"
    assert refusal("https://school.example/x", {"@context": ["https://nowhere.example/"]}) == "context_unknown"
    assert refusal(contexts.CREDENTIALS_V2, HONOURS) == "context_pinned"


@pytest.mark.parametrize(
    "definition",
    [
        {"@id": "urn:x", "@container": "@index"},
        {"@id": "urn:x", "@container": ["@graph", "@id"]},
        {"@id": "urn:x", "@container": "@language"},
        {"@id": "urn:x", "@context": {"y": {"@id": "urn:y", "@container": "@type"}}},
        {"@id": "urn:x", "@direction": "rtl"},
        {"@id": "urn:x", "@context": {"@import": "https://elsewhere.example/"}},
    ],
)
def test_a_context_that_safe_mode_could_not_follow_is_refused(definition) -> None:
    assert refusal("https://school.example/x", {"@context": {"x": definition}}) == "context_unusable"


def test_threat_05_replacing_and_catching_all_are_said_aloud() -> None:
    contexts.add(URL, HONOURS)
    changed = {"@context": {"@vocab": "https://school.example/terms#"}}
    entry = contexts.add(URL, changed, replace=True, catch_all=True)
    assert entry.catch_all
    assert contexts.context(URL) == changed["@context"]


def test_contexts_that_name_each_other_end() -> None:
    other = "https://school.example/contexts/other"
    contexts.add(other, HONOURS)
    contexts.add(URL, {"@context": [other]})
    contexts.add(other, {"@context": [URL]}, replace=True)
    with pytest.raises(DataLoss) as caught:
        contexts.context(URL)
    assert caught.value.code == "context_cycle"


def test_contexts_that_were_not_built_say_the_command(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(contexts, "BUILT", tmp_path)
    contexts.forget()
    try:
        with pytest.raises(ContextsMissing, match=r"python -m linkspan.vc.contexts.build"):
            contexts.context(contexts.CREDENTIALS_V2)
    finally:
        contexts.forget()


def test_a_broken_register_is_named(home) -> None:
    (home / "contexts").mkdir()
    (home / "contexts" / operator.REGISTER).write_text("{")
    with pytest.raises(VcError) as caught:
        operator.registered()
    assert caught.value.code == "contexts_broken"


def test_every_type_of_a_thing_brings_its_terms() -> None:
    """JSON-LD 1.1, section 4.1.8: all scoped contexts apply, in the order of the types' names."""
    scoped = {
        name: {"@id": f"urn:{name}", "@context": {f"of{name}": f"urn:of{name}", "shared": f"urn:shared{name}"}}
        for name in ("Alpha", "Beta", "beta")
    }
    contexts.add(URL, {"@context": {"id": "@id", "type": "@type", **scoped}})
    document = {"@context": URL, "id": "urn:a", "type": ["beta", "Beta", "Alpha"]}
    form = canonical({**document, "ofAlpha": "1", "ofBeta": "2", "ofbeta": "3", "shared": "4"})
    assert '<urn:a> <urn:ofAlpha> "1" .' in form
    assert '<urn:a> <urn:ofBeta> "2" .' in form
    assert '<urn:a> <urn:ofbeta> "3" .' in form
    assert '<urn:a> <urn:sharedbeta> "4" .' in form
    with pytest.raises(DataLoss):
        canonical({**document, "type": ["Alpha", "beta"], "ofBeta": "2"})


def test_neither_framework_nor_database_is_needed(home) -> None:
    (home / "honours.json").write_text(json.dumps(HONOURS))
    code = (
        "import sys, pathlib, argparse, linkspan.vc; from linkspan.cli import contexts\n"
        "top = argparse.ArgumentParser(); contexts.register(top.add_subparsers())\n"
        f"said = top.parse_args(['contexts', 'add', {str(home / 'honours.json')!r}, '--url', {URL!r}])\n"
        "assert said.run(said) == 0\n"
        "assert not [name for name in sys.modules if name.partition('.')[0] in ('django', 'psycopg')]\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert sorted(place.name for place in home.iterdir()) == ["contexts", "honours.json"]
    assert URL in operator.registered()


def test_the_commands(tmp_path, capsys) -> None:
    (tmp_path / "honours.json").write_text(json.dumps(HONOURS))
    assert main(["contexts", "add", str(tmp_path / "honours.json"), "--url", URL, "--json"]) == 0
    added = json.loads(capsys.readouterr().out)
    assert added == {"url": URL, "sha256": contexts.digest(HONOURS), "catch_all": False}
    assert main(["contexts", "list", "--json"]) == 0
    rows = {row["url"]: row for row in json.loads(capsys.readouterr().out)["contexts"]}
    assert rows[URL]["source"] == "operator"
    assert rows[contexts.CREDENTIALS_V2]["state"] == "there"
    assert main(["contexts", "list"]) == 0
    assert f"{URL}  added" in capsys.readouterr().out
    (tmp_path / "broken.json").write_text("{")
    assert main(["contexts", "add", str(tmp_path / "broken.json"), "--url", URL]) == 2
    assert main(["contexts", "add", str(tmp_path / "absent.json"), "--url", URL]) == 2
    assert "linkspan contexts:" in capsys.readouterr().err
