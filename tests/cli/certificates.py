"""A certificate to test with, out of what the development packages bring: no program is needed."""

from __future__ import annotations

import datetime as dt
import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from Crypto.Hash import SHA256
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS
from Crypto.Util.asn1 import (
    DerBitString,
    DerBoolean,
    DerInteger,
    DerObject,
    DerObjectId,
    DerOctetString,
    DerSequence,
    DerSetOf,
)

UTC_TIME: Final = 0x17
UTF8_TEXT: Final = 0x0C
COMMON_NAME: Final = "2.5.4.3"
ALTERNATIVE_NAMES: Final = "2.5.29.17"
BASIC_CONSTRAINTS: Final = "2.5.29.19"
IP_ADDRESS: Final = 7
ECDSA_WITH_SHA256: Final = "1.2.840.10045.4.3.2"


def make_certificate(certificate: Path, key: Path, address: str = "127.0.0.1") -> None:
    """Write a certificate for an address, signed with its own key, and the key (both PEM)."""
    private = ECC.generate(curve="p256")
    algorithm = DerSequence([DerObjectId(ECDSA_WITH_SHA256)])
    common_name = DerSequence([DerObjectId(COMMON_NAME), DerObject(UTF8_TEXT, b"localhost")])
    name = DerSequence([DerSetOf([common_name.encode()])])
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    signed = DerSequence(
        [
            DerInteger(2, explicit=0),
            DerInteger(1),
            algorithm,
            name,
            DerSequence([_time(now - day), _time(now + day)]),
            name,
            private.public_key().export_key(format="DER"),
            DerSequence(_extensions(ip_address(address).packed), explicit=3),
        ]
    ).encode()
    signature = DSS.new(private, "fips-186-3", encoding="der").sign(SHA256.new(signed))
    whole = DerSequence([signed, algorithm, DerBitString(signature)]).encode()
    certificate.write_text(ssl.DER_cert_to_PEM_cert(whole))
    key.write_text(private.export_key(format="PEM"))


def _extensions(address: bytes) -> list[DerObject]:
    names = DerSequence([DerOctetString(address, implicit=IP_ADDRESS)]).encode()
    authority = DerSequence([DerBoolean(True)]).encode()
    return [
        DerSequence([DerObjectId(ALTERNATIVE_NAMES), DerOctetString(names)]),
        DerSequence([DerObjectId(BASIC_CONSTRAINTS), DerBoolean(True), DerOctetString(authority)]),
    ]


def _time(at: dt.datetime) -> DerObject:
    return DerObject(UTC_TIME, at.strftime("%y%m%d%H%M%SZ").encode())
