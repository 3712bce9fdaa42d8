"""docs/clients.md: each start is run as it stands there, and prints what stands under it."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

import pytest

from api.settings import Settings
from tests.clients.beside import ENVIRONMENTS, NODE, environment, javascript_program
from tests.curl import REAL, folder_of_curl
from tests.process import process
from tests.program import BOUND_S, ROOT

pytestmark = pytest.mark.clients

PAGE: Final = (ROOT / "docs" / "clients.md").read_text()
FIRST: Final = "Published clients"
OWN: Final = Path(sys.executable).parent
OPENSTACK: Final = ENVIRONMENTS / "openstack" / "bin"
SCALEWAY: Final = ENVIRONMENTS / "scaleway" / "bin"
TOOLS: Final = {"pytest", "httpx2", "slumber"}
"""What the tests of clients import that is no client: scaleway-sdk raises what slumber does."""


@dataclasses.dataclass(frozen=True)
class Block:
    """A block of the page: under which heading it stands, in which language, and its text."""

    heading: str
    language: str
    text: str

    @property
    def installs(self) -> bool:
        return self.text.startswith(("pip install ", "npm install "))


@dataclasses.dataclass(frozen=True)
class Place:
    """Where what a heading's install line names is found: commands, and a Python."""

    commands: Path
    python: Path


PLACES: Final = {
    "The `openstack` command, with a token": Place(OPENSTACK, OPENSTACK),
    "The `openstack` command, logged in": Place(OPENSTACK, OPENSTACK),
    "openstacksdk": Place(OPENSTACK, OPENSTACK),
    "python-novaclient": Place(OPENSTACK, OPENSTACK),
    "Apache Libcloud's OpenStack driver": Place(OWN, OWN),
    "scaleway": Place(SCALEWAY, SCALEWAY),
    "@scaleway/sdk-client and @scaleway/sdk-instance": Place(OWN, OWN),
    "scaleway-sdk": Place(OWN, OWN),
    "Apache Libcloud's Scaleway driver": Place(OWN, OWN),
    "One server, several clients": Place(OPENSTACK, SCALEWAY),
}
_END: Final = "==== end of block ===="
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?")


def blocks() -> list[Block]:
    """Every block of the page, in its order."""
    found: list[Block] = []
    heading = ""
    for title, language, text in re.findall(
        r"^#+ ([^\n]+)$|^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
    ):
        heading = title or heading
        if not title:
            found.append(Block(heading, language, text))
    return found


BLOCKS: Final = blocks()


def under(heading: str) -> list[Block]:
    """The blocks under a heading, but for the lines that install."""
    return [block for block in BLOCKS if block.heading == heading and not block.installs]


def shown(heading: str) -> list[str]:
    """What stands under each block that is run: nothing, where nothing is printed."""
    found: list[str] = []
    for block in under(heading):
        if block.language == "text":
            assert found[-1:] == [""], f"there is nothing that prints {block.text}"
            found[-1] = block.text
        else:
            found.append("")
    return found


def script(heading: str, folder: Path) -> str:
    """The blocks as one script; what is not shell goes into files, as the page says."""
    lines = []
    run = [block for block in under(heading) if block.language != "text"]
    for number, block in enumerate(run):
        file = folder / f"start-{number}.{'mjs' if block.language == 'js' else 'py'}"
        if block.language == "sh":
            lines.append(block.text)
        else:
            file.write_text(block.text)
            lines.append(f'"${block.language.upper()}" {file.name}\n')
        lines.append(f"echo '{_END}'\n")
    return "".join(lines)


def printed(heading: str, folder: Path) -> list[str]:
    """What each block printed, run one after the other in one shell, at a service's first start."""
    place = PLACES[heading]
    assert place.commands.exists(), f"{place.commands} is missing: `make clients` sets it up"
    assert place.python.exists(), f"{place.python} is missing: `make clients` sets it up"
    programs = {"PYTHON": str(place.python / "python")}
    if any(block.language == "js" for block in under(heading)):
        programs["JS"] = str(javascript_program()[0])
        (folder / "node_modules").symlink_to(NODE / "node_modules")
    curl = folder_of_curl(folder, real=bool(REAL))
    with process(folder, RACKLEDGER_TOKEN="") as service:
        given = environment(
            folder,
            PATH=f"{place.commands}:{curl}:{os.environ['PATH']}",
            BASE=service.base,
            TOKEN=service.token,
            ORGANIZATION=Settings().organization,
            **programs,
        )
        del given["PYTHONPATH"]  # nothing of ours is found
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script(heading, folder)],
            cwd=folder,
            env=given,
            capture_output=True,
            text=True,
            timeout=2 * BOUND_S,
            check=False,
        )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    return ran.stdout.split(f"{_END}\n")[:-1]


def told(text: str) -> str:
    """Without what is of the moment: ids are told by the order in which they come, times not."""
    organization = Settings().organization
    seen = {organization: organization}
    numbered = _UUID.sub(lambda match: seen.setdefault(match[0], f"id-{len(seen)}"), text)
    return _TIME.sub("time", numbered)


@pytest.mark.parametrize("heading", PLACES)
def test_a_start_prints_what_stands_under_it(heading: str, tmp_path: Path) -> None:
    found = printed(heading, tmp_path)
    assert [told(text) for text in found] == [told(text) for text in shown(heading)]


def test_no_block_stands_there_that_nobody_runs() -> None:
    assert len(re.findall(r"^\s*(?:```|~~~)", PAGE, re.MULTILINE)) == 2 * len(BLOCKS)
    assert {block.language for block in BLOCKS} <= {"sh", "python", "js", "text"}
    assert {block.heading for block in BLOCKS} == {FIRST, *PLACES}
    assert all(shown(heading) for heading in PLACES)
    assert len(under(FIRST)) == 1


def test_the_variables_are_those_of_a_service_as_it_starts() -> None:
    (block,) = under(FIRST)
    settings = Settings()
    assert block.text.splitlines() == [
        f"export BASE=http://{settings.host}:{settings.port}",
        "export TOKEN=the-token-that-was-printed",
        f"export ORGANIZATION={settings.organization}",
    ]


def pinned() -> dict[str, set[str]]:
    """The versions that the tests run each client at."""
    found: dict[str, set[str]] = {}
    requirements = ROOT / "tests" / "clients" / "requirements"
    for lock in (ROOT / "requirements-dev.lock", *requirements.glob("*.lock")):
        for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", lock.read_text(), re.MULTILINE):
            found.setdefault(name, set()).add(version)
    package = json.loads((NODE / "package.json").read_text())
    return found | {name: {version} for name, version in package["dependencies"].items()}


def installed() -> list[tuple[str, str]]:
    """What the page's lines install: names and versions."""
    found = []
    for block in BLOCKS:
        if block.installs:
            (line,) = block.text.splitlines()
            for wanted in line.split()[2:]:
                name, version = re.split("==|(?<=.)@", wanted)
                found.append((name, version))
    return found


def test_what_is_installed_is_what_the_tests_run_with() -> None:
    versions = pinned()
    assert [(name, {version}) for name, version in installed()] == [
        (name, versions[name]) for name, _ in installed()
    ]


@pytest.mark.parametrize("heading", PLACES)
def test_a_start_says_first_what_it_installs(heading: str) -> None:
    first, *others = (block for block in BLOCKS if block.heading == heading)
    assert first.installs
    assert not any(block.installs for block in others)


def driven() -> set[str]:
    """Every client that the tests drive, by the name under which it is published."""
    folder = ROOT / "tests" / "clients"
    asked = "\n".join(path.read_text() for path in (folder / "requirements").glob("*.in"))
    elsewhere = set(re.findall(r"^([\w.-]+)==", asked, re.MULTILINE))
    elsewhere |= set(json.loads((NODE / "package.json").read_text())["dependencies"])
    tests = "\n".join(path.read_text() for path in folder.glob("*.py"))
    imported = set(re.findall(r"^(?:from|import) (\w+)", tests, re.MULTILINE))
    ours = {"api", "commands", "domain", "projections", "tests"}
    imported -= {*ours, *TOOLS, *sys.stdlib_module_names}
    here = packages_distributions()
    return elsewhere | {name for each in imported for name in here[each]}


def test_every_client_that_is_driven_has_a_start() -> None:
    assert {name for name, _ in installed()} == driven()
