"""What is done to the catalogue: entries are prepared, published, discarded; each becomes public by its own verb."""

from linkspan.catalog.actions.changes import (
    discard_change,
    kept_for_second,
    prepare_change,
    publish_change,
    publish_changes,
    set_catalog_four_eyes,
)
from linkspan.catalog.actions.entries import add_course, add_program, add_run, publish_requirements
from linkspan.catalog.actions.files import copy_requirements, import_entries
from linkspan.catalog.actions.prices import set_price

__all__ = [
    "add_course",
    "add_program",
    "add_run",
    "copy_requirements",
    "discard_change",
    "import_entries",
    "kept_for_second",
    "prepare_change",
    "publish_change",
    "publish_changes",
    "publish_requirements",
    "set_catalog_four_eyes",
    "set_price",
]
