"""Many clients at once, over one database for as long as it lives."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Final

from tests.faults.attempts import Attempt, Servers
from tests.faults.client import Client
from tests.process import Process
from tests.program import BOUND_S, connect

CLIENTS: Final = 8


class Crowd:
    """All clients: each works on servers of its own."""

    def __init__(self, seed: int) -> None:
        self.clients = [Client(f"c{n}", random.Random(f"{seed}-{n}")) for n in range(CLIENTS)]
        self.sent: set[str] = set()
        self.ends: Counter[str] = Counter()
        """How the clients' work ended: what came instead of an answer."""
        self._answered = 0
        self._ended = 0
        self._turn = threading.Condition()
        self._errors: list[BaseException] = []

    @property
    def acknowledged(self) -> int:
        """How many writes were acknowledged so far."""
        return sum(len(client.acknowledged) for client in self.clients)

    @property
    def expected(self) -> Servers:
        """Every server there must be."""
        return {key: server for client in self.clients for key, server in client.servers.items()}

    @contextmanager
    def at_work(self, service: Process, writes: int | None = None) -> Iterator[None]:
        """Let all work, and go on within once so many writes are answered, or once all have ended.

        At the end each has stopped, at a write that it was told nothing of.
        """
        self._answered = self._ended = 0
        threads = [
            threading.Thread(target=self._work, args=(client, service.base))
            for client in self.clients
        ]
        for thread in threads:
            thread.start()
        with self._turn:
            assert self._turn.wait_for(lambda: self._reached(writes) or self._errors, BOUND_S)
        yield
        for thread in threads:
            thread.join(BOUND_S)
            assert not thread.is_alive()
        assert not self._errors, self._errors

    def _reached(self, writes: int | None) -> bool:
        return self._ended == CLIENTS if writes is None else self._answered >= writes

    def _work(self, client: Client, base: str) -> None:
        connection = connect(base)
        try:
            while True:
                attempt = client.pending = client.choose()
                self.sent.add(attempt.key)
                answer = attempt.send(connection)
                if answer.status == 503:
                    self._end("unavailable")
                    return
                client.take(attempt, answer)
                client.pending = None
                with self._turn:
                    self._answered += 1
                    self._turn.notify_all()
        except ConnectionRefusedError:
            self._end("refused")
        except (OSError, HTTPException):
            self._end("dropped")
        except BaseException as error:  # noqa: BLE001  # raised again by the test's own thread
            with self._turn:
                self._errors.append(error)
                self._turn.notify_all()
        finally:
            connection.close()

    def _end(self, how: str) -> None:
        with self._turn:
            self.ends[how] += 1
            self._ended += 1
            self._turn.notify_all()

    def pending(self) -> list[Attempt]:
        """The writes that nobody knows the end of."""
        return [client.pending for client in self.clients if client.pending is not None]

    def repeat(self, service: Process) -> None:
        """Send what was answered last once more under its key: the same answer comes."""
        connection = connect(service.base)
        for client in self.clients:
            if client.last is not None:
                attempt, first = client.last
                again = attempt.send(connection)
                assert (again.status, again.body) == (first.status, first.body)
                assert again.position > first.position
        connection.close()

    def send_again(self, service: Process) -> int:
        """Send every such write once more under its key; how many there were."""
        connection = connect(service.base)
        again = 0
        for client in self.clients:
            if client.pending is not None:
                client.take(client.pending, client.pending.send(connection))
                client.pending = None
                again += 1
        connection.close()
        return again
