"""Tables at a terminal: whatever its width, what is there to be copied stands whole in a line."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout

import pytest

from api.cli import output
from api.cli.tables import PAGE_ROWS, show_table

pytestmark = pytest.mark.once


COLUMNS = ("position", "time", "server", "changes")
ID = "01a20f12-089d-7388-a680-5d83850e4af3"
TIME = "2026-11-24T19:39:51.878907+00:00"
ROWS = [["3", TIME, ID, 'image: "i-1" -> "i-2"; ' * 3], ["4", TIME, ID, "-"]]


def shown(
    width: int,
    columns: Sequence[str] = COLUMNS,
    rows: Iterable[Sequence[str]] = ROWS,
    spare: Sequence[str] = (),
) -> list[str]:
    """The lines at a terminal so many characters wide."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        patch.setenv("COLUMNS", str(width))
        show_table(columns, rows, spare)
    return [line.rstrip() for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("width", [20, 60, 80, 100, 140, 200])
def test_ids_and_times_stand_whole_in_a_line_at_any_width(width: int) -> None:
    lines = shown(width)
    assert sum(ID in line for line in lines) == sum(TIME in line for line in lines) == 2
    assert "…" not in "".join(lines)


def test_a_terminal_too_narrow_for_a_table_gets_a_paragraph_a_row() -> None:
    assert shown(80, rows=[ROWS[0], ["4", "中" * 36, ID, "-"]]) == [
        "position  time  server",
        "    changes",
        "─" * 80,
        f"3  {TIME}  {ID}",
        f"    {ROWS[0][3]}".rstrip(),
        f"4  {'中' * 36}",
        f"    {ID}",
    ]


def test_a_wide_terminal_gets_a_table_whose_widest_cells_alone_are_folded() -> None:
    assert shown(110)[2:] == [
        f' 3        │ {TIME} │ {ID} │ image: "i-1" -> "i-2";',
        *[f'{" " * 10}│{" " * 34}│{" " * 38}│ image: "i-1" -> "i-2";'] * 2,
        f" 4        │ {TIME} │ {ID} │ -",
    ]


def test_a_table_goes_without_spare_columns_before_it_is_given_up() -> None:
    columns, rows = ("server", "organization", "state", "time"), [[ID, ID, "stopped", TIME]]
    spare = ("organization", "time")
    heads = {width: shown(width, columns, rows, spare)[0].split() for width in (60, 100, 140)}
    assert heads == {
        60: ["server", "┃", "state"],
        100: ["server", "┃", "state", "┃", "time"],
        140: ["server", "┃", "organization", "┃", "state", "┃", "time"],
    }
    assert shown(40, columns, rows, spare)[3:] == [ID, f"    {ID}", "    stopped", f"    {TIME}"]


def test_a_long_listing_begins_before_all_of_it_is_found() -> None:
    out = io.StringIO()

    def rows() -> Iterable[Sequence[str]]:
        for number in range(PAGE_ROWS + 1):
            yield [str(number)]
            assert number < PAGE_ROWS or str(PAGE_ROWS - 1) in out.getvalue()

    with redirect_stdout(out):
        show_table(("number",), rows())
    assert out.getvalue().split()[-1] == str(PAGE_ROWS)


def test_nothing_but_the_head_is_shown_of_no_rows() -> None:
    assert shown(80, rows=[])[0].split() == ["position", "┃", "time", "┃", "server", "┃", "changes"]


def test_a_cell_moves_no_cursor_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", terminal := io.StringIO())
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    output.print_table(("name",), [["\x1b[31mred\t\u202e[bold]x[/bold]"]])
    assert terminal.getvalue().splitlines()[-1].strip() == (r"\x1b[31mred\x09\u202e[bold]x[/bold]")
