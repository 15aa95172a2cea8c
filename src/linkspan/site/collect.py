"""`python -m linkspan.site.collect [FOLDER]`: every static file under a name that holds its hash, compressed beside it.

Pages name them so where they are there. A file that changes has another name, so a browser keeps each for good.
"""

import sys
from pathlib import Path

import django
from django.conf import Settings, settings
from django.core.management import call_command

from linkspan.site.settings import HASHED, SERVED, STORAGES


def main(folder: Path = SERVED) -> None:
    """Collect anew."""
    known = Settings("linkspan.site.settings")
    settings.configure(known, STATIC_ROOT=folder, STORAGES={**STORAGES, "staticfiles": {"BACKEND": HASHED}})
    django.setup()
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    print(f"static files collected: {sum(1 for found in folder.rglob('*.gz'))} are compressed")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
