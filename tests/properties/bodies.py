"""Hypothesis strategies of the bodies of changes: sound, unsound, and everything between."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

from tests.properties.model import ELSEWHERE, HOME, READ_ONLY

NOWHERE: Final = "00000000-0000-4000-8000-000000000000"
NAMES: Final = ("a", "b", "a-1", "web/action", "ünï 50%", "🖥️")
OFTEN: Final = 8


def seldom() -> st.SearchStrategy[bool]:
    """True once in a while; simplest is never."""
    return st.integers(1, OFTEN).map(lambda n: n == OFTEN)


names = st.sampled_from(NAMES)
texts = st.sampled_from(["x", "y", "m1.small", "漢字", "t" * 255])
optional = st.none() | texts
volumes_listed = st.lists(
    texts | st.fixed_dictionaries({}, optional={"id": optional, "name": optional, "size": texts}),
    max_size=3,
)
volumes = volumes_listed | volumes_listed.map(lambda v: {str(10 - n): x for n, x in enumerate(v)})
addresses = optional | st.fixed_dictionaries(
    {"id": texts}, optional={"address": optional, "dynamic": st.booleans()}
)
CHOICES: Final[dict[str, st.SearchStrategy[Any]]] = {
    "volumes": volumes,
    "tags": st.lists(texts, max_size=3),
    "public_ip": addresses,
    "dynamic_public_ip": st.booleans(),
    "commercial_type": optional,
    "flavor": optional,
    "keyname": optional,
    "network": optional,
    "metadata": st.dictionaries(texts, texts | st.just(""), max_size=3),
}
_WRONG: Final[dict[str, tuple[Any, ...]]] = {
    "name": ("", 5, None, "n" * 256, ["a"]),
    "image": ("", False, {}, "i" * 256),
    "tags": ("x", [""], [1], ["t"] * 101, {"0": "t"}, None),
    "volumes": ({"x": "v"}, [1], [{"name": ""}], ["v"] * 101, "v", None),
    "public_ip": ({}, 1, {"id": "x", "zone": 1}, {"id": "x", "dynamic": 1}),
    "dynamic_public_ip": ("true", 1, None),
    "flavor": ("", 7, {"id": "1"}),
    "metadata": ("x", [], {"k": 1}, {"k": None}, {"": "v"}, {"k": "v" * 256}, None),
    "zone": ("par1",),
    "Name": ("a",),
}
WRONG: Final = tuple((name, value) for name, values in _WRONG.items() for value in values)


@st.composite
def spoiled(draw: st.DrawFn, sound: dict[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """A body with some of its fields made wrong, seldom; and which."""
    if not draw(seldom()):
        return sound, frozenset()
    wrong = dict(draw(st.lists(st.sampled_from(WRONG), min_size=1, max_size=3)))
    return sound | wrong, frozenset(wrong)


@st.composite
def creates(draw: st.DrawFn) -> dict[str, Any]:
    """The parts of an `Ask` for new servers."""
    organizations = st.sampled_from([HOME, HOME, ELSEWHERE, ELSEWHERE, NOWHERE])
    if draw(st.booleans()):
        required = {"name": names, "image": texts, "organization": organizations}
        sound = draw(st.fixed_dictionaries(required, optional=CHOICES))
        body, wrong = draw(spoiled(sound))
        return {"verb": "create", "method": "POST", "body": body, "wrong": wrong}
    counts = st.sampled_from([{}, {}, {"max_count": 3}, {"min_count": 2}])
    counts |= st.just({"min_count": 1, "max_count": 2, "return_reservation_id": False})
    inner = {name: CHOICES[name] for name in ("keyname", "network", "tags", "volumes", "metadata")}
    inner["return_reservation_id"] = st.booleans()
    required = {"name": names, "image": texts, "flavor": texts}
    sound = draw(st.fixed_dictionaries(required, optional=inner)) | draw(counts)
    body, wrong = draw(spoiled(sound))
    wrong |= {name for name in body if name not in (*required, *inner, "min_count", "max_count")}
    return {"verb": "create", "method": "POST", "body": {"server": body}, "wrong": wrong}


@st.composite
def updates(draw: st.DrawFn, shown: dict[str, Any] | None) -> dict[str, Any]:
    """The parts of an `Ask` for other fields; of the read-only ones some are sent back."""
    choices = {**CHOICES, "name": names, "image": optional}
    sound = draw(st.fixed_dictionaries({}, optional=choices))
    if draw(seldom()):
        sound = {}
    body, wrong = draw(spoiled(sound))
    method = draw(st.sampled_from(["PUT", "PATCH"]))
    for name in draw(st.sets(st.sampled_from(READ_ONLY), max_size=3)) if shown else ():
        body = body | {name: "stale" if draw(seldom()) else shown[name]}  # type: ignore[index]
    if shown and draw(st.booleans()):
        repeated = draw(st.sets(st.sampled_from(sorted(shown))))
        body = body | {name: shown[name] for name in repeated}
        wrong -= repeated
    parts = {"verb": "update", "method": method, "wrong": wrong}
    match draw(st.sampled_from(["flat", "envelope", "rename"])):
        case "flat":
            return parts | {"body": body}
        case "rename":
            other = shown is None or draw(seldom())
            name = body.get("name", "a") if other else shown["name"]  # type: ignore[index]
            wrong -= {"name"}
            body = body | {"name": name, "new_name": draw(names)}
    return parts | {"body": {"server": body}, "wrong": wrong}


POWER: Final = ("poweron", "resetsoft", "poweroff", "resethard")
ACTIONS: Final[tuple[tuple[dict[str, Any], frozenset[str]], ...]] = (
    *(({"action": w}, frozenset()) for w in ("reboot", "terminate", "backup", "restore")),
    *(({"action": "backup", "name": name}, frozenset()) for name in ("a", "b", None)),
    *(({"action": "restore", "backup": name}, frozenset()) for name in ("a", "b", None)),
    *(({"action": "restore", "version": n}, frozenset()) for n in (-1, 0, 1, 1, 2, 3, 5, 2**62)),
    ({"action": "poweron", "name": "", "version": "x"}, frozenset()),
    ({"action": "fly"}, frozenset({"action"})),
    ({"name": "a"}, frozenset({"action"})),
    ({"action": "backup", "name": ""}, frozenset({"name"})),
    ({"action": "restore", "version": "1"}, frozenset({"version"})),
    ({"action": "restore", "version": 1, "backup": "a"}, frozenset({"version", "backup"})),
)


@st.composite
def actions(draw: st.DrawFn, backups: list[dict[str, Any]]) -> dict[str, Any]:
    """The parts of an `Ask` for an action."""
    wrong: frozenset[str] = frozenset()
    body: dict[str, Any]
    match draw(st.sampled_from(["power", "power", "any", "keep", "back", "back"])):
        case "power":
            body = {"action": draw(st.sampled_from(POWER))}
        case "keep":
            body = {"action": "backup", "name": draw(st.sampled_from(["a", "b", None]))}
        case "back" if backups:
            body = {"action": "restore", "backup": draw(st.sampled_from(backups))["id"]}
        case _:
            body, wrong = draw(st.sampled_from(ACTIONS))
    return {"verb": "act", "method": "POST", "body": body, "wrong": wrong}
