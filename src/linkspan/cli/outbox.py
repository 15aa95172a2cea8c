"""`linkspan outbox`: deliveries that wait or were given up; send them again, or set them aside with a reason."""

import argparse
import json
from typing import Any
from uuid import UUID

from linkspan.cli import command_line, one_line, unusable


def register(verbs: Any) -> None:
    """Add the verbs."""
    group = verbs.add_parser("outbox", help="see, send again and set aside deliveries")
    named = group.add_subparsers(required=True, metavar="VERB")
    shown = named.add_parser("list", help="deliveries that are not done, those given up first")
    shown.add_argument("--state", choices=["waiting", "dead", "dropped", "done"], help="only those in this state")
    shown.add_argument("--subscriber", default="", metavar="NAME", help="only those of this subscriber")
    shown.add_argument("--limit", type=int, default=200, metavar="N", help="at most so many (default 200)")
    shown.set_defaults(run=run_list)
    again = named.add_parser("retry", help="send a delivery again at once")
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", metavar="ID")
    which.add_argument("--all-dead", action="store_true", help="everything that was given up")
    again.set_defaults(run=run_retry)
    aside = named.add_parser("drop", help="set a delivery aside; it is kept, and not tried again")
    aside.add_argument("id", metavar="ID")
    aside.add_argument("--why", required=True, metavar="REASON")
    aside.set_defaults(run=run_drop)
    jobs = named.add_parser("jobs", help="what the clock's jobs could not do at their last round, and why")
    jobs.set_defaults(run=run_jobs)
    for verb in (shown, again, aside, jobs):
        verb.add_argument("--json", action="store_true", help="print one JSON object a line")


def run_list(arguments: argparse.Namespace) -> int:
    """Exit 0, also if there is nothing."""
    actor = command_line()
    from linkspan.kernel import outbox
    from linkspan.kernel.jsonable import jsonable
    from linkspan.kernel.retries import State

    if arguments.limit < 1:
        return unusable("outbox list", "--limit is 1 or more.")
    state = State(arguments.state) if arguments.state else None
    found = outbox.deliveries(actor, state=state, subscriber=arguments.subscriber, limit=arguments.limit)
    for row in found:
        if arguments.json:
            print(json.dumps(jsonable(row), ensure_ascii=False))
        else:
            told = f"{row.id} {row.state} {row.event} for {row.subscriber}, due {row.due.isoformat(timespec='seconds')}"
            print(one_line(f"{told}, tries {row.tries}{': ' if row.error else ''}{row.why or row.error}"))
    return 0


def run_jobs(arguments: argparse.Namespace) -> int:
    """Exit 0 if nothing failed, 1 otherwise."""
    actor = command_line()
    from linkspan.kernel.each import standing_failures
    from linkspan.kernel.jsonable import jsonable

    found = standing_failures(actor)
    for row in found:
        told = f"{row.job} {row.subject}, since {row.since.isoformat(timespec='seconds')}: {row.error}"
        print(json.dumps(jsonable(row), ensure_ascii=False) if arguments.json else one_line(told))
    return 1 if found else 0


def run_retry(arguments: argparse.Namespace) -> int:
    """Exit 0 if it waits to be sent again, 1 if it was delivered or is being delivered."""
    delivery_id = None if arguments.all_dead else _id(arguments.id)
    if delivery_id is None and not arguments.all_dead:
        return unusable("outbox retry", f"{arguments.id!r} is not the ID of a delivery. See linkspan outbox list.")
    actor = command_line()
    from linkspan.kernel import outbox
    from linkspan.kernel.clock import domain_now

    count = 1
    if delivery_id is None:
        count = outbox.retry_dead(actor=actor, now=domain_now())
    else:
        outbox.retry(actor=actor, delivery_id=delivery_id, now=domain_now())
    print(json.dumps({"waiting": count}) if arguments.json else f"Sent again: {count}")
    return 0


def run_drop(arguments: argparse.Namespace) -> int:
    """Exit 0 if it is set aside, 1 if it was delivered or is being delivered."""
    delivery_id = _id(arguments.id)
    if delivery_id is None:
        return unusable("outbox drop", f"{arguments.id!r} is not the ID of a delivery. See linkspan outbox list.")
    actor = command_line()
    from linkspan.kernel import outbox
    from linkspan.kernel.clock import domain_now

    outbox.drop(actor=actor, delivery_id=delivery_id, reason=arguments.why, now=domain_now())
    print(json.dumps({"dropped": str(delivery_id)}) if arguments.json else "Set aside.")
    return 0


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
