"""Plots by Altair, rendered to SVG on the server by vl-convert; the words in them come from the caller."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import altair as alt

from linkspan.kernel.bounded import DOCUMENTS

INK, DEEP, GOLD, LEAF = "#1f2d36", "#2f6f86", "#8a5a00", "#1e6b3c"
FONT = "Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with what is told of it: a number, or the band in which it lies."""

    label: str
    value: float
    told: str


@dataclass(frozen=True, slots=True)
class Span:
    """A measure of one variant: its band and the value in the middle."""

    label: str
    variant: str
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a curve with its band."""

    x: float
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Step:
    """A value of a series at one place of an ordered axis."""

    series: str
    x: str
    y: float


@dataclass(frozen=True, slots=True)
class Dot:
    """Two measures of one thing; `look`: it is to be looked at."""

    label: str
    x: float
    y: float
    look: bool


def bars_svg(rows: Sequence[Bar]) -> str:
    """Bars from the longest name down, in the order given, each with what is told of it at the end."""
    base = _chart([{"label": row.label, "value": row.value, "told": row.told} for row in rows])
    y = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=260))
    x = alt.X("value:Q", title=None, axis=alt.Axis(format=",d", tickCount=5))
    bars = base.mark_bar(color=DEEP, height=20).encode(x=x, y=y)
    numbers = base.mark_text(align="left", dx=4, color=INK, fontSize=13).encode(x=x, y=y, text="told:N")
    return _svg((bars + numbers).properties(width=420, height=34 * len(rows)))


def spans_svg(rows: Iterable[Span], unit: str) -> str:
    """For each measure a line from low to high and a dot in the middle, variants one under the other.

    Variants differ by the shape of the dot as well as by colour.
    """
    rows = list(rows)
    values = [{"label": r.label, "variant": r.variant, "low": r.low, "middle": r.middle, "high": r.high} for r in rows]
    variants = list(dict.fromkeys(row.variant for row in rows))
    base = _chart(values)
    y = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=260))
    offset = alt.YOffset("variant:N", sort=variants)
    colour = alt.Color("variant:N", sort=variants, title=None, scale=alt.Scale(range=[DEEP, GOLD]))
    shape = alt.Shape("variant:N", sort=variants, title=None, scale=alt.Scale(range=["circle", "triangle-up"]))
    lines = base.mark_rule(strokeWidth=4).encode(
        x=alt.X("low:Q", title=unit, axis=alt.Axis(format=",~f", tickCount=6)),
        x2=alt.X2("high:Q"),
        y=y,
        yOffset=offset,
        color=colour.legend(None),
    )
    dots = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=alt.X("middle:Q"), y=y, yOffset=offset, color=colour.legend(orient="top"), shape=shape.legend(orient="top")
    )
    measures = len({row.label for row in rows})
    return _svg((lines + dots).properties(width=420, height=max(60, 52 * measures)))


def curve_svg(points: Iterable[Point], x_title: str, y_title: str) -> str:
    """A curve with its band and the line at zero."""
    values = [{"x": p.x, "low": p.low, "middle": p.middle, "high": p.high} for p in points]
    base = _chart(values)
    x = alt.X("x:Q", title=x_title)
    band = base.mark_area(color=DEEP, opacity=0.3).encode(
        x=x, y=alt.Y("low:Q", title=y_title, axis=alt.Axis(format=",~f")), y2=alt.Y2("high:Q")
    )
    line = base.mark_line(color=DEEP, strokeWidth=3).encode(x=x, y=alt.Y("middle:Q"))
    zero = _chart([{"y": 0}]).mark_rule(color=INK, strokeDash=[4, 4]).encode(y=alt.Y("y:Q"))
    return _svg((band + zero + line).properties(width=460, height=240))


def lines_svg(points: Iterable[Step], x_title: str, y_title: str) -> str:
    """A line for each series over its values in order; series differ by the shape of their marks too."""
    values = [{"x": one.x, "y": one.y, "series": one.series} for one in points]
    base = _chart(values)
    x, y = alt.X("x:O", title=x_title), alt.Y("y:Q", title=y_title, axis=alt.Axis(format=",d"))
    colour, shape = alt.Color("series:N", title=None, sort=None), alt.Shape("series:N", title=None, sort=None)
    lines = base.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour.legend(orient="top", columns=4))
    marks = base.mark_point(filled=True, size=80, opacity=1).encode(x=x, y=y, color=colour, shape=shape)
    return _svg((lines + marks).properties(width=460, height=240))


def dots_svg(rows: Sequence[Dot], x_title: str, y_title: str) -> str:
    """Dots with their labels above; those to look at differ by shape as well as by colour; a line at zero."""
    values = [{"x": row.x, "y": row.y, "label": row.label, "look": row.look} for row in rows]
    base = _chart(values)
    least = min([0.0, *(round(row.y - 0.1, 1) for row in rows)])
    x = alt.X("x:Q", title=x_title, scale=alt.Scale(domain=[0, 100]))
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(domain=[least, 1]))
    colour = alt.Color("look:N", legend=None, scale=alt.Scale(domain=[False, True], range=[DEEP, GOLD]))
    shape = alt.Shape("look:N", legend=None, scale=alt.Scale(domain=[False, True], range=["circle", "triangle-up"]))
    dots = base.mark_point(filled=True, size=110, opacity=1).encode(x=x, y=y, color=colour, shape=shape)
    labels = base.mark_text(dy=-12, color=INK, fontSize=13).encode(x=x, y=y, text="label:N")
    zero = _chart([{"y": 0}]).mark_rule(color=INK, strokeDash=[4, 4]).encode(y=alt.Y("y:Q"))
    return _svg((zero + dots + labels).properties(width=460, height=320))


def _chart(values: Sequence[Mapping[str, object]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=list(values)))


def _svg(chart: alt.LayerChart) -> str:
    themed = chart.configure(font=FONT, background="white").configure_axis(
        labelFontSize=13, titleFontSize=13, labelColor=INK, titleColor=INK
    )
    return _drawn(themed.configure_legend(labelFontSize=13).to_dict())


@DOCUMENTS.bounded
def _drawn(plot: dict[str, object]) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(plot))
