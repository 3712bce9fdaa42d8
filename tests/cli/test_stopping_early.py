"""A signal at the very moment when the address is told, before a request can have come."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from tests.databases import shown_url
from tests.process import Process, process
from tests.support import ADMIN_TOKEN

PROGRAM = """
import signal, sys
from api.cli.main import main

class Output:
    def write(self, text):
        sys.__stdout__.write(text)
        if text.startswith("Rackledger serves "):
            signal.raise_signal(signal.{name})
    def flush(self):
        sys.__stdout__.flush()

sys.stdout = Output()
main()
"""


class Signalled(Process):
    """The program, sent a signal by whoever reads its address."""

    def __init__(self, folder: Path, sig: signal.Signals) -> None:
        self.sig = sig
        super().__init__(folder)

    def program(self) -> list[str]:
        return [sys.executable, "-c", PROGRAM.format(name=self.sig.name)]


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT], ids=lambda sig: sig.name)
def test_a_signal_that_comes_at_once_ends_it_with_status_0(
    tmp_path: Path, sig: signal.Signals
) -> None:
    service = Signalled(tmp_path, sig)
    try:
        assert (service.wait(), service.stderr) == (0, [])
        (line,) = service.stdout
    finally:
        service.close()
    assert line.startswith(f"Rackledger serves {shown_url(tmp_path)} on http://127.0.0.1:")
    # The log was begun, with its first token.
    with process(tmp_path) as again, again.client(ADMIN_TOKEN) as client:
        assert client.get("/servers").json() == {"servers": []}
