"""What a desk's search finds besides people: five of each list that the actor may read."""

from collections.abc import Mapping

from linkspan.kernel.actor import Actor
from linkspan.kernel.lists import Ask
from linkspan.screens.lists import LISTS, Listed, ListName, read

#: Who reads which list.
READ_BY: Mapping[ListName, frozenset[str]] = {
    ListName.APPLICATIONS: frozenset({"admissions"}),
    ListName.CREDENTIALS: frozenset({"registrar", "program_staff"}),
    ListName.ATTEMPTS: frozenset({"proctor"}),
    ListName.CASES: frozenset({"registrar"}),
    ListName.CHARGES: frozenset({"registrar", "program_staff"}),
}
OF_EACH = 5


def things_found(actor: Actor, text: str) -> tuple[Listed, ...]:
    """Pages of five, of each list in which something was found."""
    roles = {grant.role for grant in actor.grants}
    mine = [name for name, readers in READ_BY.items() if roles & readers]
    found = [read(actor, LISTS[name](""), Ask(text=text, size=OF_EACH)) for name in mine] if text.strip() else []
    return tuple(one for one in found if one.rows)
