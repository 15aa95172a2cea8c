"""`linkspan verify`: one line of JSON, and exit codes that a script can rely on."""

import argparse
import io
import json
import resource
import zlib

import pytest
from tests.factories.pdfs import pdf_with
from tests.vc.https_server import serving
from tests.vc.makers import DID, LIST_URL, NOW, SEED, badge, status_list, unsigned

from linkspan.cli import verify as face
from linkspan.site.command import main
from linkspan.vc import baking, jose, keys, sign

CHECKS = ["signature", "data_loss", "issuer", "validity", "status", "schema", "holder", "data_model"]


@pytest.fixture
def files(tmp_path):
    (tmp_path / "badge.json").write_text(json.dumps(badge()))
    (tmp_path / "registry.json").write_text(json.dumps({"issuers": [{"did": DID, "name": "MITx"}]}))
    (tmp_path / "status.json").write_text(json.dumps({"lists": {LIST_URL: status_list()}}))
    return tmp_path


def call(files, *more: str, name: str = "badge.json", at: str = "2018-07-01") -> int:
    relied_on = ["--registry", str(files / "registry.json"), "--status", str(files / "status.json")]
    return main(["verify", str(files / name), *relied_on, "--offline", "--at", at, *more])


def test_valid(files, capsys) -> None:
    assert call(files, "--json") == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    told = json.loads(out)
    assert set(told) == {"verdict", "checks", "issuer", "achievement"}
    assert told["verdict"] == "valid"
    assert [check["name"] for check in told["checks"]] == CHECKS
    assert all(set(check) == {"name", "outcome", "code", "message"} for check in told["checks"])
    assert told["issuer"]["name"] == "MITx"


def test_in_words(files, capsys) -> None:
    call(files)
    assert capsys.readouterr().out.startswith("VALID\nYou can rely on it.")


def test_tampered(files) -> None:
    forged = badge()
    forged["name"] = "Something grander"
    (files / "badge.json").write_text(json.dumps(forged))
    assert call(files) == 1


def test_without_a_registry_it_is_unknown(files, capsys) -> None:
    assert main(["verify", str(files / "badge.json"), "--offline", "--json", "--at", "2018-07-01"]) == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "unknown"


def test_every_form(files) -> None:
    (files / "badge.jwt").write_text(jose.sign_jwt(unsigned(), keys.private_key_of(keys.ED25519, SEED), created=NOW))
    (files / "badge.svg").write_bytes(baking.bake_svg(b"<svg/>", (files / "badge.json").read_text()))
    for name in ("badge.jwt", "badge.svg"):
        assert call(files, name=name) == 0


def test_a_pdf_that_unfolds_to_gigabytes_is_refused(files, capsys) -> None:
    (files / "bomb.pdf").write_bytes(pdf_with(zlib.compress(b" " * (250 * 2**20), 9), 30))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert call(files, name="bomb.pdf") == 2
    assert "linkspan verify: " in capsys.readouterr().err
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # kB, in this process


def test_standard_input(files, monkeypatch) -> None:
    stream = argparse.Namespace(buffer=io.BytesIO((files / "badge.json").read_bytes()))
    monkeypatch.setattr("sys.stdin", stream)
    relied_on = ["--registry", str(files / "registry.json"), "--status", str(files / "status.json")]
    assert main(["verify", "-", *relied_on, "--offline", "--at", "2018-07-01"]) == 0


def test_the_holders_address(files) -> None:
    assert call(files, "--email", "amara@example.org") == 0
    assert call(files, "--email", "another@example.org") == 1


def test_an_address_under_the_network_policy(files, tmp_path, capsys) -> None:
    raw = (files / "badge.json").read_bytes()
    with serving(tmp_path, {"/badge.json": raw, "/elsewhere": "redirect"}) as (port, policy):
        url = f"https://localhost:{port}/badge.json"
        relied_on = {"registry": str(files / "registry.json"), "status": str(files / "status.json")}
        asked = argparse.Namespace(
            file=url, json=True, at="2018-07-01", offline=False, challenge=None, domain=None, email=None, **relied_on
        )
        assert face.run(asked, policy) == 0
        capsys.readouterr()
        asked.file = f"https://localhost:{port}/elsewhere"
        assert face.run(asked, policy) == 2
        assert main(["verify", url]) == 2
        assert capsys.readouterr().err.count("\n") == 2
    assert main(["verify", "https://mitx.example/badge.json", "--offline"]) == 2
    assert main(["verify", "http://mitx.example/badge.json"]) == 2


@pytest.mark.parametrize("content", ["not json", "[]", "", '{"a": NaN}', '{"a": 1, "a": 2}', "<svg/>", "a.b.c"])
def test_unreadable(files, content, capsys) -> None:
    (files / "badge.json").write_text(content)
    assert call(files, "--json") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(
    "content", [b"\xff\xfe{}", b'{"a":' * 60 + b"1" + b"}" * 60, b"\x89PNG\r\n\x1a\n", b"%PDF-1.7"]
)
def test_unreadable_bytes(files, content, capsys) -> None:
    (files / "badge.json").write_bytes(content)
    assert call(files) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("as_list", [True, False])
def test_other_forms_of_registry_and_status(files, as_list) -> None:
    others = {"registry": {DID: {"name": "MITx", "url": "https://mitx.example/"}}}
    (files / "registry.json").write_text(json.dumps([{"did": DID, "name": "MITx"}] if as_list else others))
    (files / "status.json").write_text(json.dumps([status_list()] if as_list else status_list()))
    assert call(files) == 0


@pytest.mark.parametrize("registry", ["3", '["x"]', "not json", '{"issuers": 3}', '{"issuers": [{}]}'])
def test_an_unusable_registry(files, registry, capsys) -> None:
    (files / "registry.json").write_text(registry)
    assert call(files) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_that_is_something_else_is_not_an_empty_registry(files, capsys) -> None:
    (files / "registry.json").write_text(json.dumps(badge()))
    assert call(files) == 2
    assert "registry has none of the members" in capsys.readouterr().err


def test_a_status_file_that_is_something_else(files, capsys) -> None:
    (files / "status.json").write_text('{"issuers": []}')
    assert call(files) == 2
    assert "status file has none of the members" in capsys.readouterr().err


def test_status_lists_by_address(files) -> None:
    (files / "status.json").write_text(json.dumps({LIST_URL: status_list()}))
    assert call(files) == 0


@pytest.mark.parametrize("at", ["yesterday", "2018-07-01T00:00:00", "2018-13-01"])
def test_an_unusable_time(files, at) -> None:
    assert call(files, at=at) == 2


def test_no_such_file() -> None:
    assert main(["verify", "/nowhere/at-all.json"]) == 2


def test_a_terminal_is_not_written_to_by_the_credential(files, capsys) -> None:
    odd = sign({**unsigned(), "validFrom": "\x1b[2J\u202eevil"}, SEED, created=NOW)
    (files / "badge.json").write_text(json.dumps(odd))
    assert call(files) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out


def batch(files, *more: str) -> int:
    relied_on = ["--registry", str(files / "registry.json"), "--status", str(files / "status.json")]
    return main(["verify", "--batch", *more, *relied_on, "--offline", "--at", "2018-07-01"])


@pytest.fixture
def many(files):
    (files / "many").mkdir()
    contents = {
        "a.json": json.dumps(badge()),
        "b.json": json.dumps({**badge(), "name": "Grander"}),
        "c.png": "no picture",
    }
    for name, content in contents.items():
        (files / "many" / name).write_text(content)
    (files / "many" / ".hidden").write_text("")
    return files


def test_each_of_a_folder_has_its_verdict_and_a_bad_one_harms_no_other(many, capsys) -> None:
    (many / "many" / "gone.json").symlink_to(many / "nowhere")
    assert batch(many, str(many / "many"), "--json") == 1
    out, err = capsys.readouterr()
    told = [json.loads(line) for line in out.splitlines()]
    words = [(one["item"], one["verdict"]) for one in told]
    assert words == [("a.json", "valid"), ("b.json", "invalid"), ("c.png", "unreadable")]
    assert {key: told[0][key] for key in told[0] if key != "item"} == verdict_alone(many, capsys)
    assert set(told[2]) == {"item", "verdict", "code", "message"}
    assert err == "3 of 3: 1 valid, 1 invalid, 0 unknown, 1 unreadable\n"


def verdict_alone(files, capsys) -> dict:
    call(files, "--json")
    return json.loads(capsys.readouterr().out)


def test_lines_are_judged_by_several_processes_in_order(many, capsys) -> None:
    good, odd = json.dumps(badge()), (many / "many" / "b.json").read_text()
    lines = [good, "", odd, "{", '{"a": 1}', "7"] * 60
    (many / "lines.jsonl").write_text("\n".join(lines))
    assert batch(many, str(many / "lines.jsonl"), "--workers", "2") == 1
    out, err = capsys.readouterr()
    found = [line.split()[:2] for line in out.splitlines()]
    words = ["valid", "invalid", "unreadable", "invalid", "unreadable"]
    numbers = [number for number, line in enumerate(lines, start=1) if line]
    assert found == [
        [word, f"{number}{':' * (word != 'valid')}"] for word, number in zip(words * 60, numbers, strict=True)
    ]
    assert err.endswith("300 of 300: 60 valid, 120 invalid, 0 unknown, 120 unreadable\n")


def test_all_valid_is_exit_0_and_nothing_to_judge_exit_2(many, capsys) -> None:
    (many / "good.jsonl").write_text(json.dumps(badge()) + "\n")
    assert batch(many, str(many / "good.jsonl")) == 0
    assert capsys.readouterr().out == "valid      1\n"
    (many / "empty").mkdir()
    (many / "broken.json").write_text("{")
    for place in ("empty", "nowhere"):
        assert batch(many, str(many / place)) == 2
        out, err = capsys.readouterr()
        assert (out, len(err.splitlines())) == ("", 1)
    assert main(["verify", "--batch", str(many / "good.jsonl"), "--registry", str(many / "broken.json")]) == 2


def test_a_line_longer_than_any_credential_is_one_item(many, capsys, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.vc.batch.LARGEST_FILE", 10_000)
    (many / "long.jsonl").write_text("[" * 35_000 + "\n" + json.dumps(badge()))
    assert batch(many, str(many / "long.jsonl")) == 1
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["unreadable", "valid"]
