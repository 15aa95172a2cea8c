"""Exams that are made here, whether or not a program asks for them: the domain of exams tells the catalogue."""

from collections.abc import Callable, Collection

from linkspan.kernel.readers import public

#: By code the institution of each exam and series of exams: of those codes, or of an institution.
type Source = Callable[[Collection[str], str], dict[str, str]]

_SOURCES: list[Source] = []


def learn_exams_from(source: Source) -> None:
    """Have prices know the exams that a later domain makes."""
    if source not in _SOURCES:
        _SOURCES.append(source)


@public
def exams_made(codes: Collection[str] = (), institution: str = "") -> dict[str, str]:
    """By code the institution of each exam or series that is made here: of those codes, or of that institution."""
    return {code: owner for source in _SOURCES for code, owner in source(codes, institution).items()}
