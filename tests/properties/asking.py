"""Hypothesis strategies of requests to change something, from anybody and under any condition."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.properties.bodies import NAMES, NOWHERE, actions, creates, seldom, updates
from tests.properties.model import Ask, Held, Model


@st.composite
def keys(draw: st.DrawFn, model: Model, caller: str) -> str | None:
    """No key, mostly; else a new one, or seldom one that was spent."""
    if draw(st.integers(0, 2)) < 2:
        return None
    spent = sorted(key for of, key in model.keys if of == caller)
    again = bool(spent) and draw(seldom())
    if again:
        return draw(st.sampled_from(spent))
    return f"key-{len(model.records)}"


@st.composite
def conditions(draw: st.DrawFn, held: Held | None) -> str | None:
    """No `If-Match`, mostly; else one that holds, or held, or never did."""
    if not draw(seldom()):
        return None
    tags = ["*", '"x:1", "y:2"']
    if held is not None:
        older = held.etag.replace(f":{held.shown['version']}", f":{held.shown['version'] - 1}")
        tags += [held.etag, older, f"{older}, {held.etag}", f"W/{held.etag}"]
    return draw(st.sampled_from(tags))


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
def changes(draw: st.DrawFn, model: Model, id_: str) -> Ask:
    """A request to change one server and leave it, without conditions."""
    held = model.servers[id_]
    kinds = st.sampled_from([updates(held.shown), updates(held.shown), actions(held.backups)])
    return Ask(caller="root", ref=id_, **draw(draw(kinds)))


@st.composite
def asks(draw: st.DrawFn, model: Model) -> Ask:
    """Any request to change something, from anybody."""
    usual = ["root", "ann", "eve", "bob"]
    caller = draw(st.sampled_from(sorted(model.callers) if draw(seldom()) else usual))
    common: dict[str, Any] = {
        "caller": caller,
        "key": draw(keys(model, caller)),
        "slash": "/" if draw(seldom()) else "",
    }
    words = ["act", "act", "act", "update", "update", "create", "delete"]
    possible = bool(model.visible(caller)) or draw(seldom())
    word = draw(st.sampled_from(words)) if possible else "create"
    if word == "create":
        return Ask(**common, if_match=draw(conditions(None)), **draw(creates()))
    common["ref"] = ref = draw(refs(model, caller))
    held = next(iter(model.resolve(caller, ref)), None)
    common["if_match"] = draw(conditions(held))
    if word == "update":
        return Ask(**common, **draw(updates(held.shown if held else None)))
    if word == "act":
        return Ask(**common, **draw(actions(held.backups if held else [])))
    return Ask(verb="delete", method="DELETE", **common)
