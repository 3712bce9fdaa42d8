"""From a body of the Scaleway dialect to a command, or to all that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from api.http.validation import validated
from api.http.writing import Read, word_of
from api.scaleway import models
from api.scaleway.fields import AddressRef
from api.scaleway.models import READ_ONLY
from api.scaleway.repeats import Repeats
from api.scaleway.volumes import read_volumes, with_owners
from api.storage.reading import owner_of
from domain import commands
from domain.commands import ServerCommand
from domain.refusals import Problems
from domain.values import DEFAULT_ARCH, Changes, Configuration, PublicIp, Volume, canonical_id

M = TypeVar("M", bound=BaseModel)
Asked = models.CreateInstance | models.UpdateInstance


def read_create(body: Mapping[str, Any], home: str, root_volume: Volume | None) -> Read:
    """A new server; `root_volume` is that of its image, for one that asks for no other."""
    asked, problems = validated(models.CreateInstance, body)
    organization, owner_problems = owner_of(body)
    problems = {**problems, **owner_problems}
    name = "create_servers"
    if asked is None:
        return Read(name, problems=problems, organization=organization)
    changes, more = _changes(asked, organization or home, root_volume)
    problems.update(more)
    configuration = Configuration(**changes)
    command = commands.CreateServers(
        organization=organization or home, configuration=configuration, arch=DEFAULT_ARCH
    )
    return Read(name, command, problems, organization=organization)


def read_update(body: Mapping[str, Any], shown: Callable[[Any], Mapping[str, Any]]) -> Read:
    """The fields to set, and the read-only ones, to compare with what a server is `shown` as."""
    asked, problems = validated(models.UpdateInstance, body, READ_ONLY)
    name = "update_server"
    repeated = {field: body[field] for field in READ_ONLY if field in body}
    check = Repeats(repeated, shown, new_name=asked.name if asked else "") if repeated else None
    if asked is None:
        return Read(name, problems=problems, check=check)
    changes, more = _changes(asked, None, None)
    command = commands.UpdateServer(
        changes=Changes(**changes), names_kept=True, address_kept=_is_bare(asked)
    )
    return Read(name, command, {**problems, **more}, with_owners(asked.volumes, check))


def read_action(body: Mapping[str, Any]) -> Read:
    """An action by its word."""
    asked, _ = validated(models.ActOnInstance, body)
    if asked is None:
        problems = {"action": (f"must be one of {', '.join(models.ACTIONS)}",)}
        return Read("act_on_server", problems=problems, action=word_of(body.get("action")))
    if asked.action == "backup":
        backup, wrong = validated(models.BackUpInstance, body)
        command = commands.BackUpServer(name=backup.name) if backup else None
        return Read("back_up_server", command, wrong, action=asked.action)
    name, command_of_word = _COMMANDS[asked.action]
    return Read(name, command_of_word, action=asked.action)


_COMMANDS: Final[Mapping[str, tuple[str, ServerCommand]]] = {
    "poweron": ("power_on_server", commands.PowerOnServer()),
    "poweroff": ("power_off_server", commands.PowerOffServer()),
    "stop_in_place": ("power_off_server", commands.PowerOffServer()),
    "reboot": ("reset_server", commands.ResetServer(hard=False)),
    "terminate": ("delete_server", commands.DeleteServer()),
}


def read_attach(body: Mapping[str, Any]) -> Read:
    """A volume to attach."""
    asked, problems = validated(models.AttachVolume, body)
    command = commands.AttachVolume(volume_id=asked.volume_id) if asked else None
    return Read("attach_volume", command, problems)


def read_detach(body: Mapping[str, Any]) -> Read:
    """A volume to detach."""
    asked, problems = validated(models.DetachVolume, body)
    command = commands.DetachVolume(volume_id=asked.volume_id) if asked else None
    return Read("detach_volume", command, problems)


def _changes(
    asked: Asked, owner: str | None, root_volume: Volume | None
) -> tuple[dict[str, Any], Problems]:
    """The fields that are set, as the domain has them, and what is wrong between them."""
    sent = asked.model_fields_set
    values: dict[str, Any] = {}
    problems: dict[str, tuple[str, ...]] = {}
    if "name" in sent:
        values["name"] = asked.name
    if "commercial_type" in sent:
        values["commercial_type"] = asked.commercial_type or None
    if "tags" in sent:
        values["tags"] = tuple(dict.fromkeys(asked.tags))
    if "dynamic_ip_required" in sent:
        values["dynamic_public_ip"] = asked.dynamic_ip_required
    if isinstance(asked, models.CreateInstance):
        values["image"] = asked.image and canonical_id(asked.image)
    if "volumes" in sent or root_volume is not None:
        values["volumes"], wrong = read_volumes(asked.volumes, owner, root_volume)
        problems.update(wrong)
    if "public_ip" in sent or "public_ips" in sent:
        values["public_ip"], wrong = _address(asked)
        problems.update(wrong)
    return values, problems


def _address(asked: Asked) -> tuple[PublicIp | None, Problems]:
    """The address that is asked for, by either of its fields: where neither has one, none."""
    one, *others = _addresses(asked) or (None,)
    if one is None:
        return None, {}
    if others not in ([], [one]):
        return None, {"public_ip": ("another than that of public_ips, and a server has one",)}
    return PublicIp(id=one.id, address=one.address, dynamic=one.dynamic), {}


def _is_bare(asked: Asked) -> bool:
    """Whether an address is named, by its id alone."""
    named = [each.model_fields_set for each in _addresses(asked)]
    return bool(named) and all(fields == {"id"} for fields in named)


def _addresses(asked: Asked) -> list[AddressRef]:
    """Those that are named, in either field."""
    return [*([asked.public_ip] if asked.public_ip else []), *asked.public_ips]
