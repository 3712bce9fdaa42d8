"""The root dialect by name: both documents, which address servers by id or by name."""

from __future__ import annotations

from typing import Final

from api.http.dialects import Dialect


class RootDialect(Dialect):
    """The dialect of every path that is no other's."""

    name = "root"
    segment = ""
    names_refer = True


ROOT: Final = RootDialect()
