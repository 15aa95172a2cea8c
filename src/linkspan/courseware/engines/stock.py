"""The blocks that Open edX runs, loaded without what stands for work that is done elsewhere here (`bounds`).

capa loads nltk for its chemistry, with it scipy, and sympy for symbolic answers: three seconds and a hundred megabytes
for names that `bounds` replaces. Whatever needs a block imports it from here; this module takes a second to load, so
that modules of commands and of the site name it inside of functions.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def _without(names: Mapping[str, Mapping[str, object]]) -> Iterator[None]:
    """Let modules that hold no more than this stand in for some, while others are imported that name them."""
    missing = names.keys() - sys.modules.keys()
    for name in missing:
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(names[name])
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]


with _without({"chem.chemcalc": {}, "symmath": {"symmath_check": None}}):
    from xblocks_contrib import HtmlBlock, ProblemBlock, VideoBlock
    from xblocks_contrib.legacy_utils.xml_utils import deserialize_field
    from xblocks_contrib.problem.capa import inputtypes, responsetypes, util
    from xblocks_contrib.problem.capa_block import RANDOMIZATION

__all__ = [
    "RANDOMIZATION",
    "HtmlBlock",
    "ProblemBlock",
    "VideoBlock",
    "deserialize_field",
    "inputtypes",
    "responsetypes",
    "util",
]
