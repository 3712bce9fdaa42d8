"""Encoded servers of lists, each kept for as long as its state stays the same.

They are found by their places, and what is kept beside them is held against the state that was
read: to compare two states takes a fraction of what it takes to hash one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final, Generic, TypeVarTuple

from domain.refusals import ServerUnreadable
from domain.registry import UnreadableRecord
from projections.server_queries import Found

ENCODINGS_MAX: Final = 2_048
ABOUTS_MAX: Final = 4

About = TypeVarTuple("About")
_Kept = OrderedDict[int, tuple[bytes, bytes]]


class Encodings(Generic[*About]):
    """Encodes states that rows have. For the loop's thread alone.

    A list begins with `opening`. What the encodings depend on besides is hashable. Of the last few
    such, the last ones are kept.
    """

    def __init__(
        self,
        encode: Callable[[bytes, *About], bytes],
        opening: bytes = b"",
        most: int = ENCODINGS_MAX,
        abouts_most: int = ABOUTS_MAX,
    ) -> None:
        self._encode = encode
        self._opening = opening
        self._most = most
        self._abouts_most = abouts_most
        self._known: OrderedDict[tuple[*About], _Kept] = OrderedDict()

    def joined(self, found: Iterable[Found], closing: bytes, *about: *About) -> bytes:
        """The opening, the members by commas, and `closing`. Raises `ServerUnreadable`."""
        known = self._about(about)
        encodings = []
        for place, state in found:
            kept = known.get(place)
            if kept is None or kept[0] != state:
                kept = known[place] = (state, self._encoded(state, *about))
                if len(known) > self._most:
                    known.popitem(last=False)
            encodings.append(kept[1])
        if not encodings:
            return self._opening + closing
        # At the outer ones first: a page is large, and so it is copied once.
        encodings[0] = self._opening + encodings[0]
        encodings[-1] += closing
        return b",".join(encodings)

    def _about(self, about: tuple[*About]) -> _Kept:
        known = self._known.get(about)
        if known is None:
            known = self._known[about] = OrderedDict()
            if len(self._known) > self._abouts_most:
                self._known.popitem(last=False)
        return known

    def _encoded(self, state: bytes, *about: *About) -> bytes:
        try:
            return self._encode(state, *about)
        except UnreadableRecord as error:
            raise ServerUnreadable(f"a server cannot be read: {error}") from error
