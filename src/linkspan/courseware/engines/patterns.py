"""The author's pattern in the learner's text: some take for ever (`(a+)+$`), so each is looked for in a child."""

import re

from linkspan.kernel.bounded import ANSWERS
from linkspan.kernel.errors import TooExpensive

LONGEST = 20_000


def search(pattern: tuple[str, int], text: str) -> bool:
    """Whether the pattern with its flags is in the text; TooExpensive if that takes too long to tell."""
    if len(text) > LONGEST:
        raise TooExpensive("too_expensive", "The answer is longer than {longest} characters.", longest=LONGEST)
    return _found(*pattern, text)


@ANSWERS.bounded
def _found(pattern: str, flags: int, text: str) -> bool:
    return re.search(pattern, text, flags) is not None
