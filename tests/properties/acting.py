"""What an accepted action does to the model, and the task that it must become."""

from __future__ import annotations

import uuid
from typing import Any

from tests.properties.model import Ask, Held, Model


def act(model: Model, ask: Ask, answer: Any, at: str, held: Held) -> None:
    """A task, done at once, which outlives its server."""
    body = ask.body or {}
    told = answer.json()
    assert answer.status_code == 202, told
    model.records.append(_act(body, held, at, told["task"].get("backup", {})))
    task = {
        "id": told["task"]["id"],
        "description": f"server_{body['action']}",
        "href_from": f"/servers/{held.shown['id']}/action",
        "progress": 100,
        "status": "success",
        "position": len(model.records),
    }
    if body["action"] == "backup":
        task["backup"] = held.backups[-1]
    assert told == {"task": task}
    assert answer.headers["location"] == f"/tasks/{task['id']}"
    assert answer.headers.get("etag") == (None if held.deleted else held.etag)
    assert task["id"] not in model.tasks
    model.tasks[task["id"]] = (held.shown["organization"], task)


def _act(body: dict[str, Any], held: Held, at: str, backup: dict[str, Any]) -> str:
    """Do it; the name of its record."""
    was, on = held.shown["running"], {"running": True, "state": "running"}
    match body["action"]:
        case "poweron" | "poweroff" as word if was == (word == "poweron"):
            return "request.unchanged"
        case "poweron":
            held.change(at, **on)
            return "server.powered_on"
        case "poweroff":
            held.change(at, running=False, state="stopped")
            return "server.powered_off"
        case "resetsoft" | "reboot" | "resethard":
            held.change(at, **on)
            return "server.reset"
        case "terminate":
            held.change(at)
            held.deleted = True
            return "server.deleted"
        case "backup":
            made = {"id": str(uuid.UUID(backup["id"])), "name": body.get("name")}
            held.backups.append(made | {"version": held.shown["version"]})
            held.change(at)
            return "server.backed_up"
    version = body.get("version")
    if version is None:
        found = backup_of(held, body.get("backup"))
        assert found is not None
        version = found["version"]
    held.change(at, **held.past[version - 1])
    return "server.restored"


def backup_of(held: Held, wanted: str | None) -> dict[str, Any] | None:
    """The backup of that id, else the newest of that name; the newest of all for None."""
    named = [backup for backup in held.backups if wanted in (None, backup["name"])]
    return next((b for b in held.backups if b["id"] == wanted), named[-1] if named else None)
