"""Find entries of the trail by person, verb, thing, reason or day, in the words that people use."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import CharField, Q, UUIDField, Value
from django.db.models.functions import Cast

from linkspan.kernel import held
from linkspan.kernel.audit.entries import Entry, read_entry
from linkspan.kernel.ids import ending_of
from linkspan.kernel.lists import MOST_WORDS, Ask, Shape, found, word_beginnings
from linkspan.kernel.models import TrailEntry
from linkspan.kernel.paging import Page
from linkspan.kernel.replica import may_be_late

#: Beyond so many people of a name, or things of theirs, a search says what they did, not what was done to them.
MOST_PEOPLE, MOST_THINGS = 20, 2_000


def _search(text: str) -> Q:
    """Entries in which each word begins one of the actor's name, verb, thing or reason, or about who has that name."""
    meant = Q()
    for word in text.split()[:MOST_WORDS]:
        code = word.lower().replace(" ", "_")
        kind = Q(subject__istartswith=code) | Q(subject__icontains=f".{code}") | Q(subject__icontains=f"_{code}")
        verb = Q(verb__istartswith=code) | Q(verb__icontains=f"_{code}")
        meant &= word_beginnings(word, ("actor_name", "why")) | verb | kind
    ending = ending_of(text)
    return meant | Q(subject__in=_things_of(text)) | (Q(subject__endswith=ending) if ending else Q())


def _things_of(name: str) -> Collection[str]:
    """What is about the people who acted under that name: what the trail calls by their id, or by the id of a row."""
    named = TrailEntry.objects.filter(word_beginnings(name, ("actor_name",)), actor_id__isnull=False)
    people = list(named.order_by().values_list("actor_id", flat=True).distinct()[: MOST_PEOPLE + 1])
    if not 0 < len(people) <= MOST_PEOPLE:
        return ()
    parts = [
        table.model._default_manager.filter(**{f"{table.way}__in": people})
        .order_by()
        .values_list(Value(table.name.replace("_", ".", 1), CharField()), Cast("pk", CharField()))
        for table in held.tables()
        if isinstance(table.model._meta.pk, UUIDField)
    ]
    rows = parts[0].union(*parts[1:], all=True)[:MOST_THINGS]
    return [f"{kind}:{UUID(key)}" for kind, key in rows]


TRAIL = Shape(
    search=_search,
    sorts={"at": ("position",), "who": ("actor_name",), "verb": ("verb",), "subject": ("subject",)},
    first="-at",
    day="at",
)


@may_be_late
def entries(ask: Ask) -> Page[Entry]:
    """The entries that are asked for, the newest first; who may read them has been decided."""
    return found(TrailEntry.objects.all(), ask, TRAIL, read_entry)
