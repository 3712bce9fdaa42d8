"""The page at `/docs`: Swagger UI over `/openapi.json`, with nothing fetched from elsewhere.

The files lie in `static/`, whose README names their version and digests. No script stands in the
page itself, so that a policy against inline scripts can be set in front of it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

_STATIC: Final = Path(__file__).with_name("static")

MEDIA_TYPES: Final = {
    "favicon-32x32.png": "image/png",
    "init.js": "text/javascript; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui-bundle.js.LICENSE.txt": "text/plain; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
}


def _page(folder: str) -> bytes:
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rackledger API</title>
<link rel="icon" type="image/png" href="{folder}favicon-32x32.png">
<link rel="stylesheet" href="{folder}swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{folder}swagger-ui-bundle.js"></script>
<script src="{folder}init.js"></script>
</body>
</html>
""".encode()


# Every address is relative, so that the page works behind a prefix; a browser resolves them against
# the last slash, which is why the page at `/docs/` cannot be the one at `/docs`.
PAGE: Final = _page("docs/")
PAGE_UNDER_SLASH: Final = _page("")


@cache
def _read(name: str) -> bytes:
    return (_STATIC / name).read_bytes()


def asset(name: str) -> tuple[bytes, str] | None:
    """A file of the page and its media type; None for any other name. Blocks on the first read."""
    media_type = MEDIA_TYPES.get(name)
    return None if media_type is None else (_read(name), media_type)
