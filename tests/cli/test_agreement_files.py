"""`linkspan agreements export` and `import-csv`: files to and from other systems, no database."""

import json

import pytest
from tests.pathways.examples import agreement

from linkspan.site.command import main


@pytest.fixture
def place(tmp_path):
    file = tmp_path / "agreement.json"
    file.write_text(json.dumps(agreement()))
    return file


def test_a_table_out_and_in(place, tmp_path, capsys) -> None:
    assert main(["agreements", "export", str(place), "--format", "csv"]) == 0
    table = tmp_path / "table.csv"
    table.write_text(capsys.readouterr().out)
    assert main(["agreements", "import-csv", str(table), str(place)]) == 0
    assert json.loads(capsys.readouterr().out)["recognition"] == agreement()["recognition"]
    assert main(["agreements", "import-csv", str(table), str(place), "--dry-run"]) == 0
    assert "1 rows would stand instead of 1" in capsys.readouterr().out


def test_wrong_rows_are_named(place, tmp_path, capsys) -> None:
    table = tmp_path / "table.csv"
    table.write_text("clause,courses,credits\n1,A,4\n2,B,many\n")
    assert main(["agreements", "import-csv", str(table), str(place)]) == 1
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith("line 3: credits")


@pytest.mark.parametrize("content", ["", "[]", "{}", "{"])
def test_what_is_no_agreement(tmp_path, capsys, content) -> None:
    file = tmp_path / "x.json"
    file.write_text(content)
    assert main(["agreements", "export", str(file), "--format", "ctdl"]) == 2
    assert "linkspan agreements export:" in capsys.readouterr().err


def test_ctdl(place, capsys) -> None:
    assert main(["agreements", "export", str(place), "--format", "ctdl", "--base-url", "https://a.example/"]) == 0
    assert json.loads(capsys.readouterr().out)["@graph"][0]["@id"].startswith("https://a.example/pathways/")


@pytest.mark.parametrize(
    "broken", [{"version": "x"}, {"valid_from": None}, {"status": []}, {"inherits": [{"policy": []}]}]
)
def test_a_version_that_cannot_be_read_is_an_error_of_its_own(place, tmp_path, capsys, broken) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps(agreement() | broken))
    assert main(["agreements", "check", str(place), str(other), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["checked"] == 2 and {row["code"] for row in told["errors"]} == {"shape_unusable"}


def test_a_list_without_agreements_is_no_success(tmp_path, capsys) -> None:
    (tmp_path / "none.json").write_text("[]")
    assert main(["agreements", "check", str(tmp_path / "none.json")]) == 2
    assert "holds no agreement" in capsys.readouterr().err
