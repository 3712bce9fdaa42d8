"""Lists in the form that `Accept` asks for: JSON, NDJSON (a line a member) or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from api.http.exchange import Exchange


class Format(NamedTuple):
    """A form of lists, by its media type and its `Content-Type`."""

    media_type: str
    media: bytes


JSON_LIST: Final = Format("application/json", b"application/json")
NDJSON: Final = Format("application/x-ndjson", b"application/x-ndjson")
CSV: Final = Format("text/csv", b"text/csv; charset=utf-8")
_FORMATS: Final = {form.media_type: form for form in (JSON_LIST, NDJSON, CSV)}


def chosen_format(exchange: Exchange) -> Format:
    """The form of a list that the caller likes best."""
    return _FORMATS[best_of(exchange, tuple(_FORMATS))]


def best_of(exchange: Exchange, offered: Sequence[str]) -> str:
    """The media type that `Accept` weighs most; the first where it takes none of them."""
    weights = _weights(exchange.header(b"accept") or "*/*")
    weighed = [(_weight(weights, media_type), media_type) for media_type in offered]
    # Of equal weight, what is offered first.
    weight, best = max(weighed, key=lambda pair: pair[0])
    return best if weight > 0 else offered[0]


def _weights(accept: str) -> dict[str, float]:
    """The media ranges of an `Accept` with their weights; what cannot be read weighs nothing."""
    found = {}
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        text = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            found[media] = float(text)
        except ValueError:
            found[media] = 0.0
    return found


def _weight(weights: Mapping[str, float], media_type: str) -> float:
    """By the range that fits best."""
    for media in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        if media in weights:
            return weights[media]
    return 0.0


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
    "dialect",
    "volume.id",
    "volume.name",
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
