"""What an act would do: it is done, what changed is read, and all of it is taken back."""

from collections.abc import Iterable
from dataclasses import replace

from django.db import transaction

from linkspan.kernel.acts.values import Act, Asked, Change, Left, Lines, Preview
from linkspan.kernel.each import Each
from linkspan.kernel.errors import Waits
from linkspan.kernel.outbox.publishing import heard
from linkspan.kernel.versions import version_of

#: Stands in for a reason that is typed on the page of the preview.
LATER = "-"


def look(act: Act, asked: Asked) -> Preview:
    """Say whom an act hits and what changes, by the rule that acts; raise what the act raises. Nothing is changed.

    A case that waits for a person is kept as waiting, as it is when somebody acts.
    """
    tried = asked if asked.reason.strip() else replace(asked, reason=LATER)
    held: Waits | None = None
    with transaction.atomic():
        before = act.lines(tried)
        with heard() as events:
            try:
                result = act.do(tried)
            except Waits as wait:
                held = wait
        if held is None:
            after = act.lines(tried)
            transaction.set_rollback(True)
    if held is not None:
        raise held
    changes = tuple(_changes(before, after))
    told = {who for name, who in events if name in act.tells and who is not None}
    left = tuple(Left(str(one.one), one.reason) for one in result.failed) if isinstance(result, Each) else ()
    seen = version_of(
        {
            "act": [act.name, tried.subject, dict(tried.fields)],
            "changes": [[str(c.learner_id), c.what, c.before, c.after] for c in changes],
            "told": sorted(str(one) for one in told),
            "left": [[one.one, one.reason.code] for one in left],
        }
    )
    return Preview(act.name, tried.subject, changes, tuple(sorted(told, key=str)), left, seen)


def _changes(before: Lines, after: Lines) -> Iterable[Change]:
    for key in {**before, **after}:
        was, will = before.get(key), after.get(key)
        one = will or was
        if one is not None and (was.state if was else "") != (will.state if will else ""):
            stood, will_stand = was.state if was else "", will.state if will else ""
            yield Change(one.learner_id, one.what, stood, will_stand, one.coded)
