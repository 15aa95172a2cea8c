"""What no page puts in front of a person, but folded for developers; and pages that lead nowhere."""

import re
from html import unescape

FOLDED = re.compile(r'<details class="developers"[^>]*>.*?</details>', re.DOTALL)
#: Scripts, and what a person types as it is written.
UNREAD = re.compile(r"<(script|style|template|kbd)\b.*?</\1>", re.DOTALL)
SPOKEN = re.compile(r'<[^>]*?\b(?:alt|aria-label|placeholder|title)="([^"]*)"[^>]*>')
MAIN = re.compile(r"<main\b.*?</main>", re.DOTALL)
#: Ids, hashes, keys, commands, settings, JSON, addresses, and days as machines write them.
MACHINE = re.compile(
    r"\burn:\S*|\bcourse-v1:\S*|\bdid:[a-z]+:\S*|\bsystem:\S*|\b[Ss][Hh][Aa]-?256\b|\bLINKSPAN_[A-Z_]+"
    r"|\blinkspan [a-z]+|\b[0-9a-f]{8}-[0-9a-f]{4}-\S*|\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{24,}\b|[{}]|\bhttps?://\S*"
    r"|\b\d{4}-\d\d-\d\d(?!-)\b"
)
#: A link that stays on the page, or leads to where everybody begins, is no way on.
ONWARD = re.compile(r'<a [^>]*href="(?!#)|<button|type="submit"|role="status"')


def shown(page: str) -> str:
    """What a page shows and says, without what is folded for developers."""
    kept = UNREAD.sub(" ", FOLDED.sub(" ", page))
    spoken = SPOKEN.findall(kept)
    return " ".join(unescape(" ".join([re.sub(r"<[^>]*>", " ", kept), *spoken])).split())


def machine_words(page: str) -> list[str]:
    """The words of machines on a page, each with what stands around it."""
    text = shown(page)
    return [text[max(0, found.start() - 40) : found.end() + 10] for found in MACHINE.finditer(text)]


def is_dead_end(page: str) -> bool:
    """Whether the content of a page offers no next act, no way on and no wait."""
    main = MAIN.search(page)
    return main is not None and not ONWARD.search(main.group())
