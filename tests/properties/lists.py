"""Lists against the model: by any filters, whole, by page and by cursor, and while others write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st

from tests.properties.bodies import NAMES, NOWHERE, texts
from tests.properties.driving import Driven
from tests.properties.model import ELSEWHERE, HOME, Model


@st.composite
def filters(draw: st.DrawFn, model: Model) -> dict[str, str]:
    """Parameters of a list."""
    reservations = {held.shown["reservation_id"] for held in model.live.values()} - {None}
    return draw(
        st.fixed_dictionaries(
            {},
            optional={
                "organization": st.sampled_from([HOME, ELSEWHERE, NOWHERE]),
                "name": st.sampled_from([*NAMES, "a-2"]),
                "tags": st.lists(texts, min_size=1, max_size=2).map(",".join),
                "state": st.sampled_from(["running", "stopped"]),
                "running": st.sampled_from(["true", "false"]),
                "image": texts,
                "flavor": texts,
                "reservation_id": st.sampled_from(["r-nothing", *sorted(reservations)]),
            },
        )
    )


def filtered(driven: Driven, model: Model, caller: str, asked: dict[str, str]) -> None:
    """A list by filters, whole and by either way of paging."""
    expected = [held.shown for held in model.visible(caller) if _fits(held.shown, asked)]
    who = model.callers[caller]
    assert driven.get(who, f"/servers?{urlencode(asked)}").json() == {"servers": expected}
    pages, total = _by_page(driven, who, asked)
    assert (pages, total) == (expected, len(expected))
    assert _by_cursor(driven, who, asked) == expected


def _fits(shown: dict[str, Any], asked: dict[str, str]) -> bool:
    for name, value in asked.items():
        if name == "tags":
            fits = set(value.split(",")) <= set(shown["tags"])
        elif name == "running":
            fits = shown["running"] is (value == "true")
        else:
            fits = shown[name] == value
        if not fits:
            return False
    return True


def _by_page(driven: Driven, who: Any, asked: dict[str, str]) -> tuple[list[Any], int]:
    found: list[Any] = []
    path = f"/servers?{urlencode(asked | {'page': '1', 'per_page': '2'})}"
    while True:
        answer = driven.get(who, path)
        found += answer.json()["servers"]
        total = int(answer.headers["x-total-count"])
        if "next" not in answer.links:
            return found, total
        path = answer.links["next"]["url"]


def _by_cursor(driven: Driven, who: Any, asked: dict[str, str]) -> list[Any]:
    found: list[Any] = []
    path = f"/servers?{urlencode(asked | {'limit': '3'})}"
    while True:
        answer = driven.get(who, path)
        found += answer.json()["servers"]
        if "next" not in answer.links:
            return found
        path = answer.links["next"]["url"]


@dataclass
class Walk:
    """A list being read page by page while others write."""

    caller: str
    limit: int
    path: str = ""
    last: str | None = None

    def go_on(self, driven: Driven, model: Model) -> bool:
        """The next page is the next servers that are live now; whether there may be more."""
        path = self.path or f"/servers?limit={self.limit}"
        answer = driven.get(model.callers[self.caller], path)
        order = list(model.servers)
        passed = -1 if self.last is None else order.index(self.last)
        after = [
            held.shown
            for held in model.visible(self.caller)
            if order.index(held.shown["id"]) > passed
        ]
        assert answer.json() == {"servers": after[: self.limit]}
        assert ("next" in answer.links) is (len(after) > self.limit)
        if "next" not in answer.links:
            return False
        self.path, self.last = answer.links["next"]["url"], after[self.limit - 1]["id"]
        return True
