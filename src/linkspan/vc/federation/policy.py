"""Metadata policies (OpenID Federation 1.0, section 6.1): merged from the anchor down, then applied to the leaf.

A policy is, by entity type and parameter, an object of operators. What contradicts itself, or metadata that do not meet
it, break the whole chain (`policy_broken`, `policy_refuses`).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from linkspan.vc.errors import VcError
from linkspan.vc.said import Said

type Operators = dict[str, Any]
type Policy = dict[str, dict[str, Operators]]

#: In the order in which they are applied (section 6.1.3.1).
VALUE, ADD, DEFAULT, ONE_OF, SUBSET_OF, SUPERSET_OF, ESSENTIAL = OPERATORS = (
    *("value", "add", "default", "one_of", "subset_of", "superset_of", "essential"),
)
LISTS = (ADD, ONE_OF, SUBSET_OF, SUPERSET_OF)
#: Which others may stand beside an operator (the table of section 6.1.3.1), `essential` always may.
BESIDE = {
    VALUE: {ADD, DEFAULT, ONE_OF, SUBSET_OF, SUPERSET_OF},
    ADD: {VALUE, DEFAULT, SUBSET_OF, SUPERSET_OF},
    DEFAULT: {VALUE, ADD, ONE_OF, SUBSET_OF, SUPERSET_OF},
    ONE_OF: {VALUE, DEFAULT},
    SUBSET_OF: {VALUE, ADD, DEFAULT, SUPERSET_OF},
    SUPERSET_OF: {VALUE, ADD, DEFAULT, SUBSET_OF},
}
#: A text that lists words (RFC 6749, section 3.3), on which the operators of lists work as well.
WORDS = frozenset({"scope"})
MOST_PARAMETERS, MOST_VALUES = 200, 500


def _broken(name: str) -> VcError:
    return VcError("policy_broken", Said("The rules of its federation contradict each other about {name}.", name=name))


def read_policy(told: Any, critical: Any = ()) -> Policy:
    """The policy of one statement, checked by itself. Operators that are not known are left out, unless the statement
    calls them critical. VcError `policy_broken`, `critical_policy_unknown`."""
    names = critical if isinstance(critical, list | tuple) else [None]
    if not all(name in OPERATORS for name in names):
        raise VcError("critical_policy_unknown", "Its federation has rules of a kind that is not known here.")
    found: Policy = {}
    for kind, parameters in _object(told, "metadata_policy").items():
        held = _object(parameters, kind)
        if len(held) > MOST_PARAMETERS:
            raise _broken(kind)
        found[kind] = {name: _checked(_known(operators, name), name) for name, operators in held.items()}
    return found


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _broken(name)
    return value


def _known(operators: Any, name: str) -> Operators:
    held = _object(operators, name)
    found = {operator: held[operator] for operator in OPERATORS if operator in held}
    for operator in LISTS:
        if operator in found and not (isinstance(found[operator], list) and len(found[operator]) <= MOST_VALUES):
            raise _broken(name)
    if not isinstance(found.get(ESSENTIAL, False), bool) or found.get(DEFAULT, 0) is None:
        raise _broken(name)
    return found


def _checked(held: Operators, name: str) -> Operators:
    """The operators, if they may stand beside each other."""
    for operator in held.keys() - {ESSENTIAL}:
        if held.keys() - {ESSENTIAL, operator} - BESIDE[operator]:
            raise _broken(name)
    if not (_fits_value(held, name) and _fits_lists(held)):
        raise _broken(name)
    return held


def _fits_value(held: Operators, name: str) -> bool:
    if VALUE not in held:
        return True
    if held[VALUE] is None:
        return not held.keys() & {DEFAULT, *LISTS} and held.get(ESSENTIAL) is not True
    values = _listed(held[VALUE], name)
    return (
        _within(held.get(ADD, []), values)
        and (ONE_OF not in held or _one(held[VALUE]) in map(_one, held[ONE_OF]))
        and (SUBSET_OF not in held or _within(values, held[SUBSET_OF]))
        and _within(held.get(SUPERSET_OF, []), values)
    )


def _fits_lists(held: Operators) -> bool:
    if SUBSET_OF not in held:
        return True
    return _within(held.get(ADD, []), held[SUBSET_OF]) and _within(held.get(SUPERSET_OF, []), held[SUBSET_OF])


def _listed(value: Any, name: str) -> list[Any]:
    if isinstance(value, str) and name in WORDS:
        return value.split()
    return list(value) if isinstance(value, list) else [value]


def _one(value: Any) -> str:
    """A value so that equal ones are equal: 1 is not true."""
    return f"{type(value).__name__}:{sorted(value.items()) if isinstance(value, dict) else value!r}"


def _within(some: Iterable[Any], others: Iterable[Any]) -> bool:
    return {_one(value) for value in some} <= {_one(value) for value in others}


def merged(above: Policy, below: Policy) -> Policy:
    """The policy of a superior with that of the next one below it (section 6.1.4.1); VcError `policy_broken`."""
    found = {kind: dict(parameters) for kind, parameters in above.items()}
    for kind, parameters in below.items():
        held = found.setdefault(kind, {})
        for name, operators in parameters.items():
            held[name] = _checked(_both(held[name], operators, name), name) if name in held else operators
    return found


def _both(above: Operators, below: Operators, name: str) -> Operators:
    found = {**below, **above}
    for operator in above.keys() & below.keys():
        one, other = above[operator], below[operator]
        if operator in (VALUE, DEFAULT):
            if _one(one) != _one(other):
                raise _broken(name)
        elif operator in (ADD, SUPERSET_OF):
            held = {_one(value) for value in one}
            found[operator] = [*one, *(value for value in other if _one(value) not in held)]
        elif operator == ESSENTIAL:
            found[operator] = one or other
        else:
            held = {_one(value) for value in other}
            found[operator] = [value for value in one if _one(value) in held]
            if operator == ONE_OF and not found[operator]:
                raise _broken(name)
    return found


def applied(policy: Policy, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata as the policy leaves them (section 6.1.4.2); VcError `policy_refuses`.

    Of an entity type that the entity does not have, nothing is made.
    """
    found: dict[str, Any] = {}
    for kind, held in metadata.items():
        if not isinstance(held, Mapping):
            raise VcError("metadata_broken", "What it says of itself to its federation cannot be read.")
        parameters = {name: value for name, value in held.items() if value is not None}
        for name, operators in policy.get(kind, {}).items():
            _apply(operators, name, parameters)
        found[kind] = parameters
    return found


def _apply(operators: Operators, name: str, held: dict[str, Any]) -> None:
    """Shape one parameter, then ask whether it is allowed."""
    if VALUE in operators:
        held.pop(name, None)
        if operators[VALUE] is not None:
            held[name] = operators[VALUE]
    if ADD in operators:
        given = _listed(held[name], name) if name in held else []
        there = {_one(value) for value in given}
        _put(held, name, [*given, *(value for value in operators[ADD] if _one(value) not in there)])
    if DEFAULT in operators:
        held.setdefault(name, operators[DEFAULT])
    if name in held and not _allowed(operators, name, held):
        raise VcError("policy_refuses", Said("The rules of its federation do not allow its {name}.", name=name))
    if operators.get(ESSENTIAL) is True and name not in held:
        raise VcError("policy_refuses", Said("The rules of its federation ask for its {name}.", name=name))


def _allowed(operators: Operators, name: str, held: dict[str, Any]) -> bool:
    if ONE_OF in operators and _one(held[name]) not in map(_one, operators[ONE_OF]):
        return False
    if SUBSET_OF in operators:
        among = {_one(value) for value in operators[SUBSET_OF]}
        left = [value for value in _listed(held[name], name) if _one(value) in among]
        if not left:
            del held[name]
            return SUPERSET_OF not in operators or not operators[SUPERSET_OF]
        _put(held, name, left)
    return SUPERSET_OF not in operators or _within(operators[SUPERSET_OF], _listed(held[name], name))


def _put(held: dict[str, Any], name: str, values: list[Any]) -> None:
    """A list as the parameter is written."""
    held[name] = " ".join(map(str, values)) if name in WORDS else values
