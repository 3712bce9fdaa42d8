"""Log lines that nobody takes change no answer."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import TextIO

import pytest

from api.logs import log_to
from tests.api.expecting import problem
from tests.api.test_past_unreadable import break_record
from tests.support import running


class Full(io.StringIO):
    """Takes nothing."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, text)

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "flush")


def closed() -> TextIO:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("stream", [None, closed(), Full()], ids=["none", "closed", "full"])
def test_a_lost_log_line_is_no_failure(tmp_path: Path, stream: TextIO | None) -> None:
    with running(tmp_path) as api:
        api.create()
    break_record(tmp_path, 3, followed=True)
    log_to(stream)
    with running(tmp_path) as api:
        problem(api.get("/events/3"), 503, "server.unreadable")
