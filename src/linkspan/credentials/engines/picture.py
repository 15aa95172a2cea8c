"""A badge as a picture: the issuer's mark and colours, title, issuer and year; for an issuer without a mark, a span."""

from xml.sax.saxutils import escape

from linkspan.institutions.engines.pictures import placed
from linkspan.institutions.rules import Look
from linkspan.kernel.bounded import DOCUMENTS
from linkspan.kernel.typeset import FONTS, printable

SIZE = 600
MOST_LINES = 3
#: The longest line that fits at each size of letters.
SIZES = ((20, 44), (24, 37), (30, 30))
SPAN = (
    'd="M190 250h220M212 250C240 170 360 170 388 250M256 250V207M300 250V193M344 250V207" fill="none" '
    'stroke-width="9" stroke-linecap="round"'
)
#: An octagon with round corners: the frame, and the line inside of it.
FRAME = (
    "M206 22H394Q414 22 428 36L564 172Q578 186 578 206V394Q578 414 564 428L428 564Q414 578 394 578"
    "H206Q186 578 172 564L36 428Q22 414 22 394V206Q22 186 36 172L172 36Q186 22 206 22Z"
)
#: Smaller around the middle.
SMALLER = 'transform="translate(300 300) scale({}) translate(-300 -300)"'


def badge_svg(*, title: str, issuer: str, year: str, look: Look) -> bytes:
    """The picture as SVG, 600 by 600, with a title for screen readers."""
    title, issuer = printable(title), printable(issuer)
    lines, size = _lines(title)
    first = 376 - (len(lines) - 1) * size * 0.6
    heights = [f"{first + 1.2 * size * number:.0f}" for number in range(len(lines))]
    bold = f'font-size="{size}" font-weight="700"'
    told = "".join(
        f'<text x="300" y="{height}" {bold}>{escape(line)}</text>' for height, line in zip(heights, lines, strict=True)
    )
    mark = placed(look.mark, 200, 92, 200, 190) or f'<path {SPAN} stroke="{look.primary}"/>'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}" viewBox="0 0 600 600" role="img">
<title>{escape(", ".join(part for part in (title, issuer, year) if part))}</title>
<path d="{FRAME}" fill="{look.primary}"/>
<path d="{FRAME}" fill="#fbfaf6" {SMALLER.format(0.93)}/>
<path d="{FRAME}" fill="none" stroke="{look.accent}" stroke-width="5" {SMALLER.format(0.9)}/>
{mark}
<g font-family="Inter, Helvetica, Arial, 'Noto Sans Arabic', sans-serif" text-anchor="middle" fill="#1f2d36">
{told}<path d="M240 452h120" stroke="{look.accent}" stroke-width="4"/>
<text x="300" y="486" font-size="22">{escape(issuer if len(issuer) <= 30 else issuer[:29] + "…")}</text>
<text x="300" y="530" font-size="24" font-weight="700" fill="{look.primary}">{escape(year)}</text></g></svg>""".encode()


@DOCUMENTS.bounded
def badge_png(svg: bytes) -> bytes:
    """The same as PNG."""
    import vl_convert

    if FONTS.is_dir():
        vl_convert.register_font_directory(str(FONTS))
    return bytes(vl_convert.svg_to_png(svg.decode(), scale=1))


def _lines(title: str) -> tuple[list[str], int]:
    """The title in at most three lines, and the size of its letters; what does not fit ends in an ellipsis."""
    for longest, size in SIZES:
        lines = _wrapped(title, longest)
        if len(lines) <= MOST_LINES and all(len(line) <= longest for line in lines):
            return lines, size
    lines = [line if len(line) <= longest else f"{line[: longest - 1]}…" for line in lines]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1][: longest - 1]}…"]
    return lines, size


def _wrapped(title: str, longest: int) -> list[str]:
    lines: list[str] = []
    for word in title.split():
        if lines and len(lines[-1]) + len(word) < longest:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
