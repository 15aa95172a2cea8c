"""A badge as a picture: title, issuer, year, and a span from one bank to the other."""

from xml.sax.saxutils import escape

from linkspan.credentials.engines.certificate import shown
from linkspan.kernel.bounded import DOCUMENTS

SIZE = 600
LONGEST_LINE = 26
MOST_LINES = 3


def badge_svg(*, title: str, issuer: str, year: str) -> bytes:
    """The picture as SVG, 600 by 600, with a title for screen readers."""
    title, issuer = shown(title), shown(issuer)
    lines = "".join(
        f'<text x="300" y="{330 + 46 * number}" font-size="36" font-weight="700">{escape(line)}</text>'
        for number, line in enumerate(_lines(title))
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}" viewBox="0 0 600 600" role="img">
<title>{escape(f"{title}, {issuer}, {year}")}</title>
<rect x="20" y="20" width="560" height="560" rx="56" fill="#fbfaf6" stroke="#1f4a5b" stroke-width="16"/>
<path d="M90 250h420M130 250C190 90 410 90 470 250M215 250V160M300 250V133M385 250V160" fill="none" stroke="#1f4a5b"
 stroke-width="14" stroke-linecap="round"/>
<g font-family="Helvetica, Arial, sans-serif" text-anchor="middle" fill="#1f2d36">
{lines}<text x="300" y="490" font-size="28">{escape(issuer[:40])}</text>
<text x="300" y="532" font-size="24" fill="#4c5a63">{escape(year)}</text></g></svg>""".encode()


@DOCUMENTS.bounded
def badge_png(svg: bytes) -> bytes:
    """The same as PNG."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(svg.decode(), scale=1))


def _lines(title: str) -> list[str]:
    """The title in at most three lines; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    for word in title.split():
        if lines and len(lines[-1]) + len(word) < LONGEST_LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(word[:LONGEST_LINE])
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1][: LONGEST_LINE - 1]}…"]
    return lines
