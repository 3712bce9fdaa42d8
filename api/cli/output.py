"""What commands print: tables and bars at a terminal, plain lines elsewhere, JSON if asked for.

Results go to standard output, everything else to standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from api.cli.tables import show_table

Json = Annotated[bool, typer.Option("--json", help="Print JSON, a line an item.")]

# What moves the cursor or turns the direction of writing: a name is never more than its characters.
_CONTROLS: Final = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    code: f"\\u{code:04x}"
    for code in (0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
}


class NothingFound(Exception):
    """What was looked for is not there; the text says so, in one line."""


def print_json(value: Any) -> None:
    """One item on one line."""
    print(orjson.dumps(value).decode())


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], spare: Collection[str] = ()
) -> None:
    """Rows for people: a table at a terminal, else a line a row, its cells parted by tabs.

    Where the terminal is too narrow, the table is without the columns that are `spare`.
    """
    told = ([cell(value) for value in row] for row in rows)
    if sys.stdout.isatty():
        show_table(columns, told, spare)
        return
    for row in told:
        print("\t".join(row))


def cell(value: Any) -> str:
    """A value in a table: text as it is, its control characters aside, nothing as `-`."""
    if value is None or value == "":
        return "-"
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text.translate(_CONTROLS)


def watchable(*, lines: bool) -> bool:
    """Whether a bar can stand beside what is printed: `lines`, as they come, show it themselves."""
    return not (lines and sys.stdout.isatty())


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        """So many a second."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar with rate and time left, on standard error where that is a terminal.

    Call what it yields with how many more are done.
    """
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,  # else what is printed meanwhile would go where the bar is
    ) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)
