"""A role that serves: the database itself keeps it from everything that a service does not do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest
import sqlalchemy as sa

from api.cli.database import _TABLES
from api.store import Store
from commands.store.files import DatabaseUnusable
from commands.store.revisions import REVISIONS
from projections.tables import metadata as derived
from tests.commands.older import make_older
from tests.commands.stores import kept
from tests.databases import contents_of, database_url, edited, tables_of
from tests.projections.histories import live
from tests.roles import exists, quoted, rights_of, rights_on_schema, role_name, url_as

pytestmark = pytest.mark.postgresql

READ: Final = {"SELECT"}
ADD: Final = READ | {"INSERT"}
TAKE: Final = ADD | {"DELETE"}
CHANGE: Final = TAKE | {"UPDATE"}
RIGHTS: Final = {
    "alembic_version": READ,
    "events": ADD,
    "principals": ADD,
    "origins": ADD,
    "secrets": ADD,
    "idempotency_keys": ADD,
    "servers": CHANGE,
    "past_servers": ADD,
    "server_marks": ADD,
    "server_tags": TAKE,
    "server_volumes": TAKE,
    "server_counts": CHANGE,
    "gone_servers": TAKE,
    "volumes": CHANGE,
    "restore_points": TAKE,
    "tasks": ADD,
    "tokens": TAKE,
    "followers": CHANGE,
    "parked": TAKE,
    "server_lives": CHANGE,
    "past_counts": TAKE,
    "server_labels": CHANGE,
    "trail": TAKE,
    "clock": TAKE,
}


@pytest.fixture
def role() -> Iterator[str]:
    with role_name() as name:
        yield name


def admit(folder: Path, role: str, password: str | None = None) -> bool:
    store = Store(database_url(folder))
    try:
        return store.database.admit(role, password, _TABLES)
    finally:
        store.close()


def test_it_gets_what_a_service_does_and_no_more(tmp_path: Path, role: str) -> None:
    assert admit(tmp_path, role)
    assert rights_of(tmp_path, role) == RIGHTS
    assert rights_on_schema(tmp_path, role) == [("USAGE",)]
    assert rights_of(tmp_path, None) == {}
    assert tables_of(tmp_path) - set(RIGHTS) == {"kept_models"}  # of rebuilding, by the owner


def test_to_admit_it_again_changes_nothing(tmp_path: Path, role: str) -> None:
    with kept(tmp_path) as store:
        live(store)
    admit(tmp_path, role)
    before = contents_of(tmp_path)
    assert not admit(tmp_path, role, "a password that is not taken")
    assert rights_of(tmp_path, role) == RIGHTS
    assert contents_of(tmp_path) == before
    with edited(tmp_path) as database:
        kept_password = database.execute(_PASSWORD, (role,)).rows
    assert kept_password == [(None,)]


_PASSWORD: Final = "SELECT rolpassword FROM pg_authid WHERE rolname = ?"


def test_what_it_had_beyond_that_is_taken_from_it(tmp_path: Path, role: str) -> None:
    admit(tmp_path, role)
    with edited(tmp_path) as database:
        database.execute(f"GRANT UPDATE, DELETE, TRUNCATE ON events TO {quoted(role)}")
        database.execute(f"GRANT ALL ON kept_models TO {quoted(role)}")
        database.execute(f"GRANT UPDATE (state) ON events TO {quoted(role)}")
    admit(tmp_path, role)
    assert rights_of(tmp_path, role) == RIGHTS
    refuse_all(tmp_path, role)


def test_the_server_keeps_no_password_but_its_hash(tmp_path: Path, role: str) -> None:
    assert admit(tmp_path, role, "hunter2 of a role")
    with edited(tmp_path) as database:
        ((stored,),) = database.execute(_PASSWORD, (role,)).rows
        ((login,),) = database.execute(
            "SELECT rolcanlogin FROM pg_roles WHERE rolname = ?", (role,)
        ).rows
    assert stored.startswith("SCRAM-SHA-256$")
    assert "hunter2" not in stored
    assert login


def refuse_all(folder: Path, role: str) -> None:
    """See that the database refuses what would change the log, or make room for that."""
    before = contents_of(folder)
    engine = sa.create_engine(url_as(folder, role), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in (
            "UPDATE events SET state = state",
            "UPDATE events SET state = '' WHERE position = 0",
            "DELETE FROM events",
            "TRUNCATE events",
            "DROP TABLE events",
            "ALTER TABLE events RENAME TO others",
            "ALTER TABLE events DISABLE TRIGGER ALL",
            "CREATE TABLE others (id TEXT)",
            "UPDATE principals SET name = 'x'",
            "DELETE FROM secrets",
            "DELETE FROM idempotency_keys",
            "UPDATE alembic_version SET version_num = 'x'",
        ):
            with pytest.raises(sa.exc.ProgrammingError) as raised:
                connection.exec_driver_sql(statement)
            assert isinstance(raised.value.orig, psycopg.errors.InsufficientPrivilege), statement
        connection.exec_driver_sql("GRANT UPDATE ON events TO PUBLIC")  # a warning, and no right
        # It is no matter of the connection: what a service does, it can.
        added = connection.exec_driver_sql(
            "INSERT INTO origins SELECT 'a source', 'an address' RETURNING source"
        ).scalar()
    engine.dispose()
    assert added == "a source"
    assert rights_of(folder, None) == {}
    with edited(folder) as database:
        database.execute("DELETE FROM origins WHERE source = 'a source'")
    assert contents_of(folder) == before


def test_the_database_refuses_it_every_change_of_the_log(tmp_path: Path, role: str) -> None:
    with kept(tmp_path) as store:
        live(store)
    admit(tmp_path, role)
    refuse_all(tmp_path, role)


def test_it_writes_as_the_owner_does(tmp_path: Path, role: str) -> None:
    """All rows of a history with everything in it are what they are where the owner serves."""
    with kept(tmp_path) as store:
        live(store)
        expected = store.rows()
    other = tmp_path / "other"
    other.mkdir()
    admit(other, role)
    with kept(other, url=url_as(other, role)) as store:
        live(store)
    with kept(other) as store:
        found = store.rows()
    for rows in (expected, found):
        del rows["secrets"]  # of chance
    assert found == expected


def test_it_keeps_its_rights_when_rows_are_derived_anew(tmp_path: Path, role: str) -> None:
    with kept(tmp_path) as store:
        live(store)
        expected = store.rows(*derived.tables)
    admit(tmp_path, role)
    with edited(tmp_path) as database:
        for table in derived.tables:
            database.execute(f"DROP TABLE {table}")
    with kept(tmp_path) as store:
        assert store.rows(*derived.tables) == expected
    assert rights_of(tmp_path, role) == RIGHTS


def test_a_role_that_serves_an_older_schema_serves_the_new_one(tmp_path: Path, role: str) -> None:
    with kept(tmp_path) as store:
        live(store)
    older = tmp_path / "older"
    make_older(tmp_path, older, REVISIONS[0])
    with edited(older) as database:
        database.execute(f"CREATE ROLE {quoted(role)} LOGIN")
        database.execute(f"GRANT SELECT, INSERT ON events TO {quoted(role)}")
    with kept(older):
        pass
    expected = {name: RIGHTS[name] for name in derived.tables if name in RIGHTS}
    assert rights_of(older, role) == expected | {"events": ADD}


def refusal(folder: Path, role: str) -> str:
    with pytest.raises(DatabaseUnusable) as raised:
        admit(folder, role)
    return str(raised.value)


@pytest.mark.parametrize(
    "attribute", ["SUPERUSER", "CREATEROLE", "IN ROLE {owner}", "NOINHERIT IN ROLE {owner}"]
)
def test_one_that_could_change_records_all_the_same_is_refused(
    tmp_path: Path, role: str, attribute: str
) -> None:
    with kept(tmp_path) as store:
        live(store)
    with edited(tmp_path) as database:
        ((owner,),) = database.execute("SELECT current_user").rows
        database.execute(f"CREATE ROLE {quoted(role)} LOGIN {attribute.format(owner=owner)}")
    before = contents_of(tmp_path)
    assert refusal(tmp_path, role).startswith(f"role {role} could change records, whatever is")
    assert contents_of(tmp_path) == before
    assert (rights_of(tmp_path, role), rights_on_schema(tmp_path, role)) == ({}, [])


def test_where_everybody_may_change_records_no_role_is_made(tmp_path: Path, role: str) -> None:
    with kept(tmp_path):
        pass
    with edited(tmp_path) as database:
        database.execute("GRANT DELETE ON events TO PUBLIC")
    before = contents_of(tmp_path)
    assert refusal(tmp_path, role).startswith(f"role {role} could change records, whatever is")
    assert contents_of(tmp_path) == before
    assert not exists(tmp_path, role)
    assert rights_of(tmp_path, None) == {"events": {"DELETE"}}


def test_the_owner_is_refused_and_keeps_its_rights(tmp_path: Path) -> None:
    with kept(tmp_path) as store:
        live(store)
    with edited(tmp_path) as database:
        ((owner,),) = database.execute("SELECT current_user").rows
    before = contents_of(tmp_path)
    assert refusal(tmp_path, owner).startswith(f"role {owner} could change records")
    assert contents_of(tmp_path) == before
    with kept(tmp_path) as store:
        store.create("another")


@pytest.mark.parametrize("name", ["public", "none", "pg_of_ours"])
def test_everybody_is_no_role(tmp_path: Path, name: str) -> None:
    with kept(tmp_path):
        pass
    with pytest.raises(psycopg.Error, match="reserved"):
        admit(tmp_path, name)
    assert rights_of(tmp_path, None) == {}
    assert not exists(tmp_path, name)


def unusable(folder: Path, role: str) -> str:
    with pytest.raises(DatabaseUnusable) as raised, kept(folder, url=url_as(folder, role)):
        pass
    return str(raised.value)


PREPARE: Final = "run `rackledger database prepare` as the owner"


@pytest.fixture
def stranger(tmp_path: Path, role: str) -> str:
    """A role that may look into the schema of `tmp_path`, which holds nothing."""
    database_url(tmp_path)
    with edited(tmp_path) as database:
        ((schema,),) = database.execute("SELECT current_schema()").rows
        database.execute(f"CREATE ROLE {quoted(role)} LOGIN")
        database.execute(f"GRANT USAGE ON SCHEMA {schema} TO {quoted(role)}")
    return role


def test_it_makes_no_tables_where_there_are_none(tmp_path: Path, stranger: str) -> None:
    words = f"the database holds no tables that may be used; {PREPARE}"
    assert unusable(tmp_path, stranger) == words
    assert tables_of(tmp_path) == set()


def test_it_does_not_see_what_it_was_not_let_into(tmp_path: Path, role: str) -> None:
    with kept(tmp_path) as store:
        live(store)
    admit(tmp_path, role)
    with edited(tmp_path) as database:
        ((schema,),) = database.execute("SELECT current_schema()").rows
        database.execute(f"REVOKE USAGE ON SCHEMA {schema} FROM {quoted(role)}")
    before = contents_of(tmp_path)
    assert PREPARE in unusable(tmp_path, role)
    assert contents_of(tmp_path) == before


def test_it_migrates_nothing(tmp_path: Path, role: str) -> None:
    with kept(tmp_path) as store:
        live(store)
    admit(tmp_path, role)
    older = tmp_path / "older"
    make_older(tmp_path, older, REVISIONS[0])
    admit_older(older, role)
    before = contents_of(older)
    words = f"the database has schema 2, this release schema 5; {PREPARE}"
    assert unusable(older, role) == words
    assert contents_of(older) == before


def admit_older(folder: Path, role: str) -> None:
    with edited(folder) as database:
        ((schema,),) = database.execute("SELECT current_schema()").rows
        database.execute(f"GRANT USAGE ON SCHEMA {schema} TO {quoted(role)}")
        database.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {quoted(role)}")


def test_it_derives_nothing_whose_tables_are_not_made(tmp_path: Path, role: str) -> None:
    with kept(tmp_path) as store:
        live(store)
    admit(tmp_path, role)
    with edited(tmp_path) as database:
        for table in derived.tables:
            database.execute(f"DROP TABLE {table}")
    before = contents_of(tmp_path)
    words = f"the rows of the database are not derived yet; {PREPARE}"
    assert unusable(tmp_path, role) == words
    assert contents_of(tmp_path) == before
