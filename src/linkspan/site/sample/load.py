"""Load the sample world through the same actions that pages use. Loading it twice changes nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from linkspan.accounts.actions import grant_role, open_account
from linkspan.accounts.queries import actor_for, person_id_by_email
from linkspan.catalog import actions as catalog
from linkspan.credentials.actions import align, publish_grading_policy, set_four_eyes
from linkspan.institutions import actions as institutions
from linkspan.institutions.queries import institution, look_on
from linkspan.institutions.rules import plain_look
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.money import Money
from linkspan.pathways.actions import publish_version
from linkspan.pathways.engines.documents import packaged_agreements
from linkspan.site.sample.marks import drawn_mark, drawn_signature

HERE = Path(__file__).resolve().parent
OPENING = datetime(2017, 7, 1, 12, tzinfo=UTC)
SETUP = system_actor("setup")


def world() -> dict[str, Any]:
    """The sample world's data."""
    told: dict[str, Any] = json.loads((HERE / "world.json").read_text())
    return told


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of the story, by persona."""

    people: Mapping[str, Actor]

    def __getitem__(self, persona: str) -> Actor:
        return self.people[persona]


def email_of(persona: str) -> str:
    """The sample address of a persona."""
    return f"{persona}@example.org"


def load_world(*, now: datetime = OPENING) -> Cast:
    """Institutions with keys, people with roles, programs, courses, runs and prices; returns the people."""
    data = world()
    for row in data["institutions"]:
        institutions.register_institution(actor=SETUP, now=now, **row)
        if institution(row["code"]).did is None:
            institutions.make_signing_key(actor=SETUP, code=row["code"], now=now)
            set_four_eyes(actor=SETUP, institution=row["code"], four_eyes=False, now=now)
    _load_looks(data, now)
    _load_catalog(data, now)
    for document in packaged_agreements():
        publish_version(actor=SETUP, document=document, now=now)
    return Cast({persona: _load_person(persona, row, now) for persona, row in data["people"].items()})


def cast() -> Cast:
    """The people of a world that is loaded already."""
    found = {persona: person_id_by_email(email_of(persona)) for persona in world()["people"]}
    return Cast({persona: actor_for(person_id) for persona, person_id in found.items() if person_id})


def _load_person(persona: str, row: Mapping[str, Any], now: datetime) -> Actor:
    person_id = open_account(actor=SETUP, email=email_of(persona), name=row["name"], now=now, time_zone=row["zone"])
    for role, code in row["roles"]:
        grant_role(actor=SETUP, person_id=person_id, role=role, institution=code, now=now)
    return actor_for(person_id)


def _load_looks(data: Mapping[str, Any], now: datetime) -> None:
    for row in data["looks"]:
        school = row["institution"]
        if look_on(school, now.date()) != plain_look(school):
            continue
        mark = drawn_mark(row["petals"], row["primary"], row["accent"])
        colours = {name: row[name] for name in ("primary", "accent")}
        institutions.draft_look(actor=SETUP, institution=school, mark=mark, mark_words=row["words"], now=now, **colours)
        institutions.publish_look(actor=SETUP, institution=school, valid_from=now.date(), now=now)
    for row in data["signatories"]:
        signature = drawn_signature(row["name"])
        institutions.enter_signatory(actor=SETUP, valid_from=now.date(), signature=signature, now=now, **row)


def _load_achievement(key: str, row: Mapping[str, Any], now: datetime) -> None:
    for aligned in row.get("alignments", ()):
        align(actor=SETUP, achievement_key=key, data=aligned, now=now)
    if "grading_policy" in row:
        start = date.fromisoformat(row["valid_from"])
        publish_grading_policy(actor=SETUP, program_key=key, data=row["grading_policy"], valid_from=start, now=now)


def _load_catalog(data: Mapping[str, Any], now: datetime) -> None:
    for row in data["courses"]:
        fields = {"summary": "", **row, "credits": Decimal(row["credits"]) if "credits" in row else None}
        catalog.add_course(actor=SETUP, now=now, **fields)
    for row in data["programs"]:
        key = catalog.add_program(
            actor=SETUP,
            institution=row["institution"],
            code=row["code"],
            title=row["title"],
            summary=row["summary"],
            kind=row["kind"],
            now=now,
        )
        catalog.publish_requirements(
            actor=SETUP,
            program_key=key,
            catalogue_year=row["catalogue_year"],
            requirements=row["requirements"],
            valid_from=date.fromisoformat(row["valid_from"]),
            now=now,
        )
        _load_achievement(key, row, now)
    for row in data["runs"]:
        instants = {name: datetime.fromisoformat(row.get(name, value)) for name, value in data["run_defaults"].items()}
        catalog.add_run(
            actor=SETUP, run_id=row["id"], course_key=row["course"], dates=instants, zone="America/New_York", now=now
        )
    for row in data["prices"]:
        catalog.set_price(
            actor=SETUP,
            institution=row["institution"],
            subject=row["subject"],
            price=Money(row["minor"], row["currency"]),
            valid_from=date.fromisoformat(row["valid_from"]),
            now=now,
        )
