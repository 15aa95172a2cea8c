"""Every name of an event has one owner; every event has a listener, or a reason for none."""

import ast
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings

from linkspan.kernel import outbox
from linkspan.kernel.outbox import events

SOURCE = Path(events.__file__).parents[2]
MODULES = [import_module(f"linkspan.{d}.events") for d in settings.DOMAINS if (SOURCE / d / "events.py").exists()]
EVENTS = [
    value
    for module in MODULES
    for value in vars(module).values()
    if is_dataclass(value) and value.__module__ == module.__name__
]

#: Events that nobody listens to, and why they are written.
UNHEARD = {
    "admissions.OfferAccepted": "the school sees the seat taken on its round at once; the learner accepted it",
    "courseware.ProblemGraded": "progress is read where it is shown; kept for analytics",
    "pathways.HoldReleased": "the case goes on in the same transaction; kept for analytics",
}


def test_every_name_has_one_owner() -> None:
    names = [outbox.event_name(event) for event in EVENTS]
    assert len(EVENTS) > 35 and len(set(names)) == len(names)
    assert {outbox.event_name(event) for event in EVENTS if event.__name__ == "AppealFiled"} == {
        "exams.AppealFiled",
        "admissions.AppealFiled",
    }


@pytest.mark.parametrize("event", EVENTS, ids=outbox.event_name)
def test_every_event_has_a_listener_or_a_reason_for_none(event) -> None:
    name = outbox.event_name(event)
    assert bool(outbox.subscriptions(name)) != (name in UNHEARD)
    assert all(told.event is event for told in outbox.subscriptions(name).values())


@pytest.mark.parametrize("event", EVENTS, ids=outbox.event_name)
def test_every_event_is_frozen_and_can_be_read_from_its_payload(event) -> None:
    assert event.__dataclass_params__.frozen
    with pytest.raises(ValueError, match=r"no extra|has no extra"):
        events.rebuilt(event, {field.name: None for field in fields(event)} | {"extra": 1})
    events._reader(event)


def test_every_subscriber_is_kept_by_its_own_name() -> None:
    """Waiting deliveries name their subscriber: who renames one writes a migration, and then changes this list."""
    found = sorted({name for event in EVENTS for name in outbox.subscriptions(outbox.event_name(event))})
    handlers = []
    for domain in settings.DOMAINS:
        paths = [*(SOURCE / domain).glob("tasks.py"), *(SOURCE / domain).glob("tasks/*.py")]
        for node in (node for path in paths for node in ast.parse(path.read_text()).body):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("on_"):
                handlers.append(f"{domain}.{node.name}")
    assert found == sorted(handlers), "a handler that is not subscribed, or one that is not called on_..."
