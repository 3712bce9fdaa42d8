"""What Glance's list of images can be asked for: which of its parameters mean what here.

Parameters that nobody knows are passed over. Of those that Glance knows, the ones that cannot be
honoured are refused: a list that ignored one would show what was not asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from api.glance.sorting import PARAMETERS
from api.http.query import one_of
from api.openstack.image_lists import Asked
from api.openstack.query import LenientQuery, flag

WORDS_MAX: Final = 1_000
VISIBILITIES: Final = ("public", "private", "community", "shared", "all")
_VISIBILITY: Final = one_of(**{word: word for word in VISIBILITIES})
_PUBLIC: Final = {"public": True, "private": False}
NOTED: Final = (
    *("architecture", "base_image_ref", "image_type", "instance_uuid", "kernel_id"),
    *("os_distro", "os_version", "ramdisk_id"),
)
"""What Glance's schema says may be noted on an image, and our images say of where they are from."""
_HONOURED: Final = (
    *("limit", "marker", "name", "id", "visibility", "status", "owner", "tag", "os_hidden"),
    *NOTED,
)
REFUSED: Final = (
    *("checksum", "container_format", "created_at", "disk_format", "member_status", "min_disk"),
    *("min_ram", "os_hash_algo", "os_hash_value", "protected", "size", "size_max", "size_min"),
    *("updated_at", "virtual_size"),
)
"""Parameters of Glance's by which no image is found here."""
KNOWN: Final = (*_HONOURED, *PARAMETERS, *REFUSED)

_WORD: Final = re.compile(r'"([^"]*)"|([^,"]+)')


def read_asked(query: LenientQuery) -> Asked:
    """What is asked for, but for ids; what is wrong stands among the query's problems."""
    for parameter in REFUSED:
        if parameter in query:
            query.problems[parameter] = ("images cannot be listed by this",)
    names = query.get("name", _read_one_or_several)
    states = query.get("status", _read_one_or_several)
    visibility = query.get("visibility", _VISIBILITY)
    noted = {name: query.get(name, str) for name in NOTED}
    return Asked(
        names=None if names is None else frozenset(names),
        public=_PUBLIC.get(visibility or "all"),
        owner=query.get("owner", str),
        none=(
            names == ()
            or visibility in {"community", "shared"}
            or "active" not in (("active",) if states is None else states)
            or query.get("os_hidden", flag) is True
        ),
        tags=frozenset(query.values("tag")),
        noted={name: value for name, value in noted.items() if value is not None},
    )


def read_ids(query: LenientQuery) -> Sequence[str] | None:
    """The ids that are asked for, if any are, each once."""
    ids = query.get("id", lambda text: _words(text.removeprefix("in:")))
    return None if ids is None else tuple(dict.fromkeys(map(str.lower, ids)))


def _read_one_or_several(text: str) -> Sequence[str]:
    """One, whatever it is, or behind `in:` several."""
    return _words(text.removeprefix("in:")) if text.startswith("in:") else (text,)


def _words(text: str) -> Sequence[str]:
    """What stands between commas; in quotes a comma stands for itself."""
    found = [inside or bare.strip() for inside, bare in _WORD.findall(text)]
    if len(found) > WORDS_MAX:
        raise ValueError(f"more than {WORDS_MAX}")
    return tuple(filter(None, found))
