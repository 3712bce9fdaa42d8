"""Settings: every limit and address, from the command line or `RACKLEDGER_*` variables."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

PREFIX: Final = "RACKLEDGER_"
TOKEN_MIN_CHARACTERS: Final = 32
_PUBLIC_URL: Final = re.compile(r"https?://[A-Za-z0-9.:_\[\]-]+(?:/[A-Za-z0-9._~-]+)*")


class ConfigurationError(Exception):
    """Wrong usage or configuration; the text says what in one line. Exit status 2."""


def _setting(
    default: Any,
    help_: str,
    least: float | None = None,
    most: float | None = None,
    secret: bool = False,
) -> Any:
    metadata = {"help": help_, "least": least, "most": most, "secret": secret}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One field a variable: `RACKLEDGER_` and the field's name in capitals."""

    host: str = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(
        8000, "Port to listen on; 0 picks a free one and prints it.", least=0, most=65_535
    )
    database: str = _setting(
        "sqlite:///rackledger.db", "Database URL; its tables are made if absent."
    )
    read_database: str = _setting(
        "", "URL of a PostgreSQL standby for reads; where it is behind, the primary answers."
    )
    workers: int = _setting(1, "Serving processes; SQLite takes one.", least=1)
    token: str = _setting(
        "", "First admin token of an empty log; 32 characters at least.", secret=True
    )
    organization: str = _setting(
        "f030e920-9743-4f28-8164-964ba8555fa5", "Home organization of the first admin token."
    )
    catalogue: str = _setting("", "TOML file of flavors, images and commercial types.")
    public_url: str = _setting(
        "", "URL that clients reach the service under, for links; else as they asked for it."
    )
    allow_plain: bool = _setting(False, "Listen beyond loopback without TLS.")
    tls_certificate: str = _setting("", "Certificate chain (PEM) to serve TLS with.")
    tls_key: str = _setting("", "Its private key (PEM).")
    trusted_proxies: str = _setting("", "Addresses whose X-Forwarded-For is believed, by commas.")
    open_metrics: bool = _setting(False, "Serve /metrics beyond loopback.")
    request_log: bool = _setting(True, "One line a request on standard error.")
    body_max_bytes: int = _setting(65_536, "Largest request body.", least=1)
    head_max_bytes: int = _setting(32_768, "Largest request line and headers.", least=1_024)
    connections_max: int = _setting(1_000, "Connections at a time.", least=1)
    read_deadline_s: float = _setting(30.0, "Time to send a whole request.", least=0.1)
    keep_alive_s: float = _setting(75.0, "Time an idle connection is kept.", least=0.1)
    stream_deadline_s: float = _setting(60.0, "Time to take in a streamed list.", least=0.1)
    drain_s: float = _setting(8.0, "Time to answer what was accepted when stopping.", least=0.1)
    queue_max: int = _setting(10_000, "Commands that may wait for the writer.", least=1)
    check_s: float = _setting(
        1.0, "Time between steps of the check in the background; 0 for none.", least=0
    )
    rate_per_s: float = _setting(0.0, "Requests a second for each token; 0 is no limit.", least=0)
    rate_burst: float = _setting(100.0, "Requests at once under that rate.", least=1)
    refusals_per_s: float = _setting(
        20.0, "Recorded refusals a second for each caller.", least=0.01
    )
    refusals_burst: float = _setting(1_000.0, "Recorded refusals at once.", least=1)

    def __post_init__(self) -> None:
        for entry in dataclasses.fields(self):
            least, most = entry.metadata["least"], entry.metadata["most"]
            value = getattr(self, entry.name)
            if least is not None and not value >= least:
                raise ConfigurationError(f"{variable(entry.name)}: must be at least {least}")
            if most is not None and value > most:
                raise ConfigurationError(f"{variable(entry.name)}: must be at most {most}")
        if self.token and len(self.token) < TOKEN_MIN_CHARACTERS:
            raise ConfigurationError(
                f"{variable('token')}: must have at least {TOKEN_MIN_CHARACTERS} characters"
            )
        if self.token and not (self.token.isascii() and self.token.isprintable()):
            raise ConfigurationError(f"{variable('token')}: must be visible ASCII")
        self._check_texts()
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ConfigurationError("TLS takes both a certificate and a key")
        if self.read_database and self.database.startswith("sqlite"):
            raise ConfigurationError("--read-database needs PostgreSQL: SQLite has no standby")
        if self.workers > 1 and self.database.startswith("sqlite"):
            raise ConfigurationError(
                "--workers above 1 needs PostgreSQL: one process serves an SQLite file"
            )

    def _check_texts(self) -> None:
        if not self.organization.strip() or not self.organization.isprintable():
            raise ConfigurationError(f"{variable('organization')}: must be printable, not empty")
        if self.public_url and not _PUBLIC_URL.fullmatch(self.public_url):
            raise ConfigurationError(
                f"{variable('public_url')}: must be http or https, a host, and no slash at its end"
            )


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def load_settings(environment: Mapping[str, str], **given: Any) -> Settings:
    """Settings from variables, overruled by what was given (None is not given).

    Raises `ConfigurationError` naming the variable that cannot be taken.
    """
    values: dict[str, Any] = {}
    for entry in dataclasses.fields(Settings):
        if given.get(entry.name) is not None:
            values[entry.name] = given[entry.name]
        elif text := environment.get(variable(entry.name), ""):
            try:
                values[entry.name] = _READ[str(entry.type)](text)
            except ValueError as error:
                raise ConfigurationError(f"{variable(entry.name)}: not {error}") from error
    return Settings(**values)


def _number(kind: type[int | float], words: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            raise ValueError(f"{words}: {text!r}") from None
        if not math.isfinite(value):
            raise ValueError(f"{words}: {text!r}")
        return value

    return read


def _truth(text: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    try:
        return known[text.lower()]
    except KeyError:
        raise ValueError(f"true or false: {text!r}") from None


_READ: Final[Mapping[str, Callable[[str], Any]]] = {
    "str": str,
    "int": _number(int, "a whole number"),
    "float": _number(float, "a number"),
    "bool": _truth,
}
