"""What a catalogue file may hold, and how each entry is shown.

The file names units and the wire does not: sizes there are bytes, of 1,000 for disks and of 1,024
for memory, as the clients of the catalogue divide them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from projections.document import timestamp

_MIB: Final = 1024**2
_GB: Final = 1000**3


def _canonical_uuid(text: str) -> str:
    try:
        canonical = str(uuid.UUID(text))
    except ValueError:
        raise ValueError("must be a UUID") from None
    if text != canonical:
        raise ValueError("must be a UUID in lower case, with hyphens")
    return text


# Bounds keep every product of a number and its unit within what JSON readers keep exact (2**53).
Count = Annotated[int, Field(ge=1, le=1_000_000)]
# Mebibytes, or mebibits a second.
Mebi = Annotated[int, Field(ge=0, le=1_000_000_000)]
Gigabytes = Annotated[int, Field(ge=0, le=1_000_000)]
Price = Annotated[float, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]
Uuid = Annotated[str, AfterValidator(_canonical_uuid)]
Architecture = Literal["x86_64", "arm", "arm64"]


class Entry(BaseModel):
    """A table of the file: nothing is coerced and nothing unknown is let pass."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Flavor(Entry):
    """A size of a server, as document B names it."""

    id: Text
    name: Text
    ram_mib: Mebi
    disk_gib: Gigabytes
    vcpus: Count

    def shown(self) -> dict[str, Any]:
        """`{"id", "name", "ram" (MiB), "disk" (GiB), "vcpus"}`."""
        return {
            "id": self.id,
            "name": self.name,
            "ram": self.ram_mib,
            "disk": self.disk_gib,
            "vcpus": self.vcpus,
        }


class RootVolume(Entry):
    """The volume that an image is a copy of."""

    id: Uuid
    name: Text
    size_gb: Gigabytes
    volume_type: Text

    @property
    def size_bytes(self) -> int:
        """Its size in bytes."""
        return self.size_gb * _GB


class Image(Entry):
    """A public image."""

    id: Uuid
    name: Text
    arch: Architecture
    organization: Text
    created_at: AwareDatetime
    modified_at: AwareDatetime
    root_volume: RootVolume

    def shown(self) -> dict[str, Any]:
        """The image as document A's family shows it; sizes in bytes."""
        return {
            "id": self.id,
            "name": self.name,
            "arch": self.arch,
            "organization": self.organization,
            "creation_date": timestamp(self.created_at.astimezone(dt.UTC)),
            "modification_date": timestamp(self.modified_at.astimezone(dt.UTC)),
            "root_volume": {
                "id": self.root_volume.id,
                "name": self.root_volume.name,
                "size": self.root_volume.size_bytes,
                "volume_type": self.root_volume.volume_type,
            },
            "default_bootscript": None,
            "extra_volumes": {},
            "from_server": None,
            "public": True,
            "state": "available",
        }


class CommercialType(Entry):
    """A kind of server that can be asked for, and whether it can be had."""

    name: Text
    alt_names: tuple[Text, ...] = Field(default=(), strict=False)  # TOML has arrays, not tuples
    arch: Architecture
    baremetal: bool = False
    vcpus: Count
    ram_mib: Mebi
    disk_min_gb: Gigabytes
    disk_max_gb: Gigabytes
    internal_bandwidth_mibit_s: Mebi
    internet_bandwidth_mibit_s: Mebi
    ipv6: bool
    monthly_price: Price
    hourly_price: Price
    availability: Literal["available", "scarce", "shortage"]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.disk_min_gb > self.disk_max_gb:
            raise ValueError("disk_min_gb must not be above disk_max_gb")
        return self

    def shown(self) -> dict[str, Any]:
        """The type without its name: memory and disks in bytes, bandwidths in bits a second."""
        return {
            "alt_names": list(self.alt_names),
            "arch": self.arch,
            "baremetal": self.baremetal,
            "ncpus": self.vcpus,
            "ram": self.ram_mib * _MIB,
            "volumes_constraint": {
                "min_size": self.disk_min_gb * _GB,
                "max_size": self.disk_max_gb * _GB,
            },
            "network": {
                "sum_internal_bandwidth": self.internal_bandwidth_mibit_s * _MIB,
                "sum_internet_bandwidth": self.internet_bandwidth_mibit_s * _MIB,
                "ipv6_support": self.ipv6,
            },
            "monthly_price": self.monthly_price,
            "hourly_price": self.hourly_price,
        }
