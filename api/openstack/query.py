"""Query parameters as OpenStack takes them: what nobody knows is passed over, and kept in links."""

from __future__ import annotations

from collections.abc import Callable, Collection
from collections.abc import Set as AbstractSet
from typing import Final, TypeVar

from api.http.query import VALUE_MAX_CHARACTERS, decode, quoted, whole_number
from domain.refusals import InvalidRequest

T = TypeVar("T")
LIMIT_MAX: Final = 1_000
LIMIT_ASKED_MAX: Final = 10**18
_LIMIT: Final = whole_number(0, LIMIT_ASKED_MAX)


class LenientQuery:
    """The parameters of one request; readers gather problems, `check` raises them together."""

    def __init__(self, raw: bytes, known: Collection[str]) -> None:
        """Read those of `known`; the others are only carried along."""
        self.problems: dict[str, tuple[str, ...]] = {}
        self._pairs: list[tuple[str, str]] = []
        self._given: dict[str, list[str]] = {}
        for pair in raw.split(b"&") if raw else ():
            name, _, value = pair.partition(b"=")
            self._take(decode(name), decode(value), known)

    def _take(self, name: str | None, value: str | None, known: Collection[str]) -> None:
        if name is None or value is None:
            self.problems[name or "query"] = ("not UTF-8, or with a NUL",)
        elif name in known and len(value) > VALUE_MAX_CHARACTERS:
            self.problems[name] = (f"longer than {VALUE_MAX_CHARACTERS} characters",)
        else:
            self._pairs.append((name, value))
            if name in known:
                self._given.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._given

    @property
    def given(self) -> AbstractSet[str]:
        """The names of the known parameters that were given."""
        return self._given.keys()

    @property
    def sent(self) -> AbstractSet[str]:
        """The names of all that was sent, known or not."""
        return {name for name, _ in self._pairs}

    def values(self, name: str) -> list[str]:
        """All values of a parameter."""
        return self._given.get(name, [])

    def get(self, name: str, read: Callable[[str], T]) -> T | None:
        """The value of a parameter, read; None where it was not given or cannot be read."""
        values = self._given.get(name)
        if values is None:
            return None
        if len(values) > 1:
            self.problems[name] = ("given more than once",)
            return None
        try:
            return read(values[0])
        except ValueError as error:
            self.problems[name] = (str(error),)
            return None

    def check(self) -> None:
        """Raise `InvalidRequest` if anything was wrong."""
        if self.problems:
            raise InvalidRequest(self.problems)

    def following(self, path: str, marker: str) -> str:
        """The path with these parameters, from a marker on."""
        return _target(path, [*self._unmarked(), ("marker", marker)])

    def first(self, path: str) -> str:
        """The path with these parameters, from the beginning on."""
        return _target(path, self._unmarked())

    def _unmarked(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self._pairs if name != "marker"]


def _target(path: str, pairs: list[tuple[str, str]]) -> str:
    text = "&".join([f"{quoted(name)}={quoted(value)}" for name, value in pairs])
    return f"{path}?{text}" if text else path


def read_limit(query: LenientQuery) -> int:
    """How many are asked for: no more than the largest page, however large the number."""
    limit = query.get("limit", _LIMIT)
    return LIMIT_MAX if limit is None else min(limit, LIMIT_MAX)


_TRUE: Final = ("1", "t", "true", "on", "y", "yes")
_FALSE: Final = ("0", "f", "false", "off", "n", "no")
FALSE_WORDS: Final = tuple(form(word) for word in _FALSE for form in (str, str.capitalize))
FLAG_WORDS: Final = (
    *(form(word) for word in _TRUE for form in (str, str.capitalize)),
    *FALSE_WORDS,
)


def flag(text: str) -> bool:
    """A truth value, by the words that OpenStack has for it."""
    word = text.strip().lower()
    if word not in (*_TRUE, *_FALSE):
        raise ValueError("must be a truth value, such as true or false")
    return word in _TRUE
