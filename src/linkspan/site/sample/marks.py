"""Marks and signatures of the sample institutions, drawn here: no real one has any of them."""

import math
from random import Random


def drawn_mark(petals: int, primary: str, accent: str) -> bytes:
    """Arches in a ring around a disc."""
    arch = f'<path d="M84 60C84 22 116 22 116 60V78H84Z" fill="{primary}"'
    arches = "".join(f'{arch} transform="rotate({360 * place / petals:.2f} 100 100)"/>' for place in range(petals))
    dots = "".join(
        f'<circle cx="{100 + 86 * math.sin(angle):.2f}" cy="{100 - 86 * math.cos(angle):.2f}" r="4" fill="{accent}"/>'
        for angle in (2 * math.pi * (place + 0.5) / petals for place in range(petals))
    )
    ring = f'<circle cx="100" cy="100" r="96" fill="none" stroke="{primary}" stroke-width="5"/>'
    disc = f'<circle cx="100" cy="100" r="13" fill="{accent}"/>'
    box = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200"'
    return f"<svg {box}>{ring}{arches}{dots}{disc}</svg>".encode()


def drawn_signature(name: str) -> bytes:
    """A line as of a pen, its own for each name."""
    chance = Random(name)  # noqa: S311  a drawing
    x, line = 14.0, "M14 78"
    for place in range(9):
        step, height = chance.uniform(16, 30), chance.uniform(18, 62) if place % 3 else chance.uniform(60, 88)
        line += f"C{x + step * 0.1:.1f} {78 - height:.1f} {x + step * 0.9:.1f} {78 - height * 0.9:.1f} "
        line += f"{x + step * chance.uniform(0.7, 0.9):.1f} {chance.uniform(58, 84):.1f}"
        x += step
    line += f"C{x:.1f} 60 {x + 40:.1f} 92 {x + 90:.1f} {chance.uniform(50, 74):.1f}"
    pen = f'<path d="{line}" fill="none" stroke="#1b2b52" stroke-width="2.6" stroke-linecap="round"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {x + 100:.0f} 100">{pen}</svg>'.encode()
