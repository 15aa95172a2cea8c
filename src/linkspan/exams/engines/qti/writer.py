"""Questions as a package of QTI 3.0, from which they can be read again without loss."""

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from lxml import etree

from linkspan.exams.rules import MEDIA, Difficulty, Item, ItemKind
from linkspan.exams.rules.items import BY_PEOPLE

NS = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
CP = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
LOM = "http://ltsc.ieee.org/xsd/LOM"
TEMPLATES = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}", re.ASCII)
HARD = {Difficulty.EASY: "easy", Difficulty.MEDIUM: "medium", Difficulty.HARD: "difficult"}
#: All that an XML 1.0 file cannot hold.
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_package(items: Iterable[Item], pictures: Mapping[str, bytes]) -> bytes:
    """The package; `pictures` are PNG by their SHA-256."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest = etree.Element(
            f"{{{CP}}}manifest", {"identifier": "linkspan-questions"}, nsmap={None: CP, "lom": LOM}
        )
        meta = etree.SubElement(manifest, f"{{{CP}}}metadata")
        etree.SubElement(meta, f"{{{CP}}}schema").text = "QTI Package"
        etree.SubElement(meta, f"{{{CP}}}schemaversion").text = "3.0.0"
        etree.SubElement(manifest, f"{{{CP}}}organizations")
        resources = etree.SubElement(manifest, f"{{{CP}}}resources")
        written = set()
        for item in items:
            place = f"items/{identifier(item)}.xml"
            _resource(resources, item, place)
            _put(archive, place, etree.tostring(_item(item), xml_declaration=True, encoding="UTF-8"))
            if item.picture and item.picture.sha256 not in written and item.picture.sha256 in pictures:
                written.add(item.picture.sha256)
                _put(archive, f"pictures/{item.picture.sha256}.png", pictures[item.picture.sha256])
        _put(archive, "imsmanifest.xml", etree.tostring(manifest, xml_declaration=True, encoding="UTF-8"))
    return out.getvalue()


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Always with the same day, so that the same questions give the same file."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


def identifier(item: Item) -> str:
    """The name of the item as QTI allows it."""
    return item.id if NAME.fullmatch(item.id) else "i-" + hashlib.sha256(item.id.encode()).hexdigest()[:32]


def _resource(resources: Any, item: Item, place: str) -> None:
    told = {"identifier": identifier(item), "type": "imsqti_item_xmlv3p0", "href": place}
    one = etree.SubElement(resources, f"{{{CP}}}resource", told)
    if item.difficulty:
        lom = etree.SubElement(etree.SubElement(one, f"{{{CP}}}metadata"), f"{{{LOM}}}lom")
        hard = etree.SubElement(etree.SubElement(lom, f"{{{LOM}}}educational"), f"{{{LOM}}}difficulty")
        etree.SubElement(hard, f"{{{LOM}}}source").text = "LOMv1.0"
        etree.SubElement(hard, f"{{{LOM}}}value").text = HARD[item.difficulty]
    etree.SubElement(one, f"{{{CP}}}file", {"href": place})
    if item.picture:
        etree.SubElement(one, f"{{{CP}}}file", {"href": f"pictures/{item.picture.sha256}.png"})


def put(parent: Any, name: str, text: str = "", **told: str) -> Any:
    """A child of QTI, or of HTML where its name says nothing of QTI."""
    tag = name if name in HTML else f"qti-{name}"
    held = {key.rstrip("_").replace("_", "-"): UNWRITABLE.sub("\ufffd", value) for key, value in told.items()}
    child = etree.SubElement(parent, f"{{{NS}}}{tag}", held)
    child.text = UNWRITABLE.sub("\ufffd", text) or None
    return child


HTML = ("p", "div", "img", "ol", "li")


def _item(item: Item) -> Any:
    told = {"identifier": identifier(item), "title": item.id, "label": item.group, "tool-name": "Linkspan"}
    held = {name: UNWRITABLE.sub("\ufffd", value) for name, value in told.items()}
    root = etree.Element(
        f"{{{NS}}}qti-assessment-item", held | {"adaptive": "false", "time-dependent": "false"}, nsmap={None: NS}
    )
    WRITERS[item.kind](item, root)
    return root


def _declare(
    root: Any, cardinality: str, base: str, correct: Iterable[str], weights: Mapping[str, int] | None = None
) -> None:
    """The response with its key, and where parts count its mapping; the score of the item."""
    one = put(root, "response-declaration", identifier="RESPONSE", cardinality=cardinality, base_type=base)
    key = put(one, "correct-response")
    for value in correct:
        put(key, "value", value)
    if weights:
        mapping = put(one, "mapping", default_value="0", lower_bound="0")
        for name, weight in weights.items():
            put(mapping, "map-entry", map_key=name, mapped_value=str(weight), case_sensitive="false")
    put(root, "outcome-declaration", identifier="SCORE", cardinality="single", base_type="float")


def _body(item: Item, root: Any) -> Any:
    body = put(root, "item-body")
    for line in item.prompt.split("\n"):
        put(body, "p", line)
    return body


def _template(root: Any, name: str) -> None:
    put(root, "response-processing", template=f"{TEMPLATES}{name}")


def _choice(item: Item, root: Any) -> None:
    single, dropdown = item.kind is not ItemKind.CHECKBOX, item.kind is ItemKind.DROPDOWN
    _declare(root, "single" if single else "multiple", "identifier", [f"C{one}" for one in item.answers])
    body = _body(item, root)
    if dropdown:
        asked = put(put(body, "p"), "inline-choice-interaction", response_identifier="RESPONSE", shuffle="false")
    else:
        most = "1" if single else "0"
        told = {"response_identifier": "RESPONSE", "shuffle": "false", "max_choices": most}
        asked = put(body, "choice-interaction", **told)
    for number, option in enumerate(item.options):
        put(asked, "inline-choice" if dropdown else "simple-choice", option, identifier=f"C{number}")
    _template(root, "match_correct.xml")


def _entry(item: Item, root: Any) -> None:
    if item.kind is ItemKind.TEXT:
        _declare(root, "single", "string", item.answers[:1], dict.fromkeys(item.answers, 1))
    else:
        _declare(root, "single", "float" if item.kind is ItemKind.NUMERIC else "string", item.answers)
    put(put(_body(item, root), "p"), "text-entry-interaction", response_identifier="RESPONSE")
    if item.kind is ItemKind.TEXT:
        _template(root, "map_response.xml")
    elif item.kind is ItemKind.FORMULA:
        variables = ";".join(f"{one.name} {one.low} {one.high}" for one in item.variables)
        told = {"class": "linkspan.formula", "data-tolerance": item.tolerance, "data-variables": variables}
        _when(root, lambda parent: put(parent, "custom-operator", **told))
    elif not item.tolerance:
        _template(root, "match_correct.xml")
    else:
        mode = "relative" if item.tolerance.endswith("%") else "absolute"
        allowed = item.tolerance.removesuffix("%").strip()
        told = {"tolerance_mode": mode, "tolerance": f"{allowed} {allowed}"}
        _when(root, lambda parent: put(parent, "equal", **told))


def _when(root: Any, test: Callable[[Any], Any]) -> None:
    """The whole point where a test over response and key holds."""
    asked = put(put(put(root, "response-processing"), "response-condition"), "response-if")
    found = test(asked)
    put(found, "variable", identifier="RESPONSE")
    put(found, "correct", identifier="RESPONSE")
    put(put(asked, "set-outcome-value", identifier="SCORE"), "base-value", "1", base_type="float")


def _order(item: Item, root: Any) -> None:
    _declare(root, "ordered", "identifier", [f"C{one}" for one in item.answers])
    asked = put(_body(item, root), "order-interaction", response_identifier="RESPONSE", shuffle="false")
    for number, option in enumerate(item.options):
        put(asked, "simple-choice", option, identifier=f"C{number}")
    if not item.partial:
        return _template(root, "match_correct.xml")
    held = put(root, "response-processing")
    share = f"{float(Fraction(1, len(item.answers))):.12g}"
    for place in range(1, len(item.answers) + 1):
        one = put(put(held, "response-condition"), "response-if")
        test = put(one, "match")
        put(put(test, "index", n=str(place)), "variable", identifier="RESPONSE")
        put(put(test, "index", n=str(place)), "correct", identifier="RESPONSE")
        total = put(put(one, "set-outcome-value", identifier="SCORE"), "sum")
        put(total, "variable", identifier="SCORE")
        put(total, "base-value", share, base_type="float")
    return None


def _match(item: Item, root: Any) -> None:
    pairs = [f"L{line} R{choice}" for line, choice in enumerate(item.answers)]
    _declare(root, "multiple", "directedPair", pairs, dict.fromkeys(pairs, 1) if item.partial else None)
    lines = str(len(item.options))
    told = {"response_identifier": "RESPONSE", "shuffle": "false", "max_associations": lines}
    asked = put(_body(item, root), "match-interaction", **told)
    for side, texts, most in (("L", item.options, "1"), ("R", item.choices, lines)):
        held = put(asked, "simple-match-set")
        for number, text in enumerate(texts):
            put(held, "simple-associable-choice", text, identifier=f"{side}{number}", match_max=most)
    _template(root, "map_response.xml" if item.partial else "match_correct.xml")


def _hotspot(item: Item, root: Any) -> None:
    names = [f"H{number}" for number in range(len(item.areas))]
    right = [f"H{one}" for one in item.answers]
    weights = {name: 1 if name in right else -1 for name in names} if item.partial else None
    single = len(right) == 1
    _declare(root, "single" if single else "multiple", "identifier", right, weights)
    told = {"response_identifier": "RESPONSE", "max_choices": "1" if single else "0"}
    asked = put(_body(item, root), "hotspot-interaction", **told)
    if item.picture is not None:
        size = {"width": str(item.picture.width), "height": str(item.picture.height)}
        put(asked, "img", src=f"../pictures/{item.picture.sha256}.png", alt=item.picture.words, **size)
    for name, area, words in zip(names, item.areas, item.options, strict=True):
        coords = ",".join(map(str, area.coords))
        put(asked, "hotspot-choice", identifier=name, shape=area.shape, coords=coords, hotspot_label=words)
    _template(root, "map_response.xml" if item.partial else "match_correct.xml")


def _essay(item: Item, root: Any) -> None:
    """What people mark: a text or files, with the rubric for who scores."""
    base = "file" if item.accepts else "string"
    put(root, "response-declaration", identifier="RESPONSE", cardinality="single", base_type=base)
    most = str(sum(int(one) for one in item.answers))
    told = {"identifier": "SCORE", "cardinality": "single", "base_type": "float", "normal_maximum": most}
    put(root, "outcome-declaration", external_scored="human", **told)
    body = _body(item, root)
    kept = {"data-apart": item.tolerance} if item.tolerance else {}
    rubric = put(put(body, "rubric-block", view="scorer", use="scoring", **kept), "content-body")
    listed = put(rubric, "ol")
    for words, points in zip(item.options, item.answers, strict=True):
        put(listed, "li", words, **{"data-points": points})
    if item.accepts is None:
        put(body, "extended-text-interaction", response_identifier="RESPONSE")
        return
    media = " ".join(MEDIA[kind].partition(";")[0] for kind in item.accepts.kinds)
    bounds = {"data-most-files": str(item.accepts.most), "data-megabytes": str(item.accepts.megabytes)}
    put(body, "upload-interaction", response_identifier="RESPONSE", type=media, **bounds)


WRITERS: Mapping[ItemKind, Callable[[Item, Any], None]] = {
    **dict.fromkeys((ItemKind.CHOICE, ItemKind.CHECKBOX, ItemKind.DROPDOWN), _choice),
    **dict.fromkeys((ItemKind.NUMERIC, ItemKind.TEXT, ItemKind.FORMULA), _entry),
    ItemKind.ORDER: _order,
    ItemKind.MATCH: _match,
    ItemKind.HOTSPOT: _hotspot,
    **dict.fromkeys(BY_PEOPLE, _essay),
}
