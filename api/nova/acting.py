"""Nova's actions on a server: from the word in a body to a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from api.http.validation import validated
from api.http.writing import Read
from api.nova import models
from domain.commands import BackUpServer, PowerOffServer, PowerOnServer, ResetServer
from domain.refusals import Problems
from domain.values import items_of

_WORD_MAX: Final = 80


def read_action(body: Mapping[str, Any], server_id: str) -> Read:
    """The one action that a body names."""
    if len(body) != 1:
        problem = "The request body must name one action."
        return Read("act_on_server", problems={"": (problem,)})
    (word,) = body
    if word not in _READ:
        problem = f"There is no such action: {word[:_WORD_MAX]}"
        return Read("act_on_server", problems={"": (problem,)}, action=word[:_WORD_MAX])
    asked, problems = validated(models.ACTIONS[word], body)
    return _READ[word](asked, problems, server_id)


def _start(asked: models.StartNovaServer | None, problems: Problems, server_id: str) -> Read:
    return Read("power_on_server", PowerOnServer(strict=True), problems, action="os-start")


def _stop(asked: models.StopNovaServer | None, problems: Problems, server_id: str) -> Read:
    return Read("power_off_server", PowerOffServer(strict=True), problems, action="os-stop")


def _reboot(asked: models.RebootNovaServer | None, problems: Problems, server_id: str) -> Read:
    command = None if asked is None else ResetServer(hard=asked.asked.type.upper() == "HARD")
    return Read("reset_server", command, problems, action="reboot")


def _create_image(asked: models.CreateNovaImage | None, problems: Problems, server_id: str) -> Read:
    command = None
    if asked is not None:
        noted = _noted(server_id, "snapshot", asked.asked.metadata)
        command = BackUpServer(name=asked.asked.name, kind="image", properties=items_of(noted))
    return Read("back_up_server", command, problems, action="createImage")


def _create_backup(
    asked: models.CreateNovaBackup | None, problems: Problems, server_id: str
) -> Read:
    command = None
    if asked is not None:
        backup = asked.asked
        noted = _noted(server_id, "backup", backup.metadata) | {"backup_type": backup.backup_type}
        command = BackUpServer(
            name=backup.name,
            kind="image",
            series=backup.backup_type,
            keep=backup.rotation,
            properties=items_of(noted),
        )
    return Read("back_up_server", command, problems, action="createBackup")


def _noted(server_id: str, kind: str, metadata: Any) -> dict[str, str]:
    """What Nova notes on an image of a server, over what its maker does."""
    return {**dict(metadata), "image_type": kind, "instance_uuid": server_id}


_READ: Final[Mapping[str, Callable[..., Read]]] = {
    "os-start": _start,
    "os-stop": _stop,
    "reboot": _reboot,
    "createImage": _create_image,
    "createBackup": _create_backup,
}
