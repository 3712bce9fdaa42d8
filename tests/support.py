"""What the tests share: a service in this process, callers of it, and a look at its log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from api.app import Service, build_app
from api.serve import first_start
from api.settings import Settings
from commands.tokens import issue_token, new_token
from domain.access import Role
from domain.records import Record
from projections.positions import log_position_of
from tests.databases import database_url

HOME = "f030e920-9743-4f28-8164-964ba8555fa5"
ELSEWHERE = "f1350c5d-f1d8-4f9d-b114-6053905578e1"
ADMIN_TOKEN = "0f6d3c2a-5b1e-4c7f-9a8d-2e4b6c8d0f1a"

SEED_A = {
    "organization": HOME,
    "name": "my_server",
    "image": "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397",
}
SEED_B = {
    "server": {
        "name": "demo_instance_final",
        "flavor": "m1.small",
        "image": "cirros-0.3.4-x86_64-uec",
        "keyname": "admin-key",
        "network": "private",
    }
}


class Api:
    """A running service in this process, spoken to as its first admin unless told otherwise."""

    def __init__(self, service: Service, client: TestClient) -> None:
        self.service = service
        self.client = client
        self.token = ADMIN_TOKEN

    def request(
        self, method: str, path: str, *, token: str | None = "", json: Any = None, **kwargs: Any
    ) -> Any:
        """One request; `token` None sends none. Keyword arguments go to the HTTP client."""
        headers = dict(kwargs.pop("headers", {}))
        if token is not None:
            headers.setdefault("X-Auth-Token", token or self.token)
        if json is not None:
            kwargs["json"] = json
        return self.client.request(method, path, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, json: Any = None, **kwargs: Any) -> Any:
        return self.request("POST", path, json=json, **kwargs)

    def put(self, path: str, json: Any = None, **kwargs: Any) -> Any:
        return self.request("PUT", path, json=json, **kwargs)

    def patch(self, path: str, json: Any = None, **kwargs: Any) -> Any:
        return self.request("PATCH", path, json=json, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> Any:
        return self.request("DELETE", path, **kwargs)

    def create(self, name: str = "my_server", **fields: Any) -> dict[str, Any]:
        """A new server, as document A makes one."""
        answer = self.post("/servers", SEED_A | {"name": name} | fields)
        assert answer.status_code == 201, answer.text
        server: dict[str, Any] = answer.json()["server"]
        return server

    def act(self, ref: str, action: str, **members: Any) -> Any:
        return self.post(f"/servers/{ref}/action", {"action": action} | members)

    def issue(self, role: Role, *organizations: str, name: str | None = None) -> str:
        """A token of a new principal, whose home is the first organization."""
        token = new_token()
        chosen = organizations or (HOME,)
        self.service.store.writer.run(
            lambda unit: issue_token(unit, token, name or new_token(), role, chosen)
        )
        return token

    @property
    def position(self) -> int:
        with self.service.database.reading() as session:
            return log_position_of(session)

    def records(self, after: int = 0) -> list[tuple[int, Record]]:
        """The log's records past a position."""
        with self.service.database.reading() as session:
            return list(self.service.log.read(session, after + 1, 100_000))

    def names(self, after: int = 0) -> list[str]:
        """The stored names of the records past a position."""
        from domain.registry import REGISTRY

        return [REGISTRY.name_of(record.event) for _, record in self.records(after)]


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[Api]:
    """A service over the database in `folder`, made there if it is the first time."""
    chosen: dict[str, Any] = {
        "database": database_url(folder),
        "token": ADMIN_TOKEN,
        "request_log": False,
    }
    service = Service(Settings(**(chosen | settings)))
    first_start(service.store, service.settings)
    with TestClient(build_app(service), raise_server_exceptions=False) as client:
        yield Api(service, client)
