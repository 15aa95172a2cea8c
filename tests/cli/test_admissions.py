"""`linkspan match`: one line of JSON, and one line that names the row of a file that cannot be used."""

import json

import pytest

from linkspan.site.command import main

ROUND = {
    "seed": 1,
    "programs": [{"id": "P", "seats": 1}],
    "applicants": [
        {"id": "a", "choices": ["P"], "scores": {"P": 5}},
        {"id": "b", "choices": ["P"], "scores": {"P": 7}},
    ],
}


@pytest.fixture
def file(tmp_path):
    place = tmp_path / "round.json"
    place.write_text(json.dumps(ROUND))
    return place


def test_one_line_of_json(file, capsys) -> None:
    assert main(["match", str(file), "--json"]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    result = json.loads(out)
    assert result["assignment"] == {"a": None, "b": "P"}
    assert set(result) == {"assignment", "cutoffs", "ranks", "explanations", "input_sha256", "output_sha256"}


def test_in_words(file, capsys) -> None:
    assert main(["match", str(file)]) == 0
    out = capsys.readouterr().out
    assert "a: no seat" in out
    assert "under the cut-off 7" in out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is not JSON"),
        ("", "is not JSON"),
        (json.dumps(ROUND) + "x", "is not JSON"),
        (json.dumps(ROUND).replace('"P": 5', '"P": 5, "P": 9'), "applicants[0] (a).scores: 'P' stands twice"),
        (json.dumps(ROUND).replace('"seats": 1', '"seats": 1, "seats": 2'), "programs[0] (P): 'seats' stands twice"),
        (json.dumps(ROUND).replace('"P": 5', f'"P": {"9" * 5000}'), "applicants[0] (a).scores.P: the number"),
        (json.dumps(ROUND).replace('"P": 5', '"P": 1e400'), "applicants[0] (a).scores.P: inf"),
        (json.dumps(ROUND).replace('"P": 5', '"P": "5"'), "applicants[0] (a).scores.P: '5'"),
        (json.dumps(ROUND).replace('"P": 5', '"P": true'), "applicants[0] (a).scores.P: True"),
        (json.dumps(ROUND).replace('"seed": 1', '"note": NaN'), "note: nan"),
        (json.dumps(ROUND).replace('"seed": 1', '"note": "\\ud800"'), "note: a text holds half"),
        (json.dumps(ROUND).replace('"id": "b"', '"id": "\\udfff"'), "applicants[1]"),
        (json.dumps(ROUND).replace('"seats"', '"seat"'), "programs[0] (P): 'seat' is unknown; is 'seats' meant?"),
        (json.dumps(ROUND).replace(', "seats": 1', ""), "programs[0] (P): seats is needed"),
        (json.dumps(ROUND).replace('"scores"', '"score"'), "applicants[0] (a): 'score' is unknown"),
        (json.dumps(ROUND).replace('"choices": ["P"], ', ""), "applicants[0] (a): choices is needed"),
        (json.dumps(ROUND).replace('{"P": 5}', "[]"), "applicants[0] (a): scores and eligible are objects"),
        (json.dumps(ROUND).replace('"a", "choices": ["P"]', '"a\\u2028\\r\\u001b", "choices": ["X"]'), "no program X"),
        (json.dumps(ROUND).replace('"P": 5', '"P": NaN'), "applicants[0] (a).scores.P: nan"),
        (json.dumps(ROUND).replace('"seats": 1', '"seats": -1'), "programs[0] (P).seats: -1"),
        ("[" * 100_000, "linkspan match"),
    ],
)
def test_unusable_files(file, capsys, text, told) -> None:
    file.write_text(text)
    assert main(["match", str(file), "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert told in said.err
    assert len(said.err) < 600


def test_a_file_that_is_not_utf8(file, capsys) -> None:
    file.write_bytes(json.dumps(ROUND).encode("utf-16"))
    assert main(["match", str(file), "--json"]) == 2
    assert "is not UTF-8 text" in capsys.readouterr().err


def test_no_such_file(tmp_path, capsys) -> None:
    assert main(["match", str(tmp_path / "none.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
