"""Serving with TLS, and what may be served without it."""

from __future__ import annotations

import ssl
from http.client import BadStatusLine, RemoteDisconnected
from pathlib import Path

import httpx2
import pytest

from api.serve import _check_exposure
from api.settings import ConfigurationError, Settings
from tests.cli.certificates import make_certificate
from tests.process import process
from tests.program import connect, run_program
from tests.support import ADMIN_TOKEN, SEED_A

pytestmark = pytest.mark.once


TLS = {"tls_certificate": "certificate.pem", "tls_key": "key.pem"}


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """The options to serve with a certificate for loopback, signed with its own key."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    make_certificate(certificate, key)
    return ["--tls-certificate", str(certificate), "--tls-key", str(key)]


def test_a_service_with_a_certificate_is_trusted_by_who_trusts_it(
    tmp_path: Path, options: list[str]
) -> None:
    trusting = ssl.create_default_context(cafile=options[1])
    trusting.verify_flags &= ~ssl.VERIFY_X509_STRICT  # asks more of an authority than a test has
    with process(tmp_path, *options) as service:
        assert service.base.startswith("https://127.0.0.1:")
        with httpx2.Client(
            base_url=service.base,
            verify=trusting,
            headers={"X-Auth-Token": ADMIN_TOKEN},
            trust_env=False,
        ) as client:
            made = client.post("/servers", json=SEED_A)
            assert made.status_code == 201
            assert client.get("/servers").json() == {"servers": [made.json()["server"]]}
        assert (service.stop(), service.stderr) == (0, [])


def test_a_service_with_a_certificate_does_not_speak_plainly(
    tmp_path: Path, options: list[str]
) -> None:
    with process(tmp_path, *options) as service:
        plain = connect(service.base.replace("https://", "http://"))
        plain.request("GET", "/healthz")
        with pytest.raises((RemoteDisconnected, ConnectionError, BadStatusLine)):
            plain.getresponse()
        plain.close()


def test_a_certificate_that_is_none_is_told(tmp_path: Path, options: list[str]) -> None:
    Path(options[1]).write_text("not a certificate")
    ran = run_program(tmp_path, "serve", "--port", "0", *options)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stderr.startswith(f"rackledger: TLS with {options[1]} and {options[3]}: ")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_served_plainly(host: str) -> None:
    _check_exposure(Settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_beyond_loopback_only_tls_is_served_or_what_is_allowed(host: str) -> None:
    with pytest.raises(ConfigurationError):
        _check_exposure(Settings(host=host))
    _check_exposure(Settings(host=host, allow_plain=True))
    _check_exposure(Settings(host=host, **TLS))  # type: ignore[arg-type]
