"""`linkspan verify`: one line of JSON, and exit codes that a script can rely on."""

import json

import pytest
from tests.vc.makers import DID, LIST_URL, badge, status_list

from linkspan.site.command import main


@pytest.fixture
def files(tmp_path):
    (tmp_path / "badge.json").write_text(json.dumps(badge()))
    (tmp_path / "registry.json").write_text(json.dumps({"issuers": [{"did": DID, "name": "MITx"}]}))
    (tmp_path / "status.json").write_text(json.dumps({"lists": {LIST_URL: status_list()}}))
    return tmp_path


def call(files, *more: str) -> int:
    relied_on = ["--registry", str(files / "registry.json"), "--status", str(files / "status.json")]
    return main(["verify", str(files / "badge.json"), *relied_on, "--offline", "--at", "2018-07-01", *more])


def test_valid(files, capsys) -> None:
    assert call(files, "--json") == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out)["verdict"] == "valid"


def test_in_words(files, capsys) -> None:
    call(files)
    assert capsys.readouterr().out.startswith("VALID")


def test_tampered(files) -> None:
    forged = badge()
    forged["name"] = "Something grander"
    (files / "badge.json").write_text(json.dumps(forged))
    assert call(files) == 1


@pytest.mark.parametrize("content", ["not json", "[]", ""])
def test_unreadable(files, content, capsys) -> None:
    (files / "badge.json").write_text(content)
    assert call(files, "--json") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1


def test_no_such_file() -> None:
    assert main(["verify", "/nowhere/at-all.json"]) == 2
