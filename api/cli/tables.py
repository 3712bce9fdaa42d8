"""Tables at a terminal: nothing is ever cut off, since ids and times are there to be copied.

What is too wide for a table is told in paragraphs, a row each, which the terminal wraps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

PAGE_ROWS: Final = 1_000
"""So many rows are laid out alike; of more, the first are shown while the next are looked for."""

_WHOLE_MAX_CHARACTERS: Final = 40
"""A column as wide as that stands in a line, as ids and times must; a wider one is folded."""
_FOLDED_MIN_CHARACTERS: Final = 16
_BETWEEN: Final = 3
_INDENT: Final = "    "


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], spare: Collection[str] = ()
) -> None:
    """Print rows of text. `spare` names columns that a table can do without, the first before all.

    A page at a time, so that a long listing begins at once.
    """
    console = Console()
    found = iter(rows)
    page = list(islice(found, PAGE_ROWS))
    while True:
        kept = _fitting(columns, page, spare, console.width)
        if kept:
            console.print(_table(columns, page, kept))
        else:
            _print_paragraphs(columns, page, console.width)
        page = list(islice(found, PAGE_ROWS))
        if not page:
            return


def _fitting(
    columns: Sequence[str], page: Sequence[Sequence[str]], spare: Collection[str], width: int
) -> dict[int, int]:
    """The columns that a table has room for, with their widths; none if there is no room for it."""
    kept = {
        index: max(map(cell_len, (column, *(row[index] for row in page))))
        for index, column in enumerate(columns)
    }
    dropped = iter(spare)
    while sum(map(_needed, kept.values())) + _BETWEEN * len(kept) - 1 > width:
        column = next(dropped, None)
        if column is None:
            return {}
        del kept[columns.index(column)]
    return kept


def _needed(width: int) -> int:
    return width if width <= _WHOLE_MAX_CHARACTERS else _FOLDED_MIN_CHARACTERS


def _table(columns: Sequence[str], page: Sequence[Sequence[str]], kept: dict[int, int]) -> Table:
    table = Table(show_edge=False)
    for index, width in kept.items():
        whole = width <= _WHOLE_MAX_CHARACTERS
        table.add_column(columns[index], overflow="fold", no_wrap=whole, min_width=_needed(width))
    for row in page:
        table.add_row(*(Text(row[index]) for index in kept))
    return table


def _print_paragraphs(columns: Sequence[str], page: Sequence[Sequence[str]], width: int) -> None:
    for line in _paragraph(columns, width):
        print(line)
    print("─" * width)
    for row in page:
        for line in _paragraph(row, width):
            print(line)


def _paragraph(row: Sequence[str], width: int) -> Iterator[str]:
    """Cells in lines, none parted from its end; the last, which tells most, in one of its own."""
    *cells, last = row
    line, length = "", 0
    for cell in cells:
        longer = length + 2 + cell_len(cell)
        if line and longer > width:
            yield line
            line, longer = f"{_INDENT}{cell}", len(_INDENT) + cell_len(cell)
        else:
            line = f"{line}  {cell}" if line else cell
            longer = longer if length else cell_len(cell)
        length = longer
    if line:
        yield line
    if last != "-":
        yield f"{_INDENT}{last}"
