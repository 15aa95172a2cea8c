"""One Linkspan server of its own, over TLS on the loopback interface: `migrate`, `setup` prints tokens, `serve`."""

import json
import os
import sys


def migrate() -> None:
    """Make the tables."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def setup(code: str) -> None:
    """The institution's registrar and dean; prints their bearer tokens."""
    import django

    django.setup()
    from linkspan.accounts.actions import grant_role, open_account
    from linkspan.accounts.queries import actor_for
    from linkspan.api.signin import token_for
    from linkspan.kernel.actor import system_actor
    from linkspan.kernel.clock import domain_now

    system, now = system_actor("test"), domain_now()
    tokens = {}
    for role in ("registrar", "dean"):
        email = f"{role}@{code.lower()}.example.org"
        person = open_account(actor=system, email=email, name=f"{code} {role}", now=now)
        grant_role(actor=system, person_id=person, role=role, institution=code, now=now)
        tokens[role] = token_for(actor_for(person))
    print(json.dumps(tokens))


def serve(port: int, certificate: str, key: str) -> None:
    """Serve with the worker in the same process, until killed."""
    from pathlib import Path

    import django

    django.setup()
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "linkspan.site.embedded:application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        log_access=False,
        ssl_cert=Path(certificate),
        ssl_key=Path(key),
    ).serve()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "linkspan.site.settings"
    if sys.argv[1] == "migrate":
        migrate()
    elif sys.argv[1] == "setup":
        setup(sys.argv[2])
    else:
        serve(int(sys.argv[2]), sys.argv[3], sys.argv[4])
