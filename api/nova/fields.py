"""The kinds of fields in Nova's bodies: what each takes, and the schema published of it."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from domain.values import (
    METADATA_MAX,
    NAME_MAX_CHARACTERS,
    SERVERS_PER_REQUEST_MAX,
    TEXT_MAX_CHARACTERS,
)

_NO_NUL: Final[dict[str, Any]] = {"pattern": r"^[^\u0000]*$"}
"""Published only: a body with U+0000 is refused before its fields are looked at."""


def _text(least: int, most: int | None) -> dict[str, Any]:
    longest = {} if most is None else {"maxLength": most}
    return {"type": "string", "minLength": least, **longest, **_NO_NUL}


def _link_or_id(value: Any) -> Any:
    """The id that a reference is, or that the last segment of its path is, if it is a link."""
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return value.partition("?")[0].rstrip("/").rpartition("/")[2]
    return value


def _number_as_text(value: Any) -> Any:
    return str(value) if type(value) is int else value


def _truth(value: Any) -> Any:
    return _TRUTHS.get(value, value) if isinstance(value, str) else value


def _ipv4(text: str) -> str:
    if text:
        try:
            ipaddress.IPv4Address(text)
        except ValueError:
            raise ValueError("must be an IPv4 address, or empty") from None
    return text


def _whole(least: int, most: int) -> Any:
    """Whole numbers, which may be sent as text."""
    pattern = f"^(0|[1-9][0-9]{{0,{len(str(most)) - 2}}}|{most})$"

    def read(value: Any) -> Any:
        return int(value) if isinstance(value, str) and re.fullmatch(pattern, value) else value

    number = {"type": "integer", "minimum": least, "maximum": most}
    text: dict[str, Any] = {"type": "string", "pattern": pattern}
    if least:
        text["not"] = {"pattern": "^0$"}
    return Annotated[
        int,
        Field(ge=least, le=most),
        BeforeValidator(read),
        WithJsonSchema({"anyOf": [number, text]}),
    ]


class Body(BaseModel):
    """Strict: no coercion, no unknown member."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Lax(BaseModel):
    """What the service has no use for: its members are not looked into."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)


_BLANKS: Final = (
    r"\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_TRIMMED: Final = rf"^[^\u0000{_BLANKS}]([^\u0000]*[^\u0000{_BLANKS}])?$"


def _trimmed(text: str) -> str:
    if not re.fullmatch(_TRIMMED, text, re.DOTALL):
        raise ValueError("must not begin or end with blanks")
    return text


Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=NAME_MAX_CHARACTERS),
    AfterValidator(_trimmed),
    WithJsonSchema(_text(1, NAME_MAX_CHARACTERS) | {"pattern": _TRIMMED}),
]
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=TEXT_MAX_CHARACTERS),
    WithJsonSchema(_text(1, TEXT_MAX_CHARACTERS)),
]
Item = Annotated[
    str,
    StringConstraints(max_length=TEXT_MAX_CHARACTERS),
    WithJsonSchema(_text(0, TEXT_MAX_CHARACTERS)),
]
Anything = Annotated[str, WithJsonSchema(_text(0, None))]
Metadata = Annotated[dict[Text, Item], Field(max_length=METADATA_MAX)]
_REFERENCE: Final = "An id, or a link that ends in it."
FlavorRef = Annotated[
    str,
    StringConstraints(min_length=1),
    BeforeValidator(_link_or_id),
    BeforeValidator(_number_as_text),
    WithJsonSchema({"anyOf": [_text(1, None), {"type": "integer"}], "description": _REFERENCE}),
]
ImageRef = Annotated[
    str,
    BeforeValidator(_link_or_id),
    WithJsonSchema(_text(0, None) | {"description": f"{_REFERENCE} Empty for none."}),
]
Count = _whole(1, SERVERS_PER_REQUEST_MAX)
Gib = _whole(0, 1_000_000)
Rotation = _whole(0, 1_000_000_000)
_TRUTHS: Final[dict[str, bool]] = {
    **dict.fromkeys(("True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes"), True),
    **dict.fromkeys(("False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no"), False),
}
"""The words that Nova has for true and false."""
Flag = Annotated[
    bool,
    BeforeValidator(_truth),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"enum": list(_TRUTHS)}]}),
]
Ipv4 = Annotated[
    str,
    AfterValidator(_ipv4),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "ipv4"}, {"const": ""}]}),
]
