"""The other party hears of each step of an agreement, in its own account; whoever took the step does not."""

import pytest
from tests.factories.people import NOW, SYSTEM, person
from tests.pathways.test_lifecycle import ID, approve, move, proposed

from linkspan.kernel import outbox
from linkspan.messages.queries import notices_of
from linkspan.pathways import actions
from linkspan.pathways.queries import desk
from linkspan.pathways.rules.life.lifecycle import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def parties(db):
    return {
        "receiving": person("Rita Receiving", ("registrar", "Receiving")),
        "sending": person("Sam Sending", ("registrar", "Sending")),
        "dean": person("Dee Dean", ("dean", "Sending")),
        "else": person("Elsewhere", ("registrar", "Elsewhere")),
    }


def new_titles(parties, who) -> list[str]:
    """The titles that came since the last time, in their alphabetical order."""
    outbox.drain(now=NOW)
    found = {notice.id: notice.title for notice in notices_of(parties[who])}
    seen = parties.setdefault(f"{who} saw", set())
    fresh = sorted(title for notice, title in found.items() if notice not in seen)
    seen |= set(found)
    return fresh


def test_each_step_reaches_the_other_party_only(parties) -> None:
    title = desk.version_detail(SYSTEM, *proposed(parties)).title
    assert new_titles(parties, "sending") == [f"Receiving sent you version 1 of {title}"]
    assert new_titles(parties, "dean") == [f"Receiving sent you version 1 of {title}"]
    assert new_titles(parties, "receiving") == []
    clause = {"agreement_id": ID, "version": 1, "clause": "1", "text": "Is it so?"}
    actions.comment_on_version(actor=parties["sending"], now=NOW, **clause)
    assert new_titles(parties, "receiving") == [f"Sending remarked on version 1 of {title}"]
    approve(parties["receiving"])
    assert new_titles(parties, "sending") == [f"Receiving approved version 1 of {title}"]
    actions.withdraw_approval(actor=parties["receiving"], agreement_id=ID, version=1, reason="A typo.", now=NOW)
    assert new_titles(parties, "sending") == [f"Receiving took its approval back: version 1 of {title}"]
    approve(parties["receiving"])
    approve(parties["sending"])
    move(parties["sending"], Status.ACTIVE)
    assert new_titles(parties, "receiving") == [
        f"Sending approved version 1 of {title}",
        f"Version 1 of {title} is now active",
    ]
    assert new_titles(parties, "dean")[0] == f"Receiving approved version 1 of {title}"
    move(parties["receiving"], Status.SUSPENDED)
    assert new_titles(parties, "dean") == [f"Version 1 of {title} is now suspended"]
    assert new_titles(parties, "receiving") == [] and new_titles(parties, "else") == []
