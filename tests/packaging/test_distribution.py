"""The distribution: its four import names, its dependencies and its lock files."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("domain", "commands", "projections", "api")
LOCKS = ("requirements.lock", "requirements-dev.lock")
CLIENTS = ROOT / "tests" / "clients"
CLIENT_LOCKS = sorted(
    path.relative_to(ROOT).as_posix() for path in (CLIENTS / "requirements").glob("*.lock")
)
RANGE = re.compile(r"[A-Za-z0-9._-]+(\[[a-z0-9_,-]+\])?(==[\w.]+|>=[\w.]+,<[\w.]+)")
HASHED = re.compile(
    r"(?P<name>[a-z0-9-]+)==[\w.+!]+(?: ; [^\n]+?)?(?: --hash=sha256:[0-9a-f]{64})+"
)


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name: str) -> list[str]:
    """The entries of a lock file, each on one line, without comments."""
    text = re.sub(r"^ *#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE)
    return re.sub(r" *\\\n *", " ", text).splitlines()


def requirements() -> list[str]:
    """Every requirement that the project states, once."""
    tables = project()
    optional = tables["project"]["optional-dependencies"].values()
    stated = {
        *tables["build-system"]["requires"],
        *tables["project"]["dependencies"],
        *(one for group in optional for one in group),
        *(one for group in tables["dependency-groups"].values() for one in group),
    }
    return sorted(stated)


@pytest.mark.parametrize("name", OURS)
def test_no_other_distribution_ships_a_package_of_our_names(name: str) -> None:
    assert set(packages_distributions()[name]) == {"rackledger"}


def test_every_package_is_listed_and_every_listed_one_is_there() -> None:
    found = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for name in OURS
        for path in (ROOT / name).rglob("*.py")
    }
    assert set(project()["tool"]["setuptools"]["packages"]) == found


@pytest.mark.parametrize("requirement", requirements())
def test_every_dependency_is_a_bounded_range(requirement: str) -> None:
    assert RANGE.fullmatch(requirement)


@pytest.mark.parametrize("lock", [*LOCKS, *CLIENT_LOCKS])
def test_every_locked_version_has_its_hashes_and_names_no_place(lock: str) -> None:
    entries = locked(lock)
    assert entries
    assert [entry for entry in entries if not HASHED.fullmatch(entry)] == []
    # No URL and no local path, not in a comment either: whoever installs chooses the registry.
    assert not re.search(
        r"://|file:|--index|--extra-index|--find-links|[ @]/", (ROOT / lock).read_text()
    )


@pytest.mark.parametrize("lock", CLIENT_LOCKS)
def test_the_clients_are_locked_at_the_versions_asked_for(lock: str) -> None:
    lines = (ROOT / lock).with_suffix(".in").read_text().splitlines()
    asked = {line for line in lines if not line.startswith("#")}
    assert asked
    assert asked <= {entry.partition(" ")[0] for entry in locked(lock)}


def test_every_package_of_the_javascript_clients_has_its_hash_and_names_no_place() -> None:
    lock = json.loads((CLIENTS / "node" / "package-lock.json").read_text())
    asked = json.loads((CLIENTS / "node" / "package.json").read_text())["dependencies"]
    installed = {name: entry for name, entry in lock["packages"].items() if name}
    assert {name: installed[f"node_modules/{name}"]["version"] for name in asked} == asked
    for entry in installed.values():
        assert entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry


def test_what_runs_is_tested_at_the_versions_it_runs_with() -> None:
    run, dev = (set(locked(lock)) for lock in LOCKS)
    assert run < dev


def test_the_locks_hold_every_dependency_and_the_build_backend() -> None:
    names = {match["name"] for entry in locked(LOCKS[0]) if (match := HASHED.fullmatch(entry))}
    wanted = [*project()["project"]["dependencies"], *project()["build-system"]["requires"]]
    assert {re.split(r"[\[>=]", one)[0].lower() for one in wanted} <= names


def test_one_version_of_each_library_serves_every_platform() -> None:
    names = [entry.partition("==")[0] for entry in locked(LOCKS[1])]
    assert len(names) == len(set(names))
