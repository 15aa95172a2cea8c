"""A chemical formula is drawn in a child: its parser takes seconds over a page of hydrogen."""

from chem import chemcalc

from linkspan.kernel.bounded import ANSWERS


@ANSWERS.bounded
def render_to_html(text: str) -> str:
    """The formula as HTML."""
    return str(chemcalc.render_to_html(text))
