"""Acts that are looked at first, confirmed as people confirm them."""

import re

from linkspan.admissions.actions import certify_list, decide_round
from linkspan.admissions.queries import intake, round_by_id
from linkspan.kernel.actor import Actor, Grant
from linkspan.kernel.acts import Act, Asked, Confirmed, Planned, confirm, look
from linkspan.kernel.errors import NotFound
from linkspan.kernel.ids import new_id


def fields_of(page: str) -> dict[str, list[str]]:
    """What the form of a preview sends again."""
    found: dict[str, list[str]] = {}
    page = page.partition("<footer")[0]  # below is the form of the language
    for key, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page):
        if key != "csrfmiddlewaretoken":
            found.setdefault(key, []).append(value)
    number = re.search(r"Type (\d+) to confirm", page)
    return found | ({"number": [number[1]]} if number else {})


def confirmed(client, path, form, reason="So it is.", **more):
    """Ask for an act, confirm what the page shows, and return the answer to that."""
    shown = client.post(path, form)
    assert shown.status_code == 200, shown.content
    page = shown.content.decode()
    assert "once" in fields_of(page), page
    return client.post(path, fields_of(page) | {"reason": form.get("reason") or reason}, **more)


def done(act: Act, actor, subject, now, reason="So it is.", **fields) -> Planned:
    """Look at an act and confirm it, without a face."""
    asked = Asked(actor, str(subject), fields, reason, now)
    seen = look(act, asked)
    return confirm(act, asked, Confirmed(new_id(), seen.seen, reason, len(seen.people)))


def match(*, actor, round_id, now):
    """Match an intake whose lists each institution has certified."""
    found = round_by_id(round_id) if not is_intake(round_id) else None
    for one in intake(found.intake_id if found else round_id).rounds:
        office = Actor(new_id(), f"{one.institution} office", frozenset({Grant("admissions", one.institution)}))
        certify_list(actor=actor if actor.has_role("admissions", one.institution) else office, round_id=one.id, now=now)
    return decide_round(actor=actor, round_id=round_id, now=now)


def is_intake(key) -> bool:
    try:
        return bool(intake(key))
    except NotFound:
        return False
