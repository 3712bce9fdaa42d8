"""A server has a volume once, by its canonical id."""

from __future__ import annotations

import pytest

from domain.commands import CreateServers, UpdateServer
from domain.server import evolve
from domain.values import Changes, Configuration, Volume, canonical_id
from tests.controls import HOME, SERVER_ID
from tests.domain.given import given, when

LOW = "f56af4c9-d902-4a17-88d6-a0a03f2c28c0"
HIGH = LOW.upper()


@pytest.mark.parametrize(
    ("text", "canonical"),
    [(HIGH, LOW), (LOW, LOW), ("Web", "Web"), (HIGH + "0", HIGH + "0"), (f"{HIGH}\n", f"{HIGH}\n")],
)
def test_a_uuid_is_one_however_it_is_written(text: str, canonical: str) -> None:
    assert canonical_id(text) == canonical


@pytest.mark.parametrize(
    ("asked", "had"),
    [
        ((Volume(HIGH),), (Volume(LOW),)),
        ((Volume(LOW, "a"), Volume("v"), Volume(HIGH, "b")), (Volume(LOW, "a"), Volume("v"))),
        ((Volume("v", "a"), Volume("v", "b"), Volume("V")), (Volume("v", "a"), Volume("V"))),
    ],
)
def test_a_server_has_a_volume_once(asked: tuple[Volume, ...], had: tuple[Volume, ...]) -> None:
    create = CreateServers(
        organization=HOME,
        configuration=Configuration(name="a", volumes=asked),
        arch="x86_64",
        server_ids=(SERVER_ID,),
    )
    (event,) = when(None, create)
    server = evolve(None, event)
    assert server.configuration.volumes == had
    assert when(server, UpdateServer(changes=Changes(volumes=asked))) == ()
    (event,) = when(given(), UpdateServer(changes=Changes(volumes=asked)))
    assert evolve(given(), event).configuration.volumes == had


def test_a_volume_that_the_server_has_is_found_by_its_id_in_capitals() -> None:
    sized = Volume(LOW, "data", 10, "l_ssd")
    update = UpdateServer(changes=Changes(volumes=(Volume(HIGH),)), names_kept=True)
    assert when(given(volumes=(sized,)), update) == ()


def test_what_a_log_has_from_before_stays_as_it_is_until_it_is_changed() -> None:
    before = (Volume(HIGH), Volume("v"), Volume("v"))
    server = given(volumes=before)
    assert when(server, UpdateServer(changes=Changes(volumes=before))) == ()
    (event,) = when(server, UpdateServer(changes=Changes(volumes=(*before, Volume("w")))))
    after = evolve(server, event).configuration.volumes
    assert after == (Volume(HIGH), Volume("v"), Volume("w"))
