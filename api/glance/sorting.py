"""The order that Glance's list of images can be asked for: by several fields, each up or down."""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key
from typing import Any, Final

from api.openstack.image_lists import Order
from api.openstack.images import Image
from api.openstack.query import LenientQuery

FIELDS: Final[dict[str, Callable[[Image], Any]]] = {
    "name": lambda image: image.name or "",
    "created_at": lambda image: image.created,
    "updated_at": lambda image: image.updated,
    "size": lambda image: image.size_bytes,
    "id": lambda image: image.id,
    # All images are alike in these.
    **dict.fromkeys(("status", "container_format", "disk_format"), lambda image: ""),
}
PARAMETERS: Final = ("sort", "sort_key", "sort_dir")
DIRECTIONS: Final = ("asc", "desc")
_DEFAULT: Final = ("created_at", "desc")


@cmp_to_key
def _down(one: Any, other: Any) -> int:
    return bool(one < other) - bool(other < one)


def read_order(query: LenientQuery) -> Order | None:
    """The order that is asked for, if one is; what is wrong stands among the query's problems."""
    keys, directions = query.values("sort_key"), query.values("sort_dir")
    if "sort" in query:
        if keys or directions:
            query.problems["sort"] = ("cannot be given beside sort_key and sort_dir",)
        return query.get("sort", _read_sort)
    if not keys and not directions:
        return None
    keys, directions = keys or [_DEFAULT[0]], directions or [_DEFAULT[1]]
    if len(directions) not in (1, len(keys)):
        query.problems["sort_dir"] = ("must be given once, or as often as sort_key",)
    if not {*directions} <= {*DIRECTIONS}:
        query.problems["sort_dir"] = ("must be asc or desc",)
    if not {*keys} <= {*FIELDS}:
        query.problems["sort_key"] = (f"must be one of {', '.join(FIELDS)}",)
    if "sort_key" in query.problems or "sort_dir" in query.problems:
        return None
    return _order(keys, directions * len(keys) if len(directions) == 1 else directions)


def _read_sort(text: str) -> Order:
    parts = [part.partition(":") for part in text.split(",")]
    keys = [key.strip() for key, _, _ in parts]
    directions = [direction.strip() or _DEFAULT[1] for _, _, direction in parts]
    if not ({*keys} <= {*FIELDS} and {*directions} <= {*DIRECTIONS}):
        raise ValueError(f"must be fields of {', '.join(FIELDS)}, each with :asc or :desc")
    return _order(keys, directions)


def _order(keys: list[str], directions: list[str]) -> Order:
    """The key by which images are sorted: those alike in all fields, by their ids."""
    fields: dict[str, bool] = {}
    for key, direction in zip(keys, directions, strict=True):
        fields.setdefault(key, direction == "desc")  # what is said of a field first counts

    def key_of(image: Image) -> tuple[Any, ...]:
        values = [(FIELDS[key](image), down) for key, down in fields.items()]
        return (*(_down(value) if down else value for value, down in values), image.id)

    return key_of
