"""An agreement, or what changed in it, as a tagged PDF for counsel."""

from typing import Any

from linkspan.kernel.bounded import DOCUMENTS
from linkspan.kernel.typeset import typeset

TEMPLATE = """
#set document(title: told.title, author: told.author, date: none)
#set page(paper: "a4", margin: 2.2cm, numbering: "1 / 1")
#set text(size: 10.5pt, fill: rgb("#1f2d36"))
#show heading: set text(fill: rgb("#1d4c5f"))
#heading(level: 1)[#told.title]
#for line in told.facts [#line \\ ]
#let said(stretch) = {
  if stretch.mark == "removed" { text(fill: rgb("#9c2f1b"), strike(stretch.text)) }
  else if stretch.mark == "added" { text(fill: rgb("#1e6b3c"), underline(stretch.text)) }
  else { stretch.text }
}
#for section in told.sections [
  #heading(level: 2)[#section.title]
  #for line in section.lines [
    #par[#if line.clause != "" [#strong(line.clause + " ")]#for stretch in line.stretches { said(stretch) }]
  ]
]
"""


@DOCUMENTS.bounded
def redline_pdf(told: dict[str, Any]) -> bytes:
    """The document; `told` has what the template names, as texts in the reader's language."""
    return typeset(TEMPLATE, told)
