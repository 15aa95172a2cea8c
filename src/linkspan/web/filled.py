"""A page with a form in which stands again what somebody typed, with what was wrong: HTML in, HTML out.

Passwords and files are never put back, nor is what a page hides in its form, but for the versions that its reader saw:
with a newer one the form would be saved over what somebody else saved.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import lxml.html
from django.utils.translation import gettext as _

from linkspan.web.pages import VERB

#: The version of what a form shows: sent again as it was.
SEEN = frozenset({"seen", "revision"})
#: Fields that are machinery, never somebody's words.
MACHINERY = frozenset({"csrfmiddlewaretoken", VERB, "once", "next", "page", "list", *SEEN})
#: Names of fields whose text is a secret: it is not shown, not even to who typed it.
SECRET = re.compile(r"password|secret|token|^again$")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}")
#: What XML cannot hold, and no field shows.
UNSHOWN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Attributes that lead somewhere.
LEADING = ("href", "src", "action", "formaction")
KEPT_TYPES = frozenset({"password", "file", "submit", "button", "image", "reset"})


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form sent: to which path, its fields, and the names of its files."""

    path: str
    fields: Mapping[str, Sequence[str]]
    files: Mapping[str, Sequence[str]]

    def typed(self) -> Iterator[tuple[str, str]]:
        """Each field with a text that may be somebody's words: no machinery, no secret, no id."""
        for name, values in self.fields.items():
            if name not in MACHINERY and not SECRET.search(name):
                yield from ((name, value) for value in values if value.strip() and not ID.fullmatch(value))


def may_be_shown(name: str) -> bool:
    """Whether the text of a field of that name may be shown again: no secret, and not the form's own."""
    return name != "csrfmiddlewaretoken" and not SECRET.search(name)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was wrong with a form: the sentence, and the fields that it may be about."""

    sentence: str
    fields: Sequence[str]


@dataclass(frozen=True, slots=True)
class Told:
    """The part of a page that says what was wrong, in its first paragraph, and what that was.

    `partly`: all else that the form sent is saved, and the summary has a list, a row for each thing that is not.
    """

    summary: str
    wrong: Sequence[Wrong]
    partly: bool = False


def filled(html: str, page: str, sent: Sent, told: Told | None = None) -> str:
    """The page of that address with the form as it was sent; with what is wrong first, and beside its field.

    What no field of the page can hold is listed after the summary, to be copied. Without `told`, the page has said
    itself what is wrong.
    """
    document = lxml.html.document_fromstring(html)
    form = _form(document, page, sent)
    left = _fill(form, sent, told is not None and not told.partly) if form is not None else list(sent.typed())
    if told is None:
        return html if form is None else _written(document)
    for node in document.xpath("//*[@autofocus]"):
        del node.attrib["autofocus"]
    summary = lxml.html.fragment_fromstring(told.summary)
    if form is not None:
        _tell(form, summary, told, sent)
    if copied := [(name, value) for name, value in left if name not in MACHINERY and not SECRET.search(name)]:
        summary.append(_to_copy(copied))
    (main,) = document.xpath("//main")
    main.insert(0, summary)
    if (title := document.find(".//title")) is not None:
        title.text = _("Error: {title}").format(title=" ".join((title.text or "").split()))
    if urlsplit(page).path != sent.path:
        _lead(document, page)
    return _written(document)


def _written(document: Any) -> str:
    return str(lxml.html.tostring(document, encoding="unicode", doctype="<!doctype html>"))


def _form(document: Any, page: str, sent: Sent) -> Any | None:
    """The form of the page that was sent, or None: of several that lead there, the one that holds most of it."""
    here = [one for one in document.iter("form") if one.get("method", "").lower() == "post"]
    scored = [(_likeness(one, sent), -n, one) for n, one in enumerate(here) if _leads(one, page, sent.path)]
    found = max(scored, default=None, key=lambda one: one[:2])
    return found[2] if found and found[0] >= 0 else None


def _leads(form: Any, page: str, path: str) -> bool:
    ways = [form.get("action", ""), *(one.get("formaction") for one in form.iter("button") if one.get("formaction"))]
    return any(unquote(urlsplit(urljoin(page, way)).path) == path for way in ways)


def _likeness(form: Any, sent: Sent) -> int:
    """How many fields and values of the form were sent; negative for another form."""
    own = list(_controls(form))
    names = {one.get("name") for one in own}
    typed = {name for name, _value in sent.typed()} | set(sent.files)
    if typed and not typed & names:
        return -1
    typed = {*sent.fields, *sent.files} - MACHINERY
    hidden = [one for one in own if one.get("type") == "hidden" and one.get("name") not in MACHINERY - {VERB}]
    same = sum(1 if one.get("value", "") in sent.fields.get(one.get("name"), ()) else -3 for one in hidden)
    pressed = any(one.tag == "button" and one.get("value") in sent.fields.get(one.get("name"), ()) for one in own)
    return max(len(typed & names) + same * 2 + pressed * 3 - len(typed - names), 0)


def _controls(form: Any) -> Iterator[Any]:
    """The fields and buttons of a form that have names, also those elsewhere on the page that name it."""
    within = form.iter("input", "select", "textarea", "button")
    named = form.get("id")
    beside = form.getroottree().xpath("//*[@form=$of]", of=named) if named else ()
    yield from (one for one in (*within, *beside) if one.get("name"))


def _fill(form: Any, sent: Sent, as_seen: bool) -> list[tuple[str, str]]:
    """Put what was sent into the fields of a form, in their order; what found no place.

    `as_seen` puts back the version that was seen. A view that drew the form itself may have shown a newer one, to be
    agreed to, and what is partly saved has a newer one: there it stays.
    """
    left = {name: list(values) for name, values in sent.fields.items()}
    own = [one for one in _controls(form) if one.tag != "button"]
    same = {name: sum(one.get("name") == name for one in own) == len(values) for name, values in left.items()}
    for one in own:
        name, kind = one.get("name"), one.get("type", "text").lower() if one.tag == "input" else one.tag
        given = left.get(name, [])
        if kind == "hidden":
            _take(one, given, in_order=same.get(name, False), as_seen=as_seen)
        elif kind in ("checkbox", "radio"):
            _tick(one, "checked", one.get("value", "on"), given)
        elif kind == "select":
            _choose(one, given)
        elif kind not in KEPT_TYPES and given:
            _write(one, given.pop(0))
    shown = set(sent.typed())
    return [(name, value) for name, values in left.items() for value in values if (name, value) in shown]


def _take(hidden: Any, given: list[str], *, in_order: bool, as_seen: bool) -> None:
    """Take out what a hidden field sent, and leave it as the page has it; a version stays as it was seen."""
    if given and as_seen and hidden.get("name") in SEEN:
        hidden.set("value", _shown(given.pop(0)))
    elif given and (in_order or given[0] == hidden.get("value", "")):
        given.pop(0)


def _choose(select: Any, given: list[str]) -> None:
    """Choose again: of a list of one what comes next, of a list of many all that it offers."""
    many = select.get("multiple") is not None
    options = [(option, _value_of(option)) for option in select.iter("option")]
    offered = {value for _option, value in options}
    chosen = [value for value in given if value in offered] if many else given[:1]
    if not many and not offered.issuperset(chosen):
        given.append(given.pop(0))  # it is not offered any more: what follows is of other lists
        return
    if not (chosen or many):
        return
    for option, value in options:
        option.attrib.pop("selected", None)
        if value in chosen:
            option.set("selected", "selected")
    for value in chosen:
        given.remove(value)


def _value_of(option: Any) -> str:
    value = option.get("value")
    return " ".join(option.text_content().split()) if value is None else str(value)


def _tick(one: Any, how: str, value: str, given: list[str]) -> None:
    one.attrib.pop(how, None)
    if value in given:
        one.set(how, how)
        given.remove(value)


def _write(one: Any, value: str) -> None:
    """The value of a field as it was typed: a browser drops the first line break of a text area."""
    if one.tag == "textarea":
        one.text = "\n" + _shown(value)
    else:
        one.set("value", _shown(value))
    for fold in one.iterancestors("details"):
        fold.set("open", "")


def _shown(value: str) -> str:
    return UNSHOWN.sub("", value.replace("\r\n", "\n"))


def _tell(form: Any, summary: Any, told: Told, sent: Sent) -> None:
    """Mark the form, and write at its fields what is wrong and which files have to be chosen again."""
    form.set("data-refused", "")
    for fold in form.iterancestors("details"):
        fold.set("open", "")
    fields = [one for one in _controls(form) if one.get("type") not in ("hidden", "submit") and one.tag != "button"]
    wrong = {name for one in told.wrong for name in one.fields}
    for one in () if told.partly else fields:
        name = one.get("name")
        if one.get("type") == "file" and sent.files.get(name) and name not in wrong:
            _beside(one, choose_again(sent.files[name]), "again")
    said = summary.iter("li") if told.partly else [summary.find("p")]
    for number, (error, place) in enumerate(zip(told.wrong, said, strict=False)):
        found = next((one for name in error.fields for one in fields if one.get("name") == name), None)
        if found is not None:
            _point(found, error.sentence, place, f"refused-field-{number}")


def choose_again(files: Iterable[str]) -> str:
    """That a file has to be chosen again: no page can put it back."""
    return _("Choose the file again: {name}").format(name=_shown(", ".join(files)))


def _point(field: Any, sentence: str, place: Any, otherwise: str) -> None:
    """Mark a field as wrong, and lead to it from where the summary says so."""
    field.set("aria-invalid", "true")
    _beside(field, sentence, "wrong")
    if not field.get("id"):
        field.set("id", otherwise)
    link = lxml.html.Element("a", href=f"#{field.get('id')}")
    link.text, place.text = (place.text or "").strip(), None
    place.insert(0, link)


def _beside(one: Any, words: str, kind: str) -> None:
    """A note before a field, or before the label around it, that a screen reader reads with it."""
    note = lxml.html.Element("p", id=f"{kind}-{'-'.join(one.get('name').split())}")
    note.set("class", "note bad")
    note.text = words
    one.set("aria-describedby", f"{note.get('id')} {one.get('aria-describedby', '')}".strip())
    around = next((up for up in one.iterancestors("label")), one)
    around.addprevious(note)


def _to_copy(left: Iterable[tuple[str, str]]) -> Any:
    """A list of texts that the page has no field for."""
    part = lxml.html.Element("div")
    head = lxml.html.Element("p")
    head.text = _("The page has no field for these any more. Copy what you need:")
    part.append(head)
    for name, value in left:
        label, area = lxml.html.Element("label"), lxml.html.Element("textarea", readonly="readonly", rows="3")
        label.text = name.replace("_", " ").capitalize()
        area.text = "\n" + _shown(value)
        label.append(area)
        part.append(label)
    return part


def _lead(document: Any, page: str) -> None:
    """Let what leads on from the page lead on from its address, though the answer came from another."""
    for name in LEADING:
        for one in document.xpath(f"//body//*[@{name}]"):
            way = one.get(name)
            if not way.startswith(("/", "#")) and not urlsplit(way).scheme:
                one.set(name, urljoin(page, way))
    for form in document.iter("form"):
        if not form.get("action"):
            form.set("action", page)
        if form.get("method", "").lower() == "post":
            form.insert(0, lxml.html.Element("input", type="hidden", name="form_page", value=page))
