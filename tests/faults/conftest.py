"""Figures are printed whatever pytest captures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Tell = Callable[[str], None]


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Prints a line of figures."""

    def print_(line: str) -> None:
        with capsys.disabled():
            print(f"\n{line}")

    return print_
