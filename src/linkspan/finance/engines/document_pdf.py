"""Invoices, receipts and credit notes as tagged PDFs."""

from typing import Any

from linkspan.kernel.bounded import DOCUMENTS
from linkspan.kernel.typeset import typeset

TEMPLATE = """
#set document(title: told.title, author: told.issuer, date: none)
#set page(paper: "a4", margin: 2.2cm, numbering: "1 / 1")
#set text(size: 10.5pt, fill: rgb("#1f2d36"))
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
  align: (start, end),
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
    return typeset(TEMPLATE, told)
