"""Finds words that did not go through gettext: on pages in the pseudo-locale, every word that is ours has accents."""

import io
import json
import re
import urllib.error
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit, urlunsplit
from zoneinfo import available_timezones

import pypdf
from babel import Locale

import linkspan.site.sample
from linkspan.web.build_locales import ACCENTS

SAMPLE = Path(linkspan.site.sample.__file__).parent
WORD = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
PLAIN = {chr(letter) for letter in ACCENTS}
#: Addresses, identifiers, sums of bytes, file types: what is the same in every language.
CODES = re.compile(
    r"\S+@\S+|\S+\.(?:jsonl|json|csv|pdf)\b|\S+://\S+|urn:\S+|[\w.-]+:[\w*+-]+|\b[0-9a-f]{8,}\S*|\b[A-Z2-7]{32}\b|\bv\d\b|\b[0-9A-Z]{4}-[0-9A-Z]{4}\b"
    r"|\b[A-Z][a-z]{2} \d{1,2}, \d{4}(?:, \d\d:\d\d \[[^\]]*\])?"  # a day or moment, by CLDR, with the city of its zone
    r"|\binvoice [\w-]+",  # under what the story's people paid
    re.ASCII,
)
NAMES = re.compile(
    r"Completer \d+ \(sample\)|Open Badges? \d\.\d|Linkspan|PDF|JSON-LD|JSON|CSV|SHA-256|QR|UTC|GMT|[A-Z]{3}\b"
)
#: Text that a reader is not shown, or that is the same in every language.
UNREAD = {"script", "style", "svg", "math", "code", "pre", "textarea", "time"}
VOID = {"input", "br", "img", "meta", "link", "hr", "source", "wbr", "col"}
NO_PAGES = re.compile(r"/(logout|demo|static|i|c|schemas|contexts|content)/")
IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|course-v1:[^/]+|(?<=/)\d+(?=/)|[a-z0-9-]+-from-[a-z0-9-]+")


#: What is still English, by phrase: names of fields, slots and codes as they are written, and reasons that were stored
#: as sentences. Each goes when it becomes a reason with a code; nothing may join them.
LEFT = re.compile(
    "|".join(
        (
            r"^Credit was recognised|elective \d",  # the transcript names slots by their code
            r"^Taken last and alone",
            r"^\[[a-z_]+( ís ñót óñ réçórd\]$|: \[Nót kñówñ: )",  # a field by its name in the format
            r"\[slót \w+\]|çrédíts\] ás \w+\]|^\[Láñgúágé: en\]$",  # a slot of a degree, a language, by its code
            r"^\[(Íñ fórçé|Pártíés áñd prógráms)\]: (From|Until the day before|Note)$",  # what a difference is about
            r"^: \[áçtívé\] \(\[thé systém\]\) published$",  # why a version moved, as it was stored
            r"^\[?\[\[?by\]? [a-z_]+\]?, ",  # a choice of a clause, by its code, where versions differ
            r"letter grade:",
            r"^Name\[:\]$",  # a label that allauth's form makes of a field's name
            r"^(course run|exam attempt|export) |bachelor$|^learner$|^credentials$",  # sources of facts on record
            r"^\d+ outcomes were judged",
            r"\d+ (no seat|offered|submitted|joined)",
            r"(degree|test) óñ yóúr réçórd",  # kinds of facts in notices
            r"^(lottery|exam_percent)|exam percent",
            r"^(credentials for|declared by the learner)",
            r"^: \S+, ",
            r"HARVARD EXTENSION SCHOOL",
            # What a badge's issuer signed as its criteria.
            r"^A passing grade of record on the verified track of |Graded work in ",
            r"(% or more|: passed| or better)(;|$)",
            r"^\[(rétéñtíóñ|ímpórt)\] [\w. ]+$",  # what the trail is about, by the key of it
        )
    )
)


class Shown(HTMLParser):
    """The texts of a page as people read or hear them, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.links: list[str] = []
        #: The elements around, each with whether its text is unread, or in a language of its own.
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            # A redline cuts its sentences where they differ; whole they stand on the page of their version.
            apart = tag in UNREAD or given.get("class") == "redlined"
            self._open.append((tag, apart or (tag != "html" and "lang" in given)))
        if tag == "a" and given.get("href"):
            self.links.append(given["href"] or "")
        spoken = [given.get(name) for name in ("alt", "aria-label", "placeholder")]
        spoken += [given.get("value")] if given.get("type") in ("submit", "button") else []
        self.texts += filter(None, spoken)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(unread for _, unread in self._open):
            self.texts.append(" ".join(data.split()))


def _values(value) -> Iterator[str]:
    """Every text of a JSON value that is a name or a sentence, not a code."""
    if isinstance(value, str):
        told = " ".join(value.split())
        if told and not re.fullmatch(r"[a-z_]+", told):
            yield told
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _values(inner)


class World:
    """What the sample world itself says: names, titles, clauses; and names that CLDR and the zones have."""

    def __init__(self) -> None:
        files = [SAMPLE / "world.json", *SAMPLE.glob("agreements/*.json"), *SAMPLE.glob("policies/*.json")]
        texts = {text for file in files for text in _values(json.loads(file.read_text(encoding="utf-8")))}
        for file in SAMPLE.glob("courses/**/*.json"):
            texts |= set(_values(json.loads(file.read_text(encoding="utf-8"))))
        for file in SAMPLE.glob("courses/**/*.xml"):
            texts |= set(re.findall(r'(?:display_name|title)="([^"]+)"', file.read_text(encoding="utf-8")))
        for file in SAMPLE.glob("courses/CFx/problem/*.xml"):  # questions of the exam, which staff see as they are
            texts |= {" ".join(text.split()) for text in re.findall(r">([^<>]+)<", file.read_text(encoding="utf-8"))}
        for file in SAMPLE.glob("courses/*/about/*.html"):  # what a course says of itself
            texts |= {" ".join(text.split()) for text in re.findall(r">([^<>]+)<", file.read_text(encoding="utf-8"))}
        # The letter of a course; a reason and a school of the story.
        texts |= {"Pass", "The sample's runs stay open for visitors.", "Example University"}
        agreements = [json.loads(file.read_text(encoding="utf-8")) for file in SAMPLE.glob("agreements/*.json")]
        texts |= {str(agreement.get("field")) for agreement in agreements}
        english = Locale("en")
        texts |= {*english.territories.values(), *english.languages.values(), *available_timezones()}
        known = sorted((text for text in texts if WORD.search(text)), key=len, reverse=True)
        self.known = re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in known), re.IGNORECASE)

    def plain(self, texts: Iterable[str]) -> set[str]:
        """Those texts in which a word is neither of the world nor translated, and that are not known to be left."""
        return {text for text in texts if self._is_plain(text) and not LEFT.search(text)}

    def _is_plain(self, text: str) -> bool:
        if not any(set(word) & PLAIN for word in WORD.findall(text)):
            return False
        left = NAMES.sub(" ", self.known.sub(" ", CODES.sub(" ", text)))
        return any(set(word) & PLAIN for word in WORD.findall(left))


def texts_of(kind: str, content: bytes) -> tuple[list[str], list[str]]:
    """The texts and links of a page or a document."""
    if kind == "text/html":
        page = Shown(content.decode())
        return page.texts, page.links
    if kind == "application/pdf":
        return [
            line for page in pypdf.PdfReader(io.BytesIO(content)).pages for line in page.extract_text().split("\n")
        ], []
    return [], []


def crawl(get: Callable[[str], tuple[str, bytes]], starts: Iterable[str], seen: Counter[str], most: int = 3):
    """Each page that its links lead to: (kind of address, texts, page); one a kind for each caller, `most` for all."""
    waiting, own, first = deque(starts), set(), set(starts)
    while waiting:
        path = waiting.popleft()
        kind = IDENTIFIER.sub("*", urlsplit(path).path)
        if kind in own or (seen[kind] >= most and path not in first) or NO_PAGES.search(path):
            continue
        own.add(kind)
        seen[kind] += 1
        try:
            found, content = get(path)
        except urllib.error.HTTPError as error:
            found, content = error.headers.get_content_type(), error.read()
        texts, links = texts_of(found, content)
        yield kind, texts, content.decode() if found == "text/html" else ""
        for link in links:
            parts = urlsplit(urljoin(f"http://here{path}", link))
            if parts.netloc == "here":
                waiting.append(urlunsplit(("", "", parts.path, parts.query, "")))
