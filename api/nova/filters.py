"""What Nova's lists of servers can be asked for: which of its parameters mean what here.

Parameters that nobody knows are passed over, as Nova does. Of those that it knows, the ones that
cannot be honoured are refused: a list that ignored one would show what was not asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import re2

from api.http.exchange import Exchange
from api.http.query import words
from api.openstack.query import LenientQuery, flag
from domain.access import Caller
from domain.ports import Scope
from domain.refusals import RightMissing
from domain.values import canonical_id
from projections.server_filters import FLAVOR_OR_TYPE, Filter
from projections.server_names import like_containing

TAGS_MAX: Final = 20
PATTERN_MAX: Final = 255
_PAGING: Final = ("limit", "marker", "sort_key", "sort_dir")
_HONOURED: Final = (
    *("name", "status", "vm_state", "power_state", "flavor", "image", "reservation_id", "tags"),
    *("deleted", "all_tenants", "tenant_id", "project_id"),
)
REFUSED: Final = frozenset(
    (
        *(
            "access_ip_v4",
            "access_ip_v6",
            "auto_disk_config",
            "availability_zone",
            "changes-before",
        ),
        *("changes-since", "config_drive", "created_at", "description", "display_description"),
        *("display_name", "host", "hostname", "ip", "ip6", "kernel_id", "key_name", "launch_index"),
        *("launched_at", "locked", "locked_by", "node", "not-tags", "not-tags-any", "progress"),
        *("ramdisk_id", "root_device_name", "soft_deleted", "tags-any", "task_state"),
        *("terminated_at", "user_id", "uuid"),
    )
)
"""Parameters of Nova's by which nothing is found here."""
KNOWN: Final = frozenset((*_PAGING, *_HONOURED, *REFUSED))
_NARROWING: Final = KNOWN - {"limit", "marker"}

_STATUS: Final = {"active": 1, "shutoff": 0}
_VM_STATE: Final = {"active": 1, "stopped": 0}
_POWER_STATE: Final = {"1": 1, "4": 0}
_SPECIAL: Final = frozenset("\\[](){}*+?^$|")


class Asked(NamedTuple):
    """Which servers, and in which order; `matches` looks at the names that the filter lets pass."""

    filter: Filter
    matches: Callable[[str], bool] | None
    oldest_first: bool


class _Name(NamedTuple):
    """What is asked of names: to be this, or to match, all such holding what `like` does."""

    exact: str | None = None
    like: str | None = None
    matches: Callable[[str], bool] | None = None


def read_asked(query: LenientQuery, exchange: Exchange) -> Asked:
    """What is asked for; what is wrong stands among the query's problems. Raises `RightMissing`."""
    if not query.given & _NARROWING:
        return Asked(Filter(_own(exchange.caller)), None, False)  # as nearly all ask
    for parameter in query.given:
        if parameter in REFUSED:
            query.problems[parameter] = ("servers cannot be listed by this",)
    scope = _scope(query, exchange.caller)
    _refuse_deleted(query, exchange.caller)
    oldest_first = _read_order(query)
    states = _states(query)
    name = query.get("name", _read_name) or _Name()
    catalogue = exchange.service.catalogue
    equal: list[tuple[str, str | int]] = []
    if len(states) == 1:
        equal += [("running", state) for state in states]
    elif not states:
        scope = ()
    if name.exact is not None:
        equal.append(("name", name.exact))
    reservation = query.get("reservation_id", str)
    if reservation is not None:
        equal.append(("reservation_id", reservation))
    among = []
    flavors = query.get("flavor", catalogue.flavor_refs)
    if flavors is not None:
        among.append((FLAVOR_OR_TYPE, flavors))
    images = query.get("image", lambda text: (*catalogue.image_refs(canonical_id(text)), text))
    if images is not None:
        among.append(("image", tuple(dict.fromkeys(images))))  # as sent too: so the root keeps it
    tags = query.get("tags", words(TAGS_MAX, "tag")) or ()
    filter_ = Filter(scope, tuple(equal), tags, tuple(among), name.like)
    return Asked(filter_, name.matches, oldest_first)


def _scope(query: LenientQuery, caller: Caller) -> Scope:
    """The caller's own organizations; with `all_tenants` all of them, which is for admins."""
    everywhere = query.get("all_tenants", lambda text: text == "" or flag(text)) or False
    wanted = {value for name in ("tenant_id", "project_id") for value in query.values(name)}
    if everywhere and caller.role != "admin":
        raise RightMissing(
            "Policy doesn't allow os_compute_api:servers:detail:get_all_tenants to be performed."
        )
    if wanted:
        visible = {each for each in wanted if caller.sees(each)}
        return tuple(visible) if len(wanted) == 1 else ()
    return None if everywhere else _own(caller)


def _own(caller: Caller) -> Scope:
    return tuple(dict.fromkeys((caller.organization, *caller.organizations)))


def _refuse_deleted(query: LenientQuery, caller: Caller) -> None:
    if query.get("deleted", flag) or "deleted" in map(str.lower, query.values("status")):
        if caller.role != "admin":
            raise RightMissing("Only administrators may list deleted instances")
        query.problems["deleted"] = ("deleted servers are told by /audit and /events",)


def _read_order(query: LenientQuery) -> bool:
    """Whether the oldest come first: only the time of creation orders servers."""
    directions = query.values("sort_dir")
    for number, key in enumerate(query.values("sort_key")):
        if number or key != "created_at":
            query.problems["sort_key"] = ("must be created_at",)
    if len(directions) > 1 or not {*directions} <= {"asc", "desc"}:
        query.problems["sort_dir"] = ("must be asc or desc",)
    return directions == ["asc"]


def _states(query: LenientQuery) -> set[int]:
    """Whether running, stopped or either: a state that no server is ever in matches none."""
    states = {0, 1}
    for name, meanings in (
        ("status", _STATUS),
        ("vm_state", _VM_STATE),
        ("power_state", _POWER_STATE),
    ):
        asked = query.values(name)
        if asked:
            states &= {meanings[word] for text in asked if (word := text.lower()) in meanings}
    return states


def _read_name(text: str) -> _Name:
    """A pattern that is looked for anywhere in a name.

    In time that grows with the name alone, whatever the pattern: a caller who could make the
    service backtrack could make it stand still.
    """
    if not text or len(text) > PATTERN_MAX:
        raise ValueError(f"must be a regular expression of 1 to {PATTERN_MAX} characters")
    inside = text.removeprefix("^").removesuffix("$")
    if len(text) == len(inside) + 2 and not _SPECIAL & {*inside} and "." not in inside:
        return _Name(exact=inside)
    plain = not _SPECIAL & {*text}
    # The longest stretch without a dot, which any name that matches holds.
    like = like_containing(max(text.split("."), key=len)) if plain else None
    if plain and "." not in text:
        return _Name(like=like, matches=lambda name: text in name)
    try:
        options = re2.Options()
        options.log_errors = False
        options.max_mem = 1 << 20
        pattern = re2.compile(text, options)
    except re2.error as error:
        raise ValueError(f"not a regular expression: {_words(error)}") from None
    return _Name(like=like, matches=lambda name: pattern.search(name) is not None)


def _words(error: re2.error) -> str:
    first = error.args[0] if error.args else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
