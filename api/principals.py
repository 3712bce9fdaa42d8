"""What principals are called: personal data, so it stands beside the log and may be gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.store.side_rows import principal_name

if TYPE_CHECKING:
    from api.app import Service


async def name_of(service: Service, principal_id: str) -> str | None:
    """The name of a principal; None where it was erased."""
    return await service.ask(lambda session: principal_name(session, principal_id))
