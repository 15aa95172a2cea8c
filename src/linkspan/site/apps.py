"""App configuration: wires every domain's reactions to the outbox."""

import os
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.conf import settings

if TYPE_CHECKING:
    from linkspan.kernel.waiting import Reader


class SiteConfig(AppConfig):
    """The one place that knows all domains."""

    name = "linkspan.site"
    label = "linkspan_site"

    def ready(self) -> None:
        """Subscribe each domain's `tasks.SUBSCRIPTIONS`; learn whom people have to do with and what keeps them."""
        from linkspan.accounts.queries import actor_for, learn_obstacles_from, learn_schools_from, learn_ties_from
        from linkspan.accounts.rules import Tie
        from linkspan.catalog.queries import learn_exams_from
        from linkspan.institutions.queries import institution_names
        from linkspan.kernel import acts, outbox, retention, tracing, waiting
        from linkspan.site.broker import bell
        from linkspan.site.secrets import OTHERS

        os.umask(OTHERS)
        if settings.BROKER_URL:
            outbox.wake_by(bell.ring)
        tracing.trace_statements()
        retention.kinds()

        for domain, tie in {
            "finance": Tie.PAYS,
            "enrolment": Tie.STUDIES,
            "records": Tie.STUDIES,
            "exams": Tie.SITS_EXAM,
            "credentials": Tie.HOLDS,
            "admissions": Tie.APPLIED,
            "recognition": Tie.CREDIT,
        }.items():
            learn_ties_from(tie, import_module(f"linkspan.{domain}.queries").ties)

        learn_exams_from(import_module("linkspan.exams.queries").exams_here)
        for domain in ("finance", "exams", "admissions"):
            learn_obstacles_from(import_module(f"linkspan.{domain}.queries").obstacles)

        catalogue_entries()
        for domain, reader in readers_of_waits():
            waiting.read_by(domain, reader)

        acts.act_as(actor_for)
        learn_schools_from(lambda code: code in institution_names())
        for domain in settings.DOMAINS:
            if find_spec(f"linkspan.{domain}.tasks") is None:
                continue
            for subscription in import_module(f"linkspan.{domain}.tasks").SUBSCRIPTIONS:
                outbox.subscribe(domain, subscription)
            for one in vars(import_module(f"linkspan.{domain}.actions")).values() if has_actions(domain) else ():
                if isinstance(one, acts.Act):
                    acts.learn(one)


def catalogue_entries() -> None:
    """Have each domain that holds entries of a catalogue say so."""
    from linkspan.catalog.engines.holders import hold

    for domain in ("finance", "exams", "credentials", "recognition"):
        hold(import_module(f"linkspan.{domain}.actions").HELD)


def readers_of_waits() -> Iterator[tuple[str, "Reader"]]:
    """Each domain that says what waits in it, and by what."""
    for domain in settings.DOMAINS:
        if find_spec(f"linkspan.{domain}.queries") is not None:
            reader = getattr(import_module(f"linkspan.{domain}.queries"), "waits", None)
            if reader is not None:
                yield domain, reader


def has_actions(domain: str) -> bool:
    """Whether a domain has a slot of actions."""
    return find_spec(f"linkspan.{domain}.actions") is not None
