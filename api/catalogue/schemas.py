"""The schemas of what the catalogue shows, as published in the OpenAPI document."""

from __future__ import annotations

from typing import Final

from api.http.schemas import Schema, record, ref

_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
_POSITIVE: Final[Schema] = {"type": "integer", "minimum": 1}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_PRICE: Final[Schema] = {"type": "number", "minimum": 0}
_ARCHITECTURE: Final[Schema] = {"enum": ["x86_64", "arm", "arm64"]}

COMMERCIAL_TYPE: Final = record(
    {
        "alt_names": {"type": "array", "items": _TEXT},
        "arch": _ARCHITECTURE,
        "baremetal": _FLAG,
        "ncpus": _POSITIVE,
        "ram": _COUNT | {"description": "bytes"},
        "volumes_constraint": record({"min_size": _COUNT, "max_size": _COUNT}),
        "network": record(
            {
                "sum_internal_bandwidth": _COUNT | {"description": "bits a second"},
                "sum_internet_bandwidth": _COUNT | {"description": "bits a second"},
                "ipv6_support": _FLAG,
            }
        ),
        "monthly_price": _PRICE,
        "hourly_price": _PRICE,
    }
)


def _by_name(of: Schema) -> Schema:
    return record({"servers": {"type": "object", "additionalProperties": of}})


TYPES_BODY: Final = _by_name(ref("CommercialType"))
AVAILABILITY_BODY: Final = _by_name(
    record({"availability": {"enum": ["available", "scarce", "shortage"]}})
)
