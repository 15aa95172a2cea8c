"""`python -m linkspan.site.demo_world LIFELINE`: make the demo's world if there is none, and print the links."""

import os
import sys
import tempfile
from datetime import date
from pathlib import Path

from linkspan.site.lifeline import follow

STORY_DAY = date(2018, 10, 3)


def main() -> int:
    """Make the world in LINKSPAN_HOME; one that was not finished is begun again."""
    follow(int(sys.argv[1]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linkspan.site.settings")
    import django

    django.setup()
    from django.conf import settings

    from linkspan.kernel.errors import Refused
    from linkspan.site import database

    try:
        lock = database.hold()
        made = settings.HOME / "made"
        if not made.exists():
            _forget_half_a_world()
        database.open_database(migrate=True)
        if not made.exists():
            _make()
            made.touch()
    except Refused as no:
        print(f"linkspan demo: {no.message}", file=sys.stderr)
        return 1
    if lock:
        lock.close()
    _print_links()
    return 0


def _forget_half_a_world() -> None:
    """Delete what an interrupted run left in the demo's own file; Refused where another database has tables."""
    from django.conf import settings
    from django.db import connection

    from linkspan.kernel.errors import Refused
    from linkspan.site import database

    file = Path(connection.settings_dict["NAME"])
    if database.is_embedded() and file.is_relative_to(settings.HOME):
        for path in [*file.parent.glob(f"{file.name}*"), settings.HOME / "database.json"]:
            path.unlink(missing_ok=True)
    elif connection.introspection.table_names():
        raise Refused("database_not_empty", "the demo's world is made in an empty database. Empty this one first.")


def _make() -> None:
    from linkspan.site.journey import play
    from linkspan.site.sample import joint
    from linkspan.site.sample.load import cast, world

    print("Making the sample world; this takes about half a minute.", file=sys.stderr)
    with tempfile.TemporaryDirectory() as out:
        for step in play(Path(out), STORY_DAY):
            print(f"  {step.number} of 7: {step.name}", file=sys.stderr)
    people, data = cast(), world()
    joint.put_records(people, data)
    joint.apply_all(people, data)
    joint.certify_lists(people, data)


def _print_links() -> None:
    from django.conf import settings

    from linkspan.site.demo import link_for
    from linkspan.site.sample.load import email_of, world

    print(f"\nLinkspan is at {settings.BASE_URL}/ ; sign in as")
    for persona, row in world()["people"].items():
        print(f"  {row['name']:38} {settings.BASE_URL}{link_for(email_of(persona))}")
    print("\nThe learner's story is played to its end; the newcomer starts it. Stop with Ctrl-C.\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
