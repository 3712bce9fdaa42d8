"""Metadata: items are set and removed one by one, on whatever is there by then."""

from __future__ import annotations

import pytest

from domain.commands import ChangeMetadata, UpdateServer
from domain.events import ServerUpdated
from domain.refusals import InvalidRequest, MetadataUnknown
from domain.values import METADATA_MAX, Changes, Items, items_of
from tests.domain.given import LATER, given, when

HAD: Items = (("owner", "ops"), ("role", "web"))


@pytest.mark.parametrize(
    ("command", "has"),
    [
        (ChangeMetadata(items=(("zone", "a"),)), (*HAD, ("zone", "a"))),
        (ChangeMetadata(items=(("a", "first"),)), (("a", "first"), *HAD)),
        (ChangeMetadata(items=(("role", "db"),)), (("owner", "ops"), ("role", "db"))),
        (ChangeMetadata(removed=("owner",)), (("role", "web"),)),
        (ChangeMetadata(removed=("owner", "role")), ()),
        (ChangeMetadata(items=(("owner", ""),), removed=("owner",)), (("owner", ""), HAD[1])),
    ],
)
def test_what_is_named_changes_and_the_rest_stays(command: ChangeMetadata, has: Items) -> None:
    events = when(given(metadata=HAD), command)
    assert events == (ServerUpdated(at=LATER, changes=Changes(metadata=has)),)


@pytest.mark.parametrize("command", [ChangeMetadata(), ChangeMetadata(items=(HAD[1],))])
def test_what_is_there_already_changes_nothing(command: ChangeMetadata) -> None:
    assert when(given(metadata=HAD), command) == ()


def test_an_item_that_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(MetadataUnknown, match="no item 'zone'"):
        when(given(metadata=HAD), ChangeMetadata(removed=("owner", "zone")))


def test_items_are_bounded_with_those_that_are_there() -> None:
    full = items_of({f"k{n}": "" for n in range(METADATA_MAX)})
    assert when(given(metadata=full), ChangeMetadata(items=(("k0", "v"),)))
    with pytest.raises(InvalidRequest) as raised:
        when(given(metadata=full), ChangeMetadata(items=(("more", ""),)))
    assert set(raised.value.problems) == {"metadata"}
    swap = ChangeMetadata(items=(("more", ""),), removed=("k0",))
    assert when(given(metadata=full), swap)


def test_an_update_replaces_all_items_in_whatever_order() -> None:
    server = given(metadata=HAD)
    turned = items_of({"role": "web", "owner": "ops"})
    assert when(server, UpdateServer(changes=Changes(metadata=turned))) == ()
    assert when(server, UpdateServer(changes=Changes(metadata=()))) == (
        ServerUpdated(at=LATER, changes=Changes(metadata=())),
    )
