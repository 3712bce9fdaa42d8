"""The lines of a document with the true `curl`, where there is one, and with the stand-in."""

from __future__ import annotations

from typing import Final

import pytest

from tests.curl import REAL

both_curls: Final = pytest.mark.parametrize(
    "real",
    [
        pytest.param(
            True, marks=pytest.mark.skipif(not REAL, reason="no curl: the stand-in ran them")
        ),
        False,
    ],
    ids=["curl", "stand-in"],
)
