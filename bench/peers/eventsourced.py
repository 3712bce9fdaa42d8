"""Event sourcing as the library's documentation builds a web application: FastAPI over it.

Aggregates with `@event` methods, an `Application` with the SQLite module, a command a commit and
an answer from the aggregate. The list is what such an application has without a projection: the
ids from the notification log, the aggregates from the repository.
"""

from __future__ import annotations

import os
import threading
from typing import Any
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate, event
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

SECTION = 10  # notifications at once, the library's own default


class Server(Aggregate):
    """A server."""

    @event("Created")
    def __init__(self, organization: str, name: str, image: str | None, tags: list[str]) -> None:
        self.organization = organization
        self.name = name
        self.image = image
        self.tags = tags
        self.running = False

    @event("Updated")
    def update(self, name: str | None, tags: list[str] | None) -> None:
        """Change its name or its tags."""
        self.name = self.name if name is None else name
        self.tags = self.tags if tags is None else tags

    @event("Powered")
    def power(self, *, running: bool) -> None:
        """Switch it."""
        self.running = running

    @event("Deleted")
    def delete(self) -> None:
        """Mark it as deleted."""
        self.deleted = True


class Servers(Application[UUID]):
    """The use cases."""

    def create_server(self, **values: Any) -> Server:
        """Make one."""
        server = Server(**values)
        self.save(server)
        return server

    def get_server(self, server_id: UUID) -> Server:
        """The live one of that id. Raises `AggregateNotFoundError`."""
        server: Server = self.repository.get(server_id)
        if getattr(server, "deleted", False):
            raise AggregateNotFoundError
        return server

    def list_servers(self, limit: int) -> list[Server]:
        """The first live ones."""
        found: list[Server] = []
        start: int | None = 1
        while start is not None and len(found) < limit:
            notifications = self.notification_log.select(start, SECTION)
            for notification in notifications:
                if notification.originator_version == 1:
                    server: Server = self.repository.get(UUID(str(notification.originator_id)))
                    if not getattr(server, "deleted", False):
                        found.append(server)
            start = notifications[-1].id + 1 if notifications else None
        return found[:limit]

    def update_server(self, server_id: UUID, name: str | None, tags: list[str] | None) -> Server:
        """Change one."""
        server = self.get_server(server_id)
        server.update(name=name, tags=tags)
        self.save(server)
        return server

    def power_server(self, server_id: UUID, *, running: bool) -> Server:
        """Switch one."""
        server = self.get_server(server_id)
        server.power(running=running)
        self.save(server)
        return server

    def delete_server(self, server_id: UUID) -> None:
        """Delete one."""
        server = self.get_server(server_id)
        server.delete()
        self.save(server)


class ServerCreate(BaseModel):
    """The body of a create."""

    organization: str
    name: str
    image: str | None = None
    tags: list[str] = []


class ServerUpdate(BaseModel):
    """The body of an update."""

    name: str | None = None
    tags: list[str] | None = None


class ServerAction(BaseModel):
    """The body of an action."""

    action: str


servers = Servers(
    env={
        "PERSISTENCE_MODULE": "eventsourcing.sqlite",
        "SQLITE_DBNAME": os.environ["BENCH_DATABASE"].removeprefix("sqlite:///"),
    }
)
app = FastAPI()
# SQLite takes one writer at a time: waiting here is shorter than its own wait for the lock.
writing = threading.Lock()


def _show(server: Server) -> dict[str, Any]:
    return {
        "id": str(server.id),
        "name": server.name,
        "organization": server.organization,
        "image": server.image,
        "tags": server.tags,
        "volumes": [],
        "running": server.running,
        "state": "running" if server.running else "stopped",
        "dynamic_public_ip": False,
        "public_ip": None,
        "private_ip": None,
        "flavor": None,
        "keyname": None,
        "network": None,
        "commercial_type": None,
        "arch": "x86_64",
        "location": None,
        "reservation_id": None,
        "creation_date": server.created_on,
        "modification_date": server.modified_on,
        "version": server.version,
    }


@app.post("/servers", status_code=201)
def create_server(body: ServerCreate) -> dict[str, Any]:
    """Create a server."""
    with writing:
        return {"server": _show(servers.create_server(**body.model_dump()))}


@app.get("/servers")
def list_servers(limit: int = 50) -> dict[str, Any]:
    """List servers, oldest first."""
    return {"servers": [_show(server) for server in servers.list_servers(limit)]}


@app.get("/servers/{server_id}")
def get_server(server_id: UUID) -> dict[str, Any]:
    """Show a server."""
    try:
        return {"server": _show(servers.get_server(server_id))}
    except AggregateNotFoundError:
        raise HTTPException(404, "no such server") from None


@app.put("/servers/{server_id}")
def update_server(server_id: UUID, body: ServerUpdate) -> dict[str, Any]:
    """Change a server."""
    with writing:
        return {"server": _show(servers.update_server(server_id, body.name, body.tags))}


@app.delete("/servers/{server_id}", status_code=204)
def delete_server(server_id: UUID) -> None:
    """Delete a server."""
    with writing:
        servers.delete_server(server_id)


@app.post("/servers/{server_id}/action", status_code=202)
def act_on_server(server_id: UUID, body: ServerAction) -> dict[str, Any]:
    """Act on a server."""
    with writing:
        server = servers.power_server(server_id, running=body.action == "poweron")
    return {
        "task": {
            "id": str(server.id),
            "description": f"server_{body.action}",
            "href_from": f"/servers/{server_id}/action",
            "progress": 100,
            "status": "success",
        }
    }
