"""A stand-in for `curl` where there is none: as much of it as our documents use."""

from __future__ import annotations

import argparse
import http.client
import shutil
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

REAL: Final = shutil.which("curl")


def folder_of_curl(folder: Path, *, real: bool) -> str:
    """A folder for the `PATH` with a `curl` in it: the true one, or this one."""
    if real:
        assert REAL is not None, "there is no curl"
        return str(Path(REAL).parent)
    program = folder / "curl"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "$@"\n')
    program.chmod(0o755)
    return str(folder)


def main() -> None:
    """Send one request and print the answer."""
    parser = argparse.ArgumentParser(prog="curl")
    parser.add_argument("-i", action="store_true", help="print the status and headers too")
    parser.add_argument("-s", action="store_true", help="say nothing else")
    parser.add_argument("-N", action="store_true", help="print what comes at once")
    parser.add_argument("--max-time", type=float, default=60, help="seconds to go on for")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data")
    parser.add_argument("url")
    asked = parser.parse_args()
    url = urlsplit(asked.url)
    assert url.hostname is not None
    headers = dict(header.split(": ", 1) for header in asked.headers)
    if asked.data is not None:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=asked.max_time)
    method = asked.method or ("GET" if asked.data is None else "POST")
    target = f"{url.path}?{url.query}" if url.query else url.path
    body = None if asked.data is None else asked.data.encode()
    try:
        connection.request(method, target, body, headers)
    except ConnectionRefusedError:
        sys.exit(7)  # as the true one does
    answer = connection.getresponse()
    if asked.i:
        print(f"HTTP/1.1 {answer.status} {answer.reason}\r\n{answer.msg}", end="", flush=True)
    try:
        while part := answer.read1():
            sys.stdout.buffer.write(part)
            sys.stdout.flush()
    except TimeoutError:
        sys.exit(28)
    connection.close()


if __name__ == "__main__":
    main()
