"""Join what is held about two accounts of one person, as each table says in `AT_MERGE`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Q

from linkspan.kernel.held import PERSON, Table, tables
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import AtMerge, Way
from linkspan.kernel.models import AliasRow, IdempotencyKey, OutboxMessage
from linkspan.kernel.reasons import Sentence
from linkspan.kernel.retries import State

type Rows = models.QuerySet[models.Model]
type Key = tuple[Any, ...]
#: Fields of an event that name whom it is about.
NAMED = (*PERSON, "person_id")


def obstacles(old: UUID, new: UUID) -> tuple[Sentence, ...]:
    """What of the rows of both stands in the way, each once."""
    found: dict[str, Sentence] = {}
    for table in tables():
        found |= {str(one): one for one in _obstacles(table, old, new)}
    return tuple(found.values())


def join(old: UUID, new: UUID, *, now: datetime) -> Mapping[str, int]:
    """Move what moves, and have the old id lead to the new one; how many rows of each domain moved.

    The caller asked for `obstacles` in the same transaction, and takes care of what is `BY_HAND`.
    """
    AliasRow.objects.get_or_create(old_id=old, defaults={"learner_id": new, "at": now})
    return move(old, new)


def move(old: UUID, new: UUID) -> Mapping[str, int]:
    """Move what moves, as often as it is called: what came in for the old id since, too."""
    done = Counter[str]()
    # What asks where the work was done comes before the work moves, what belongs to a row after that row.
    for table in sorted(tables(), key=lambda table: (bool(table.at_merge.parent), not table.at_merge.where)):
        done[table.domain] += _moved(table, old, new)
    _readdress(old, new)
    IdempotencyKey.objects.filter(owner=str(old)).delete()
    return {domain: number for domain, number in done.items() if number}


def counts(person_id: UUID) -> Mapping[str, int]:
    """How many rows that move each domain holds under this very id."""
    found = Counter[str]()
    for table in tables():
        if table.at_merge.way is Way.MOVES:
            found[table.domain] += _rows(table, person_id).count()
    return {domain: number for domain, number in found.items() if number}


def _rows(table: Table, person_id: UUID) -> Rows:
    return table.model._default_manager.filter(**{table.way: person_id})


def _obstacles(table: Table, old: UUID, new: UUID) -> Iterator[Sentence]:
    rule, ours, theirs = table.at_merge, _rows(table, old), _rows(table, new)
    for condition, sentence in rule.halts:
        if ours.filter(condition).exists() or theirs.filter(condition).exists():
            yield sentence
    if rule.clash is not None:
        for key in _shared(rule, ours, theirs):
            if not (rule.same and _says(rule, ours, key) == _says(rule, theirs, key)):
                yield _about(rule.clash, key)
    if not rule.of_anybody and _worked_on(table, ours, new) | _worked_on(table, theirs, old):
        yield Sentence("merge_own_case", "One of the accounts worked on what the other one holds, such as a decision.")


def _about(clash: Sentence, key: Key) -> Sentence:
    """The sentence, naming what it is about where the key is made for people."""
    if "what" not in clash.reason.values:
        return clash
    return Sentence(clash.reason.code, clash.reason.words, what=next(str(one) for one in reversed(key)))


def _worked_on(table: Table, rows: Rows, other: UUID) -> bool:
    """Whether a row names the other account as somebody who did something with it."""
    names = [
        field.attname
        for field in table.model._meta.concrete_fields
        if isinstance(field, models.UUIDField) and not field.primary_key and field.attname not in PERSON
    ]
    return bool(names) and rows.filter(_any_of({name: other for name in names})).exists()


def _any_of(named: Mapping[str, object]) -> Q:
    return reduce(or_, (Q(**{name: value}) for name, value in named.items()))


def _asked(rule: AtMerge, rows: Rows) -> Rows:
    return rows if rule.only is None else rows.filter(rule.only)


def _shared(rule: AtMerge, ours: Rows, theirs: Rows) -> list[Key]:
    """The keys of which both hold a row."""
    held = ({*_asked(rule, rows).order_by().values_list(*rule.key).distinct()} for rows in (ours, theirs))
    return sorted(set.intersection(*held), key=str)


def _of(rule: AtMerge, rows: Rows, key: Key) -> Rows:
    return _asked(rule, rows).filter(**dict(zip(rule.key, key, strict=True)))


def _says(rule: AtMerge, rows: Rows, key: Key) -> Any:
    """What the newest row of that key says."""
    return _of(rule, rows, key).order_by("version").values_list(rule.same, flat=True).last()


def _moved(table: Table, old: UUID, new: UUID) -> int:
    rule, ours = table.at_merge, _rows(table, old)
    if rule.way is Way.GOES:
        ours.delete()
        return 0
    if rule.way is not Way.MOVES:
        return 0
    if rule.parent:
        ours = ours.filter(**{f"{rule.parent}__{table.way}": new})
    stay: set[Any] = set()
    if rule.key:
        for key in _shared(rule, ours, _rows(table, new)):
            if rule.clash is None and _is_better(rule, table, key, old, new):
                _swap(table, key, old, new)
            stay |= set(_of(rule, ours, key).values_list("pk", flat=True))
    return ours.exclude(pk__in=stay).update(**{table.way: new}) if stay else ours.update(**{table.way: new})


def _is_better(rule: AtMerge, table: Table, key: Key, old: UUID, new: UUID) -> bool:
    """Whether the row of the account that ends is kept."""
    if rule.where:
        work = apps.get_model(rule.where)._default_manager.filter(**dict(zip(rule.key, key, strict=True)))
        return work.filter(learner_id=old).exists() and not work.filter(learner_id=new).exists()
    if not rule.better:
        return False
    ours, theirs = (_of(rule, _rows(table, who), key).values(*rule.better)[0] for who in (old, new))
    return _rank(rule.better, ours) > _rank(rule.better, theirs)


def _rank(better: Mapping[str, tuple[str, ...]], row: Mapping[str, Any]) -> list[int]:
    return [values.index(row[name]) if row[name] in values else -1 for name, values in better.items()]


def _swap(table: Table, key: Key, old: UUID, new: UUID) -> None:
    """Change who holds the rows of that key, by a third id, since neither holds it twice for a moment."""
    rule, third = table.at_merge, new_id()
    for start, end in ((new, third), (old, new), (third, old)):
        _of(rule, _rows(table, start), key).update(**{table.way: end})


def _readdress(old: UUID, new: UUID) -> None:
    """Have events that are not delivered yet tell of the person under the present id."""
    waiting = OutboxMessage.objects.filter(deliveries__state=State.WAITING)
    named = {f"payload__{name}": str(old) for name in NAMED}
    for message in _each_once(waiting.filter(_any_of(named))):
        told = {name: str(new) for name in NAMED if message.payload.get(name) == str(old)}
        message.payload = {**message.payload, **told}
        message.save(update_fields=["payload"])


def _each_once(messages: Iterable[OutboxMessage]) -> Iterable[OutboxMessage]:
    return {message.id: message for message in messages}.values()
