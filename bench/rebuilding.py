"""`python -m bench.rebuilding FOLDER`: derive all rows of a store anew; what it took, as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time

from api.app import Store
from projections.rebuild import rebuild


def main(folder: str) -> None:
    """Rebuild and print."""
    store = Store(f"sqlite:///{folder}/rackledger.db")
    began = time.perf_counter()
    with store.database.writing() as session:
        events = rebuild(session, store.log, store.servers, store.row_writers)
    took_s = time.perf_counter() - began
    store.close()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"events": events, "per_s": events / took_s, "memory_mb": peak_mb}))


main(sys.argv[1])
