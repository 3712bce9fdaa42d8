"""Plain CRUD: FastAPI, SQLAlchemy's ORM and SQLite or PostgreSQL, as a careful tutorial has it.

A session a request, validated bodies, a response model, keyset paging, WAL and `synchronous=FULL`
as the service itself. No caller is asked for, nothing of the past is kept.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import JSON, String, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

url = os.environ["BENCH_DATABASE"]
on_sqlite = url.startswith("sqlite")
engine = create_engine(url, connect_args={"check_same_thread": False} if on_sqlite else {})


@event.listens_for(engine, "connect")
def _set_durability(connection: Any, _: object) -> None:
    if on_sqlite:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Base(DeclarativeBase):
    """The declarative base."""


class Server(Base):
    """A server's row."""

    __tablename__ = "servers"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: str(uuid.uuid4()))
    number: Mapped[dt.datetime] = mapped_column(default=_now, index=True)
    name: Mapped[str] = mapped_column(String(255), index=True)
    organization: Mapped[str] = mapped_column(index=True)
    image: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    volumes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    running: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="stopped")
    dynamic_public_ip: Mapped[bool] = mapped_column(default=False)
    public_ip: Mapped[str | None]
    private_ip: Mapped[str | None]
    flavor: Mapped[str | None]
    keyname: Mapped[str | None]
    network: Mapped[str | None]
    commercial_type: Mapped[str | None]
    arch: Mapped[str] = mapped_column(default="x86_64")
    location: Mapped[str | None]
    reservation_id: Mapped[str | None]
    creation_date: Mapped[dt.datetime] = mapped_column(default=_now)
    modification_date: Mapped[dt.datetime] = mapped_column(default=_now, onupdate=_now)
    version: Mapped[int] = mapped_column(default=1)


class ServerCreate(BaseModel):
    """The body of a create."""

    name: str
    organization: str
    image: str | None = None
    tags: list[str] = []


class ServerUpdate(BaseModel):
    """The body of an update."""

    name: str | None = None
    tags: list[str] | None = None


class ServerAction(BaseModel):
    """The body of an action."""

    action: str


class ServerRead(BaseModel):
    """A server as shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    organization: str
    image: str | None
    tags: list[str]
    volumes: list[Any]
    running: bool
    state: str
    dynamic_public_ip: bool
    public_ip: str | None
    private_ip: str | None
    flavor: str | None
    keyname: str | None
    network: str | None
    commercial_type: str | None
    arch: str
    location: str | None
    reservation_id: str | None
    creation_date: dt.datetime
    modification_date: dt.datetime
    version: int


class ServerAnswer(BaseModel):
    """One server in its envelope."""

    server: ServerRead


class ServersAnswer(BaseModel):
    """A list of servers."""

    servers: list[ServerRead]


class TaskAnswer(BaseModel):
    """What an action became."""

    task: dict[str, str | int]


def get_session() -> Iterator[Session]:
    """A session for one request."""
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
Base.metadata.create_all(engine)
app = FastAPI()


def _find(session: Session, server_id: str) -> Server:
    server = session.get(Server, server_id)
    if server is None:
        raise HTTPException(404, "no such server")
    return server


@app.post("/servers", status_code=201, response_model=ServerAnswer)
def create_server(body: ServerCreate, session: SessionDep) -> Any:
    """Create a server."""
    server = Server(**body.model_dump())
    session.add(server)
    session.commit()
    session.refresh(server)
    return {"server": server}


@app.get("/servers", response_model=ServersAnswer)
def list_servers(session: SessionDep, limit: int = 50) -> Any:
    """List servers, oldest first."""
    return {"servers": session.scalars(select(Server).order_by(Server.number).limit(limit)).all()}


@app.get("/servers/{server_id}", response_model=ServerAnswer)
def get_server(server_id: str, session: SessionDep) -> Any:
    """Show a server."""
    return {"server": _find(session, server_id)}


@app.put("/servers/{server_id}", response_model=ServerAnswer)
def update_server(server_id: str, body: ServerUpdate, session: SessionDep) -> Any:
    """Change a server."""
    server = _find(session, server_id)
    for name, value in body.model_dump(exclude_unset=True).items():
        setattr(server, name, value)
    server.version += 1
    session.commit()
    session.refresh(server)
    return {"server": server}


@app.delete("/servers/{server_id}", status_code=204)
def delete_server(server_id: str, session: SessionDep) -> None:
    """Delete a server."""
    session.delete(_find(session, server_id))
    session.commit()


@app.post("/servers/{server_id}/action", status_code=202, response_model=TaskAnswer)
def act_on_server(server_id: str, body: ServerAction, session: SessionDep) -> Any:
    """Act on a server."""
    server = _find(session, server_id)
    server.running = body.action == "poweron"
    server.state = "running" if server.running else "stopped"
    server.version += 1
    session.commit()
    return {
        "task": {
            "id": str(uuid.uuid4()),
            "description": f"server_{body.action}",
            "href_from": f"/servers/{server_id}/action",
            "progress": 100,
            "status": "success",
        }
    }
