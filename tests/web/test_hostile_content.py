"""Threat 25: what a credential says is text, whatever it says, on every page and picture that shows it."""

import io
import json
from datetime import timedelta
from html.parser import HTMLParser
from itertools import product
from xml.etree import ElementTree

import pypdf
import pytest
from django.test import Client
from tests.factories.people import NOW, SYSTEM
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.vc.makers import SEED, unsigned
from tests.web.test_access import as_persona

from linkspan.accounts.actions import give_consent
from linkspan.credentials import actions
from linkspan.credentials.actions.presentations import ask_wallet
from linkspan.credentials.models import CredentialRow, PresentationRow
from linkspan.credentials.queries import judge
from linkspan.kernel.clock import real_now
from linkspan.vc import sign

CALL = "alert(1)"
TAGS = ("img src=x", "svg", "body", "input autofocus", "details open", "video src=x", "math", "a href=x", "iframe")
EVENTS = ("onerror", "onload", "onfocus", "ontoggle", "onpointerover")
BREAKS = ('"', "'", "`", '">', "'>", "-->", "]]>", "</title>", "</textarea>", "</style>", "</script>")
PAYLOADS = (
    *(f"<{tag} {event}={CALL}>" for tag, event in product(TAGS, EVENTS)),
    *(f"{end}<script>{CALL}</script>" for end in BREAKS),
    *(f"{end} onfocus={CALL} autofocus x={end[0]}" for end in BREAKS),
    *(f'<a href="{url}">x</a>' for url in ("javascript:alert(1)", "JaVa\tScript:alert(1)", "data:text/html,x", "//x")),
    *(f"javascript:{odd}{CALL}" for odd in ("", "//%0a", "\u2028", "\u2029", "/*--></title>*/")),
    *(f"{mark} {CALL}" for mark in ("{{ 7*7 }}", "{% debug %}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "#eval(\"7*7\")")),
    *(f"[x](javascript:{CALL})" for CALL in ("alert(1)", "alert`1`", "eval(name)")),
    *("<!--", "<![CDATA[", "<?xml version='1.0'?>", "<!DOCTYPE x [<!ENTITY y 'z'>]>&y;", "&lt;b&gt;", "&#60;b&#62;"),
    *("<b", "<", "&", "\u202e<b>", "\ufeff<b>", "<\u200bscript>", "\uff1cscript\uff1e", "<scr\x08ipt>", "\x1b[2J<b>"),
    *("+ADw-script+AD4-", "%3Cscript%3E", "\\x3cscript\\x3e", "\\u003cscript\\u003e", "<style>*{}</style>", "<base>"),
    *("<meta http-equiv=refresh content=0>", "<link rel=stylesheet href=//x>", "<object data=x>", "<form action=//x>"),
)  # fmt: skip


class Elements(HTMLParser):
    """The elements of a page with the names of their attributes: what text must not add to."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(sorted(name for name, _ in attrs))))
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "formaction")]


pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    return load_world()


@pytest.fixture
def held(cast):
    put_grades(cast["learner"])
    return actions.issue_program_credential(
        actor=SYSTEM, learner_id=cast["learner"].person_id, program_key="MITx/SCM", now=NOW
    )


def everywhere(value, text: str):
    """The JSON value with that text after every text in it that is read by people."""
    if isinstance(value, dict):
        shown = {"name", "narrative", "description", "value", "message", "title", "humanCode"}
        return {
            k: f"{v} {text}" if k in shown and isinstance(v, str) else everywhere(v, text) for k, v in value.items()
        }
    return [everywhere(item, text) for item in value] if isinstance(value, list) else value


def test_the_corpus_is_large_and_without_repetition() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 100


def together(texts, most: int = 180):
    """The texts, joined as long as they fit the columns that hold a title or a name: fewer pages to read."""
    held = ""
    for text in texts:
        assert len(text) <= most
        if held and len(held) + len(text) >= most:
            yield held
            held = ""
        held = f"{held} {text}".strip(" ")
    yield held


def test_threat_25_no_text_of_a_credential_becomes_part_of_a_page(cast, held) -> None:
    learner, staff, registrar = (as_persona(cast, name) for name in ("learner", "staff", "registrar"))
    reader, reading = as_persona(cast, "hes-admissions"), f"/desk/inbox/HES/{cast['learner'].person_id}/"
    give_consent(
        actor=cast["learner"],
        learner_id=cast["learner"].person_id,
        institution="HES",
        purpose="admission",
        records=["credentials", "courses"],
        signature=cast["learner"].name,
        expires_at=NOW + timedelta(days=90),
        now=NOW,
    )
    asked = ask_wallet(actor=cast["registrar"], institution="HES", purpose="Admission", at=real_now(), now=NOW)
    verdict = judge(dict(held.document), real_now()).as_json()
    visitor = Client()

    def pages(text: str) -> dict[str, str]:
        shown = {"title": f"Title {text}", "holder_name": f"Holder {text}", "state_reason": f"Reason {text}"}
        CredentialRow.objects.filter(id=held.id).update(document=everywhere(held.document, text), **shown)
        told = {"verdict": everywhere(verdict, text), "answered_at": NOW, "purpose": f"Purpose {text}"}
        PresentationRow.objects.filter(id=asked.id).update(**told)
        pasted = json.dumps(sign(everywhere(unsigned(), text), SEED, created=NOW))
        answers = {
            "certificate": visitor.get(f"/credentials/{held.id}/"),
            "held": learner.get("/credentials/"),
            "desk": staff.get("/desk/credentials/"),
            "verify": visitor.post("/verify/", {"credential": pasted}),
            "broken": visitor.post("/verify/", {"credential": text}),
            "inbox": reader.post(reading, {"purpose": "admission"}),
            "wallet": registrar.get(f"/desk/wallets/{asked.id}/"),
            "wallets": registrar.get("/desk/wallets/"),
        }
        for name, answer in answers.items():
            assert answer.status_code == (422 if name == "broken" else 200), (name, text)
            assert (
                "'unsafe-inline'" not in answer["Content-Security-Policy"].partition("script-src")[2].partition(";")[0]
            )
        return {name: answer.content.decode() for name, answer in answers.items()}

    plain = {name: Elements(page).found for name, page in pages("harmless").items()}
    assert all("harmless" in page for name, page in pages("harmless").items() if name != "broken")
    for text in together(PAYLOADS):
        for name, page in pages(text).items():
            parsed = Elements(page)
            assert parsed.found == plain[name], (name, text)
            assert all(url.startswith(("/", "#", "?", "https://", "openid")) for url in parsed.addresses), (name, text)


@pytest.mark.parametrize("form", ["svg", "png"])
def test_threat_25_no_text_of_a_credential_becomes_part_of_its_picture(held, form) -> None:
    def drawn(text: str) -> bytes:
        shown = {"title": text, "document": everywhere(held.document, text)}
        CredentialRow.objects.filter(id=held.id).update(**shown)
        answer = Client().get(f"/credentials/{held.id}/badge.{form}")
        assert answer.status_code == 200 and answer["X-Content-Type-Options"] == "nosniff"
        return answer.content

    if form == "png":
        assert all(drawn(text).startswith(b"\x89PNG") for text in PAYLOADS[::15])
        return
    plain = {(e.tag, *sorted(e.attrib)) for e in ElementTree.fromstring(drawn("harmless")).iter()}
    for text in PAYLOADS:
        assert {(e.tag, *sorted(e.attrib)) for e in ElementTree.fromstring(drawn(text)).iter()} == plain, text


MARKUP = ('#eval("7*7")', '#link("javascript:x")[y]', "= Heading $x$ *b* @r <l>", "\\u{41} <scr\x08ipt>")


@pytest.mark.parametrize("text", MARKUP)
def test_threat_25_no_text_of_a_credential_becomes_part_of_its_certificate(held, text) -> None:
    CredentialRow.objects.filter(id=held.id).update(title=text, holder_name=text)
    read = pypdf.PdfReader(io.BytesIO(Client().get(f"/credentials/{held.id}/certificate.pdf").content))
    words = "".join(read.pages[0].extract_text().split())
    assert "".join(text.replace("\x08", "").split()) in words
    assert not {"/OpenAction", "/AA"} & set(read.trailer["/Root"]) and "/JavaScript" not in str(read.trailer["/Root"])


@pytest.mark.parametrize("name", ["张伟", "محمد", "अमित", "Жанна", "ถนอม", "안녕", "😀", "\ue000"])
def test_a_name_in_any_script_has_its_certificate_even_where_no_font_shows_it(held, name) -> None:
    CredentialRow.objects.filter(id=held.id).update(holder_name=name)
    answer = Client().get(f"/credentials/{held.id}/certificate.pdf")
    assert answer.status_code == 200 and b"/StructTreeRoot" in answer.content
