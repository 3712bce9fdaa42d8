"""Bodies damaged by chance, the same each time: accepted or refused, but nothing breaks."""

from __future__ import annotations

import json
import random
from typing import Final

from tests.api.test_bad_input import listed
from tests.support import SEED_A, SEED_B, Api

MUTATIONS: Final = 300


VALUES: Final = (
    b"null",
    b"-0",
    b"1e400",
    b"[[]]",
    b'{"":{}}',
    b'"\\ud800"',
    b"\x00",
    b"\xff",
    b"'",
)


def mutated(chance: random.Random, body: bytes) -> bytes:
    """The body with one to four places cut, doubled, overwritten or swapped for something odd."""
    changed = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(changed))
        end = min(len(changed), start + chance.randint(1, 12))
        part = bytes(changed[start:end])
        odd = chance.choice(VALUES)
        changed[start:end] = chance.choice(
            (b"", part * 2, odd, odd + part, bytes([chance.randrange(256)]))
        )
        changed = changed or bytearray(b" ")
    return bytes(changed)


def test_mutated_bodies_are_accepted_or_refused_but_break_nothing(api: Api) -> None:
    chance = random.Random(20261122)
    api.create()
    act = {"action": "restore", "backup": "x", "version": 1}
    seeds = (
        ("POST", "/servers", SEED_A | {"tags": ["a"], "volumes": {"0": {"name": "v"}}}),
        ("POST", "/servers", {"server": SEED_B["server"] | {"max_count": 2}}),
        ("PUT", "/servers/my_server", {"tags": ["a"], "public_ip": {"id": "x"}, "version": 1}),
        ("PATCH", "/servers/my_server", {"server": {"new_name": "my_server", "image": None}}),
        ("POST", "/servers/my_server/action", act),
    )
    statuses = set()
    for n in range(MUTATIONS):
        method, path, body = seeds[n % len(seeds)]
        answer = api.request(method, path, content=mutated(chance, json.dumps(body).encode()))
        statuses.add(answer.status_code)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.json()["status"] == answer.status_code
    assert {400, 200} < statuses
    assert len(listed(api)) >= 1
