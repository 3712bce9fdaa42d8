"""The check that read-only fields are sent back as they are, as clients that read a server do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from domain.refusals import Problems
from domain.server import Server
from domain.values import canonical_id

_OWNERS = ("organization", "project")


class Repeats:
    """A judgement of repeated fields against what the server is shown as (a `FieldCheck`)."""

    def __init__(
        self,
        repeated: Mapping[str, Any],
        shown: Callable[[Server], Mapping[str, Any]],
        new_name: str = "",
    ) -> None:
        """`new_name` is a name asked for beside: the host's name is that of its server."""
        self._repeated = repeated
        self._shown = shown
        self._new_name = new_name

    def __call__(self, server: Server) -> Problems:
        """What differs."""
        present = self._shown(server)
        return {
            field: ("read-only",)
            for field, value in self._repeated.items()
            if not (_repeats(field, value, present[field]) or self._is_new(field, value))
        }

    def _is_new(self, field: str, value: Any) -> bool:
        if field in _OWNERS:
            return value is None  # sent by a client that was told of no default one
        return field == "hostname" and bool(self._new_name) and value == self._new_name


def _repeats(field: str, sent: Any, present: Any) -> bool:
    """Whether a value is the present one, as far as it was sent: clients leave out what is null."""
    if isinstance(sent, dict) and isinstance(present, dict):
        return all(
            name in present and _repeats(name, value, present[name]) for name, value in sent.items()
        )
    if isinstance(sent, list) and isinstance(present, list | tuple):
        return len(sent) == len(present) and all(
            _repeats("", value, there) for value, there in zip(sent, present, strict=True)
        )
    if field == "image" and isinstance(sent, str) and isinstance(present, dict):
        return bool(canonical_id(sent) == canonical_id(present["id"]))
    if field.endswith("_date") and isinstance(sent, str) and isinstance(present, str):
        return _time(sent) == _time(present)
    # True == 1 in Python, but not in JSON.
    return type(sent) is type(present) and bool(sent == present)


def _time(text: str) -> dt.datetime | str:
    """A time, however it is written; what is none stands for itself."""
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return text
