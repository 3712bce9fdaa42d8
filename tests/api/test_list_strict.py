"""The list's parameters are strict: what is not understood is refused, never ignored."""

from __future__ import annotations

from typing import Final

import pytest

from api.http.query import VALUE_MAX_CHARACTERS
from tests.api.expecting import refuses
from tests.support import Api

WRONG: Final[dict[str, list[str]]] = {
    "nmae=a": ["nmae"],
    "Name=a": ["Name"],
    "id=a": ["id"],
    "version=1": ["version"],
    "per-page=1": ["per-page"],
    "offset=1": ["offset"],
    "=": [""],
    "&": [""],
    "state=on": ["state"],
    "state=Running": ["state"],
    "state=": ["state"],
    "running=1": ["running"],
    "running=True": ["running"],
    "running=yes": ["running"],
    "tags=": ["tags"],
    "tags=a,,b": ["tags"],
    "tags=,": ["tags"],
    "tags=" + ",".join(map(str, range(21))): ["tags"],
    "name=a&name=b": ["name"],
    "name=a&name=a": ["name"],
    "tags=a&tags=b": ["tags"],
    "name=%FF": ["name"],
    "name=%ED%A0%80": ["name"],
    "name=a%00": ["name"],
    "name=" + "x" * (VALUE_MAX_CHARACTERS + 1): ["name"],
    "%FF=a": ["query"],
    "state=on&running=2&nmae=x&page=0&limit=x": ["state", "running", "nmae", "page", "limit"],
}


@pytest.mark.parametrize("query", WRONG)
def test_what_is_not_understood_is_refused_by_name(api: Api, query: str) -> None:
    refuses(api, (400, "request.invalid"), "GET", f"/servers?{query}", WRONG[query])


def test_the_words_for_what_is_wrong_are_clear(api: Api) -> None:
    wanted = {
        "nmae": ["unknown parameter"],
        "name": ["given more than once"],
        "state": ["must be one of running, stopped"],
        "running": ["must be one of true, false"],
        "per_page": ["must be a whole number from 1 to 100"],
        "limit": ["cannot be given beside page or per_page"],
    }
    query = "nmae=x&name=a&name=b&state=on&running=1&per_page=0&limit=1"
    refuses(api, (400, "request.invalid"), "GET", f"/servers?{query}", wanted)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/servers"),
        ("PUT", "/servers/a"),
        ("PATCH", "/servers/a"),
        ("DELETE", "/servers/a"),
        ("POST", "/servers/a/action"),
    ],
)
def test_writes_take_no_parameters(api: Api, method: str, path: str) -> None:
    api.create("a")
    refuses(api, (400, "request.invalid"), method, f"{path}?force=true", ("force",), json={})


@pytest.mark.parametrize("path", ["/servers/a", "/servers/a/action", "/flavors/1", "/images"])
def test_the_other_reads_refuse_what_they_do_not_know_too(api: Api, path: str) -> None:
    refuses(api, (400, "request.invalid"), "GET", f"{path}?nmae=x", ("nmae",))
