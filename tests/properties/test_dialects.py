"""One server is the same through every dialect, whoever made it and whoever changed it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.profile import LONG, times
from tests.properties.speaking import ASKS, DIALECTS, PATHS, creating, refused, seen
from tests.support import HOME, Api, running

GONE: Final = 404
STEP: Final = st.tuples(
    st.sampled_from(DIALECTS),
    st.sampled_from(["create", *ASKS["root"]]),
    st.integers(0, 5),
    st.sampled_from(["a", "b", "ünï 50%", "web/action"]),
)


@dataclass
class Walked:
    """A server, as it should be: what is shown of it, and what was asked of it by which dialect."""

    shown: dict[str, Any]
    steps: list[tuple[str, str, str]]
    deleted: bool = False
    backups: list[str] = field(default_factory=list)


@settings(max_examples=times(20, 400))
@given(st.lists(STEP, min_size=1, max_size=60 if LONG else 25))
def test_whatever_dialect_is_spoken_all_show_the_same(
    steps: list[tuple[str, str, int, str]],
) -> None:
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as api:
        walked: list[Walked] = []
        for dialect, verb, which, text in steps:
            if verb == "create" or not walked:
                walked.append(create(api, dialect, text))
            elif verb in ASKS[dialect]:
                change(api, walked[which % len(walked)], dialect, verb, text)
        for server in walked:
            all_show(api, server)
            the_past_tells(api, server)
        the_lists_are_of_the_same(api, walked)


def create(api: Api, dialect: str, name: str) -> Walked:
    answer = api.post(PATHS[dialect], creating(dialect, name, HOME))
    assert answer.status_code == (202 if dialect == "nova" else 201), answer.text
    shown = {"name": name, "running": dialect == "nova", "organization": HOME, "tags": []}
    shown |= {"id": answer.json()["server"]["id"], "metadata": {}}
    return Walked(shown, [(dialect, "create", "accepted")])


def change(api: Api, server: Walked, dialect: str, verb: str, text: str) -> None:
    sent = ASKS[dialect][verb](text)
    path = f"{PATHS[dialect]}/{server.shown['id']}{sent.below}"
    answer = api.request(sent.method, path, json=sent.body)
    if server.deleted:
        assert answer.status_code == GONE, answer.text
        return
    if refused(dialect, verb, running=server.shown["running"]):
        assert answer.status_code == 409, answer.text
        server.steps.append((dialect, sent.word, "refused"))
        return
    assert answer.status_code in (200, 202, 204), answer.text
    before = dict(server.shown)
    apply(server, verb, text)
    effect = before != server.shown or verb in ("restart", "force", "back up", "delete")
    server.steps.append((dialect, sent.word, "accepted" if effect else "no_effect"))


def apply(server: Walked, verb: str, text: str) -> None:
    """What a change that is accepted comes to."""
    match verb:
        case "rename":
            server.shown["name"] = text
        case "tag":
            server.shown["tags"] = [text]
        case "note":
            server.shown["metadata"] = {"note": text}
        case "start" | "force":
            server.shown["running"] = True
        case "stop":
            server.shown["running"] = False
        case "back up":
            server.backups.append(text)
        case "delete":
            server.deleted = True


def all_show(api: Api, server: Walked) -> None:
    for dialect in DIALECTS:
        answer = api.get(f"{PATHS[dialect]}/{server.shown['id']}")
        if server.deleted:
            assert answer.status_code == GONE
        else:
            told = seen(dialect, answer.json()["server"])
            assert told == {name: server.shown[name] for name in told}


def the_past_tells(api: Api, server: Walked) -> None:
    """Every step stands in the audit, and each that changed it in its events, with its dialect."""
    server_id = server.shown["id"]
    entries = api.get(f"/servers/{server_id}/audit").json()["entries"]
    told = [(entry["dialect"], entry["action"], entry["outcome"]) for entry in entries]
    assert told == server.steps
    events = api.get(f"/servers/{server_id}/events").json()["events"]
    changed = [dialect for dialect, _, outcome in server.steps if outcome == "accepted"]
    assert [event["data"]["dialect"] for event in events] == changed
    listed = api.get(f"{PATHS['nova']}/{server_id}/os-instance-actions").json()
    assert len(listed["instanceActions"]) > 0
    images = [image["name"] for image in api.get("/image/v2/images?limit=200").json()["images"]]
    snapshots = api.get("/snapshots?per_page=100").json()["snapshots"]
    assert set(server.backups) <= set(images) | {snapshot["name"] for snapshot in snapshots}


def the_lists_are_of_the_same(api: Api, walked: list[Walked]) -> None:
    expected = [server.shown["id"] for server in walked if not server.deleted]
    by_root = api.get("/servers").json()["servers"]
    assert [server["id"] for server in by_root] == expected
    by_nova = api.get(f"{PATHS['nova']}/detail").json()["servers"]
    assert [server["id"] for server in by_nova] == expected[::-1]
    by_zone = api.get(f"{PATHS['scaleway']}?per_page=100").json()["servers"]
    assert [server["id"] for server in by_zone] == expected[::-1]
