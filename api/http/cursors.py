"""Cursors: where a page ended, opaque, and good for the question that it was made for alone."""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import cached_property
from typing import Any, Final

PATTERN: Final = "^[A-Za-z0-9_-]{19}$"


class Cursor:
    """Writes and reads the cursors of one question: `asked` is all that makes it what it is."""

    def __init__(self, *asked: Any) -> None:
        self._asked = asked

    @cached_property
    def _binding(self) -> bytes:
        return hashlib.sha256(repr(self._asked).encode()).digest()[:6]

    def write(self, position: int) -> str:
        """The cursor of a page that ended at a position."""
        raw = self._binding + position.to_bytes(8, "big")
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def read(self, text: str) -> int:
        """Where a page ended. Raises `ValueError` for a cursor of another question."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        position = int.from_bytes(raw[6:], "big")
        if len(raw) != 14 or position >= 2**63 or self.write(position) != text:
            raise ValueError("not a cursor of this list with these filters")
        return position
