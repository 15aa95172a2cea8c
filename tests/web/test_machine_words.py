"""No page writes a hash, an identifier of a machine or a command in front of a person, but folded for developers."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "src" / "linkspan" / "web" / "templates"
FOLDED = re.compile(r'<details class="developers"[^>]*>.*?</details>', re.DOTALL)
#: What forms carry, what addresses are made of, and what is loaded.
CARRIED = re.compile(
    r'<input type="hidden"[^>]*>|\{% (?:url|load|include|static)[^%]*%\}|\{#.*?#\}|(?:href|nonce)="[^"]*"'
)
MACHINE = re.compile(r"sha-?256|\burn:|course-v1:|system:|nonce|(?-i:\blinkspan [a-z]+ )|\bdid:", re.IGNORECASE)


def shown(source: str) -> str:
    return CARRIED.sub("", FOLDED.sub("", source))


@pytest.mark.parametrize("page", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_page_writes_words_of_machines(page: Path) -> None:
    assert MACHINE.findall(shown(page.read_text())) == []


def test_what_is_folded_or_carried_may() -> None:
    fold = '<details class="developers"><summary>For developers</summary>SHA-256 {{ hash }}</details>'
    assert not MACHINE.search(shown(fold + '<input type="hidden" name="sha256" value="{{ version.sha256 }}">'))
    assert MACHINE.search(shown("<p>Output SHA-256 {{ hash }}</p>")) and MACHINE.search(
        shown("run linkspan worker now")
    )
