"""The lines of an exported log: NDJSON, one record a line, as CloudEvents 1.0.

A record's line holds its stored bytes verbatim and the digest that the store keeps with them. All
else in it follows from these, so a line that was edited anywhere is not the line that its record
would have. The first line opens the export; behind the records stand the side rows; the last line
counts and digests all others.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from commands.store.digests import record_digest, side_digest

FORMAT: Final = 1
OPENED: Final = "export.opened"
CLOSED: Final = "export.closed"
PRINCIPAL: Final = "side.principal"
ORIGIN: Final = "side.origin"
SECRET: Final = "side.secret"  # the type of a line


class LineInvalid(Exception):
    """A line of an exported file is not what was exported; the text says why."""


class Opened(NamedTuple):
    """The first line: the store's id, and the first position."""

    store_id: str
    first: int


class RecordLine(NamedTuple):
    """A record as it stood in the store."""

    position: int
    originator_id: str
    originator_version: int
    name: str
    state: bytes
    sha256: bytes


class SideLine(NamedTuple):
    """A side row: a principal's id and name, an origin's hash and address, or a secret's."""

    type: str
    key: str
    value: bytes
    sha256: bytes


class Closed(NamedTuple):
    """The last line: how many stand before it, and the SHA-256 of their bytes."""

    lines: int
    sha256: str


Line = Opened | RecordLine | SideLine | Closed


_Count = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]  # what a database can hold


class _Line(msgspec.Struct, gc=False):
    type: str
    format: int = 0
    source: str = ""
    first: _Count = 0
    position: _Count = 0
    version: _Count = 0
    subject: str = ""
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    data_base64: str | None = None
    key: str = ""
    value: str = ""
    count: int = -1
    sha256: str = ""


class _Happened(msgspec.Struct, gc=False):
    at: str


class _Stored(msgspec.Struct, gc=False):
    id: str
    schema: int
    event: _Happened


_ENCODER: Final = msgspec.json.Encoder()
_LINES: Final = msgspec.json.Decoder(_Line)
_STORED: Final = msgspec.json.Decoder(_Stored)
_encode: Final = _ENCODER.encode
_SOURCE: Final = "urn:uuid:"


def opened_line(opened: Opened) -> bytes:
    """The line that opens an export."""
    return _line(
        {
            "type": OPENED,
            "format": FORMAT,
            "source": _SOURCE + opened.store_id,
            "first": opened.first,
        }
    )


def opens(text: bytes) -> bool:
    """Whether a line is one that opens an export, of whatever format."""
    return text.startswith(b'{"type":"%b"' % OPENED.encode())


def record_line(store_id: str, record: RecordLine) -> bytes:
    """A record's line. What is not JSON on one line is in base 64."""
    position, originator_id, version, name, state, digest = record
    try:
        told = _STORED.decode(state)
        state.decode()
        plain = state[:1] == b"{" and state[-1:] == b"}" and b"\n" not in state
    except (msgspec.MsgspecError, UnicodeDecodeError):
        told, plain = _Stored(f"{originator_id}:{version}", 0, _Happened("")), False
    time = b',"time":' + _encode(told.event.at) if told.event.at else b""
    media = b',"datacontenttype":"application/json"' if plain else b""
    data = b'"data":' + state if plain else b'"data_base64":"' + b64encode(state) + b'"'
    return (
        b'{"specversion":"1.0","id":%b,"source":%b,"type":%b,"subject":%b%b%b,"sequence":"%020d",'
        b'"position":%d,"version":%d,"schema":%d,%b,"sha256":"%b"}\n'
    ) % (
        _encode(told.id),
        _encode(_SOURCE + store_id),
        _encode(name),
        _encode(originator_id),
        time,
        media,
        position,
        position,
        version,
        told.schema,
        data,
        digest.hex().encode(),
    )


def side_line(side: SideLine) -> bytes:
    """A side row's line."""
    shown = side.value.hex() if side.type == SECRET else side.value.decode()
    return _line({"type": side.type, "key": side.key, "value": shown, "sha256": side.sha256.hex()})


def closed_line(closed: Closed) -> bytes:
    """The line that closes an export."""
    return _line({"type": CLOSED, "count": closed.lines, "sha256": closed.sha256})


def _line(members: dict[str, Any]) -> bytes:
    return _encode(members) + b"\n"


def parse_line(text: bytes, store_id: str = "") -> Line:
    """What a line holds. `store_id` is that of the opening line.

    Raises `LineInvalid`.
    """
    try:
        found = _LINES.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise LineInvalid(f"not a line of an export: {error}") from error
    try:
        line = _read(found)
        rendered = _render(line, store_id)
    except (ValueError, TypeError) as error:
        raise LineInvalid(f"not a line of an export: {error}") from error
    if rendered != text:
        raise LineInvalid("edited: it does not read as it was exported")
    if isinstance(line, RecordLine) and line.sha256 != record_digest(*line[:-1]):
        raise LineInvalid(f"the record at position {line.position} does not have its digest")
    if isinstance(line, SideLine) and line.sha256 != side_digest(line.key, line.value):
        raise LineInvalid(f"the {line.type} {line.key!r} does not have its digest")
    return line


def _read(found: _Line) -> Line:
    if found.type == OPENED:
        if found.format != FORMAT:
            raise LineInvalid(
                f"the file has format {found.format}; this release reads format {FORMAT}"
            )
        return Opened(found.source.removeprefix(_SOURCE), found.first)
    if found.type == CLOSED:
        return Closed(found.count, found.sha256)
    digest = bytes.fromhex(found.sha256)
    if found.type in {PRINCIPAL, ORIGIN, SECRET}:
        value = bytes.fromhex(found.value) if found.type == SECRET else found.value.encode()
        return SideLine(found.type, found.key, value, digest)
    if isinstance(found.data, msgspec.Raw):
        state = bytes(found.data)
    else:
        state = b64decode(found.data_base64 or "", validate=True)
    return RecordLine(found.position, found.subject, found.version, found.type, state, digest)


def _render(line: Line, store_id: str) -> bytes:
    match line:
        case Opened():
            return opened_line(line)
        case RecordLine():
            return record_line(store_id, line)
        case SideLine():
            return side_line(line)
        case Closed():
            return closed_line(line)


def new_digest() -> Any:
    """What digests the lines of a file."""
    return sha256()
