"""Verifying a store: its log by itself, its side rows, and its rows against a fresh fold."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from api.fold import CHUNK_RECORDS, FreshFold, Progress, folding
from api.models import MODELS
from commands.store.connections import words_of
from commands.store.database import Database
from commands.store.export_files import FileRefused
from commands.store.loading import opened_file
from commands.store.session import StoreSession
from commands.store.soundness import (
    Finding,
    check_records,
    check_side_rows,
    digest_of_log,
    find_gap_in_stream,
)
from domain.records import UnreadableRow
from domain.registry import UnreadableRecord

FINDINGS_MAX: Final = 1_000


class NotChecked(Exception):
    """It could not be told whether a store is sound; the text says why."""


class Verdict(NamedTuple):
    """What verifying found."""

    records: int
    digests: dict[str, str]
    """SHA-256 of the log, and of each derived table as far as it could be folded."""
    findings: list[Finding]
    unchecked: str | None
    """What could not be checked, and why."""

    @property
    def sound(self) -> bool:
        """Whether all was checked and nothing found."""
        return not self.findings and self.unchecked is None


def verify(database: Database, progress: Progress) -> Verdict:
    """Verify a store, served or not, as of one moment. Raises `NotChecked`."""
    if database.outdated:
        raise NotChecked(
            "the database is of an older version; serve it once, or prepare it, then verify it"
        )
    try:
        with (
            tempfile.TemporaryDirectory(prefix="rackledger-") as folder,
            folding(database, MODELS, Path(folder) / "fold.db") as fold,
        ):
            return _verify(database, fold, progress)
    except OSError as error:
        raise NotChecked(f"no file can be made to fold the log in: {error}") from error
    except database.Error as error:
        found = _check_structure(database)
        if not found:
            raise NotChecked(f"the file cannot be read: {words_of(error)}") from error
        return Verdict(0, {}, found, f"the rest: the file cannot be read ({words_of(error)})")


def _check_structure(database: Database) -> list[Finding]:
    """What is wrong with the file itself, where it can be told."""
    try:
        with database.reading() as session:
            return [Finding("file", words) for words in database.check_structure(session)]
    except database.Error:
        return []


def verify_file(file: Path, progress: Progress) -> Verdict:
    """Verify an exported file: that it is whole, and that every record can be read.

    Raises `NotChecked`.
    """
    try:
        with progress("lines", 0) as advance, opened_file(file, advance) as history:
            with history.database.reading() as session:
                findings = list(check_side_rows(session))
                digests = {"log": digest_of_log(session)}
            for position, record in history.scan():
                if isinstance(record, UnreadableRow):
                    findings.append(Finding(f"position {position}", record.reason, position))
            records = history.end - history.first + 1
            return Verdict(records, digests, findings[:FINDINGS_MAX], None)
    except FileRefused as error:
        return Verdict(0, {}, [Finding(str(file), str(error))], None)
    except OSError as error:
        raise NotChecked(str(error)) from error


def _verify(database: Database, fold: FreshFold, progress: Progress) -> Verdict:
    session = fold.session
    findings = list(check_log(session, fold.end, progress))
    log_is_sound = not findings
    findings += check_side_rows(session)
    findings += [Finding("file", words) for words in database.check_structure(session)]
    digests, unchecked = {"log": digest_of_log(session)}, None
    try:
        fold.derive(progress)
    except Exception as error:
        # Of a log that is not sound anything may come; a sound one may yet hold what does not fit.
        if log_is_sound and not isinstance(error, (UnreadableRecord, TypeError)):
            raise
        unchecked = f"the read models: the log cannot be folded ({error})"
    else:
        findings += [Finding(drift.where, drift.why) for drift in fold.compare(MODELS)]
        digests |= fold.digests()
    return Verdict(fold.end, digests, findings[:FINDINGS_MAX], unchecked)


def check_log(session: StoreSession, end: int, progress: Progress) -> Iterator[Finding]:
    """What is wrong with the log by itself, up to position `end`."""
    with progress("records", end) as advance:
        position = 0
        while position < end:
            found, last = check_records(session, position + 1, CHUNK_RECORDS)
            yield from found
            if last == position:  # of a file whose pages do not hang together
                missing = position + 1
                yield Finding(f"position {missing}", f"missing, and all up to {end}", missing)
                break
            advance(last - position)
            position = last
    gap = find_gap_in_stream(session)
    if gap is not None:
        yield Finding(f"position {gap}", "its stream lacks the record before it", gap)
