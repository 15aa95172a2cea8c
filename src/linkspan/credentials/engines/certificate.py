"""The certificate as a tagged PDF, with a QR code that leads to the verify page."""

import io
import unicodedata

import segno

from linkspan.kernel.bounded import DOCUMENTS
from linkspan.kernel.typeset import typeset

TEMPLATE = """
#set document(title: told.title, author: told.issuer)
#set page(paper: "a4", flipped: true, margin: 2.2cm, fill: rgb("#fbfaf6"))
#set text(size: 12pt, fill: rgb("#1f2d36"))
#align(center)[
  #text(size: 13pt, tracking: if arabic { 0pt } else { 1pt })[#upper(told.issuer)]
  #v(0.8cm)
  #text(size: 11pt)[#told.certifies]
  #v(0.2cm)
  #heading(level: 1, outlined: false)[#text(size: 30pt)[#told.holder]]
  #v(0.2cm)
  #text(size: 11pt)[#told.completed]
  #heading(level: 2, outlined: false)[#text(size: 20pt)[#told.title]]
  #v(0.3cm)
  #text(size: 11pt)[#told.awarded]
]
#v(1fr)
#grid(columns: (1fr, 3.2cm), align: (start + bottom, end + bottom),
  [#text(size: 9pt)[#told.results]
   #v(0.2cm)
   #text(size: 9pt)[#told.check]],
  image(bytes(sys.inputs.qr), width: 3cm, alt: told.qr))
"""


@DOCUMENTS.bounded
def certificate_pdf(*, told: dict[str, str], verify_url: str) -> bytes:
    """The certificate; `told` has lang, issuer, certifies, holder, completed, title, awarded, results, check and qr."""
    qr = io.BytesIO()
    segno.make(verify_url, error="m").save(qr, kind="svg", scale=4)
    return typeset(TEMPLATE, {name: shown(text) for name, text in told.items()}, qr=qr.getvalue().decode())


def shown(text: str) -> str:
    """A text without control characters, which neither a page nor a picture (XML 1.0, section 2.2) can hold."""
    return "".join(letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cs", "Cn"))
