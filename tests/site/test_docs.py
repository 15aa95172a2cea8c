"""The documentation builds without a warning, and its pages tell of everything that the code has."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
#: A page of the documentation, named in a docstring or a comment.
CITED = re.compile(r"docs/[\w/-]+\.md")


@pytest.fixture(scope="module")
def pages():
    spec = importlib.util.spec_from_file_location("docs_pages", DOCS / "pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site, built as `make docs` does: a warning, such as for a link that leads nowhere, is an error."""
    made = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-n", str(DOCS), str(made)]
    built = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
    assert (built.returncode, built.stderr) == (0, "")
    return made


def text_of(page: Path) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.read_text())).replace("&lt;", "<").replace("&quot;", '"')


def test_every_command_has_its_place_and_its_sentence(pages, site) -> None:
    from linkspan.site.command import parser

    told = text_of(site / "reference/made/cli.html")
    commands = list(pages.commands(parser()))
    assert len(commands) > 30
    assert [words for words, _, sentence in commands if not sentence or words not in told] == []


def test_every_setting_has_its_row_and_its_sentence(pages, site) -> None:
    told = text_of(site / "reference/made/settings.html")
    found = pages.environment()
    assert [setting.name for setting in found if not setting.words or setting.name not in told] == []
    written = {name for p in (ROOT / "src").rglob("*.py") for name in re.findall(r"\"(LINKSPAN_\w+)\"", p.read_text())}
    assert {setting.name for setting in found} == written


def test_every_call_of_the_api_has_its_row(site) -> None:
    told = text_of(site / "reference/made/api.html")
    paths = json.loads((ROOT / "tests/contract/openapi.json").read_text())["paths"]
    calls = [f"{verb.upper()} {path} " for path, verbs in paths.items() for verb in verbs]
    assert [call for call in calls if call not in told] == []


def test_every_test_that_the_page_on_data_protection_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (DOCS / "data-protection.md").read_text())
    assert len(named) > 15
    assert [one for one in named if f"def {one[1]}(" not in (ROOT / one[0]).read_text()] == []


@pytest.mark.parametrize("name", ["agreement", "policy", "record", "audit", "check"])
def test_every_member_of_a_format_has_its_row(name: str, site) -> None:
    told = text_of(site / f"formats/{name}.html")
    schema = json.loads((DOCS / "formats" / f"{name}.schema.json").read_text())
    named = set(schema["properties"]) | {
        member for inner in schema["properties"].values() for member in inner.get("items", {}).get("properties", ())
    }
    assert [member for member in named if member not in told] == []


def test_every_node_of_the_rule_language_has_its_meaning(site) -> None:
    written = (DOCS / "formats/rules.md").read_text()
    told = text_of(site / "formats/rules.html")
    for node in json.loads((DOCS / "formats/agreement.schema.json").read_text())["$defs"]["rule"]["oneOf"]:
        assert f'{{"{node["required"][0]}": ' in written, "say what it means"
        assert [name for name in node["properties"] if name not in told] == []


def test_the_states_of_an_attempt_are_drawn_from_their_table(pages, site) -> None:
    from linkspan.exams.rules.states import MOVES, AttemptState

    page = site / "reference/made/exam-states.html"
    (drawn,) = re.findall(r"<svg[^>]*States of an attempt.*?</svg>", page.read_text(), re.DOTALL)
    assert re.findall(r'<text x="225"[^>]*>(\w+)<', drawn) == list(AttemptState)
    assert len(re.findall(r"<path d=\"M\d+ \d+ Q", drawn)) == len(MOVES)
    told = text_of(page)
    rows = [f"{n} {m.start} {m.act} {m.who} {m.end} ".replace("_", " ") for n, m in enumerate(MOVES, 1)]
    assert [row for row in rows if row not in told.replace("_", " ")] == []


def test_pages_that_the_source_cites_exist() -> None:
    cited = {name for p in (ROOT / "src").rglob("*.py") for name in CITED.findall(p.read_text())}
    assert sorted(name for name in cited if not (ROOT / name).is_file()) == []


def test_links_of_the_readmes_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        links = re.findall(r"\]\((?!\w+:)([^)#]+)", page.read_text())
        assert [link for link in links if not (ROOT / link).exists()] == [], page.name
