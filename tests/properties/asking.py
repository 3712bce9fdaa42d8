"""Hypothesis strategies of requests to change something, from anybody and under any condition."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

from tests.properties.bodies import NAMES, NOWHERE, actions, creates, seldom, updates
from tests.properties.model import Ask, Model

KEYS: Final = ("k1", "k2", "k3", "k4", "k5", "k6")


@st.composite
def refs(draw: st.DrawFn, model: Model, caller: str) -> str:
    """A reference: mostly of a server that the caller sees, by id or by name."""
    live = model.visible(caller)
    if live and not draw(seldom()):
        shown = draw(st.sampled_from(live)).shown
        id_: str = shown["id"]
        return draw(st.sampled_from([id_, str(shown["name"]), id_.upper()]))
    return draw(st.sampled_from([*NAMES, NOWHERE, *model.servers]))


@st.composite
def asks(draw: st.DrawFn, model: Model) -> Ask:
    """Any request to change something, from anybody."""
    usual = ["root", "ann", "eve", "bob"]
    caller = draw(st.sampled_from(sorted(model.callers) if draw(seldom()) else usual))
    common: dict[str, Any] = {
        "caller": caller,
        "key": draw(st.sampled_from(KEYS)) if draw(seldom()) else None,
        "slash": "/" if draw(seldom()) else "",
    }
    words = ["create", "act", "act", "act", "update", "update", "delete"]
    possible = bool(model.visible(caller)) or draw(seldom())
    word = draw(st.sampled_from(words)) if possible else "create"
    if word == "create":
        common["if_match"] = draw(st.sampled_from(["*", '"x:1"'])) if draw(seldom()) else None
        return Ask(**common, **draw(creates()))
    common["ref"] = ref = draw(refs(model, caller))
    held = next(iter(model.resolve(caller, ref)), None)
    tags = ["*", '"x:1", "y:2"']
    tags += [held.etag, f'"other", {held.etag}', f"W/{held.etag}"] if held else []
    common["if_match"] = draw(st.sampled_from(tags)) if draw(seldom()) else None
    if word == "update":
        return Ask(**common, **draw(updates(held.shown if held else None)))
    if word == "act":
        return Ask(**common, **draw(actions(held.backups if held else [])))
    return Ask(verb="delete", method="DELETE", **common)
