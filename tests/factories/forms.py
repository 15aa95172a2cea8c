"""Forms as a browser reads them: their fields, what a person types into them, and what a page holds again."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import lxml.html
from django.urls import resolve

from linkspan.web.urls import urlpatterns

#: What is typed into a field of each type; other fields take `WORDS`.
TYPED = {
    "email": "typed@example.org",
    "url": "https://typed.example.org/",
    "number": "7",
    "date": "2031-02-03",
    "time": "10:11",
    "datetime-local": "2031-02-03T10:11",
    "month": "2031-02",
    "color": "#123456",
}
WORDS = 'Typed & "kept" <b>é'
LINES = "Typed & kept <b>\nin two lines, é 漢"
UNTYPED = {"submit", "button", "image", "reset", "hidden", "file"}


@dataclass(frozen=True)
class Form:
    """A form that posts: where it stands, where it leads, and its fields."""

    page: str
    to: str
    node: Any = field(repr=False, compare=False)

    def controls(self) -> Iterator[Any]:
        """Its fields and buttons with names, also those outside of it that name it."""
        within = self.node.iter("input", "select", "textarea", "button")
        beside = self.node.getroottree().xpath("//*[@form=$of]", of=self.node.get("id") or "-")
        yield from (one for one in (*within, *beside) if one.get("name"))

    def kinds(self) -> list[tuple[str, str]]:
        """The name and type of each field, in order."""
        return [(one.get("name"), kind_of(one)) for one in self.controls()]

    def has_words(self) -> bool:
        """Whether a person types or chooses anything in it."""
        return any(kind not in UNTYPED | {"password"} for _name, kind in self.kinds())

    def typed(self, secret: str = "never shown again") -> dict[str, list[str]]:
        """What is sent by somebody who fills every field, ticks every box and takes the last of each choice."""
        sent: dict[str, list[str]] = {}
        for one in self.controls():
            name, kind = one.get("name"), kind_of(one)
            value = one.get("value", "")
            if kind == "hidden":
                sent.setdefault(name, []).append(value)
            elif kind == "password":
                sent.setdefault(name, []).append(secret)
            elif kind == "checkbox":
                sent.setdefault(name, []).append(one.get("value", "on"))
            elif kind == "radio":
                sent[name] = [one.get("value", "on")]
            elif kind == "select":
                options = [option_value(option) for option in one.iter("option")]
                sent.setdefault(name, []).extend(options if one.get("multiple") is not None else options[-1:])
            elif kind not in UNTYPED:
                held = one.get("readonly") is not None
                typed = value if held else TYPED.get(kind, LINES if kind == "textarea" else WORDS)
                sent.setdefault(name, []).append(typed[: _longest(one)])
        return sent

    def held(self) -> dict[str, list[str]]:
        """What the page holds in its fields now, as it would be sent without a touch."""
        sent: dict[str, list[str]] = {}
        for one in self.controls():
            name, kind = one.get("name"), kind_of(one)
            if kind in ("checkbox", "radio"):
                if one.get("checked") is not None:
                    sent.setdefault(name, []).append(one.get("value", "on"))
            elif kind == "select":
                options = list(one.iter("option"))
                chosen = [option for option in options if option.get("selected") is not None]
                if not chosen and one.get("multiple") is None:
                    chosen = options[:1]
                sent.setdefault(name, []).extend(option_value(option) for option in chosen)
            elif kind == "textarea":
                sent.setdefault(name, []).append((one.text or "").removeprefix("\n"))
            elif kind not in UNTYPED - {"hidden"}:
                sent.setdefault(name, []).append(one.get("value", ""))
        return sent


def _longest(one: Any) -> int:
    """How much a field takes; of a template that works it out, much."""
    most = one.get("maxlength", "")
    return int(most) if most.isdigit() else 10_000


def kind_of(control: Any) -> str:
    """The type of an input, else the name of the element."""
    return control.get("type", "text").lower() if control.tag == "input" else str(control.tag)


def option_value(option: Any) -> str:
    """What an option sends."""
    value = option.get("value")
    return " ".join(option.text_content().split()) if value is None else value


def forms_of(html: str, page: str) -> list[Form]:
    """The forms of a page that post."""
    document = lxml.html.document_fromstring(html)
    posting = [one for one in document.iter("form") if one.get("method", "").lower() == "post"]
    return [Form(page, urljoin(page, one.get("action") or page).partition("#")[0], one) for one in posting]


@dataclass(frozen=True)
class Refused:
    """What a page says that refused a form."""

    message: str
    form: Form | None
    document: Any

    @property
    def forms(self) -> list[Form]:
        """All its forms that post."""
        return [Form("", "", one) for one in self.document.iter("form") if one.get("method", "").lower() == "post"]

    @classmethod
    def read(cls, html: str, page: str) -> "Refused":
        """Read it from the page."""
        document = lxml.html.document_fromstring(html)
        alerts = document.xpath("//main//*[@role='alert']")
        message = " ".join(alerts[0].text_content().split()) if alerts else ""
        (form,) = [one for one in forms_of(html, page) if one.node.get("data-refused") is not None] or [None]
        return cls(message, form, document)

    def lost(self, typed: Mapping[str, list[str]], form: Form) -> dict[str, list[str]]:
        """What was typed and does not stand in its field again, by name; passwords that do stand there."""
        held = self.form.held() if self.form else {}
        shown = {name: kind for name, kind in form.kinds() if kind not in UNTYPED}
        lost = {
            name: typed[name]
            for name, kind in shown.items()
            if kind != "password" and _plain(held.get(name, [])) != _plain(typed.get(name, []))
        }
        return lost | {name: held[name] for name, kind in shown.items() if kind == "password" and any(held[name])}


def _plain(values: list[str]) -> list[str]:
    return [value.replace("\r\n", "\n") for value in values]


def views_of(form: Form) -> tuple[str, str]:
    """The names of the views of its page and of the address that it leads to."""
    page, to = (_name(resolve(unquote(urlsplit(one).path)).func) for one in (form.page, form.to))
    return page, to


def _name(view: Any) -> str:
    return next((str(one.name) for one in urlpatterns if one.callback is view), str(view.__name__))


def posting_views() -> set[str]:
    """The names of the pages that take a form, as their views are written."""
    return {str(pattern.name) for pattern in urlpatterns if _takes_forms(pattern.callback)}


def _takes_forms(view: Any) -> bool:
    read = inspect.getsource(inspect.unwrap(view))
    return hasattr(view, "verbs") or hasattr(view, "post_only") or '"POST"' in read or "upload(" in read
