"""`python -m linkspan.web.update_locales`: bring each language's catalogue to the template, in its order.

What is new has no translation yet, what the sources lost goes, and nothing is guessed. Catalogues have no places of the
sources and no dates, so that a line changes only where a text does.
"""

import re
from io import BytesIO

from babel.messages import Catalog
from babel.messages.pofile import write_po

from linkspan.web.build_locales import CATALOGUE, LOCALE, gaps, languages, read

#: What a header says that changes by itself.
OF_ITSELF = re.compile(
    rb'^"(?:POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Language-Team|Report-Msgid-Bugs-To):.*\n',
    re.MULTILINE,
)
#: The plural forms of a language where the usual library has them in another order than CLDR, Django and translators.
PLURALS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 "
    ": n%100>=11 && n%100<=99 ? 4 : 5);"
}


def brought_to(template: Catalog, known: Catalog) -> Catalog:
    """A catalogue with exactly the texts of the template in its order, and what of them was translated before."""
    made = Catalog(locale=known.locale, charset="utf-8", fuzzy=False, project="Linkspan", version="")
    made.mime_headers = [("Plural-Forms", PLURALS.get(str(known.locale), known.plural_forms))]
    for message in filter(lambda message: message.id, template):
        before = known.get(message.id, message.context)
        kept = before.string if before and before.id == message.id and not before.fuzzy else None
        flags = {flag for flag in message.flags if flag.endswith("format")}
        made.add(message.id, kept, flags=flags, context=message.context)
    return made


def written(catalogue: Catalog) -> bytes:
    """A catalogue as it stands in the tree."""
    target = BytesIO()
    write_po(target, catalogue, width=0, no_location=True, omit_header=False, ignore_obsolete=True)
    head, _, body = target.getvalue().partition(b"\n\n")
    shown = [line for line in head.split(b"\n") if not line.startswith(b"#")]
    return OF_ITSELF.sub(b"", b"\n".join(shown) + b"\n") + b"\n" + body


def main() -> None:
    """Write the catalogue of every language anew."""
    template = read("en")
    for language in languages():
        made = brought_to(template, read(language))
        (LOCALE / language / CATALOGUE).write_bytes(written(made))
        print(f"{language}: {len(made)} texts, {len(gaps(template, made))} without a translation")


if __name__ == "__main__":
    main()
