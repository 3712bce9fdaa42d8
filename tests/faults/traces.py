"""A process under strace, and its system calls in order: what was asked, synced and answered."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.process import Process

STRACE: Final = shutil.which("strace")
SYNCS: Final = ("fdatasync", "fsync")
WRITES: Final = ("write", "writev", "sendto", "sendmsg", "pwrite64")
READS: Final = ("read", "recvfrom")
CALL: Final = re.compile(r"(\d+) +(\w+)\(\d+<([^>]*)>(.*)")
RESUMED: Final = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)")
UNFINISHED: Final = "<unfinished ...>"


def why_not() -> str | None:
    """Why calls cannot be traced here, if they cannot."""
    if STRACE is None:
        return "there is no strace"
    ran = subprocess.run([STRACE, "-o", os.devnull, "true"], capture_output=True, check=False)
    return None if ran.returncode == 0 else "strace may not trace here"


class Traced(Process):
    """A process whose calls are written to `trace`, in the order of their happening."""

    @property
    def trace(self) -> Path:
        return self.folder / "trace"

    def program(self) -> list[str]:
        assert STRACE is not None
        calls = ",".join((*SYNCS, *WRITES, *READS))
        options = ["-f", "-y", "-s", "400", "-o", str(self.trace), "-e", f"trace={calls}"]
        return [STRACE, *options, *super().program()]

    def stop(self, sig: signal.Signals = signal.SIGTERM) -> int:
        """Ask the program itself to stop, not its tracer; its exit status."""
        os.kill(self.served_by, sig)
        return self.wait()

    @property
    def served_by(self) -> int:
        """The id of the program's own process."""
        return int(self.database.with_name(f"{self.database.name}.lock").read_text())


@dataclass(frozen=True)
class Call:
    """A system call: whose, the lines of the trace where it began and ended, and on what it was."""

    thread: str
    name: str
    began: int
    ended: int
    target: str
    text: str


def calls_of(lines: list[str]) -> list[Call]:
    """The calls of a trace, in the order in which they began."""
    return sorted(_calls(lines), key=lambda call: call.began)


def _calls(lines: list[str]) -> Iterator[Call]:
    begun: dict[str, tuple[int, re.Match[str]]] = {}
    for at, line in enumerate(lines):
        if match := CALL.match(line):
            if line.endswith(UNFINISHED):
                begun[match[1]] = at, match
            else:
                yield Call(match[1], match[2], at, at, match[3], match[4])
        elif (resumed := RESUMED.match(line)) and resumed[1] in begun:
            began, match = begun.pop(resumed[1])
            text = f"{match[4].removesuffix(UNFINISHED).rstrip()} {resumed[2]}"
            yield Call(match[1], match[2], began, at, match[3], text)


@dataclass(frozen=True)
class Acknowledged:
    """A write's answer as it left: the lines of its request's arrival and of its own departure."""

    asked: int
    answered: int


def acknowledged(calls: list[Call]) -> list[Acknowledged]:
    """Every write that was answered with success."""
    asked: dict[str, int | None] = {}
    found = []
    for call in sorted(calls, key=lambda call: call.ended if call.name in READS else call.began):
        if call.name in READS and re.match(r', "(POST|PUT|PATCH|DELETE|GET) /', call.text):
            asked[call.target] = None if call.text.startswith(', "GET') else call.ended
        elif call.name in WRITES and '"HTTP/1.1 20' in call.text:
            request = asked.pop(call.target, None)
            if request is not None:
                found.append(Acknowledged(request, call.began))
    return found


def syncs_of_the_log(calls: list[Call]) -> list[Call]:
    """Every sync of the write-ahead log that succeeded."""
    return [
        c for c in calls if c.name in SYNCS and c.target.endswith("-wal") and c.text.endswith("= 0")
    ]


def writer_of(calls: list[Call]) -> str:
    """The thread that syncs the log before answers; empty for none.

    Now and then another one does too, that writes what follows from the log.
    """
    syncs = syncs_of_the_log(calls)
    found = Counter(
        thread
        for answer in acknowledged(calls)
        for thread in {s.thread for s in syncs if _is_between(answer, s)}
    )
    return max(found, key=found.__getitem__, default="")


def _is_between(answer: Acknowledged, call: Call) -> bool:
    return answer.asked < call.began and call.ended < answer.answered


def unsynced(calls: list[Call]) -> list[Acknowledged]:
    """The answers that left before a sync of their writer, begun after their request, had ended."""
    writer = writer_of(calls)
    syncs = [s for s in syncs_of_the_log(calls) if s.thread == writer]
    return [
        answer
        for answer in acknowledged(calls)
        if not any(_is_between(answer, sync) for sync in syncs)
    ]


def behind(calls: list[Call]) -> list[Acknowledged]:
    """The answers before which their writer wrote to the log after its last sync.

    Of one client, whose next write comes after the answer.
    """
    writer = writer_of(calls)
    own = [c for c in calls if c.target.endswith("-wal") and c.thread == writer]
    found = []
    for answer in acknowledged(calls):
        written = [c.ended for c in own if c.name in WRITES and c.began < answer.answered]
        synced = [c.began for c in own if c.name in SYNCS and c.ended < answer.answered]
        if max(written) > max(synced):
            found.append(answer)
    return found
