"""The `openstack` command, told by variables of the environment alone where it is to go."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.clients.beside import ENVIRONMENTS, environment
from tests.program import BOUND_S


class Command:
    """The command with its variables; it starts a process a call."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self._environment = environment(folder, **variables)

    def __call__(self, *words: str) -> Any:
        """What a command shows, as JSON; what it does not show, as None. It must succeed."""
        ended = self._run(*words, "--format", "json")
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    def done(self, *words: str) -> None:
        """Carry out a command that shows nothing. It must succeed."""
        ended = self._run(*words)
        assert ended.returncode == 0, ended.stderr

    def refused(self, *words: str) -> str:
        """What a command that must fail says of it."""
        ended = self._run(*words)
        assert ended.returncode == 1, ended.stdout
        assert "Traceback" not in ended.stderr
        return ended.stderr.strip()

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        program = ENVIRONMENTS / "openstack" / "bin" / "openstack"
        assert program.exists(), f"{program} is missing: `make clients` sets it up"
        return subprocess.run(
            [program, *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=BOUND_S,
            check=False,
        )


def with_token(folder: Path, base: str, token: str) -> Command:
    """The command that has a token and the endpoints, and asks nobody for either."""
    return Command(
        folder,
        OS_AUTH_TYPE="admin_token",
        OS_ENDPOINT=f"{base}/v2.1",
        OS_TOKEN=token,
        OS_IDENTITY_ENDPOINT_OVERRIDE=f"{base}/identity/v3",
        OS_IMAGE_ENDPOINT_OVERRIDE=f"{base}/image/v2",
    )


def with_password(folder: Path, base: str, name: str, password: str, **variables: str) -> Command:
    """The command that logs in, and finds the endpoints in the catalogue."""
    return Command(
        folder,
        OS_AUTH_URL=f"{base}/identity/v3",
        OS_USERNAME=name,
        OS_PASSWORD=password,
        OS_USER_DOMAIN_ID="default",
        **variables,
    )
