"""The values a server is made of, and the limits they keep.

Everything here is frozen: a state is replaced, never changed. Fields left at their default are
left out of the stored bytes, so a default, once stored under, must never change its meaning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

NAME_MAX_CHARACTERS: Final = 255
TEXT_MAX_CHARACTERS: Final = 255
TAGS_MAX: Final = 100
VOLUMES_MAX: Final = 100
METADATA_MAX: Final = 128
SERVERS_PER_REQUEST_MAX: Final = 100
DEFAULT_ARCH: Final = "x86_64"
DEFAULT_VOLUME_KIND: Final = "l_ssd"
"""What a volume is shown as of which nothing else was said."""

PowerState = Literal["running", "stopped"]
Items = tuple[tuple[str, str], ...]
"""Named texts in the order of their names, which are unique: see `items_of`."""
BackupKind = Literal["backup", "image", "snapshot"]
"""What a restore point was made as: an image, a snapshot of a volume, or both at once."""


class Value(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """Base of all stored values: frozen, compact, and closed to names nobody declared.

    Values refer to values alone, never in a circle, so the cyclic garbage collector does not track
    them: with tens of thousands held in memory, each of its runs would stop the process for 30 ms.
    """


_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def canonical_id(text: str) -> str:
    """A UUID in small letters, as ids are written; any other text as it is."""
    return text.lower() if _UUID.fullmatch(text) else text


def items_of(named: Mapping[str, str]) -> Items:
    """Named texts as a value."""
    return tuple(sorted(named.items()))


class Volume(Value, frozen=True):
    """A volume attached to a server; `name` is None where only its id was given.

    `size_bytes` and `kind` are those that a new volume was asked for with, if any.
    """

    id: str
    name: str | None = None
    size_bytes: int = 0
    kind: str | None = None


class PublicIp(Value, frozen=True):
    """A reserved public address, as the caller named it."""

    id: str
    address: str | None = None
    dynamic: bool = False


class Backup(Value, frozen=True):
    """A restore point: `version` is the version of the server that was backed up.

    Those of one `series` take turns: of each, so many are kept.
    """

    id: str
    name: str | None
    version: int
    kind: BackupKind = "backup"
    series: str | None = None
    tags: tuple[str, ...] = ()


class Holder(Value, frozen=True):
    """The server that has a volume."""

    id: str
    name: str


class VolumeChanges(Value, frozen=True):
    """The fields of a volume that an update sets; what it does not name is UNSET."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    size_bytes: int | msgspec.UnsetType = msgspec.UNSET
    tags: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET

    def named(self) -> dict[str, object]:
        """The fields that are set, by name."""
        return {
            field: value
            for field in self.__struct_fields__
            if (value := getattr(self, field)) is not msgspec.UNSET
        }


class Held(Value, frozen=True):
    """What a restore point holds of a server or a volume, as far as it is shown."""

    arch: str | None = None
    image: str | None = None
    volume: Volume | None = None


class Configuration(Value, frozen=True):
    """What a caller chooses about a server. References are kept as sent, known or not."""

    name: str
    image: str | None = None
    flavor: str | None = None
    keyname: str | None = None
    network: str | None = None
    volumes: tuple[Volume, ...] = ()
    tags: tuple[str, ...] = ()
    public_ip: PublicIp | None = None
    dynamic_public_ip: bool = False
    commercial_type: str | None = None
    metadata: Items = ()


class Changes(Value, frozen=True):
    """The fields of a `Configuration` that an update sets; what it does not name is UNSET."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    image: str | msgspec.UnsetType | None = msgspec.UNSET
    flavor: str | msgspec.UnsetType | None = msgspec.UNSET
    keyname: str | msgspec.UnsetType | None = msgspec.UNSET
    network: str | msgspec.UnsetType | None = msgspec.UNSET
    volumes: tuple[Volume, ...] | msgspec.UnsetType = msgspec.UNSET
    tags: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    public_ip: PublicIp | msgspec.UnsetType | None = msgspec.UNSET
    dynamic_public_ip: bool | msgspec.UnsetType = msgspec.UNSET
    commercial_type: str | msgspec.UnsetType | None = msgspec.UNSET
    metadata: Items | msgspec.UnsetType = msgspec.UNSET

    def named(self) -> dict[str, object]:
        """The fields that are set, by name."""
        return {
            field: value
            for field in self.__struct_fields__
            if (value := getattr(self, field)) is not msgspec.UNSET
        }

    def beyond(self, configuration: Configuration) -> Changes:
        """Only those fields that differ from `configuration`."""
        return Changes(
            **{  # type: ignore[arg-type]  # names and types are Changes' own
                field: value
                for field, value in self.named().items()
                if value != getattr(configuration, field)
            }
        )

    def applied_to(self, configuration: Configuration) -> Configuration:
        """`configuration` with these changes."""
        return msgspec.structs.replace(configuration, **self.named())
