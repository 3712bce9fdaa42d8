"""Encodings of lists: kept for as long as a state is the same, and no longer."""

from __future__ import annotations

import pytest

from api.http.encodings import Encodings
from domain.refusals import ServerUnreadable
from domain.registry import UnreadableRecord


class Encoder:
    """Encodes a state by what it is told about, and counts how often."""

    def __init__(self) -> None:
        self.encoded: list[tuple[bytes, str]] = []

    def __call__(self, state: bytes, about: str) -> bytes:
        if state == b"torn":
            raise UnreadableRecord("torn")
        self.encoded.append((state, about))
        return b"%b in %b" % (state, about.encode())


def test_a_state_is_encoded_once_and_anew_once_it_changed() -> None:
    encoder = Encoder()
    encodings = Encodings(encoder)
    assert encodings.joined([(1, b"a"), (2, b"b")], b"", "x") == b"a in x,b in x"
    assert encodings.joined([(2, b"b"), (1, b"a")], b"", "x") == b"b in x,a in x"
    assert encoder.encoded == [(b"a", "x"), (b"b", "x")]
    assert encodings.joined([(1, b"c"), (2, b"b")], b"", "x") == b"c in x,b in x"
    # Back again, as after a rebuild that mended a row: what is shown is what the row holds.
    assert encodings.joined([(1, b"a")], b"", "x") == b"a in x"
    assert encoder.encoded[2:] == [(b"c", "x"), (b"a", "x")]


def test_what_stands_around_them_is_told_however_many_there_are() -> None:
    encodings = Encodings(Encoder(), b"[")
    assert encodings.joined([], b"]", "x") == b"[]"
    for _ in range(2):
        assert encodings.joined([(1, b"a")], b"]", "x") == b"[a in x]"
        assert encodings.joined([(1, b"a"), (2, b"b")], b"]", "x") == b"[a in x,b in x]"
        assert encodings.joined([(2, b"b"), (1, b"a")], b"]", "x") == b"[b in x,a in x]"


def test_what_an_encoding_depends_on_besides_is_told_apart() -> None:
    encodings = Encodings(Encoder())
    assert encodings.joined([(1, b"a")], b"", "x") == b"a in x"
    assert encodings.joined([(1, b"a")], b"", "y") == b"a in y"
    assert encodings.joined([(1, b"a")], b"", "x") == b"a in x"


def test_no_more_are_kept_than_so_many() -> None:
    encoder = Encoder()
    encodings = Encodings(encoder, most=2, abouts_most=2)
    states = [(place, b"%d" % place) for place in range(3)]
    encodings.joined(states, b"", "x")  # more than are kept, and all of them are told
    encodings.joined(states[1:], b"", "x")
    assert len(encoder.encoded) == 3
    encodings.joined(states[:1], b"", "x")
    assert len(encoder.encoded) == 4
    for about in ("y", "z", "x"):
        encodings.joined(states[:1], b"", about)
    assert encoder.encoded[4:] == [(b"0", "y"), (b"0", "z"), (b"0", "x")]


def test_an_unreadable_state_is_refused_and_not_kept() -> None:
    encodings = Encodings(Encoder())
    for _ in range(2):
        with pytest.raises(ServerUnreadable):
            encodings.joined([(1, b"torn")], b"", "x")
    assert encodings.joined([(1, b"a")], b"", "x") == b"a in x"
