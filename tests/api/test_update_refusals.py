"""What an update refuses: read-only fields with another value, unknown ones, wrong kinds."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import refuses
from tests.api.test_create_flat import WRONG
from tests.api.test_update import form
from tests.support import ELSEWHERE, HOME, Api

DIFFERENT: Final[dict[str, Any]] = {
    "id": "442988e3-6c0e-4711-b3b2-3ba311cb722b",
    "organization": ELSEWHERE,
    "running": True,
    "state": "running",
    "private_ip": "10.0.0.1",
    "arch": "arm",
    "location": {"zone_id": "1"},
    "reservation_id": "r-abcdefgh",
    "creation_date": "2026-11-22T04:00:00.123456+00:00",
    "modification_date": "2026-11-22T04:00:00.123456+00:00",
    "version": 2,
}
ALIKE: Final = {"running": 0, "version": 1.0, "private_ip": False, "state": ["stopped"]}
WRONG_IN_UPDATE: Final = {
    field: tuple(value for value in values if field != "image" or value is not None)
    for field, values in WRONG.items()
    if field != "organization"
}


@form
@pytest.mark.parametrize("field", DIFFERENT)
def test_a_read_only_field_with_another_value_is_named(
    api: Api, method: str, enveloped: bool, field: str
) -> None:
    created = api.create()
    values = [DIFFERENT[field], *([ALIKE[field]] if field in ALIKE else [])]
    for value in values:
        fields = created | {field: value, "tags": ["never"]}
        body = {"server": fields} if enveloped else fields
        wanted = {field: ["read-only"]}
        path = "/servers/my_server"
        refuses(api, (400, "request.invalid"), method, path, wanted, json=body)


@form
def test_every_bad_field_is_named_at_once(api: Api, method: str, enveloped: bool) -> None:
    api.create(organization=HOME)
    wrong = {field: values[0] for field, values in WRONG_IN_UPDATE.items()}
    fields = DIFFERENT | wrong | {"unknown": 1, "min_count": 2}
    body = {"server": fields} if enveloped else fields
    refuses(api, (400, "request.invalid"), method, "/servers/my_server", tuple(fields), json=body)


@form
@pytest.mark.parametrize("field", WRONG_IN_UPDATE)
def test_a_field_of_a_wrong_kind_is_named(
    api: Api, method: str, enveloped: bool, field: str
) -> None:
    api.create()
    for value in WRONG_IN_UPDATE[field]:
        body: Any = {"server": {field: value}} if enveloped else {field: value}
        path = "/servers/my_server"
        refuses(api, (400, "request.invalid"), method, path, (field,), json=body)
