"""Blocks of other packages: whatever is installed and names itself an XBlock by entry point is run as it is.

Its view is shown in a frame of its own, its handlers are called, its grades are kept. What needs the services of a
whole Open edX is not among them.
"""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import structlog
from lxml import etree
from webob import Request
from xblock.core import XML_NAMESPACES, XBlock
from xblock.fields import Scope

from linkspan.courseware.engines.fields import InheritedFields
from linkspan.courseware.engines.told import PACKAGES, Answered, PartView

log = structlog.get_logger(__name__)
#: How xblocks-contrib names those that an Open edX has of its own.
OWN = "_{kind}_extracted"
#: Asks for services that are not here: threads, launches with secrets, a peer's queue, the platform's grade book.
NOT_RUN = frozenset(("discussion", "lti", "lti_consumer", "openassessment", "edx_sga", "staffgradedxblock"))
LARGEST_ANSWER = 2_000_000


def package_class(kind: str) -> type[XBlock] | None:
    """The class of a kind of block that an installed package brings; None if none does."""
    return None if kind in NOT_RUN or kind in ("problem", "html", "video") else _loaded(kind)


@cache
def _loaded(kind: str) -> type[XBlock] | None:
    found = {point.name: point for point in entry_points(group="xblock.v1")}
    point: EntryPoint | None = found.get(kind) or found.get(OWN.format(kind=kind))
    if point is None:
        return None
    try:
        import linkspan.courseware.engines.stock  # noqa: F401 - loads xblocks-contrib without what is done elsewhere

        cls: type[XBlock] = point.load()
    except Exception:  # a package that does not load is as good as none; the rest of the course is taught
        log.warning("a package of blocks could not be loaded", kind=kind, exc_info=True)
        return None
    return cls if issubclass(cls, XBlock) and not getattr(cls, "has_children", False) else None


def has_score(kind: str) -> bool:
    """Whether blocks of a kind count for the grade."""
    if kind == "problem":
        return True
    cls = package_class(kind)
    return bool(cls and getattr(cls, "has_score", False))


def remedy(kind: str) -> str:
    """What to do about a kind of block that is not run: a sentence."""
    package = PACKAGES.get(kind)
    if package and kind not in NOT_RUN:
        return f"Blocks of the kind {kind} need the package {package}, which is not installed here (extra «blocks»)."
    return f"Blocks of the kind {kind} cannot be taught here."


def only_content(cls: type[XBlock], node: Any) -> Any:
    """A definition without fields of learners: no file of a course writes what a learner did."""
    for name in list(node.attrib):
        field = cls.fields.get(name) or InheritedFields.fields.get(name)
        if field is None or field.scope not in (Scope.content, Scope.settings):
            del node.attrib[name]
    for child in node.xpath("descendant::*[namespace-uri() = $option]", option=XML_NAMESPACES["option"]):
        field = cls.fields.get(etree.QName(child).localname)
        if field is None or field.scope not in (Scope.content, Scope.settings):
            child.getparent().remove(child)
    return node


def with_dates(block: Any) -> Any:
    """A block whose inherited dates are dates: older ones read them as they stand."""
    for name in ("start", "due"):
        if isinstance(getattr(block, name, None), str):
            setattr(block, name, block.fields[name].from_json(getattr(block, name)))
    return block


def view_of(block: Any) -> PartView:
    """A block as it shows itself to its learner, with the scripts and styles that it asks for."""
    view = getattr(block, "student_view", None) or block.public_view
    fragment = view({})
    block.save()
    resources = list(dict.fromkeys((one.kind, one.data, one.mimetype) for one in fragment.resources))
    return PartView(fragment.content, tuple(resources), fragment.js_init_fn or "", fragment.json_init_args)


def answer_of(runtime: Any, block: Any, handler: str, suffix: str, query: str, body: bytes | None) -> Answered:
    """What a handler of a block answers; its state is saved. `body` None: it is asked, not told."""
    request = Request.blank(f"/{handler}?{query}", method="GET" if body is None else "POST", body=body or b"")
    request.content_type = "application/json"
    answer = runtime.handle(block, handler, request, suffix)
    block.save()
    told = answer.body if len(answer.body) <= LARGEST_ANSWER else b""
    return Answered(answer.status_int, answer.content_type or "text/plain", told.decode("utf-8", "replace"))
