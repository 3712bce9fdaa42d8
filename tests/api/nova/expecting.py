"""What Nova's callers send and expect: requests that make servers, and refusals in its form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from domain.events import RequestRefused
from tests.api.expecting import RECORDED, WRITES
from tests.nova_schemas import fault
from tests.support import SEED_A, Api

NOVA: Final = "/v2.1"
SERVERS: Final = f"{NOVA}/servers"
IMAGE: Final = SEED_A["image"]
BASE: Final = "http://testserver"


def create(api: Api, name: str = "web-1", **fields: Any) -> str:
    """The id of a new server, which runs; `token` and `headers` go with the request."""
    sent = {each: fields.pop(each) for each in ("token", "headers") if each in fields}
    server = {"name": name, "flavorRef": "2", "imageRef": IMAGE} | fields
    answer = api.post(SERVERS, {"server": server}, **sent)
    assert answer.status_code == 202, answer.text
    made: str = answer.json()["server"]["id"]
    return made


def show(api: Api, server_id: str, **kwargs: Any) -> dict[str, Any]:
    """A server as Nova shows it."""
    answer = api.get(f"{SERVERS}/{server_id}", **kwargs)
    assert answer.status_code == 200, answer.text
    server: dict[str, Any] = answer.json()["server"]
    return server


def act(api: Api, server_id: str, action: str, asked: Any = None, **kwargs: Any) -> Any:
    """An action on a server."""
    return api.post(f"{SERVERS}/{server_id}/action", {action: asked}, **kwargs)


def names(api: Api, query: str = "", **kwargs: Any) -> list[str]:
    """The names that a detailed list has, in its order."""
    answer = api.get(f"{SERVERS}/detail{query}", **kwargs)
    assert answer.status_code == 200, answer.text
    return [server["name"] for server in answer.json()["servers"]]


def refused(api: Api, ask: Callable[[], Any], status: int, code: str = "") -> str:
    """The words of a refusal that changed no server and recorded what it should, and no more."""
    position, servers = api.position, api.get("/servers").content
    answer = ask()
    words = fault(answer, status)
    kept = answer.request.method in WRITES and status in RECORDED
    assert api.names(position) == (["request.refused"] if kept else [])
    assert api.get("/servers").content == servers
    if kept:
        ((at, record),) = api.records(position)
        assert isinstance(record.event, RequestRefused)
        assert record.event.code == code
        assert (record.metadata.dialect, record.metadata.status) == ("nova", status)
        assert answer.headers["x-log-position"] == str(at)
    else:
        assert "x-log-position" not in answer.headers
    return words
