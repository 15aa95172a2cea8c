"""`python -m linkspan.web.build_locales`: compile the catalogues, and make the pseudo-locale (en-xa) from the template.

The template is the catalogue of English, which `make messages` extracts from the sources. In the pseudo-locale every
text stands in brackets with accented letters, so that a plain word shows what does not go through gettext. The texts
of Django and allauth that our pages show are in it too.
"""

import re
from importlib.util import find_spec
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent / "locale"
CATALOGUE = "LC_MESSAGES/django.po"
#: Whose texts our pages show too.
OTHERS = (("django", "conf"), ("django", "contrib/auth"), ("django", "contrib/humanize"), ("allauth", ""))
ACCENTS = str.maketrans("aeiouAEIOUcn", "áéíóúÁÉÍÓÚçñ")
#: What stays as it is: placeholders, tags and character references.
KEPT = re.compile(r"(%\(\w+\)[sd]|%%|%[sd]|{[^{}]*}|<[^>]+>|&#?\w+;)")


def pseudo(message: str) -> str:
    """Return the message with accents and brackets; placeholders and tags stay."""
    parts = KEPT.split(message)
    return "[" + "".join(part if KEPT.fullmatch(part) else part.translate(ACCENTS) for part in parts) + "]"


def pseudo_catalogue(template: Catalog) -> Catalog:
    """Return a catalogue in which every message of the template is its own pseudo-translation."""
    made = Catalog(charset="utf-8")
    for message in filter(lambda known: known.id, template):
        if isinstance(message.id, str):
            made.add(message.id, pseudo(message.id), context=message.context)
        else:
            made.add(message.id, tuple(map(pseudo, message.id)), context=message.context)
    return made


def read(language: str) -> Catalog:
    """Return the catalogue of a language that is in the tree."""
    with (LOCALE / language / CATALOGUE).open("rb") as source:
        return read_po(source)


def read_of_others() -> list[Catalog]:
    """Return the English catalogues that come with the packages whose texts our pages show."""
    found = []
    for package, place in OTHERS:
        spec = find_spec(package)
        assert spec and spec.submodule_search_locations
        with (Path(spec.submodule_search_locations[0]) / place / "locale/en" / CATALOGUE).open("rb") as source:
            found.append(read_po(source))
    return found


def write(language: str, catalogue: Catalog) -> None:
    """Compile a catalogue for the server."""
    place = (LOCALE / language / CATALOGUE).with_suffix(".mo")
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as target:
        write_mo(target, catalogue)


def main() -> None:
    """Compile what is in the tree, and the pseudo-locale."""
    for place in LOCALE.glob(f"*/{CATALOGUE}"):
        language = place.relative_to(LOCALE).parts[0]
        write(language, read(language))
    template = read("en")
    made = pseudo_catalogue(template)
    for other in read_of_others():
        for message in filter(lambda message: message.id not in template, pseudo_catalogue(other)):
            made.add(message.id, message.string, context=message.context)
    write("en_XA", made)
    print(f"catalogues compiled: {len(template)} messages")


if __name__ == "__main__":
    main()
