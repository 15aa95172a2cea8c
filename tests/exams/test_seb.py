"""Config Keys of Safe Exam Browser, against keys worked out by hand from the written form."""

import base64
import gzip
import json
import plistlib
import subprocess
import sys
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.exams.engines.seb import SettingsRefused, config_key, from_json, header_of, read_settings

SETTINGS: dict[str, Any] = {
    "startURL": "https://exams.example.org/é",
    "allowQuit": False,
    "URLFilterRules": [{"regex": True, "expression": r"^https:\/\/x$"}],
    "originatorVersion": "SEB_Win_3.9",
    "nothing": {},
    "empty": [],
    "minutes": 90,
    "salt": b"\x00\x01",
    "zoomMode": 0,
}
WRITTEN = (
    '{"allowQuit":false,"empty":[],"minutes":90,"salt":"AAE=","startURL":"https://exams.example.org/é",'
    + r'"URLFilterRules":[{"expression":"^https:\/\/x$","regex":true}],'
    + '"zoomMode":0}'
)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def refused(settings: Any) -> str:
    with pytest.raises(SettingsRefused) as caught:
        config_key(settings)
    return caught.value.code


def test_the_key_is_the_hash_of_the_written_form() -> None:
    assert config_key(SETTINGS) == digest(WRITTEN)
    assert config_key({**SETTINGS, "originatorVersion": "another"}) == digest(WRITTEN)


def test_the_header_is_for_the_page_without_fragment_and_default_port() -> None:
    key = config_key(SETTINGS)
    expected = digest(f"https://exams.example.org/17?p=2{key}")
    for url in (
        "https://exams.example.org/17?p=2",
        "https://EXAMS.example.org:443/17?p=2#top",
    ):
        assert header_of(key, url) == expected
    assert header_of(key, "https://exams.example.org/α") == digest(f"https://exams.example.org/%CE%B1{key}")
    for url in ("", "exams.example.org", "ftp://exams.example.org/", "https://[", "https://x:99999/"):
        with pytest.raises(SettingsRefused):
            header_of(key, url)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({}, "empty"),
        ({"a": 'say "hi"'}, "quotation_mark"),
        ({"a": "two\nlines"}, "control_character"),
        ({"a": 1.5}, "real"),
        ({"a": datetime(2027, 1, 1)}, "date"),  # noqa: DTZ001
        ({"key": 1, "KEY": 2}, "keys_differ_in_case"),
        ({"a": [{}]}, "empty_dictionary_in_array"),
        ({"a": [{"originatorVersion": "x"}]}, "empty_dictionary_in_array"),
        ({"a": 1, "b": {}}, "last_key_left_out"),
        ({"a": 1, "x": {"y": 1, "z": {}}}, "last_key_left_out"),
        ({"a_b": 1, "ab": 2, "a_": 3, "aB0": 4}, "key_order"),
        ({"ä": 1}, "key"),
        ({"a": None}, "kind"),
        ({"a": 2**63}, "integer"),
        ({"a": "\ud800"}, "half_character"),
    ],
)
def test_what_clients_read_differently_is_refused_by_name(settings: Any, code: str) -> None:
    assert refused(settings) == code


def test_files_plain_and_compressed_hold_the_same_settings() -> None:
    plain = plistlib.dumps(SETTINGS)
    for raw in (plain, gzip.compress(plain), b"plnd" + gzip.compress(plain), gzip.compress(b"plnd" + plain)):
        assert config_key(read_settings(raw)) == digest(WRITTEN)


@pytest.mark.parametrize(
    "raw",
    [b"", b"x", b"pswd...", b"pkhs", b"\x1f\x8bbroken", b"<plist><array/></plist>", b"bplist00", b"<plist>" * 9000]
    + [gzip.compress(b"0" * 6_000_000), b'<!DOCTYPE x [<!ENTITY a "b">]><plist><string>&a;</string></plist>'],
)
def test_a_file_that_is_none_is_refused(raw: bytes) -> None:
    with pytest.raises(SettingsRefused):
        read_settings(raw)


@given(st.binary(max_size=200))
def test_no_bytes_end_in_a_traceback(raw: bytes) -> None:
    with pytest.raises(SettingsRefused):
        config_key(read_settings(raw))


def test_the_command_reads_settings_as_json_and_says_what_is_wrong(tmp_path: Path) -> None:
    written = {**SETTINGS, "salt": {"data_base64": base64.b64encode(SETTINGS["salt"]).decode()}}
    assert from_json(written) == SETTINGS
    place = tmp_path / "exam.json"
    place.write_text(json.dumps(written))
    answer = run(str(place), "--json", "--url", "https://exams.example.org/17")
    key = digest(WRITTEN)
    assert json.loads(answer.stdout) == {"config_key": key, "header": digest(f"https://exams.example.org/17{key}")}
    place.write_text('{"a": 1.5}')
    answer = run(str(place), "--json")
    assert (answer.returncode, answer.stdout) == (2, "") and "real" in answer.stderr


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "linkspan.site.command", "exams", "seb-key", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)
