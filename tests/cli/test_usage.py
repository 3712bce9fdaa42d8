"""Wrong usage and configuration: status 2, one clear line on standard error, nothing begun."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.main import main

pytestmark = pytest.mark.once


SERVE = "serve"
CREATE = ("token", "create", "--name", "a", "--role", "reader", "--organization", "o")
Refusal = Callable[..., str]


@pytest.fixture
def refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refusal:
    """Runs the program's entry point; the one line that it says, without the program's name."""

    def run(*arguments: str, **environment: str) -> str:
        monkeypatch.chdir(tmp_path)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.argv", ["rackledger", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        (line,) = said.err.splitlines()
        assert (ended.value.code, said.out) == (2, "")
        assert line.startswith("rackledger: ")
        assert list(tmp_path.iterdir()) == []
        return line.removeprefix("rackledger: ")

    return run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Missing command; see rackledger --help"),
        (("token",), "Missing command; see rackledger token --help"),
        (("sevre",), "No such command 'sevre'"),
        (("--version",), "No such option: --version"),
        ((SERVE, "--prot", "80"), "No such option: --prot"),
        ((SERVE, "now"), "Got unexpected extra argument(s) (now); see rackledger serve --help"),
        ((SERVE, "--port"), "Option '--port' requires an argument"),
        ((SERVE, "--port", "http"), "Invalid value for '--port'"),
        ((SERVE, "--port", "65536"), "RACKLEDGER_PORT: must be at most 65535"),
        ((SERVE, "--port", "-1"), "RACKLEDGER_PORT: must be at least 0"),
        ((SERVE, "--workers", "2"), "--workers above 1 needs PostgreSQL: one process serves an"),
        ((SERVE, "--host", "0.0.0.0"), "0.0.0.0 is beyond loopback: tokens would travel in the"),
        ((SERVE, "--host", "::"), ":: is beyond loopback: tokens would travel in the clear"),
        ((SERVE, "--catalogue", "none.toml"), "catalogue none.toml: No such file or directory"),
        ((SERVE, "--tls-certificate", "x"), "TLS takes both a certificate and a key"),
        ((*CREATE[:-2],), "Missing option '--organization'; see rackledger token create --help"),
        ((*CREATE, "--role", "king"), "--role: must be one of reader, member, auditor, admin"),
        ((*CREATE, "--name", " "), "--name: 1 to 255 printable characters"),
        ((*CREATE, "--organization", "o"), "--organization: each must be given once"),
        ((*CREATE, "--organization", " "), "--organization: 1 to 255 printable characters"),
        ((*CREATE, "--organization", "a\tb"), "--organization: 1 to 255 printable characters"),
        ((*CREATE, "--organization", "\udcff"), "--organization: 1 to 255 printable characters"),
        ((*CREATE, "--organization", "x" * 256), "--organization: 1 to 255 printable characters"),
        (("token", "revoke", "\udcff"), "name: 1 to 255 printable characters"),
        ((SERVE, "--host", "a\nb"), "a b is beyond loopback: tokens would travel in the clear"),
        ((SERVE, "--database", "sqlite:///a\nb/x.db"), "no such directory: "),
        ((*CREATE, "--expires-in", "30"), "--expires-in: a number and one of s, m, h, d, w, such"),
        ((*CREATE, "--expires-in", "0d"), "--expires-in: a number and one of s, m, h, d, w, such"),
        (("token", "revoke"), "Missing argument 'name'; see rackledger token revoke --help"),
    ],
    ids=str,
)
def test_wrong_usage_is_one_line(refusal: Refusal, arguments: tuple[str, ...], words: str) -> None:
    assert refusal(*arguments).startswith(words)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("TOKEN", "x" * 31, "must have at least 32 characters"),
        ("TOKEN", "ä" * 32, "must be visible ASCII"),
        ("PORT", "http", "not a whole number: 'http'"),
        ("WORKERS", "0", "must be at least 1"),
        ("ORGANIZATION", " ", "must be printable, not empty"),
        ("ORGANIZATION", "a\nb", "must be printable, not empty"),
        ("ALLOW_PLAIN", "perhaps", "not true or false: 'perhaps'"),
        ("DRAIN_S", "nan", "not a number: 'nan'"),
    ],
)
def test_a_variable_that_cannot_be_taken_is_named(
    refusal: Refusal, variable: str, value: str, words: str
) -> None:
    said = refusal(SERVE, **{f"RACKLEDGER_{variable}": value})
    assert said == f"RACKLEDGER_{variable}: {words}"


@pytest.mark.parametrize("command", [(SERVE, "--port", "0"), ("token", "list"), CREATE])
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://u:secret@h/d", "'mysql' databases are not served by this release"),
        ("sqlite:///none/x.db", "no such directory: "),
        ("sqlite+aiosqlite:///x.db", "not of the form sqlite:///PATH: sqlite+aiosqlite:///x.db"),
        ("sqlite:///x.db?timeout=abc", "not of the form sqlite:///PATH: "),
        ("sqlite://u:secret@h/x.db", "not of the form sqlite:///PATH: sqlite://u:***@h/x.db"),
        ("sqlite://", "the log must be kept in a file: sqlite:///PATH"),
        ("x.db", "not a database URL: 'x.db'"),
    ],
)
def test_a_database_that_cannot_be_is_told_by_every_command(
    refusal: Refusal, command: tuple[str, ...], url: str, words: str
) -> None:
    said = refusal(*command, "--database", url)
    assert said.startswith(words)
    assert "secret" not in said
