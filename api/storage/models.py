"""The bodies about volumes, snapshots and images, as schemas: they validate and are published."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from api.http.fields import Body, Name, Tags, Text
from domain.values import VOLUMES_MAX

SIZE_MAX_BYTES: Final = 10**15
_NONE: Final[Any] = ()  # a list as default would be copied, deeply, for each body
_HOME: Final = "f030e920-9743-4f28-8164-964ba8555fa5"

Size = Annotated[int, Field(ge=1, le=SIZE_MAX_BYTES, description="bytes")]


Private = Annotated[bool, WithJsonSchema({"type": "boolean", "const": False})]
"""Published only: another value is told in words that fit."""


def _example(body: dict[str, Any], *conditions: dict[str, Any]) -> ConfigDict:
    extra: dict[str, Any] = {"examples": [body]}
    return ConfigDict(
        json_schema_extra=extra | {"allOf": list(conditions)} if conditions else extra
    )


def _is_null(name: str) -> dict[str, Any]:
    return {"properties": {name: {"type": "null"}}}


def _is_given(name: str) -> dict[str, Any]:
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


_ONE_OWNER: Final[dict[str, Any]] = {"anyOf": [_is_null("organization"), _is_null("project")]}
_SIZED: Final[dict[str, Any]] = {"anyOf": [_is_given("size"), _is_given("base_snapshot")]}


class Owned(Body):
    """What is of one organization, by either of its names; the caller's home unless told."""

    organization: Text | None = None
    project: Text | None = None


class CreateVolume(Owned):
    """A new volume that no server has: of a size, or as large as the snapshot it is made of."""

    model_config = _example(
        {"organization": _HOME, "name": "data", "size": 20_000_000_000, "volume_type": "l_ssd"},
        _ONE_OWNER,
        _SIZED,
    )

    name: Name
    size: Size | None = None
    volume_type: Text | None = None
    base_snapshot: Text | None = None
    tags: Tags = Field(_NONE)


class UpdateVolume(Body):
    """The fields to set; a volume does not become smaller."""

    model_config = _example({"name": "more data"})

    name: Name | None = None
    size: Size | None = None
    tags: Tags | None = None


class CreateSnapshot(Owned):
    """A new snapshot of a volume: of the server that has it, else of the volume by itself."""

    model_config = _example(
        {
            "organization": _HOME,
            "name": "before the upgrade",
            "volume_id": "f56af4c9-d902-4a17-88d6-a0a03f2c28c0",
        },
        _ONE_OWNER,
    )

    name: Name
    volume_id: Text
    volume_type: Text | None = None
    tags: Tags = Field(_NONE)


class UpdateSnapshot(Body):
    """The fields to set."""

    model_config = _example({"name": "after the upgrade"})

    name: Name | None = None
    tags: Tags | None = None


class ExtraVolume(BaseModel):
    """A further volume of an image, by its id. Other members are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    id: Text


ExtraVolumes = Annotated[dict[Text, ExtraVolume], Field(max_length=VOLUMES_MAX)]


class CreateImage(Owned):
    """A new image of a snapshot, or of a volume as it is now."""

    model_config = _example(
        {
            "organization": _HOME,
            "name": "golden",
            "arch": "x86_64",
            "root_volume": "f56af4c9-d902-4a17-88d6-a0a03f2c28c0",
        },
        _ONE_OWNER,
    )

    name: Name
    root_volume: Text
    arch: Text | None = None
    extra_volumes: ExtraVolumes = Field(default_factory=dict)
    tags: Tags = Field(_NONE)
    public: Private = False


class UpdateImage(Body):
    """The fields to set."""

    model_config = _example({"name": "golden, mended"})

    name: Name | None = None
    tags: Tags | None = None
    public: Private = False
