"""The writer's queue: bounded, and closed once the service stops."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from tests.api.test_unavailable import unavailable
from tests.support import SEED_A, Api, running


def test_a_full_queue_is_unavailable(tmp_path: Path) -> None:
    taken, free = threading.Event(), threading.Event()

    def block(_: Any) -> None:
        taken.set()
        free.wait()

    with running(tmp_path, queue_max=1) as api:
        portal = api.client.portal
        assert portal is not None
        waiting = portal.start_task_soon(api.service.writer.submit, block)
        taken.wait()
        try:
            unavailable(api.post("/servers", SEED_A), "queue.full")
            assert api.get("/servers").json() == {"servers": []}
        finally:
            free.set()
        waiting.result()
        assert api.post("/servers", SEED_A).status_code == 201


def test_a_service_that_stops_takes_no_more_writes_and_is_not_ready(api: Api) -> None:
    api.create()
    api.service.writer.drain()
    unavailable(api.put("/servers/my_server", {}), "queue.full")
    unavailable(api.get("/readyz"))
    assert api.get("/servers/my_server").status_code == 200
    assert api.get("/healthz").status_code == 200
