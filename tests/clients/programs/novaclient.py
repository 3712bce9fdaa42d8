"""python-novaclient, with a token and nothing else."""

from __future__ import annotations

from typing import Any

from keystoneauth1.session import Session
from keystoneauth1.token_endpoint import Token
from novaclient.base import Resource
from novaclient.client import Client

from tests.clients.programs.answering import answer


def connect(endpoint: str, token: str) -> Any:
    return Client("2.1", session=Session(auth=Token(endpoint, token)))


def show(value: Any) -> Any:
    if isinstance(value, list):
        return [show(one) for one in value]
    if isinstance(value, Resource):
        return value.to_dict()
    return value if isinstance(value, str | dict) else None


def refusal(error: Exception) -> tuple[int | None, str]:
    status = getattr(error, "code", None) or getattr(error, "http_status", None)
    return status, str(getattr(error, "message", None) or error)


if __name__ == "__main__":
    answer(connect, show, refusal, {})
