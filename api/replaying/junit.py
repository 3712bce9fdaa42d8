"""A comparison as JUnit XML: a test case for each kind and each type of event or command."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from api.replaying.comparing import Difference, Tally

_UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to hold."""


def junit(tally: Tally, texts: Mapping[Difference, str]) -> bytes:
    """The document. `texts` tells each difference with its shortest history."""
    cases = sorted({*_compared(tally), *tally.found})
    errors = int(tally.lost > 0)
    suite = Element("testsuite", name="replay-check", tests=str(len(cases) + errors))
    suite.set("failures", str(len(tally.found)))
    suite.set("errors", str(errors))
    for kind, type_ in cases:
        case = SubElement(suite, "testcase", classname=f"replay-check.{kind}", name=_fit(type_))
        found = tally.found.get((kind, type_))
        if found is not None:
            message = f"{found.count} differ, first at position {found.positions[0]}"
            failure = SubElement(case, "failure", message=message)
            failure.text = _fit(texts[kind, type_])
    if errors:
        case = SubElement(suite, "testcase", classname="replay-check", name="all is compared")
        SubElement(case, "error", message=f"{tally.lost} records are not compared in full")
    suites = Element("testsuites")
    suites.append(suite)
    return bytes(tostring(suites, "utf-8", xml_declaration=True))


def _compared(tally: Tally) -> Iterator[Difference]:
    for kind, types in tally.compared.items():
        for type_ in types:
            yield kind, type_


def _fit(text: str) -> str:
    return _UNFIT.sub("\ufffd", text)
