"""Documents as tagged PDFs (PDF/UA-1) by typst, in the scripts of every language that pages have.

PDF/UA-1 takes a glyph for every letter. Where no font has one, as for a name in Chinese without a font for it, the
document is tagged all the same but claims no conformance: docs/credentials.md says which fonts to add.
"""

import json
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import structlog

from linkspan.kernel.bounded import DOCUMENTS

log = structlog.get_logger(__name__)

#: Where `linkspan.web.build_static` lays the fonts of languages that the machine's own may lack.
FONTS = Path(__file__).resolve().parents[1] / "web/static/built/noto-sans-arabic"
#: What each template begins with: `told.lang` decides the direction and which font comes first.
PREAMBLE = """
#let told = json(bytes(sys.inputs.told))
#let arabic = told.lang == "ar"
#set text(
  lang: told.lang,
  font: if arabic { ("Noto Sans Arabic", "Libertinus Serif") } else { ("Libertinus Serif", "Noto Sans Arabic") },
)
"""


def printable(text: str) -> str:
    """A text without control characters, which neither a page nor a picture (XML 1.0, section 2.2) can hold."""
    return "".join(letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cs", "Cn"))


@DOCUMENTS.bounded
def typeset(template: str, told: Mapping[str, object], **pictures: str) -> bytes:
    """The document of a template, to which `told` and pictures (SVG) are given."""
    import typst

    source, inputs, fonts = (PREAMBLE + template).encode(), _inputs(told, pictures), typst.Fonts(font_paths=[FONTS])
    try:
        return bytes(typst.compile(source, sys_inputs=inputs, font_paths=fonts, pdf_standards=["ua-1"]))
    except typst.TypstError as error:
        log.warning("document without PDF/UA: a font may be missing", reason=str(error))
        return bytes(typst.compile(source, sys_inputs=inputs, font_paths=fonts))


@DOCUMENTS.bounded
def pictured(template: str, told: Mapping[str, object], ppi: float, **pictures: str) -> bytes:
    """The first page of the same as PNG, at so many points an inch."""
    import typst

    source, inputs, fonts = (PREAMBLE + template).encode(), _inputs(told, pictures), typst.Fonts(font_paths=[FONTS])
    pages = typst.compile(source, sys_inputs=inputs, font_paths=fonts, format="png", ppi=ppi)
    return bytes(pages[0] if isinstance(pages, list) else pages)


def _inputs(told: Mapping[str, object], pictures: Mapping[str, str]) -> dict[str, str]:
    return {"told": json.dumps(told), **pictures}
