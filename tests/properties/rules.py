"""The rules of the contract over the model: what stands in a request's way, and in what order."""

from __future__ import annotations

from typing import Any, Final

from tests.properties.acting import act, backup_of
from tests.properties.effects import Log, create, delete, update
from tests.properties.model import READ_ONLY, Ask, Held, Model

VERBS: Final[dict[str, Any]] = {"create": create, "update": update, "delete": delete, "act": act}
STATUSES: Final = {
    "key.reused": 422,
    "server.unknown": 404,
    "server.ambiguous": 409,
    "right.missing": 403,
    "organization.foreign": 403,
    "version.stale": 412,
    "request.invalid": 400,
    "server.stopped": 409,
    "backup.unknown": 409,
    "version.unknown": 409,
}


def take(model: Model, ask: Ask, answer: Any, at: str, log: Log) -> None:
    """Hold the answer to a request against what it must be, and change the model as it should."""
    asked = (ask.method, ask.path, ask.raw)
    first = model.keys.get((ask.caller, ask.key)) if ask.key is not None else None
    if first is not None and first[0] == asked:
        model.records.append("request.repeated")
        assert essence(answer) == first[1]
    else:
        found = [] if ask.ref is None else model.resolve(ask.caller, ask.ref)
        held = found[0] if len(found) == 1 else None
        wrong = ask.wrong | repeated_wrongly(ask, held)
        code = "key.reused" if first else refusal(model, ask, found, wrong)
        if code is not None:
            refused(model, code, answer, wrong)
            if code == "request.invalid":
                return
        else:
            VERBS[ask.verb](model, ask, answer, at, held or log)
            if ask.key is not None:
                model.keys[ask.caller, ask.key] = (asked, essence(answer))
    assert answer.headers["x-log-position"] == str(len(model.records))


def essence(answer: Any) -> tuple[Any, ...]:
    """What a repeated request is answered again."""
    named = (answer.headers.get(name) for name in ("location", "etag", "content-type"))
    return (answer.status_code, answer.content, *named)


def refused(model: Model, code: str, answer: Any, wrong: frozenset[str]) -> None:
    """A refusal is told in the one form, and recorded once where the log keeps its kind."""
    told = answer.json()
    assert (answer.status_code, told["code"]) == (STATUSES[code], code), told
    if code == "request.invalid":
        assert set(told["fields"]) == wrong
        assert "x-log-position" not in answer.headers
    else:
        model.records.append("request.refused")


def refusal(model: Model, ask: Ask, found: list[Held], wrong: frozenset[str]) -> str | None:
    """The code of the first thing wrong with a request, in the order of the contract."""
    if ask.ref is not None and len(found) != 1:
        return "server.ambiguous" if found else "server.unknown"
    caller = model.callers[ask.caller]
    if not caller.writes:
        return "right.missing"
    body = ask.body or {}
    asked_for = body.get("organization") if ask.verb == "create" and "server" not in body else None
    if isinstance(asked_for, str) and not caller.may_see(asked_for):
        return "organization.foreign"
    if ask.if_match not in (None, "*") and not (found and expected(str(ask.if_match), found[0])):
        return "version.stale"
    if wrong:
        return "request.invalid"
    return forbidden(ask, found[0]) if ask.verb == "act" else None


def expected(if_match: str, held: Held) -> bool:
    """Whether one of the tags is the server's, strongly."""
    return held.etag in if_match.split(", ")


def forbidden(ask: Ask, held: Held) -> str | None:
    """What stands in the way of an action."""
    body = ask.body or {}
    if body["action"] in ("resetsoft", "reboot") and not held.shown["running"]:
        return "server.stopped"
    if body["action"] != "restore":
        return None
    if body.get("version") is not None:
        return None if 1 <= body["version"] <= held.shown["version"] else "version.unknown"
    return None if backup_of(held, body.get("backup")) else "backup.unknown"


def repeated_wrongly(ask: Ask, held: Held | None) -> frozenset[str]:
    """The read-only fields that an update sends with another value than the present one."""
    if ask.verb != "update" or held is None:
        return frozenset()
    body = ask.body or {}
    sent = body["server"] if isinstance(body.get("server"), dict) else body
    names = (*READ_ONLY, "name") if "new_name" in sent and sent is not body else READ_ONLY
    return frozenset(
        name
        for name in names
        if name in sent
        and (sent[name] != held.shown[name] or type(sent[name]) is not type(held.shown[name]))
    )
