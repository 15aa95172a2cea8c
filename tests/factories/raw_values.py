"""No template of ours writes a value as Python does: days, moments, numbers, money and states have one way each."""

import sys
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from django.template import base
from django.templatetags import i18n

from linkspan.kernel.money import Money
from linkspan.kernel.written import TERM
from linkspan.recognition.rules import Term

AS_A_TERM = "{{ value|term }}"
#: What to write instead, by type.
INSTEAD: dict[type, str] = {
    date: "{{ value|day }}, of a moment {% moment value %}, {% zoned value zone %} or {{ value|day_in:zone }}",
    time: "the moment: {% moment value %}",
    timedelta: "{{ value|span }}",
    Decimal: "{{ value|grade }}, {{ value|number }}; in a field of a form {{ value|typed }}",
    Money: "{{ value|money }}",
    Enum: "{{ value|words }}, or the sentence of the screen",
    Term: AS_A_TERM,
}


def raw(value: object) -> str:
    """How it is written instead; empty for what may stand as it is."""
    if isinstance(value, str) and TERM.fullmatch(value):
        return AS_A_TERM
    return next((told for kind, told in INSTEAD.items() if isinstance(value, kind)), "")


def _in_a_tag(node: Any) -> bool:
    """Whether a variable stands within a tag, where codes are values and classes."""
    origin, line = getattr(node, "origin", None), node.token.lineno if getattr(node, "token", None) else 0
    if origin is None or origin.loader is None or not line:
        return False
    lines = origin.loader.get_contents(origin).splitlines()
    before = "\n".join(lines[max(0, line - 4) : line]).rpartition(f"{{{{ {node.filter_expression.token} }}}}")[0]
    return before.rfind("<") > before.rfind(">")


def watched(render: Callable[[Any, Any], str]) -> Callable[[Any, Any], str]:
    """The same, but what is written as Python does fails, with the template and what to write."""

    def checked(value: Any, context: Any) -> str:
        told = raw(value)
        if told:
            caller = sys._getframe(1).f_locals.get("self")
            template = context.render_context.template
            name = getattr(getattr(caller, "origin", None), "template_name", None) or (template and template.name) or ""
            code_in_tag = isinstance(value, Enum | str | Term) and _in_a_tag(caller)
            as_typed = name in AS_TYPED and isinstance(value, str)
            ours = str(name).endswith(".html") and "/" + str(name).partition("/")[0] not in NOT_OURS
            if ours and not code_in_tag and not as_typed:
                written = getattr(getattr(caller, "filter_expression", None), "token", "a value of a sentence")
                raise AssertionError(f"{name}: {written} is {value!r}; write {told}")
        return render(value, context)

    return checked


#: Templates that give back to a person what they typed, as they typed it.
AS_TYPED = ("typed.html",)
#: Templates of libraries.
NOT_OURS = ("/django", "/problem", "/admin")


def watch() -> None:
    """Watch every template that is rendered in this process."""
    if base.render_value_in_context.__name__ != "checked":
        i18n.render_value_in_context = base.render_value_in_context = watched(base.render_value_in_context)
