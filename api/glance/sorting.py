"""The order that Glance's list of images can be asked for: by several fields, each up or down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from api.openstack.image_order import Order
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


def read_order(query: LenientQuery) -> Order | None:
    """The order that is asked for, if one is; what is wrong stands among the query's problems."""
    keys, directions = query.values("sort_key"), query.values("sort_dir")
    if "sort" in query:
        if keys or directions:
            query.problems["sort"] = ("cannot be given beside sort_key and sort_dir",)
        return query.get("sort", _read_sort)
    if not keys and not directions:
        return None
    keys = keys or [_DEFAULT[0]]
    directions = directions or [_DEFAULT[1]]
    if len(directions) == 1:
        directions = directions * len(keys)
    if len(directions) != len(keys):
        query.problems["sort_dir"] = ("must be one, or as many as there are of sort_key",)
        return None
    try:
        return _order(list(zip(keys, directions, strict=True)))
    except ValueError as error:
        query.problems["sort_key"] = (str(error),)
        return None


def _read_sort(text: str) -> Order:
    pairs = [part.partition(":") for part in text.split(",")]
    return _order([(key.strip(), direction.strip() or _DEFAULT[1]) for key, _, direction in pairs])


def _order(asked: list[tuple[str, str]]) -> Order:
    for key, direction in asked:
        if key not in FIELDS:
            raise ValueError(f"must be of {', '.join(FIELDS)}")
        if direction not in DIRECTIONS:
            raise ValueError("up or down: asc or desc")
    first = dict(reversed(asked))  # what was said of a field first counts
    return Order(tuple((FIELDS[key], first[key] == "desc") for key in dict.fromkeys(dict(asked))))
