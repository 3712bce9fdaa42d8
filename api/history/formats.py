"""Lists in the form that `Accept` asks for: JSON, NDJSON (a line a member) or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from api.http.exchange import Exchange


class Format(NamedTuple):
    """A form of lists, by its media type."""

    media: bytes
    ranges: tuple[str, ...]


JSON_LIST: Final = Format(b"application/json", ("application/json", "application/*", "*/*"))
NDJSON: Final = Format(b"application/x-ndjson", ("application/x-ndjson", "application/jsonl"))
CSV: Final = Format(b"text/csv; charset=utf-8", ("text/csv", "text/*"))
_FORMATS: Final = (JSON_LIST, NDJSON, CSV)


def chosen_format(exchange: Exchange) -> Format:
    """The form that the caller likes best; JSON where it names none of them (RFC 9110, 12.4.1)."""
    accepted = accepted_types(exchange)
    for media in accepted:
        for form in _FORMATS:
            if media in form.ranges:
                return form
    return JSON_LIST


def accepted_types(exchange: Exchange) -> list[str]:
    """The media ranges of `Accept`, best first, those of weight zero left out."""
    weighted = []
    for part in (exchange.header(b"accept") or "").split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            weighted.append((float(weight), media))
        except ValueError:
            weighted.append((0.0, media))
    weighted.sort(key=lambda pair: -pair[0])
    return [media for weight, media in weighted if weight > 0 and media]


def render(
    form: Format, name: str, members: Sequence[dict[str, Any]], following: str | None
) -> bytes:
    """A list in its form. The lines of NDJSON and CSV have their next page in `Link` alone."""
    if form is NDJSON:
        return b"".join([orjson.dumps(member) + b"\n" for member in members])
    if form is CSV:
        return _csv(members)
    return orjson.dumps({name: members, "next": following})


COLUMNS: Final = (
    "request_id",
    "time",
    "actor.id",
    "actor.name",
    "organization",
    "source",
    "method",
    "path",
    "action",
    "ref",
    "server.id",
    "server.name",
    "outcome",
    "status",
    "reason",
    "duration_ms",
    "positions",
    "changes",
)
"""The columns of the audit as CSV; lists are in JSON, and what there is none of is empty."""


def _csv(members: Sequence[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)  # RFC 4180: lines end in CRLF
    writer.writerow(COLUMNS)
    writer.writerows([_cell(member, column) for column in COLUMNS] for member in members)
    return text.getvalue().encode()


def _cell(member: dict[str, Any], column: str) -> Any:
    name, _, inner = column.partition(".")
    value = member[name]
    if inner and value is not None:
        value = value[inner]
    return orjson.dumps(value).decode() if isinstance(value, list) else value
