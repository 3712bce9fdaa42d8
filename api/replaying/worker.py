"""The worker: reads histories on its standard input, and tells what this code makes of them.

Started by `api.replaying.start`, in a process of its own, over the code base under test.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import IO

import msgspec

from api.replaying.jobs import KINDS, PROTOCOL, Hello, Job, Line, Summary
from api.replaying.telling import Teller


def main(output: IO[bytes]) -> None:
    """Answer each history until the input ends."""
    encode, decoder = msgspec.json.encode, msgspec.json.Decoder(Job)
    output.write(encode(Hello(PROTOCOL)) + b"\n")
    output.flush()
    for job in sys.stdin.buffer:
        for told in tell(decoder.decode(job)):
            output.write(encode(told) + b"\n")
            output.flush()  # a line at once: where the code under test ends, it is known where


def tell(job: Job) -> Iterator[Line | Summary]:
    """A line for each record of a history, then how much was told."""
    teller = Teller(job.subject)
    counts: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
    lost = 0
    for line in (teller.tell(record) for record in job.records):
        lost += not line.sound
        _count(counts, line)
        yield line
    yield Summary(counts, lost)


def _count(counts: dict[str, dict[str, int]], line: Line) -> None:
    kinds: Iterable[str] = (kind for kind in KINDS if getattr(line, kind) is not None)
    for kind in kinds:
        type_ = line.type_of(kind)
        counts[kind][type_] = counts[kind].get(type_, 0) + 1
