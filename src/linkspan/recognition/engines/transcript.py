"""The transcript as a tagged PDF, in the look of the school."""

from typing import Any

from linkspan.institutions.engines.letterhead import Letterhead
from linkspan.institutions.rules import plain_look
from linkspan.kernel.bounded import DOCUMENTS
from linkspan.kernel.typeset import typeset

#: Of a school that has chosen nothing.
PLAIN = Letterhead(plain_look(""))
TEMPLATE = """
#let primary = rgb(told.primary)
#let accent = rgb(told.accent)
#set document(title: told.title, author: told.institution)
#set page(
  paper: told.paper, margin: (x: 2cm, top: 1.8cm, bottom: 2.1cm),
  footer: context [#set text(size: 8.5pt, fill: rgb("#4a5a62"))
    #line(length: 100%, stroke: 0.5pt + accent) #v(-0.25cm)
    #told.institution · #told.learner #h(1fr) #counter(page).display("1 / 1", both: true)],
)
#set text(size: 10pt, fill: rgb("#1f2d36"))
#show heading: set text(fill: primary)
#show heading.where(level: 2): set block(above: 0.7cm, below: 0.25cm)
#grid(columns: (if told.mark_words == "" { 0pt } else { 2cm }, 1fr), column-gutter: 0.5cm, align: start + horizon,
  [#if told.mark_words != "" [#image(bytes(sys.inputs.mark), height: 1.9cm, alt: told.mark_words)]],
  [#text(size: 13pt, weight: "semibold", fill: primary)[#told.institution]
   #v(-0.1cm) #heading(level: 1)[#told.title]])
#line(length: 100%, stroke: 1.2pt + primary)
#grid(columns: (1fr, auto),
  [#text(size: 13pt, weight: "semibold")[#told.learner] \\ #told.degree], align(end)[#told.dated])
#for part in told.parts [
  #heading(level: 2)[#part.title]
  #if part.rows.len() == 0 [#part.empty] else [
    #table(
      columns: part.header.len(),
      inset: (x: 6pt, y: 5pt),
      stroke: (x, y) => (bottom: if y == 0 { 1pt + primary } else { 0.5pt + rgb("#c9cfd2") }),
      table.header(..part.header.map(name => text(fill: primary, weight: "semibold")[#name])),
      ..part.rows.flatten(),
    )
  ]
]
#v(0.6cm)
#text(size: 9pt)[#told.note]
#if told.at("key", default: "") != "" [#text(size: 9pt)[#told.key]]
#v(0.5cm)
#let columns = (6.4cm,) * calc.max(1, told.signing.len())
#block(breakable: false)[#grid(columns: columns, column-gutter: 0.9cm, align: start + bottom,
  ..told.signing.enumerate().map(((place, one)) => [
    #if one.alt != "" [#image(bytes(sys.inputs.at("signature" + str(place))), height: 1.2cm, alt: one.alt) #v(-0.3cm)]
    #line(length: 6cm, stroke: 0.6pt + rgb("#4a5a62")) #v(-0.2cm)
    #text(weight: "semibold")[#one.name] \\ #text(size: 9pt)[#one.title]
  ]))]
"""


@DOCUMENTS.bounded
def transcript_pdf(told: dict[str, Any], head: Letterhead = PLAIN) -> bytes:
    """The transcript; `told` has lang, title, institution, learner, degree, dated, note and parts.

    A part has a title, a header, rows of texts as wide as the header, and what to say if there are none. It may have
    the `key` to the grades.
    """
    return typeset(TEMPLATE, {**told, **head.told()}, **head.pictures())
