"""Bodies held against models: all that is wrong with one, each field by its bare name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from domain.refusals import Problems

M = TypeVar("M", bound=BaseModel)

_MESSAGES: Final[Mapping[str, str]] = {
    "missing": "required key not provided",
    "extra_forbidden": "unknown field",
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), "must be an object"),
}
_OURS: Final = "Value error, "
"""What pydantic puts before the words of a validator."""
_VALUES_MAX: Final = 20
"""How many problems of one field are told; a list can have thousands."""


def validated(
    model: type[M], body: Mapping[str, Any], read_only: Collection[str] = (), envelope: str = ""
) -> tuple[M | None, Problems]:
    """A body as a model has it, or all that is wrong with it.

    Of `read_only` fields that the model does not know, this is said. A field inside the envelope is
    named as if it stood outside.
    """
    try:
        return model.model_validate(body), {}
    except ValidationError as error:
        return None, _problems(error, read_only, envelope)


def _problems(error: ValidationError, read_only: Collection[str], envelope: str) -> Problems:
    found: dict[str, list[str]] = {}
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        place = problem["loc"]
        if len(place) > 1 and place[0] == envelope:
            place = place[1:]
        inside = ".".join(map(str, place[1:]))
        words = _MESSAGES.get(problem["type"], problem["msg"].removeprefix(_OURS))
        field_ = str(place[0])[:80] if place else "body"
        if words == "unknown field" and field_ in read_only and not inside:
            words = "read-only"
        messages = found.setdefault(field_, [])
        if len(messages) < _VALUES_MAX:
            messages.append(f"{inside}: {words}" if inside else words)
    return {field_: tuple(messages) for field_, messages in found.items()}
