"""Volumes of a server: one is attached or detached, and the others stay."""

from __future__ import annotations

import pytest

from domain.commands import AttachVolume, DetachVolume
from domain.events import ServerUpdated
from domain.refusals import InvalidRequest, VolumeAttached, VolumeUnknown
from domain.values import VOLUMES_MAX, Changes, Holder, Volume
from tests.controls import SERVER_ID
from tests.domain.given import LATER, given, when

HAD = (Volume("a", "first", 10, "l_ssd"), Volume("b"))
NEW = Volume("c", "data")
ITSELF = Holder(id=SERVER_ID, name="my_server")


def test_a_volume_is_attached_behind_the_others() -> None:
    events = when(given(volumes=HAD), AttachVolume(volume_id="c", volume=NEW))
    assert events == (ServerUpdated(at=LATER, changes=Changes(volumes=(*HAD, NEW))),)


def test_one_that_is_there_already_stays_where_it_is() -> None:
    command = AttachVolume(volume_id="a", volume=HAD[0], holder=ITSELF)
    assert when(given(volumes=HAD), command) == ()


def test_one_of_another_server_is_not_attached() -> None:
    other = Holder(id="other", name="db")
    with pytest.raises(VolumeAttached, match="server other has the volume"):
        when(given(), AttachVolume(volume_id="c", volume=NEW, holder=other))


def test_one_that_was_not_found_is_not_attached() -> None:
    with pytest.raises(VolumeUnknown, match="no volume 'c'"):
        when(given(volumes=HAD), AttachVolume(volume_id="c"))


def test_no_more_are_attached_than_a_server_may_have() -> None:
    full = tuple(Volume(f"v{n}") for n in range(VOLUMES_MAX))
    assert when(given(volumes=full[1:]), AttachVolume(volume_id="c", volume=NEW))
    with pytest.raises(InvalidRequest, match=f"{VOLUMES_MAX} volumes already"):
        when(given(volumes=full), AttachVolume(volume_id="c", volume=NEW))


@pytest.mark.parametrize(("volume_id", "kept"), [("a", HAD[1:]), ("b", HAD[:1]), ("A", HAD[1:])])
def test_a_volume_is_detached_and_the_others_stay(volume_id: str, kept: tuple[Volume, ...]) -> None:
    events = when(given(volumes=HAD), DetachVolume(volume_id=volume_id))
    assert events == (ServerUpdated(at=LATER, changes=Changes(volumes=kept)),)


def test_one_that_is_not_there_is_not_detached() -> None:
    with pytest.raises(VolumeUnknown, match="the server has no volume 'c'"):
        when(given(volumes=HAD), DetachVolume(volume_id="c"))
