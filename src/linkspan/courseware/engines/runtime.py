"""The XBlock runtime: problems and texts of a course, with the state that each learner has in them.

Around xblocks-contrib, the blocks that Open edX itself runs. Content is read once per course version and shared; state
comes from and goes to a mapping that the caller loads and stores.
"""

import json
import re
from collections.abc import Callable, Mapping, MutableMapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from fs.osfs import OSFS
from lxml import etree
from opaque_keys.edx.keys import CourseKey
from webob import Request
from xblock.core import XBlock, XBlockMixin
from xblock.field_data import FieldData
from xblock.fields import Boolean, Date, Dict, Integer, Scope, ScopeIds, String, Timedelta
from xblock.runtime import DictKeyValueStore, KvsFieldData, MemoryIdManager, NullI18nService, Runtime
from xblocks_contrib import HtmlBlock, ProblemBlock

from linkspan.courseware.engines import bounds, sandbox
from linkspan.courseware.engines.olx import python_library
from linkspan.courseware.engines.results import ResultsOfCourse
from linkspan.courseware.rules import Block

CLASSES: Mapping[str, type[XBlock]] = {"problem": ProblemBlock, "html": HtmlBlock}
State = MutableMapping[str, dict[str, Any]]
bounds.install()


class InheritedFields(XBlockMixin):
    """Fields that blocks take over from the sequential around them."""

    graded = Boolean(default=False, scope=Scope.settings)
    format = String(default="", scope=Scope.settings)
    due = Date(default=None, scope=Scope.settings)
    start = Date(default=None, scope=Scope.settings)
    graceperiod = Timedelta(default=None, scope=Scope.settings)
    self_paced = Boolean(default=True, scope=Scope.settings)
    show_correctness = String(default="always", scope=Scope.settings)
    edxnotes = Boolean(default=False, scope=Scope.settings)
    edxnotes_visibility = Boolean(default=False, scope=Scope.settings)
    xqa_key = String(default=None, scope=Scope.settings)
    user_partitions = Dict(default={}, scope=Scope.settings)
    days_early_for_beta = Integer(default=None, scope=Scope.settings)
    use_latex_compiler = Boolean(default=False, scope=Scope.settings)
    matlab_api_key = String(default=None, scope=Scope.settings)
    static_asset_path = String(default="", scope=Scope.settings)


class _User:
    def __init__(self, opt_attrs: Mapping[str, Any]) -> None:
        self.opt_attrs = opt_attrs
        self.emails: list[str] = []
        self.full_name = ""


class _UserService:
    def __init__(self, learner: str) -> None:
        self._user = _User(
            {
                "edx-platform.user_id": int.from_bytes(learner.encode()[-6:]) % (2**31),
                "edx-platform.username": learner,
                "edx-platform.anonymous_user_id": learner,
                "edx-platform.deprecated_anonymous_user_id": learner,
                "edx-platform.is_authenticated": True,
                "edx-platform.user_is_staff": False,
                "edx-platform.user_is_beta_tester": False,
                "edx-platform.request_country_code": None,
            }
        )

    def get_current_user(self) -> _User:
        return self._user


class _Sandbox:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def can_execute_unsafe_code(self) -> bool:
        return False

    def get_python_lib_zip(self) -> bytes | None:
        return python_library(self._folder)


class _Urls:
    def __init__(self, base: str) -> None:
        self._base = base

    def replace_urls(self, text: str, static_replace_only: bool = False) -> str:
        return re.sub(r"(?<=[\"'(])/static/(?!built/)", self._base, text)


class _StateFieldData(FieldData):
    """Content from the shared store, learners' fields from the state at hand."""

    def __init__(self, content: KvsFieldData, state: State) -> None:
        self._content, self._state = content, state

    def _of_learner(self, block: XBlock, name: str) -> bool:
        return block.fields[name].scope in (Scope.user_state, Scope.preferences, Scope.user_info)

    def _saved(self, block: XBlock) -> dict[str, Any]:
        return self._state.setdefault(f"{block.scope_ids.block_type}/{block.scope_ids.usage_id.block_id}", {})

    def get(self, block: XBlock, name: str) -> Any:
        return self._saved(block)[name] if self._of_learner(block, name) else self._content.get(block, name)

    def set(self, block: XBlock, name: str, value: Any) -> None:
        if self._of_learner(block, name):
            self._saved(block)[name] = storable(value)
        else:
            self._content.set(block, name, value)

    def delete(self, block: XBlock, name: str) -> None:
        if self._of_learner(block, name):
            self._saved(block).pop(name, None)
        else:
            self._content.delete(block, name)

    def has(self, block: XBlock, name: str) -> bool:
        return name in self._saved(block) if self._of_learner(block, name) else self._content.has(block, name)


def storable(value: Any) -> Any:
    """A field's value as JSON; named tuples (capa's Score) become objects, or the next reading fails."""
    if hasattr(value, "_asdict"):
        return {key: storable(inner) for key, inner in value._asdict().items()}
    if isinstance(value, dict):
        return {str(key): storable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [storable(inner) for inner in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


class CourseRuntime(Runtime):
    """One learner at one block; `on_grade(usage, earned, possible)` hears of grades."""

    suppports_state_for_anonymous_users = False
    is_author_mode = False

    def __init__(
        self, *, run_id: str, folder: Path, learner: str, state: State, on_grade: Callable[[str, float, float], None]
    ) -> None:
        ids = MemoryIdManager()
        services = {
            "i18n": NullI18nService(),
            "user": _UserService(learner),
            "sandbox": _Sandbox(folder),
            "cache": ResultsOfCourse(str(folder)),
            "xqueue": None,
            "replace_urls": _Urls(f"/courseware/{run_id}/static/"),
            "field-data": _StateFieldData(KvsFieldData(DictKeyValueStore()), state),
        }
        super().__init__(id_reader=ids, id_generator=ids, services=services, mixins=(InheritedFields,))
        self.course_key = CourseKey.from_string(run_id)
        self.resources_fs = OSFS(str(folder))
        self.on_grade = on_grade
        self.user_id = learner
        self._services["xqueue"] = None

    def service(self, block: XBlock, service_name: str) -> Any:
        """The service, or None: the blocks ask for more than they need."""
        return self._services.get(service_name)

    def handler_url(
        self, block: Any, handler_name: str, suffix: str = "", query: str = "", thirdparty: bool = False
    ) -> str:
        """Not offered to scripts: pages post plain forms."""
        return f"#{handler_name}"

    def local_resource_url(self, block: Any, uri: str) -> str:
        """The blocks' own scripts are not used."""
        return f"#{uri}"

    def resource_url(self, resource: str) -> str:
        """See `local_resource_url`."""
        return f"#{resource}"

    def publish(self, block: XBlock, event_type: str, event_data: Mapping[str, Any]) -> None:
        """Hear of grades; other events are not needed."""
        if event_type == "grade" and event_data.get("value") is not None:
            usage = f"{block.scope_ids.block_type}/{block.scope_ids.usage_id.block_id}"
            self.on_grade(usage, float(event_data["value"]), float(event_data["max_value"] or 0))

    def parse_asides(self, *_: Any) -> list[Any]:
        """No asides."""
        return []

    def get_policy(self, _: Any) -> dict[str, Any]:
        """Policies were applied when the course was read."""
        return {}

    def error_tracker(self, message: str) -> None:
        """Problems of single blocks show on their page."""

    def load_block(self, block: Block) -> XBlock:
        """The XBlock of a course's leaf."""
        usage = self.course_key.make_usage_key(block.type, block.name)
        node = etree.Element(block.type, url_name=block.name)
        source = _inline_source(str(self.resources_fs.root_path), block.type, block.name)
        if source is not None:
            node = etree.fromstring(source)
        for key in ("graded", "format", "rerandomize", "showanswer", "max_attempts", "weight"):
            if key in block.attributes and source is not None:
                node.set(key, block.attributes[key])
        keys = ScopeIds(self.user_id, block.type, usage, usage)
        cls = self.mixologist.mix(CLASSES[block.type])
        return cls.parse_xml(node, self, keys)

    def get_block(self, usage_id: Any, for_parent: Any = None) -> XBlock:
        """Blocks ask only for themselves here."""
        raise KeyError(usage_id)

    def query(self, block: Any) -> Any:
        """Not offered."""
        raise NotImplementedError


@lru_cache(maxsize=4096)
def _inline_source(root: str, tag: str, name: str) -> bytes | None:
    place = Path(root) / tag / f"{name}.xml"
    if tag == "html" or not place.exists():
        return None
    return place.read_bytes()


def submit(block: XBlock, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """Hand answers (`2_1` to a text, or a list for checkboxes) to a problem; its own answer, `success` among it."""
    prefix = f"input_{block.scope_ids.usage_id.html_id()}"
    form: list[tuple[str, str]] = []
    for name, value in answers.items():
        if isinstance(value, list):
            form += [(f"{prefix}_{name}[]", str(entry)) for entry in value]
        else:
            form.append((f"{prefix}_{name}", str(value)))
    request = Request.blank("/", POST=form) if form else Request.blank("/", method="POST", body=b"")
    response = block.handle("xmodule_handler", request, "problem_check")
    block.save()
    found: Mapping[str, Any] = json.loads(response.body)
    return found


def sandbox_note() -> str:
    """What a Python-checked problem says where there is no sandbox; empty where there is one."""
    return "" if sandbox.available() else "Python-checked problems are not available here."
