"""The ceiling: Starlette on uvicorn that parses, routes and answers, and keeps nothing.

Same routes and body sizes as the service, orjson in and out. What a service of this stack answers
above this rate it cannot have done; what it stays below is the cost of what it does.
"""

from __future__ import annotations

from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ID = "0192f3a4-5b6c-7d8e-9f01-23456789abcd"
SERVER: dict[str, Any] = {
    "id": ID,
    "name": "web-1234567",
    "organization": "f030e920-9743-4f28-8164-964ba8555fa5",
    "image": "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397",
    "volumes": [],
    "tags": ["bench", "web"],
    "running": False,
    "state": "stopped",
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
    "creation_date": "2026-11-24T12:00:00.000000+00:00",
    "modification_date": "2026-11-24T12:00:00.000000+00:00",
    "version": 1,
}
TASK = {
    "id": ID,
    "description": "server_poweron",
    "href_from": f"/servers/{ID}/action",
    "progress": 100,
    "status": "success",
    "position": 1234567,
}


def _json(status: int, value: object) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")


async def create_server(request: Request) -> Response:
    """POST /servers."""
    orjson.loads(await request.body())
    return _json(201, {"server": SERVER})


async def list_servers(request: Request) -> Response:
    """GET /servers."""
    return _json(200, {"servers": [SERVER] * int(request.query_params["limit"])})


async def get_server(request: Request) -> Response:
    """GET /servers/{id}."""
    return _json(200, {"server": SERVER | {"id": request.path_params["id"]}})


async def update_server(request: Request) -> Response:
    """PUT /servers/{id}."""
    orjson.loads(await request.body())
    return _json(200, {"server": SERVER})


async def delete_server(request: Request) -> Response:
    """DELETE /servers/{id}."""
    return Response(status_code=204)


async def act_on_server(request: Request) -> Response:
    """POST /servers/{id}/action."""
    orjson.loads(await request.body())
    return _json(202, {"task": TASK})


app = Starlette(
    routes=[
        Route("/servers", create_server, methods=["POST"]),
        Route("/servers", list_servers, methods=["GET"]),
        Route("/servers/{id}", get_server, methods=["GET"]),
        Route("/servers/{id}", update_server, methods=["PUT"]),
        Route("/servers/{id}", delete_server, methods=["DELETE"]),
        Route("/servers/{id}/action", act_on_server, methods=["POST"]),
    ]
)
