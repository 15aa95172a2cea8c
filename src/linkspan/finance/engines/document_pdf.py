"""Invoices, receipts and credit notes as tagged PDFs (PDF/UA-1) by typst."""

import json
from typing import Any

from linkspan.kernel.bounded import DOCUMENTS

TEMPLATE = """
#let told = json(bytes(sys.inputs.told))
#set document(title: told.title, author: told.issuer, date: none)
#set page(paper: "a4", margin: 2.2cm, numbering: "1 / 1")
#set text(size: 10.5pt, fill: rgb("#1f2d36"), lang: told.lang)
#show heading: set text(fill: rgb("#1d4c5f"))
#strong[#told.issuer] \\
#for line in told.address [#line \\ ]
#v(0.8cm)
#told.to \\
#strong[#told.payer]
#v(0.8cm)
#heading(level: 1)[#told.title]
#table(columns: 2, stroke: none, inset: 3pt, ..told.facts.map(row => (row.at(0), strong(row.at(1)))).flatten())
#v(0.4cm)
#table(
  columns: (1fr, auto),
  inset: 6pt,
  stroke: 0.5pt + rgb("#c9cfd2"),
  align: (left, right),
  table.header(..told.header.map(name => strong(name))),
  ..told.lines.flatten(),
  strong(told.total.at(0)), strong(told.total.at(1)),
)
#v(0.4cm)
#for line in told.notes [#line \\ ]
"""


@DOCUMENTS.bounded
def document_pdf(told: dict[str, Any]) -> bytes:
    """The document; `told` has what the template names, as texts."""
    import typst

    inputs = {"told": json.dumps(told)}
    try:
        return bytes(typst.compile(TEMPLATE.encode(), sys_inputs=inputs, pdf_standards=["ua-1"]))
    except typst.TypstError:
        # A glyph that no font here has: the document is tagged, and claims no conformance.
        return bytes(typst.compile(TEMPLATE.encode(), sys_inputs=inputs))
