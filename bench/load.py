"""One measured load: what a service answered in some seconds, how fast, and at what cost."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import client
from bench.client import Request
from bench.machine import cpu_us
from bench.services import Running

_SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True)
class Load:
    """Requests for some seconds over some connections; `once`: each at most once."""

    requests: Sequence[Request]
    connections: int
    seconds: float
    once: bool = False


@dataclass(frozen=True)
class Result:
    """Requests a second, latencies and CPU time a request in µs."""

    rate: float
    p50_us: float
    p99_us: float
    max_us: float
    cpu_us: float
    requests: int = 0

    @staticmethod
    def median(results: Sequence[Result]) -> Result:
        """Each figure's median over rounds; of the greatest latency the greatest."""
        return Result(
            rate=statistics.median(result.rate for result in results),
            p50_us=statistics.median(result.p50_us for result in results),
            p99_us=statistics.median(result.p99_us for result in results),
            max_us=max(result.max_us for result in results),
            cpu_us=statistics.median(result.cpu_us for result in results),
            requests=sum(result.requests for result in results),
        )


def generator() -> str:
    """What the load comes from."""
    return "wrk" if shutil.which("wrk") else "bench.client (wrk is not installed)"


def measure(running: Running, load: Load) -> Result:
    """Put `load` on a service. Raises `SystemExit` if any request failed: such a figure is none."""
    before = cpu_us(running.pid)
    figures = _by_wrk(running, load) if shutil.which("wrk") else _by_client(running, load)
    spent = cpu_us(running.pid) - before
    if figures["failed"] or not figures["requests"]:
        sample = load.requests[0]
        failed = f"{figures['failed']:.0f} of {figures['requests']:.0f}"
        raise SystemExit(
            f"{running.name}: {failed} requests like {sample.method} {sample.path} failed"
        )
    return Result(
        rate=figures["requests"] / figures["seconds"],
        p50_us=figures["p50_us"],
        p99_us=figures["p99_us"],
        max_us=figures["max_us"],
        cpu_us=spent / figures["requests"],
        requests=int(figures["requests"]),
    )


def _by_wrk(running: Running, load: Load) -> dict[str, float]:
    with tempfile.NamedTemporaryFile("w", suffix=".requests") as file:
        for request in load.requests:
            file.write(f"{request.method}\t{request.path}\t{request.body}\n")
        file.flush()
        headers = [f"-H{line}" for line in running.header_lines]
        options = ["-t1", f"-c{load.connections}", f"-d{max(1, round(load.seconds))}s"]
        script = ["-s", str(_SCRIPT), *headers, running.base, "--", file.name]
        printed = subprocess.run(
            ["wrk", *options, "--timeout", "10s", *script] + (["once"] if load.once else []),
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    line = next(line for line in printed.splitlines() if line.startswith("RESULT "))
    figures: dict[str, float] = json.loads(line.removeprefix("RESULT "))
    return figures


def _by_client(running: Running, load: Load) -> dict[str, float]:
    answers = client.send(
        running.port,
        load.requests,
        running.headers,
        connections=load.connections,
        seconds=load.seconds,
        once=load.once,
    )
    times = sorted(answers.times)
    return {
        "requests": len(times),
        "seconds": answers.seconds,
        "p50_us": times[len(times) // 2] * 1e6 if times else 0.0,
        "p99_us": times[len(times) * 99 // 100] * 1e6 if times else 0.0,
        "max_us": times[-1] * 1e6 if times else 0.0,
        "failed": answers.failed,
    }
