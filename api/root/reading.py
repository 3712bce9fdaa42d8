"""From a body at the root to a command, or to all that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
from pydantic import BaseModel

from api.http.fields import Body
from api.http.validation import validated
from api.http.writing import Read, word_of
from api.root import models
from api.root.models import READ_ONLY
from domain import commands
from domain.commands import ServerCommand
from domain.decide import numbered_names
from domain.refusals import Problems
from domain.server import Server
from domain.values import (
    DEFAULT_ARCH,
    NAME_MAX_CHARACTERS,
    Changes,
    Configuration,
    PublicIp,
    Volume,
    items_of,
)
from projections.document import document

M = TypeVar("M", bound=BaseModel)


class ReadCreate(Read, frozen=True):
    """What a create asks for, and how it is to be answered."""

    enveloped: bool = False
    several: bool = False
    """Whether several servers are made at once."""
    reservation_alone: bool = False
    """Whether the answer is the reservation id and nothing else."""


def read_create(body: Mapping[str, Any], home: str) -> ReadCreate:
    """A create of either document; in an envelope the organization is the caller's home."""
    name = "create_servers"
    if "server" not in body:
        flat, problems = _validated(models.CreateServer, body)
        if flat is None:
            organization = None if "organization" in problems else body["organization"]
            return ReadCreate(name, problems=problems, organization=organization)
        configuration = _configuration(flat)
        return ReadCreate(name, _create(flat.organization, configuration, 1, reserve=False))
    envelope, problems = _validated(models.CreateServersEnvelope, body)
    problems = {**_several_problems(body["server"], problems), **problems}
    if envelope is None or problems:
        return ReadCreate(name, problems=problems, enveloped=True)
    asked = envelope.server
    count = asked.max_count or asked.min_count
    return ReadCreate(
        name,
        _create(home, _configuration(asked), count, reserve=asked.return_reservation_id),
        enveloped=True,
        several=count > 1,
        reservation_alone=asked.return_reservation_id,
    )


def _several_problems(asked: Any, known: Problems) -> Problems:
    """What is wrong between fields that are fine one by one: counts, the name with its number."""
    if not isinstance(asked, dict) or known.keys() & {"server", "min_count", "max_count"}:
        return {}
    least = asked.get("min_count", 1)
    count = asked.get("max_count") or least
    if least > count:
        return {"min_count": ("more than max_count",)}
    if "name" not in known and len(numbered_names(asked["name"], count)[-1]) > NAME_MAX_CHARACTERS:
        return {"name": (f"with its number, longer than {NAME_MAX_CHARACTERS} characters",)}
    return {}


def read_update(body: Mapping[str, Any]) -> Read:
    """An update of either document: the fields to set, and the read-only ones to compare."""
    enveloped = "server" in body
    sent = body["server"] if enveloped and isinstance(body["server"], dict) else body
    renaming = enveloped and "new_name" in sent
    asked: models.UpdateServer | None
    if renaming:
        # Beside `new_name`, the name says which server is meant; alone, it is the one to give.
        renamed, problems = _validated(models.RenameServerEnvelope, body)
        asked = renamed.server if renamed else None
    elif enveloped:
        envelope, problems = _validated(models.UpdateServerEnvelope, body)
        asked = envelope.server if envelope else None
    else:
        asked, problems = _validated(models.UpdateServer, body)
    compared = (*READ_ONLY, "name") if renaming else READ_ONLY
    repeated = {field: sent[field] for field in compared if field in sent}
    return Read(
        "update_server",
        commands.UpdateServer(changes=_changes(asked)) if asked else None,
        problems,
        _Repeats(repeated) if repeated else None,
    )


def read_action(body: Mapping[str, Any]) -> Read:
    """An action by its word; `reboot` and `terminate` are other words for two of ours."""
    asked, problems = _validated(models.ActOnServer, body)
    if asked is None:
        problems = {"action": (f"must be one of {', '.join(models.ACTIONS)}",)}
        return Read("act_on_server", problems=problems, action=word_of(body.get("action")))
    command: ServerCommand | None
    match asked.action:
        case "poweron":
            command = commands.PowerOnServer()
        case "poweroff":
            command = commands.PowerOffServer()
        case "resetsoft" | "reboot":
            command = commands.ResetServer(hard=False)
        case "resethard":
            command = commands.ResetServer(hard=True)
        case "terminate":
            command = commands.DeleteServer()
        case "backup":
            backup, problems = _validated(models.BackUp, body)
            command = commands.BackUpServer(name=backup.name) if backup else None
        case "restore":
            command, problems = _restore(body)
    name = _COMMAND_NAMES[asked.action]
    return Read(name, command, problems, action=asked.action)


_COMMAND_NAMES: Final[Mapping[str, str]] = {
    "poweron": "power_on_server",
    "poweroff": "power_off_server",
    "resetsoft": "reset_server",
    "reboot": "reset_server",
    "resethard": "reset_server",
    "terminate": "delete_server",
    "backup": "back_up_server",
    "restore": "restore_server",
}


def _restore(body: Mapping[str, Any]) -> tuple[ServerCommand | None, Problems]:
    asked, problems = _validated(models.Restore, body)
    if asked is None:
        return None, problems
    if asked.backup is not None and asked.version is not None:
        both = ("give a backup or a version, not both",)
        return None, {"backup": both, "version": both}
    return commands.RestoreServer(backup=asked.backup, version=asked.version), {}


class _Repeats:
    """The check that read-only fields are sent back as they are."""

    def __init__(self, repeated: Mapping[str, Any]) -> None:
        self._repeated = repeated

    def __call__(self, server: Server) -> Problems:
        present = document(server)
        return {
            field: ("read-only",)
            for field, value in self._repeated.items()
            # True == 1 in Python, but not in JSON.
            if type(value) is not type(present[field]) or value != present[field]
        }


def _create(
    organization: str, configuration: Configuration, count: int, *, reserve: bool
) -> ServerCommand:
    return commands.CreateServers(
        organization=organization,
        configuration=configuration,
        arch=DEFAULT_ARCH,
        count=count,
        reserve=reserve,
    )


def _configuration(asked: models.CreateServer | models.CreateServersInner) -> Configuration:
    named = _changes(asked).named()
    return Configuration(**named)  # type: ignore[arg-type]  # the same names and types


def _changes(asked: Body) -> Changes:
    sent = asked.model_fields_set
    values: dict[str, Any] = {
        name: getattr(asked, name) for name in Changes.__struct_fields__ if name in sent
    }
    if isinstance(asked, models.RenameServer):
        values.pop("name", None)
        if "new_name" in sent:
            values["name"] = asked.new_name
    if "volumes" in values:
        values["volumes"] = tuple(Volume(id=v.id or "", name=v.name) for v in values["volumes"])
    if "tags" in values:
        values["tags"] = tuple(dict.fromkeys(values["tags"]))
    if "metadata" in values:
        values["metadata"] = items_of(values["metadata"])
    address = values.get("public_ip")
    if address is not None:
        values["public_ip"] = PublicIp(
            id=address.id, address=address.address, dynamic=address.dynamic
        )
    return Changes(**values)


def _validated(model: type[M], body: Mapping[str, Any]) -> tuple[M | None, Problems]:
    return validated(model, body, READ_ONLY, "server")


assert set(Changes.__struct_fields__) == set(Configuration.__struct_fields__), msgspec.__name__
