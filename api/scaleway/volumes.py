"""The volumes that a body asks for, and the one that an image brings along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.http.exchange import Exchange
from api.scaleway.fields import VolumeTemplate
from commands.request import FieldCheck
from domain.refusals import Problems
from domain.server import Server
from domain.values import DEFAULT_VOLUME_KIND, Volume
from projections.restore_point_queries import find_restore_point

ROOT: Final = "0"
OWNED: Final = "a volume is of the organization of its server"


async def root_volume_of(exchange: Exchange, image: object) -> Volume | None:
    """A new volume like the root volume of an image; None where that is not known."""
    if not isinstance(image, str):
        return None
    catalogue, scope = exchange.service.catalogue, exchange.caller.scope
    root = catalogue.root_volume(image)
    if root is not None:
        return Volume("", root.name, root.size_bytes, root.volume_type)
    point = await exchange.service.ask(
        lambda session: find_restore_point(session, image.lower(), scope, "image")
    )
    if point is None or point.volume is None:
        return None
    return Volume("", point.volume.name, point.size_bytes, point.volume_type)


def read_volumes(
    asked: Mapping[str, VolumeTemplate], owner: str | None, root_volume: Volume | None
) -> tuple[tuple[Volume, ...], Problems]:
    """The volumes in the order of their numbers, the image's first where no other has its number.

    `owner` is the organization of a server that is yet to be made.
    """
    found: list[Volume] = []
    wrong: list[str] = []
    numbers = sorted(asked, key=int)
    if root_volume is not None and ROOT not in asked:
        found.append(root_volume)
    for number in numbers:
        template = asked[number]
        like = root_volume if number == ROOT else None
        volume = _volume(template, like)
        if not volume.id and not volume.size_bytes:
            wrong.append(f"{number}.size: required key not provided for a new volume")
        if owner is not None and _owners(template) - {owner}:
            wrong.append(f"{number}: {OWNED}")
        found.append(volume)
    return tuple(found), {"volumes": tuple(wrong)} if wrong else {}


def with_owners(asked: Mapping[str, VolumeTemplate], check: FieldCheck | None) -> FieldCheck | None:
    """The check, with one that volumes are said to be of nobody but their server's organization."""
    owners = {number: found for number, each in asked.items() if (found := _owners(each))}
    if not owners:
        return check

    def checked(server: Server) -> Problems:
        problems = dict(check(server)) if check else {}
        wrong = [n for n in sorted(owners, key=int) if owners[n] - {server.organization}]
        if wrong:
            problems["volumes"] = tuple([f"{number}: {OWNED}" for number in wrong])
        return problems

    return checked


def _owners(template: VolumeTemplate) -> set[str]:
    return {each for each in (template.organization, template.project) if each is not None}


def _volume(template: VolumeTemplate, like: Volume | None) -> Volume:
    """A volume that is there, by its id; a new one as asked, else as the image has it."""
    if template.id is not None:
        return Volume(template.id, template.name)
    return Volume(
        "",
        template.name or (like.name if like else None),
        template.size or (like.size_bytes if like else 0),
        template.volume_type or (like.kind if like else None) or DEFAULT_VOLUME_KIND,
    )
