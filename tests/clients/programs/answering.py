"""What the programs share: calls are read from standard input, outcomes written to its output.

A line in is `{"client": 0, "call": "servers.get", "given": […], "named": {…}}`: what is called is a
path from the client, or `connect`, which makes another client and tells its number. An argument
`{"type": "Server", …}` becomes an object of the client's library. A line out is `{"value": …}` or
`{"raised": {"kind": …, "status": …, "words": …}}`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from operator import attrgetter
from typing import Any


def answer(
    connect: Callable[..., Any],
    show: Callable[[Any], Any],
    refusal: Callable[[Exception], tuple[int | None, str]],
    types: dict[str, Callable[..., Any]],
) -> None:
    """Do as told until nothing more comes.

    `show` makes JSON of what the client's library returns, `refusal` a status and words of what it
    raises, `types` objects of arguments.
    """
    clients: list[Any] = []

    def made(argument: Any) -> Any:
        if isinstance(argument, list):
            return [made(one) for one in argument]
        if isinstance(argument, dict):
            members = {name: made(one) for name, one in argument.items()}
            return types[members.pop("type")](**members) if "type" in members else members
        return argument

    def called(told: dict[str, Any]) -> Any:
        given, named = made(told["given"]), made(told["named"])
        if told["call"] == "connect":
            clients.append(connect(*given, **named))
            return len(clients) - 1
        return show(attrgetter(told["call"])(clients[told["client"]])(*given, **named))

    for line in sys.stdin:
        outcome: dict[str, Any]
        try:
            outcome = {"value": called(json.loads(line))}
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            status, words = refusal(error)
            outcome = {"raised": {"kind": type(error).__name__, "status": status, "words": words}}
        print(json.dumps(outcome, default=str), flush=True)
