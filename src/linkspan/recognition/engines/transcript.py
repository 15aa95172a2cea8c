"""The transcript as a tagged PDF."""

from typing import Any

from linkspan.kernel.bounded import DOCUMENTS
from linkspan.kernel.typeset import typeset

TEMPLATE = """
#set document(title: told.title, author: told.institution)
#set page(paper: "a4", margin: 2cm, numbering: "1 / 1")
#set text(size: 10.5pt, fill: rgb("#1f2d36"))
#show heading: set text(fill: rgb("#1d4c5f"))
#heading(level: 1)[#told.title]
#told.institution \\
#strong[#told.learner] \\
#told.degree \\
#told.dated
#for part in told.parts [
  #heading(level: 2)[#part.title]
  #if part.rows.len() == 0 [#part.empty] else [
    #table(
      columns: part.header.len(),
      inset: 6pt,
      stroke: 0.5pt + rgb("#c9cfd2"),
      table.header(..part.header.map(name => strong(name))),
      ..part.rows.flatten(),
    )
  ]
]
#v(0.6cm)
#text(size: 9pt)[#told.note]
"""


@DOCUMENTS.bounded
def transcript_pdf(told: dict[str, Any]) -> bytes:
    """The transcript; `told` has lang, title, institution, learner, degree, dated, note and parts.

    A part has a title, a header, rows of texts as wide as the header, and what to say if there are none.
    """
    return typeset(TEMPLATE, told)
