"""The machine that a figure was taken on: its cores, its disk, and what a process cost it.

Linux: processes are pinned with `sched_setaffinity` and read from `/proc`.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from functools import cache
from pathlib import Path

_TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


@cache  # as they were before this process was pinned to one of them
def cores() -> tuple[int, int]:
    """One core for the service, another for the load. Raises `SystemExit` where there are none."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise SystemExit("two cores are needed: one for the service, one for the load")
    return allowed[0], allowed[1]


def pin(pid: int, core: int) -> None:
    """Keep process `pid` (0: this one) and its future threads on one core."""
    for task in Path(f"/proc/{pid or os.getpid()}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})


def cpu_us(pid: int) -> float:
    """The CPU time of process `pid` so far, user and system, in µs (steps of 10 ms)."""
    # Counted from behind the name, which may hold spaces: utime and stime, proc(5) 14 and 15.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_US


def memory_mb(pid: int) -> tuple[float, float]:
    """Resident memory of process `pid`, in MB: now, and at its peak."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kib = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return int(kib["VmRSS"]) * 1024 / 1e6, int(kib["VmHWM"]) * 1024 / 1e6


def fdatasync_us(folder: Path, times: int = 300) -> float:
    """The median time to append 4 KiB to a file in `folder` and sync it, in µs."""
    path = folder / "fdatasync"
    taken = []
    with path.open("wb", buffering=0) as file:
        for _ in range(times):
            started = time.perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - started)
    path.unlink()
    return statistics.median(taken) * 1e6


def describe() -> str:
    """The machine in a line."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{len(models) or os.cpu_count()} cores ({models[0] if models else platform.machine()}), "
        f"{memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}"
    )
