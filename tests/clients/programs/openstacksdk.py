"""openstacksdk, with a token and nothing else, or logged in."""

from __future__ import annotations

from types import GeneratorType
from typing import Any

import openstack
from openstack.compute.v2.server import Server
from openstack.resource import Resource

from tests.clients.programs.answering import answer


def connect(**named: Any) -> Any:
    """A connection that knows of no file and no variable."""
    return openstack.connect(load_yaml_config=False, load_envvars=False, **named)


def show(value: Any) -> Any:
    if isinstance(value, GeneratorType | list):
        return [show(one) for one in value]
    return value.to_dict() if isinstance(value, Resource) else value


def refusal(error: Exception) -> tuple[int | None, str]:
    status = getattr(error, "status_code", None) or getattr(error, "http_status", None)
    return status, str(getattr(error, "details", None) or error)


if __name__ == "__main__":
    answer(connect, show, refusal, {"Server": Server.existing})
