"""`python -m bench.rebuilding FOLDER`: derive all rows of a store anew; what it took, as JSON."""

from __future__ import annotations

import json
import os
import sys
import time

from api.store import Store
from bench.machine import memory_mb


def main(folder: str) -> None:
    """Rebuild and print."""
    store = Store(f"sqlite:///{folder}/rackledger.db")
    began = time.perf_counter()
    with store.database.writing() as session:
        events = store.rebuilder.rebuild(session)
    took_s = time.perf_counter() - began
    store.close()
    # Not `ru_maxrss`: it begins with what the process had that started this one.
    peak_mb = memory_mb(os.getpid())[1]
    print(json.dumps({"events": events, "per_s": events / took_s, "memory_mb": peak_mb}))


main(sys.argv[1])
