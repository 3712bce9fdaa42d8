"""Refusals: their codes are law, and their words are fit for whoever asked."""

from __future__ import annotations

import pytest

from domain import refusals
from domain.refusals import InvalidRequest, Refusal, ServerAmbiguous

# Once published a code never changes its meaning: this table only grows.
CODES = {
    "InvalidRequest": ("request.invalid", False),
    "ServerUnknown": ("server.unknown", True),
    "ServerAmbiguous": ("server.ambiguous", True),
    "RightMissing": ("right.missing", True),
    "OrganizationForeign": ("organization.foreign", True),
    "VersionStale": ("version.stale", True),
    "KeyReused": ("key.reused", True),
    "ServerStopped": ("server.stopped", True),
    "ServerRunning": ("server.running", True),
    "MetadataUnknown": ("metadata.unknown", True),
    "BackupUnknown": ("backup.unknown", True),
    "VolumeUnknown": ("volume.unknown", True),
    "VolumeAttached": ("volume.attached", True),
    "VolumeSmaller": ("volume.smaller", True),
    "SnapshotUnknown": ("snapshot.unknown", True),
    "ImageUnknown": ("image.unknown", True),
    "ImageOfCatalogue": ("image.of_catalogue", True),
    "VersionUnknown": ("version.unknown", True),
    "PrincipalNameTaken": ("principal.name_taken", False),
    "PrincipalUnknown": ("principal.unknown", False),
    "RateExceeded": ("rate.exceeded", False),
    "Unavailable": ("store.unavailable", False),
    "QueueFull": ("queue.full", False),
    "ServerUnreadable": ("server.unreadable", False),
    "PositionUnreached": ("position.unreached", False),
}


def test_a_published_code_keeps_its_meaning_and_its_place_in_the_log() -> None:
    found = {
        name: (kind.code, kind.recorded)
        for name, kind in vars(refusals).items()
        if isinstance(kind, type) and issubclass(kind, Refusal) and kind is not Refusal
    }
    assert found == CODES


def test_wrong_fields_are_told_by_the_first_and_kept_all() -> None:
    problems = {"name": ("too long", "not text"), "image": ("missing",)}
    refusal = InvalidRequest(problems)
    assert (str(refusal), refusal.problems) == ("name: too long", problems)


@pytest.mark.parametrize("bearers", [2, 100, 101, 10_000])
def test_an_ambiguous_name_tells_its_bearers_up_to_a_bound(bearers: int) -> None:
    ids = tuple(f"id-{n}" for n in range(bearers))
    refusal = ServerAmbiguous("a name", ids)
    words = str(refusal).removeprefix(f"{bearers} servers are named 'a name': ").split(", ")
    assert words == list(ids) if bearers <= 100 else [*ids[:100], "…"]
    assert refusal.ids == ids


def test_a_refusal_has_no_position_before_it_is_recorded() -> None:
    assert refusals.ServerUnknown("no server 'a'").position is None
