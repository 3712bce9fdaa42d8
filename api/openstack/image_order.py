"""The order of a list of images: by several fields, some of them downwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from api.openstack.images import Image


class Order(NamedTuple):
    """By which fields images are sorted, each downwards or not; those alike in all, by their id."""

    fields: tuple[tuple[Callable[[Image], Any], bool], ...]

    def key(self, image: Image) -> tuple[Any, ...]:
        """What is compared."""
        found = [_Down(get(image)) if down else get(image) for get, down in self.fields]
        return (*found, image.id)


class _Down:
    """A value that stands before those that are less."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Down) and bool(self.value == other.value)

    def __lt__(self, other: _Down) -> bool:
        return bool(other.value < self.value)

    __hash__ = None  # type: ignore[assignment]  # compared alone
