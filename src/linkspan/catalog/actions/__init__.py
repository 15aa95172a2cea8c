"""What is done to the catalogue: entries are prepared, published, discarded; each becomes public by its own verb."""

from linkspan.catalog.actions.changes import discard_change, prepare_change, publish_change, set_catalog_four_eyes
from linkspan.catalog.actions.entries import add_course, add_program, add_run, publish_requirements
from linkspan.catalog.actions.prices import set_price

__all__ = [
    "add_course",
    "add_program",
    "add_run",
    "discard_change",
    "prepare_change",
    "publish_change",
    "publish_requirements",
    "set_catalog_four_eyes",
    "set_price",
]
