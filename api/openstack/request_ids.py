"""Request ids in the form that OpenStack's clients know: `req-` and a UUID."""

from __future__ import annotations

import re
import uuid
from functools import lru_cache
from typing import Final

_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PLAIN: Final = re.compile(_UUID)
_SHOWN: Final = re.compile(f"req-{_UUID}")
_VERSION_AT: Final = len("req-00000000-0000-")
PATTERN: Final = f"^req-{_UUID}$"


@lru_cache(1024)  # the answer's header and an action's id are of one request
def shown_request_id(request_id: str) -> str:
    """A request's id as it is shown; what has another form is hashed to one, always the same."""
    if _PLAIN.fullmatch(request_id):
        return f"req-{request_id}"
    if _SHOWN.fullmatch(request_id):
        return request_id
    return f"req-{uuid.uuid5(uuid.NAMESPACE_OID, request_id)}"


def is_hashed(shown: str) -> bool:
    """Whether a shown id can be a hash of the request's own: such are of version 5."""
    return bool(_SHOWN.fullmatch(shown)) and shown[_VERSION_AT] == "5"


def likely_request_ids(shown: str) -> tuple[str, ...]:
    """The ids that a shown one usually stands for."""
    return (shown.removeprefix("req-"), shown) if _SHOWN.fullmatch(shown) else ()
