"""The tokens that are honoured, by their SHA-256."""

from __future__ import annotations

from typing import Final

import msgspec
import sqlalchemy as sa

from domain.access import Caller
from domain.events import TokenIssued, TokenRevoked
from domain.ports import Batch, Session
from projections.batches import bind
from projections.tables import tokens

_INSERT: Final = tokens.insert()
_CLEAR: Final = tokens.delete()
_DELETE: Final = tokens.delete().where(tokens.c.principal_id == bind("of"))
_GET: Final = sa.select(tokens.c.caller).where(tokens.c.sha256 == bind("sha256"))
_LIST: Final = sa.select(tokens.c.caller).order_by(tokens.c.principal_id)
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Caller).decode


class TokenRowsWriter:
    """Writes the rows (a `domain.ports.RowWriter`)."""

    def write(self, session: Session, batch: Batch) -> None:
        """Keep one row for each principal that holds a token."""
        for entry in batch.entries:
            if entry.after is not None:
                continue  # Most are of servers, and to ask for a class takes longer.
            event = entry.record.event
            if isinstance(event, (TokenIssued, TokenRevoked)):
                session.write(_DELETE, [{"of": entry.record.originator_id}])
            if isinstance(event, TokenIssued):
                caller = Caller(
                    principal_id=event.principal_id,
                    role=event.role,
                    organization=event.organization,
                    organizations=event.organizations,
                    expires_at=event.expires_at,
                )
                row = {
                    "principal_id": event.principal_id,
                    "sha256": event.token_sha256,
                    "caller": _encode(caller),
                }
                session.write(_INSERT, [row])

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""
        session.write(_CLEAR, [{}])


def find_caller(session: Session, sha256: str) -> Caller | None:
    """Who bears the token of that hash, expired ones included."""
    row = session.row(_GET, {"sha256": sha256})
    return _decode(row[0]) if row else None


def list_callers(session: Session) -> list[Caller]:
    """Everybody who holds a token, expired ones included."""
    return [_decode(row[0]) for row in session.rows(_LIST)]
