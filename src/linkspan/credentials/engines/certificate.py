"""The certificate as a tagged PDF: mark, colours, who signs, courses, and a QR code that leads to the verify page."""

import io
from dataclasses import dataclass

import segno

from linkspan.institutions.engines.letterhead import Letterhead
from linkspan.kernel.bounded import DOCUMENTS
from linkspan.kernel.typeset import pictured, printable, typeset

#: Sizes by the length of the line: a name of sixty characters takes one line.
TEMPLATE = """
#let primary = rgb(told.primary)
#let accent = rgb(told.accent)
#let sized(text, ..steps) = {
  let size = steps.pos().last().at(1)
  for (most, points) in steps.pos().rev() { if text.clusters().len() <= most { size = points } }
  size * 1pt
}
#set document(title: told.title, author: told.issuer)
#set page(
  paper: told.paper, flipped: true, margin: (x: 2.3cm, y: 1.9cm), fill: rgb("#fbfaf6"),
  background: pad(0.8cm, rect(width: 100%, height: 100%, stroke: 2.4pt + primary,
    inset: 3.5pt, rect(width: 100%, height: 100%, stroke: 0.7pt + accent))),
)
#set text(size: 11pt, fill: rgb("#1f2d36"))
#set par(leading: 0.5em)
#show heading: set block(above: 0pt, below: 0pt)
#let many = told.courses.len() > 12
#let spoken(words) = text(style: if arabic { "normal" } else { "italic" })[#words]
#align(center)[
  #if told.mark_words != "" [#image(bytes(sys.inputs.mark), height: 2.1cm, alt: told.mark_words) #v(0.05cm)]
  #text(size: sized(told.issuer, (40, 15), (80, 12)), weight: "semibold", fill: primary)[#told.issuer]
  #v(1fr)
  #spoken(told.certifies)
  #v(if many { 0.25cm } else { 0.45cm })
  #let size = sized(told.holder, (26, 34), (42, 26), (64, 19), (110, 14))
  #heading(level: 1, outlined: false)[#text(size: size)[#told.holder]]
  #v(if many { 0.2cm } else { 0.35cm })
  #line(length: 9cm, stroke: 0.7pt + accent)
  #v(if many { 0.05cm } else { 0.2cm })
  #spoken(told.completed)
  #v(if many { 0.2cm } else { 0.4cm })
  #let size = sized(told.title, (45, 22), (80, 17), (200, 13))
  #heading(level: 2, outlined: false)[#text(size: size, fill: primary)[#told.title]]
  #v(if many { 0.2cm } else { 0.4cm })
  #told.awarded
]
#if told.courses.len() > 0 [
  #v(0.5fr)
  #align(center)[#block(width: 88%)[
    #set text(size: if many { 7.5pt } else { 9.5pt })
    #text(fill: primary, weight: "semibold")[#told.consisting]
    #v(0.05cm)
    #grid(columns: (1fr, 1fr), column-gutter: 0.9cm, row-gutter: if many { 0.14cm } else { 0.2cm },
      ..told.courses.map(one => align(start)[
        #one.title #if one.grade != "" [#box(width: 1fr, repeat[.#h(2pt)]) #one.grade]]))
  ]]
]
#v(1fr)
#grid(columns: (1fr, auto), align: (start + bottom, end + bottom), column-gutter: 0.8cm,
  grid(columns: (6.6cm,) * calc.max(1, told.signing.len()), column-gutter: 0.9cm, align: start + bottom,
    ..told.signing.enumerate().map(((place, one)) => [
      #if one.alt != "" [#image(bytes(sys.inputs.at("signature" + str(place))), height: 1.25cm, alt: one.alt)]
      #v(-0.3cm)
      #line(length: 6.2cm, stroke: 0.6pt + rgb("#4a5a62"))
      #v(-0.2cm)
      #text(weight: "semibold")[#one.name] \\
      #text(size: 9pt)[#one.title]
    ])),
  grid(columns: (auto, 2.5cm), column-gutter: 0.35cm, align: (end + bottom, end + bottom),
    [#set text(size: 8.5pt)
     #told.check \\
     #box(text(dir: ltr, fill: primary, weight: "semibold")[#told.short]) \\
     #told.number],
    image(bytes(sys.inputs.qr), width: 2.5cm, alt: told.qr)))
"""


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course by its title, and the grade where it is shown."""

    title: str
    grade: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate tells, in the words of one language: `words` has the sentences that the template names."""

    words: dict[str, str]
    courses: tuple[CourseLine, ...]
    head: Letterhead
    address: str


@DOCUMENTS.bounded
def certificate_pdf(told: Certificate) -> bytes:
    """The certificate; the QR code leads to its address."""
    said, pictures = _given(told)
    return typeset(TEMPLATE, said, **pictures)


@DOCUMENTS.bounded
def certificate_png(told: Certificate) -> bytes:
    """The same as a picture, about 1,200 points wide."""
    said, pictures = _given(told)
    return pictured(TEMPLATE, said, 103, **pictures)


def _given(told: Certificate) -> tuple[dict[str, object], dict[str, str]]:
    qr = io.BytesIO()
    segno.make(told.address, error="m").save(qr, kind="svg", scale=4, border=0, dark=told.head.look.primary)
    said: dict[str, object] = {name: printable(text) for name, text in told.words.items()}
    said["courses"] = [{"title": printable(one.title), "grade": printable(one.grade)} for one in told.courses]
    return said | told.head.told(), told.head.pictures() | {"qr": qr.getvalue().decode()}
