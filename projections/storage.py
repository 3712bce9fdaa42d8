"""What commands ask of the rows of volumes and restore points."""

from __future__ import annotations

from domain.ports import Place, Scope, Session, ShownAs
from domain.volumes import StandaloneVolume
from projections.restore_point_queries import find_restore_point
from projections.volume_queries import find_holder, get_volume


class StoredStorage:
    """Reads them (a `domain.ports.StorageRows`)."""

    def get_volume(self, session: Session, volume_id: str) -> StandaloneVolume | None:
        """A volume that was made by itself, deleted as it may be while it has restore points.

        Raises `UnreadableRecord`.
        """
        return get_volume(session, volume_id)

    def find_holder(self, session: Session, volume_id: str, scope: Scope) -> str | None:
        """The id of the live server in `scope` that has the volume; of several the oldest."""
        return find_holder(session, volume_id, scope)

    def find_place(
        self, session: Session, backup_id: str, scope: Scope, shown_as: ShownAs | None
    ) -> Place | None:
        """Where the restore point of that id is kept, as far as `scope` sees it as that."""
        found = find_restore_point(session, backup_id, scope, shown_as)
        return None if found is None else found.place
