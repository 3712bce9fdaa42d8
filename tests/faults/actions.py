"""Actions on one server, each under its own idempotency key, and what they do to a plain dict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.faults.attempts import UNTOLD, Attempt, Servers

CONFIGURED = ("name", "tags", "volumes", "running", "state")
"""What a restore brings back, of what the clients change."""


def act(server_id: str, word: str) -> Attempt:
    """An action on one server."""

    def applied(servers: Servers, body: Any) -> None:
        assert body["task"]["description"] == f"server_{word}"
        server = servers[server_id]
        running = {"poweron": True, "poweroff": False}.get(word, True)
        if word in ("poweron", "poweroff") and server["running"] == running:
            return
        changed = {"version": server["version"] + 1, "modification_date": UNTOLD}
        if word != "backup":
            changed |= {"running": running, "state": "running" if running else "stopped"}
        servers[server_id] = server | changed

    body = {"action": word}
    return Attempt("POST", f"/servers/{server_id}/action", 202, applied, body, touches=server_id)


def restore(server_id: str, past: Mapping[str, Any], **members: Any) -> Attempt:
    """Back to the point that `members` name, or the newest backup: it was as `past` says."""

    def applied(servers: Servers, body: Any) -> None:
        server = servers[server_id]
        brought = {field: past[field] for field in CONFIGURED}
        changed = {"version": server["version"] + 1, "modification_date": UNTOLD}
        servers[server_id] = server | brought | changed

    body = {"action": "restore"} | members
    return Attempt("POST", f"/servers/{server_id}/action", 202, applied, body, touches=server_id)


def terminate(server_id: str) -> Attempt:
    """The end of one server, asked for as an action."""

    def applied(servers: Servers, body: Any) -> None:
        assert body["task"]["description"] == "server_terminate"
        del servers[server_id]

    body = {"action": "terminate"}
    return Attempt("POST", f"/servers/{server_id}/action", 202, applied, body, touches=server_id)
