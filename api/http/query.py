"""Query parameters: each at most once, every problem named at once, unknown ones too if strict."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar
from urllib.parse import quote, unquote_to_bytes

from domain.refusals import InvalidRequest

T = TypeVar("T")
VALUE_MAX_CHARACTERS = 8_192
"""Room for the 220 ids that the `openstack` command asks for at once."""


class Query:
    """The parameters of one request; `get` gathers problems, `check` raises them together."""

    def __init__(self, raw: bytes, known: Collection[str], *, strict: bool = True) -> None:
        """Read those of `known`; others are refused, or passed over where it is not strict."""
        self._strict = strict
        self.problems: dict[str, tuple[str, ...]] = {}
        self.given: dict[str, str] = {}
        for pair in raw.split(b"&") if raw else ():
            name, _, value = pair.partition(b"=")
            self._take(decode(name), decode(value), known)

    def _take(self, name: str | None, value: str | None, known: Collection[str]) -> None:
        if name is None or value is None:
            self.problems[name or "query"] = ("not UTF-8, or with a NUL",)
        elif name not in known:
            if self._strict:
                self.problems[name[:80]] = ("unknown parameter",)
        elif name in self.given:
            self.problems[name] = ("given more than once",)
        elif len(value) > VALUE_MAX_CHARACTERS:
            self.problems[name] = (f"longer than {VALUE_MAX_CHARACTERS} characters",)
        else:
            self.given[name] = value

    def get(self, name: str, read: Callable[[str], T]) -> T | None:
        """The value of a parameter, read; None where it was not given or cannot be read."""
        if name not in self.given:
            return None
        try:
            return read(self.given[name])
        except ValueError as error:
            self.problems[name] = (str(error),)
            return None

    def check(self) -> None:
        """Raise `InvalidRequest` if anything was wrong."""
        if self.problems:
            raise InvalidRequest(self.problems)

    def target(self, path: str, without: Collection[str] = (), **changed: Any) -> str:
        """The path with these parameters, less some, with others changed or added."""
        kept = {name: value for name, value in self.given.items() if name not in without}
        pairs = {**kept, **{name: str(value) for name, value in changed.items()}}
        text = "&".join([f"{quoted(name)}={quoted(value)}" for name, value in pairs.items()])
        return f"{path}?{text}" if text else path

    def link(self, path: str, **changed: Any) -> tuple[bytes, bytes]:
        """A `Link` to the next page: these parameters with some changed, relative to the mount."""
        return b"link", f'<{self.target(path, **changed)}>; rel="next"'.encode()


def decode(raw: bytes) -> str | None:
    """A name or a value as text; None where it is none."""
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def quoted(text: str) -> str:
    """Text as a segment of a path or a part of a query; words and ids stand for themselves."""
    plain = text.isascii() and text.replace("-", "").isalnum()
    return text if plain else quote(text, safe="")


def words(most: int, what: str) -> Callable[[str], tuple[str, ...]]:
    """A reader of words by commas, each counted once: so many at the most, and none empty."""

    def read(text: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(text.split(",")))
        if len(found) > most:
            raise ValueError(f"more than {most} {what}s")
        if not all(found):
            raise ValueError(f"an empty {what}")
        return found

    return read


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers within bounds."""

    def read(text: str) -> int:
        if not (
            text.isascii() and text.isdigit() and len(text) <= 19 and least <= int(text) <= most
        ):
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return read


def truth(text: str) -> bool:
    """A truth value, as JavaScript's clients write it or as Python's do."""
    if text.lower() not in ("true", "false"):
        raise ValueError("must be true or false")
    return text.lower() == "true"


def one_of(**meanings: T) -> Callable[[str], T]:
    """A reader of words."""

    def read(text: str) -> T:
        if text not in meanings:
            raise ValueError(f"must be one of {', '.join(meanings)}")
        return meanings[text]

    return read
