"""Scaleway's Python client of today."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from scaleway import Client
from scaleway.instance.v1 import VolumeServerTemplate
from scaleway.instance.v1.custom_api import InstanceUtilsV1API

from tests.clients.programs.answering import answer

ACCESS_KEY = "SCW" + 17 * "0"  # the form alone is looked at, by the client


def connect(base: str, token: str, **named: Any) -> Any:
    client = Client(access_key=ACCESS_KEY, secret_key=token, api_url=base, **named)
    return InstanceUtilsV1API(client)


def show(value: Any) -> Any:
    if isinstance(value, list):
        return [show(one) for one in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value


def refusal(error: Exception) -> tuple[int | None, str]:
    status = getattr(error, "status_code", None)
    if status is None:
        return None, str(error)
    body = json.loads(str(error))
    return status, str(body.get("message", body))


if __name__ == "__main__":
    answer(connect, show, refusal, {"VolumeServerTemplate": VolumeServerTemplate})
