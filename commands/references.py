"""What the reference of a request means: a server, a volume, or what a restore point is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from commands.request import About, Target, WriteRequest
from commands.unit import Unit
from domain.ports import Scope, ShownAs
from domain.refusals import (
    ImageUnknown,
    Refusal,
    ServerAmbiguous,
    ServerUnknown,
    SnapshotUnknown,
    VolumeUnknown,
)
from domain.server import Server


def resolve(unit: Unit, request: WriteRequest) -> Target | None:
    """What the request is about; None for what is yet to be made. Raises a `Refusal`."""
    if request.ref is None or request.barred is not None:
        return None
    return _FINDERS[request.about](unit, request, request.ref)


def _server(unit: Unit, request: WriteRequest, ref: str) -> Server:
    """A server by its id, failing that by one live server's name."""
    caller = request.caller
    server = unit.get_server(ref.lower(), caller.scope)
    if server is None and request.name == "revert_server":
        server = unit.get_deleted(ref.lower(), caller.scope)
    if server is not None:
        return server
    ids = unit.list_ids(ref, caller.scope) if request.dialect.names_refer else ()
    if len(ids) > 1:
        raise ServerAmbiguous(ref, ids)
    server = unit.get_server(ids[0], caller.scope) if ids else None
    if server is None:
        raise ServerUnknown(f"no server {ref!r}")
    return server


def _volume(unit: Unit, request: WriteRequest, ref: str) -> Target:
    """A volume by itself, failing that the server that has it."""
    scope = request.caller.scope
    found = _alone(unit, ref, scope) or _holder(unit, ref, scope)
    return found or _refuse(VolumeUnknown(f"no volume {ref!r}"))


def _backed_volume(unit: Unit, request: WriteRequest, ref: str) -> Target:
    """The server that has a volume, failing that the volume by itself."""
    scope = request.caller.scope
    found = _holder(unit, ref, scope) or _alone(unit, ref, scope)
    return found or _refuse(VolumeUnknown(f"no volume {ref!r}"))


def _backed(unit: Unit, request: WriteRequest, ref: str) -> Target:
    """What a restore point is of; failing that, as above."""
    scope = request.caller.scope
    return (
        _origin(unit, ref, scope, None)
        or _holder(unit, ref, scope)
        or _alone(unit, ref, scope)
        or _refuse(SnapshotUnknown(f"no snapshot or volume {ref!r}"))
    )


def _snapshot(unit: Unit, request: WriteRequest, ref: str) -> Target:
    found = _origin(unit, ref, request.caller.scope, "snapshot")
    return found or _refuse(SnapshotUnknown(f"no snapshot {ref!r}"))


def _image(unit: Unit, request: WriteRequest, ref: str) -> Target:
    found = _origin(unit, ref, request.caller.scope, "image")
    return found or _refuse(ImageUnknown(f"no image {ref!r}"))


def _base(unit: Unit, request: WriteRequest, ref: str) -> None:
    """A restore point that something new is made of."""
    if unit.find_place(ref.lower(), request.caller.scope) is None:
        raise SnapshotUnknown(f"no snapshot {ref!r}")


def _alone(unit: Unit, ref: str, scope: Scope) -> Target | None:
    volume = unit.get_volume(ref.lower(), scope)
    return None if volume is None or volume.deleted else volume


def _holder(unit: Unit, ref: str, scope: Scope) -> Target | None:
    server_id = unit.find_holder(ref, scope) or unit.find_holder(ref.lower(), scope)
    return None if server_id is None else unit.get_server(server_id, scope)


def _origin(unit: Unit, ref: str, scope: Scope, shown_as: ShownAs | None) -> Target | None:
    place = unit.find_place(ref.lower(), scope, shown_as)
    if place is None:
        return None
    if place.origin == "volume":
        return unit.get_volume(place.origin_id, scope)
    return unit.get_server(place.origin_id, scope) or unit.get_deleted(place.origin_id, scope)


def _refuse(refusal: Refusal) -> Target:
    raise refusal


_FINDERS: Final[Mapping[About, Callable[[Unit, WriteRequest, str], Target | None]]] = {
    "server": _server,
    "volume": _volume,
    "snapshot": _snapshot,
    "image": _image,
    "backed_volume": _backed_volume,
    "backed": _backed,
    "base": _base,
}
