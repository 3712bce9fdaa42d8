"""Exported files: written in chunks that survive an interruption, read line by line.

A name that ends in `.zst` is compressed, a frame a chunk. What is not whole yet bears another name.
"""

from __future__ import annotations

import fcntl
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

import zstandard

LINE_MAX_BYTES: Final = 64 * 2**20
_LEVEL: Final = 3
_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_BLOCK_BYTES: Final = 2**20


class FileRefused(Exception):
    """A file cannot be written or read as an export; the text says why in one line."""


def packing(path: Path) -> Callable[[bytes], bytes]:
    """How a chunk is written in a file of this name: the same lines always to the same bytes."""
    if path.suffix == ".zst":
        return zstandard.ZstdCompressor(level=_LEVEL).compress
    return bytes


@contextmanager
def unfinished(path: Path) -> Iterator[IO[bytes]]:
    """The file that is to be `path` once it is whole, as far as it was written before.

    It is given that name at the end; after an exception it stays as it is, to go on from. Raises
    `FileRefused` where `path` is there already or another process writes it.
    """
    if path.exists():
        raise FileRefused(f"{path} is there already")
    part = path.with_name(f"{path.name}.part")
    with part.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FileRefused(f"another process writes {part}") from error
        if path.exists():  # by now, and it may be the very file that was opened here
            raise FileRefused(f"{path} is there already")
        file.seek(0)
        yield file
        file.flush()
        os.fsync(file.fileno())
        part.rename(path)
    folder = os.open(path.resolve().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def reading_lines(path: Path) -> Iterator[Iterator[bytes]]:
    """The lines of an exported file, each with its end, compressed or not, whatever its name."""
    with path.open("rb") as file:
        compressed = file.read(len(_MAGIC)) == _MAGIC
        file.seek(0)
        if not compressed:
            yield _lines(file)
            return
        with zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as unpacked:
            yield _lines(io.BufferedReader(cast("io.RawIOBase", unpacked), _BLOCK_BYTES))


def _lines(file: IO[bytes] | io.BufferedReader) -> Iterator[bytes]:
    number = 1
    try:
        while line := file.readline(LINE_MAX_BYTES):
            yield line
            number += 1
    except zstandard.ZstdError as error:
        raise FileRefused(f"line {number}: it cannot be decompressed: {error}") from error
