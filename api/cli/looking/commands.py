"""The commands, in the order that they are told of."""

from __future__ import annotations

from typing import Final

from api.cli.looking.bisect import bisect
from api.cli.looking.blame import blame
from api.cli.looking.debug import debug
from api.cli.looking.diff import diff
from api.cli.looking.events import history
from api.cli.looking.log import log
from api.cli.looking.show import show

COMMANDS: Final = (log, show, history, diff, blame, bisect, debug)
