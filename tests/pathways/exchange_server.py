"""One Linkspan server of its own, over TLS on the loopback interface: `migrate`, `setup` prints tokens, `serve`."""

import asyncio
import json
import os
import socket
import ssl
import sys
import threading
from uuid import UUID


def migrate() -> None:
    """Make the tables."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def setup(code: str) -> None:
    """The institution's registrar and dean, and a learner whom it gave a grade; prints their bearer tokens."""
    import django

    django.setup()
    from tests.factories.people import token_for

    from linkspan.accounts.actions import grant_role, open_account
    from linkspan.accounts.queries import actor_for
    from linkspan.kernel.actor import system_actor
    from linkspan.kernel.clock import domain_now

    system, now = system_actor("test"), domain_now()
    tokens = {}
    for role in ("registrar", "dean"):
        email = f"{role}@{code.lower()}.example.org"
        person = open_account(actor=system, email=email, name=f"{code} {role}", now=now)
        grant_role(actor=system, person_id=person, role=role, institution=code, now=now)
        tokens[role] = token_for(actor_for(person))
    tokens["learner"] = token_for(actor_for(learner(code, system, now)))
    print(json.dumps(tokens))


def learner(code: str, system, now) -> UUID:
    """Somebody with a course of this institution, who consents that the other institution may see it."""
    from datetime import timedelta

    from linkspan.accounts.actions import give_consent, open_account
    from linkspan.accounts.queries import actor_for
    from linkspan.records.actions import record_fact
    from linkspan.records.rules import Kind, NewFact

    person = open_account(actor=system, email=f"learner@{code.lower()}.example.org", name=f"{code} learner", now=now)
    grade = {"institution": code, "id": "T1x", "grade": {"scale": "percent", "value": 88}, "completed": "2018-05-15"}
    fact = NewFact(Kind.COURSE_GRADE, "T1x", grade)
    record_fact(actor=system, learner_id=person, institution=code, fact=fact, source="test", now=now, reason="")
    give_consent(
        actor=actor_for(person),
        learner_id=person,
        institution={"Receiving": "Sending", "Sending": "Receiving"}[code],
        purpose="credit_evaluation",
        records=["courses"],
        expires_at=now + timedelta(days=90),
        signature=f"{code} learner",
        now=now,
    )
    return person


def facts(email: str) -> None:
    """Print the courses on record here of a learner."""
    import django

    django.setup()
    from linkspan.accounts.queries import person_id_by_email
    from linkspan.kernel.actor import system_actor
    from linkspan.records.queries import facts_of

    person = person_id_by_email(email)
    print(json.dumps([fact.key for fact in facts_of(system_actor("test"), person)] if person else None))


def serve(port: int, certificate: str, key: str) -> None:
    """Serve with the worker in the same process, behind a proxy that speaks TLS, until killed."""
    from linkspan.site.command import main

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        inner = probe.getsockname()[1]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    threading.Thread(target=asyncio.run, args=(front(port, inner, context),), daemon=True).start()
    sys.exit(main(["serve", "--port", str(inner)]))


async def front(port: int, inner: int, context: ssl.SSLContext) -> None:
    """Pass what comes over TLS on to the server, and its answers back."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", inner)
        except OSError:
            writer.close()
            return
        await asyncio.gather(carry(reader, server_writer), carry(server_reader, writer))

    await (await asyncio.start_server(connected, "127.0.0.1", port, ssl=context)).serve_forever()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "linkspan.site.settings"
    if sys.argv[1] == "migrate":
        migrate()
    elif sys.argv[1] == "setup":
        setup(sys.argv[2])
    elif sys.argv[1] == "facts":
        facts(sys.argv[2])
    else:
        serve(int(sys.argv[2]), sys.argv[3], sys.argv[4])
