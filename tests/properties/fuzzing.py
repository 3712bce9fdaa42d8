"""Requests that nobody should send, as strategies."""

from __future__ import annotations

import json
import re
from typing import Any, Final
from urllib.parse import quote

from hypothesis import strategies as st

from api.app import OPERATIONS
from tests.api.naughty import NAUGHTY
from tests.properties.bodies import ACTIONS
from tests.support import HOME, SEED_A, SEED_B

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
KEPT: Final = "kept-server"
"""Stands in a path for the id of a server that is there."""
WRITES: Final = (
    ("POST", "/servers"),
    ("PUT", f"/servers/{KEPT}"),
    ("PATCH", f"/servers/{KEPT}"),
    ("POST", f"/servers/{KEPT}/action"),
)
FIELDS: Final = (
    *("name", "organization", "image", "volumes", "tags", "public_ip", "dynamic_public_ip"),
    *("flavor", "keyname", "network", "commercial_type", "min_count", "max_count", "new_name"),
    *("return_reservation_id", "server", "action", "backup", "version", "id", "running", "state"),
)
VALID: Final[tuple[dict[str, Any], ...]] = (
    SEED_A,
    SEED_B,
    SEED_A | {"volumes": {"1": {"id": "v", "name": "n"}, "0": "w"}, "public_ip": {"id": "x"}},
    {"server": SEED_B["server"] | {"max_count": 2, "return_reservation_id": True}},
    {"name": "other", "tags": ["a"], "volumes": []},
    {"server": {"new_name": "other", "image": None}},
    *(body for body, _ in ACTIONS),
)

texts: Final = st.sampled_from(NAUGHTY) | st.text(max_size=20)
numbers: Final = st.sampled_from([0, -1, 2**53 + 1, 2**63, 2**64, -(2**64), 10**400, 0.5, 1e308])
scalars: Final = st.none() | st.booleans() | texts | numbers
trees: Final = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | texts, inner, max_size=5)
    ),
    max_leaves=20,
)


@st.composite
def mutated(draw: st.DrawFn, bodies: tuple[dict[str, Any], ...] = VALID) -> Any:
    """A body that was valid before something was done to it."""
    body = draw(st.sampled_from(bodies))
    for _ in range(draw(st.integers(0, 2))):
        inner = isinstance(body.get("server"), dict) and draw(st.booleans())
        place = body["server"] if inner else body
        name = draw(st.sampled_from([*place, *FIELDS]))
        changed = {key: value for key, value in place.items() if key != name}
        if draw(st.booleans()):
            changed[name] = draw(trees)
        body = body | {"server": changed} if inner else changed
    return body


def deep(levels: int) -> bytes:
    """An object of so many levels."""
    return b'{"a":' * levels + b"1" + b"}" * levels


encoded: Final = (mutated() | trees).map(lambda tree: json.dumps(tree).encode())
plain: Final = (mutated() | trees).map(
    lambda tree: json.dumps(tree, ensure_ascii=False).encode("utf-8", "surrogatepass")
)
odd: Final = st.sampled_from(
    [
        *(b"", b"{", b"{}", b"[]", b"null", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":1e999}'),
        *(b'{"name":"\\ud800"}', b'{"name":"\\u0000"}', b'{"name":"a\x00"}', b"\xef\xbb\xbf{}"),
        *(deep(32), deep(33), deep(500), b'{"a":"%s"}' % (b"x" * 66_000), b"[" * 60_000),
    ]
)
bodies: Final = encoded | plain | odd | st.binary(max_size=40)


@st.composite
def spliced(draw: st.DrawFn) -> bytes:
    """A body with some bytes of another inside."""
    body, other = draw(encoded), draw(st.binary(max_size=3) | odd)
    at = draw(st.integers(0, len(body)))
    return body[:at] + other + body[at + draw(st.integers(0, 2)) :]


ZONES: Final = ("fr-par-1", "nl-ams-2")
segments: Final = st.one_of(
    st.sampled_from(["my_server", "MY_SERVER", "action", "1", "..", "."]),
    texts.map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe="")),
    st.binary(min_size=1, max_size=6).map(lambda raw: quote(raw, safe="")),
    st.sampled_from(["%", "%zz", "%2", "%00", "%C0%80", "%ED%A0%80", "%2F", "\xff", "a%20b", ""]),
)


@st.composite
def targets(draw: st.DrawFn) -> tuple[str, str]:
    """The method and path of an operation, or others like them."""
    if draw(st.booleans()):
        return draw(st.sampled_from([*WRITES, ("DELETE", f"/servers/{KEPT}"), ("GET", "/servers")]))
    operation = draw(st.sampled_from(OPERATIONS))
    path = operation.path.replace("{zone}", draw(st.sampled_from([*ZONES, "x"])))
    for name in re.findall(r"{\w+}", path):
        path = path.replace(name, draw(segments | st.just(KEPT)))
    method = draw(st.sampled_from([operation.method, operation.method, *METHODS]))
    return method, path + draw(st.sampled_from(["", "", "", "/", "//", "/x"]))


@st.composite
def fitting(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """A write to a server, with a body that was once fit for it."""
    method, path = draw(st.sampled_from(WRITES))
    fit = VALID[6:] if path.endswith("action") else VALID[4:6] if KEPT in path else VALID[:4]
    tree = draw(mutated(fit))
    return (
        method,
        path,
        json.dumps(tree, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass"),
    )


headers: Final = st.dictionaries(
    st.sampled_from(
        ["if-match", "if-none-match", "idempotency-key", "x-request-id", "traceparent", "accept"]
    )
    | st.sampled_from(["content-type", "x-min-position", "content-encoding", "expect", "cookie"]),
    st.sampled_from(["*", '"x:1"', 'W/"x:1"', "", " ", "0", "1", "9" * 5_000, "application/json"])
    | st.sampled_from(["text/html", "text/plain; charset=utf-8", "application/x+json", "k", "é"])
    | st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=20),
    max_size=4,
)
queries: Final = st.lists(
    st.sampled_from(
        [
            *("page=1", "per_page=100", "limit=1000", "after=AAAA", "state=running", "tags=a,b"),
            *("running=true", "name=my_server", "page=0", "limit=1e3", "x=1", "=", "&&", "%ff"),
            *("organization=" + HOME, "name=%00", "tags=,", "name=a&name=b", "page=" + "9" * 5_000),
        ]
    )
    | texts.map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe="=&")),
    max_size=3,
).map("&".join)
