"""All that is spoken of OpenStack: each dialect with its route table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.glance import routes as glance
from api.http.dialects import Dialect
from api.http.routes import Operation
from api.keystone import routes as keystone
from api.nova import routes as nova
from api.nova import schemas as nova_schemas
from api.openstack import schemas
from api.openstack.dialects import GLANCE, KEYSTONE, NOVA

SPOKEN: Final[Mapping[Dialect, Sequence[Operation]]] = {
    NOVA: nova.OPERATIONS,
    GLANCE: glance.OPERATIONS,
    KEYSTONE: keystone.OPERATIONS,
}
AT_ROOT: Final = nova.ROOT_OPERATIONS
"""What the root serves for OpenStack's clients."""
COMPONENTS: Final[dict[str, Any]] = {
    **schemas.COMPONENTS,
    **nova_schemas.COMPONENTS,
    **glance.COMPONENTS,
    **keystone.COMPONENTS,
}
