"""The certificate as a tagged PDF (PDF/UA-1) by typst, with a QR code that leads to the verify page."""

import io
import json
import tempfile
from pathlib import Path

import segno
import typst

TEMPLATE = """
#let told = json("told.json")
#set document(title: told.title, author: told.issuer)
#set page(paper: "a4", flipped: true, margin: 2.2cm, fill: rgb("#fbfaf6"))
#set text(size: 12pt, fill: rgb("#1f2d36"), lang: told.lang)
#align(center)[
  #text(size: 13pt, tracking: 1pt)[#upper(told.issuer)]
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
#grid(columns: (1fr, 3.2cm), align: (left + bottom, right + bottom),
  [#text(size: 9pt)[#told.results]
   #v(0.2cm)
   #text(size: 9pt)[#told.check]],
  image("qr.svg", width: 3cm, alt: told.qr))
"""


def certificate_pdf(*, told: dict[str, str], verify_url: str) -> bytes:
    """The certificate; `told` has lang, issuer, certifies, holder, completed, title, awarded, results, check and qr."""
    qr = io.BytesIO()
    segno.make(verify_url, error="m").save(qr, kind="svg", scale=4)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "told.json").write_text(json.dumps(told))
        (Path(folder) / "qr.svg").write_bytes(qr.getvalue())
        source = Path(folder) / "certificate.typ"
        source.write_text(TEMPLATE)
        return bytes(typst.compile(str(source), pdf_standards=["ua-1"]))
