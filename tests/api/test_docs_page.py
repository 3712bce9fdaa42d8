"""The page at `/docs`: complete in itself, and nothing beside it to be had."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

import api.docs.page
from api.docs.page import MEDIA_TYPES, PAGE, PAGE_UNDER_SLASH, asset

STATIC = Path(api.docs.page.__file__).with_name("static")
PAGES = {"/docs": PAGE, "/docs/": PAGE_UNDER_SLASH, "/mount/docs": PAGE}


class References(HTMLParser):
    """Every address that a page names, and every line of script inside of it."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.scripted: list[str] = []
        self._in_script = False
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        for name, value in attrs:
            if name in {"src", "href"}:
                self.addresses.append(value or "")
            elif name.startswith("on"):
                self.scripted.append(value or "")

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.scripted.append(data)


@pytest.mark.parametrize(("path", "page"), PAGES.items())
def test_a_page_names_local_assets_alone_and_each_is_there(path: str, page: bytes) -> None:
    addresses = References(page).addresses
    assert len(addresses) == 4
    for address in addresses:
        assert not urlsplit(address).scheme
        assert not address.startswith("/")
        folder, _, name = urljoin(path, address).rpartition("/")
        assert folder == path.rstrip("/")
        assert asset(name)


def test_a_page_holds_no_script_of_its_own() -> None:
    assert [References(page).scripted for page in PAGES.values()] == [[], [], []]


def test_the_document_is_found_relative_to_the_script_and_sent_nowhere() -> None:
    script, _ = asset("init.js") or (b"", "")
    assert b'new URL("../openapi.json", document.currentScript.src)' in script
    assert b"validatorUrl: null" in script
    assert b"://" not in script
    assert urljoin("http://host/mount/docs/init.js", "../openapi.json") == (
        "http://host/mount/openapi.json"
    )


@pytest.mark.parametrize(("name", "media_type"), MEDIA_TYPES.items())
def test_an_asset_comes_whole_with_its_media_type(name: str, media_type: str) -> None:
    assert asset(name) == ((STATIC / name).read_bytes(), media_type)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "README.md", "page.py", "../page.py", "./init.js", "init.js/", "INIT.JS"],
)
def test_any_other_name_gives_nothing(name: str) -> None:
    assert asset(name) is None


def test_the_vendored_files_are_those_that_their_readme_names() -> None:
    rows = re.findall(
        r"^\| `(\S+)` \| `([0-9a-f]{64})` \|$", (STATIC / "README.md").read_text(), re.MULTILINE
    )
    assert dict(rows) == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in STATIC.iterdir()
        if path.name not in {"README.md", "init.js"}
    }
