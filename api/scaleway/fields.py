"""The kinds of fields in bodies of the Scaleway dialect."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from api.http.fields import Name, Text
from api.storage.models import SIZE_MAX_BYTES
from domain.values import TEXT_MAX_CHARACTERS, VOLUMES_MAX


class Only:
    """A field of which nothing but these values can be had; `why` is told of any other."""

    def __init__(self, *values: Any, why: str) -> None:
        self._values = values
        self._why = why

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """How pydantic checks it."""
        return core_schema.no_info_plain_validator_function(self._check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        """How it is published."""
        return {"enum": list(self._values), "description": f"Of any other: {self._why}."}

    def _check(self, value: Any) -> Any:
        # True == 1 in Python, but not in JSON.
        if any(type(value) is type(one) and value == one for one in self._values):
            return value
        raise PydanticCustomError("not_offered", "{why}", {"why": self._why})


Protected = Annotated[Any, Only(False, why="no server here is protected from its deletion")]
Routed = Annotated[Any, Only(True, None, why="servers here have no other kind of address")]
Ipv6 = Annotated[Any, Only(False, None, why="no IPv6 address is handed out here")]
BootType = Annotated[Any, Only("local", None, why="a server here boots from its first volume")]
NoGroup = Annotated[Any, Only(None, why="there are no such groups here")]
NoKey = Annotated[Any, Only("", None, why="no password is made for a server here")]
NoNics = Annotated[Any, Only([], None, why="there are no private networks here")]
NoBoot = Annotated[Any, Only(False, None, why="a server here boots from its first volume")]
NoSnapshot = Annotated[
    Any, Only(None, why="make the volume of the snapshot first, then name it here by its id")
]
Size = Annotated[int, Field(ge=0, le=SIZE_MAX_BYTES, description="bytes; 0 is not told")]


class VolumeTemplate(BaseModel):
    """A volume: of the caller's by its id, a new one without. Members not told here are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    id: Text | None = None
    name: Name | None = None
    size: Size | None = None
    volume_type: Text | None = None
    boot: NoBoot = False
    base_snapshot: NoSnapshot = None
    organization: Text | None = None
    project: Text | None = None


Volumes = Annotated[
    dict[Annotated[str, StringConstraints(pattern="^[0-9]{1,9}$")], VolumeTemplate],
    Field(
        max_length=VOLUMES_MAX,
        description="Volumes by number.",
        json_schema_extra={"additionalProperties": False},
    ),
]


class AddressRef(BaseModel):
    """A reserved public address, by its id. Members not told here are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    id: Text
    address: Text | None = None
    dynamic: bool = False


def _by_id(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


def _published(schema: dict[str, Any]) -> None:
    """As an id alone, too."""
    whole = dict(schema)
    schema.clear()
    text = {"type": "string", "minLength": 1, "maxLength": TEXT_MAX_CHARACTERS}
    schema["anyOf"] = [text | {"pattern": r"^[^\u0000]*$"}, whole]


Address = Annotated[AddressRef, BeforeValidator(_by_id), Field(json_schema_extra=_published)]
Addresses = Annotated[list[Address], Field(max_length=1)]
