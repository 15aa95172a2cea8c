"""The four results that the published starting formats state."""

import json

import pytest

from linkspan.site.command import main


def altered(record: dict, change: str) -> dict:
    if change == "B-":
        record["courses"][0]["grade"]["value"] = "B-"
    if change == "no degrees":
        del record["degrees"]
    return record


@pytest.mark.parametrize(
    ("change", "on", "code", "outcome", "clause"),
    [
        ("", "2019-06-01", 0, "met", None),
        ("B-", "2019-06-01", 1, "not_met", "3"),
        ("no degrees", "2019-06-01", 1, "unknown", "2"),
        ("", "2018-09-30", 1, "not_met", "status"),
    ],
)
def test_stated_results(shared, tmp_path, capsys, change, on, code, outcome, clause) -> None:
    formats = shared / "formats"
    record = altered(json.loads((formats / "record.example.json").read_text()), change)
    (tmp_path / "record.json").write_text(json.dumps(record))
    files = [str(tmp_path / "record.json"), str(formats / "agreement.example.json")]
    assert main(["audit", *files, "--on", on, "--json"]) == code
    found = json.loads(capsys.readouterr().out)
    assert found["outcome"] == outcome
    if clause is None:
        assert found["tuition_waived"] == {"minor": 1080000, "currency": "USD"}
        assert [row["slot"] for row in found["recognised"]] == ["elective"] * 4
    else:
        assert clause in [item["clause"] for item in found["missing"]]
