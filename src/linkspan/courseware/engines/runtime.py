"""The XBlock runtime: problems and texts of a course, with the state that each learner has in them.

Around xblocks-contrib, the blocks that Open edX itself runs. Content is read once per course version and shared; state
comes from and goes to a mapping that the caller loads and stores.
"""

import re
from collections.abc import Mapping, MutableMapping
from datetime import datetime
from pathlib import Path
from typing import Any

from fs.osfs import OSFS
from lxml import etree
from opaque_keys.edx.keys import CourseKey
from xblock.core import XBlock
from xblock.field_data import FieldData
from xblock.fields import Scope, ScopeIds
from xblock.runtime import DictKeyValueStore, KvsFieldData, MemoryIdManager, NullI18nService, Runtime

from linkspan.courseware.engines import bounds
from linkspan.courseware.engines.clocked import ClockedProblem
from linkspan.courseware.engines.fields import InheritedFields
from linkspan.courseware.engines.markup import as_html, file_as_html
from linkspan.courseware.engines.olx import python_library
from linkspan.courseware.engines.packages import only_content, package_class, with_dates
from linkspan.courseware.engines.results import ResultsOfCourse
from linkspan.courseware.engines.stock import HtmlBlock, VideoBlock
from linkspan.courseware.engines.told import Learner, Published
from linkspan.courseware.rules import Block


class _Video(VideoBlock):
    """A video that is in no store of videos: its file names all that there is of it."""

    def import_video_info_into_val(self, *_: Any) -> str:
        """No id of such a store."""
        return ""


CLASSES: Mapping[str, type[XBlock]] = {"problem": ClockedProblem, "html": HtmlBlock, "video": _Video}
State = MutableMapping[str, dict[str, Any]]
bounds.install()


class _User:
    def __init__(self, opt_attrs: Mapping[str, Any]) -> None:
        self.opt_attrs = opt_attrs
        self.emails: list[str] = []
        self.full_name = ""


class _UserService:
    def __init__(self, learner: Learner) -> None:
        self._user = _User(
            {
                "edx-platform.user_id": learner.user_id,
                "edx-platform.username": learner.anonymous_id,
                "edx-platform.anonymous_user_id": learner.anonymous_id,
                "edx-platform.deprecated_anonymous_user_id": learner.anonymous_id,
                "edx-platform.is_authenticated": True,
                "edx-platform.user_is_staff": learner.is_staff,
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


class Urls:
    """Addresses that authors write, as this server serves them."""

    def __init__(self, base: str) -> None:
        self._base = base

    def replace_urls(self, text: str, static_replace_only: bool = False) -> str:
        """Return a text whose `/static/` addresses lead to the course's own files."""
        return re.sub(r"(?<=[\"'(])/static/(?!built/)", self._base, text)


#: Fields that are one learner's; those of all learners together are `Scope.user_state_summary`.
OF_LEARNER = (Scope.user_state, Scope.preferences, Scope.user_info)


class _StateFieldData(FieldData):
    """Content from its store, learners' fields from the state at hand, what they made together from `shared`."""

    def __init__(self, content: KvsFieldData, state: State, shared: State) -> None:
        self._content, self._state, self._shared = content, state, shared

    def _of_learner(self, block: XBlock, name: str) -> bool:
        return block.fields[name].scope in (*OF_LEARNER, Scope.user_state_summary)

    def _saved(self, block: XBlock, name: str) -> dict[str, Any]:
        where = self._state if block.fields[name].scope in OF_LEARNER else self._shared
        return where.setdefault(f"{block.scope_ids.block_type}/{block.scope_ids.usage_id.block_id}", {})

    def get(self, block: XBlock, name: str) -> Any:
        return self._saved(block, name)[name] if self._of_learner(block, name) else self._content.get(block, name)

    def set(self, block: XBlock, name: str, value: Any) -> None:
        if self._of_learner(block, name):
            self._saved(block, name)[name] = storable(value)
        else:
            self._content.set(block, name, value)

    def delete(self, block: XBlock, name: str) -> None:
        if self._of_learner(block, name):
            self._saved(block, name).pop(name, None)
        else:
            self._content.delete(block, name)

    def has(self, block: XBlock, name: str) -> bool:
        return name in self._saved(block, name) if self._of_learner(block, name) else self._content.has(block, name)


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


NO_EXTENSIONS: Mapping[str, datetime] = {}


class CourseRuntime(Runtime):
    """One learner in a course at one instant. `state` is read and written; `published` collects the grade events.

    `dues` are later due dates of blocks, by id, that this learner has.
    """

    suppports_state_for_anonymous_users = False
    is_author_mode = False

    def __init__(
        self,
        *,
        run_id: str,
        folder: Path,
        learner: Learner,
        state: State,
        now: datetime,
        ends: datetime | None = None,
        dues: Mapping[str, datetime] = NO_EXTENSIONS,
        shared: State | None = None,
    ) -> None:
        ids = MemoryIdManager()
        services: dict[str, Any] = {
            "i18n": NullI18nService(),
            "user": _UserService(learner),
            "sandbox": _Sandbox(folder),
            "cache": ResultsOfCourse(str(folder)),
            "xqueue": None,
            "replace_urls": Urls(f"/courseware/{run_id}/static/"),
            "field-data": _StateFieldData(KvsFieldData(DictKeyValueStore()), state, {} if shared is None else shared),
        }
        super().__init__(id_reader=ids, id_generator=ids, services=services, mixins=(InheritedFields,))
        self.course_key = CourseKey.from_string(run_id)
        self.resources_fs = OSFS(str(folder))
        self.now, self.ends, self.dues = now, ends, dues
        self.published: list[Published] = []
        self.urls: Urls = services["replace_urls"]
        self.user_id = learner.anonymous_id
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
        """Where a file of the package lies, as the frame's page makes an address of it."""
        return f"/courseware/{self.course_key}/block/{block.scope_ids.block_type}/{uri}"

    def resource_url(self, resource: str) -> str:
        """See `local_resource_url`."""
        return f"#{resource}"

    def publish(self, block: XBlock, event_type: str, event_data: Mapping[str, Any]) -> None:
        """Hear of grades; other events are not needed."""
        if event_type == "grade" and event_data.get("value") is not None:
            usage = f"{block.scope_ids.block_type}/{block.scope_ids.usage_id.block_id}"
            higher = bool(event_data.get("only_if_higher"))
            points = float(event_data["value"]), float(event_data["max_value"] or 0)
            self.published.append(Published(usage, *points, higher))

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
        keys = ScopeIds(self.user_id, block.type, usage, usage)
        plain, node = CLASSES.get(block.type), etree.fromstring(block.source or b"")
        if plain is None:
            plain = package_class(block.type)
            if plain is None:
                raise KeyError(block.type)
            node = only_content(plain, node)
        loaded = with_dates(self.mixologist.mix(plain).parse_xml(node, self, keys))
        if block.id in self.dues:
            loaded.due = self.dues[block.id]
        return loaded

    def html_of(self, block: Block) -> str:
        """The HTML of a text in a course, which leaves no element open."""
        html = str(self.load_block(block).get_html() or "")
        in_a_file = etree.fromstring(block.source or b"").get("filename")
        return self.urls.replace_urls(file_as_html(html) if in_a_file else as_html(html))

    def get_block(self, usage_id: Any, for_parent: Any = None) -> XBlock:
        """Blocks ask only for themselves here."""
        raise KeyError(usage_id)

    def query(self, block: Any) -> Any:
        """Not offered."""
        raise NotImplementedError
