"""`python -m linkspan.web.build_locales`: compile the catalogues, and make the pseudo-locale (en-xa) from the template.

The template is the catalogue of English, which `make messages` extracts from the sources. In the pseudo-locale every
text stands in brackets with accented letters, so that a plain word shows what does not go through gettext. The texts
of Django and allauth that our pages show are in it too. A language whose catalogue is whole is noted in `whole.json`:
the settings offer it.
"""

import json
import re
from collections import Counter
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
#: The languages that are whole in this build, as the settings read them.
WHOLE = LOCALE / "whole.json"


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


def languages() -> list[str]:
    """The languages that have a catalogue in the tree beside the template."""
    return sorted(place.parts[-3] for place in LOCALE.glob(f"*/{CATALOGUE}") if place.parts[-3] != "en")


def gaps(template: Catalog, catalogue: Catalog) -> list[str]:
    """Each text of the template that a language lacks: missing, not sure, or with other placeholders or tags."""
    found = []
    for message in filter(lambda message: message.id, template):
        have = catalogue.get(message.id, message.context)
        first = message.id if isinstance(message.id, str) else message.id[0]
        if have is None or have.fuzzy or have.id != message.id:
            found.append(f"missing: {first}")
            continue
        forms = [str(one or "") for one in (have.string if isinstance(have.string, list | tuple) else [have.string])]
        if len(forms) != (1 if isinstance(message.id, str) else catalogue.num_plurals) or not all(forms):
            found.append(f"missing: {first}")
        elif not _keeps([message.id] if isinstance(message.id, str) else [*message.id], forms):
            found.append(f"other placeholders or tags: {first}")
    return found


def _keeps(texts: list[str], forms: list[str]) -> bool:
    """Whether the last form has exactly what is filled in, and no other form has more."""
    marks = [Counter(KEPT.findall(one)) for one in texts]
    told = [Counter(KEPT.findall(one)) for one in forms]
    return told[-1] in marks and all(any(one <= mark for mark in marks) for one in told)


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
    whole = [language for language in languages() if not gaps(template, read(language))]
    WHOLE.write_text(json.dumps(whole) + "\n")
    made = pseudo_catalogue(template)
    for other in read_of_others():
        for message in filter(lambda message: message.id not in template, pseudo_catalogue(other)):
            made.add(message.id, message.string, context=message.context)
    write("en_XA", made)
    print(f"catalogues compiled: {len(template)} messages; whole: {', '.join(['en', *whole])}")


if __name__ == "__main__":
    main()
