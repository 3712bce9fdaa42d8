"""The documents: what they link to, and the files that they name, are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
)
LINK = re.compile(r"\[[^\]]*\]\((?![a-z]+:|#)([^)\s#]+)(?:#([^)\s]+))?\)")
NAMED = re.compile(r"`((?:domain|commands|projections|api|tests|bench|docs)/[\w./-]*)`")


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as published readers of Markdown make them."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(document: str) -> Iterator[str]:
    path = ROOT / document
    text = path.read_text()
    for match in LINK.finditer(text):
        target, anchor = path.parent / match[1], match[2]
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            yield match[0]
    for anchor in re.findall(r"\]\(#([^)\s]+)\)", text):
        if anchor not in anchors(text):
            yield f"#{anchor}"
    for match in NAMED.finditer(text):
        if not (ROOT / match[1]).exists():
            yield match[1]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_all_that_a_document_points_at_is_there(document: str) -> None:
    assert list(broken(document)) == []


def test_the_documents_that_a_reader_looks_for_are_there() -> None:
    assert {"README.md", "ARCHITECTURE.md", "CHANGELOG.md"} <= set(DOCUMENTS)
    assert (ROOT / "LICENSE").read_text().lstrip().startswith("Apache License")
