"""The real servers in a home of their own: started, adopted, shared and stopped."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from config.embedded import addresses, home, locks, ports, postgres, servers, valkey

ALL = ["PostgreSQL", "Valkey"]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    # pytest's own folders are closed to the account that PostgreSQL has when the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="credits-test-"))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    monkeypatch.setenv("CREDITS_HOME", str(folder))
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    yield folder
    servers.stop()
    shutil.rmtree(folder)


def both_answer() -> bool:
    with psycopg.connect(addresses.database_url()) as database, redis.Redis.from_url(addresses.redis_url()) as broker:
        return database.execute("SELECT 1").fetchone() == (1,) and bool(broker.ping())


def test_servers_start_once_are_adopted_and_leave_nothing_behind(place: Path) -> None:
    assert servers.start(to_stay=True) == ALL
    assert both_answer()
    assert servers.start(to_stay=True) == []

    assert servers.stop() == ALL[::-1]

    assert servers.stop() == []
    assert postgres.has_ended()
    assert valkey.has_ended()
    assert not list((place / "socket").iterdir())


def test_the_last_user_stops_the_servers_unless_they_were_started_to_stay(place: Path) -> None:
    with servers.running(leave_what_stays=True) as started:
        with servers.running(leave_what_stays=False) as adopted:
            assert (started, adopted) == (ALL, [])
        assert both_answer()
    assert postgres.has_ended()

    servers.start(to_stay=True)
    with servers.running(leave_what_stays=True):
        assert locks.servers_are_used()
    assert both_answer()


def test_a_number_that_now_belongs_to_another_program_is_no_running_server(place: Path) -> None:
    servers.start(to_stay=True)
    servers.stop()
    (place / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{place}/postgres\n0\n5432\n{place}/socket\n")

    assert postgres.has_ended()
    assert servers.start(to_stay=True) == ALL


def test_valkey_moves_when_another_program_has_taken_its_port(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/credits")
    old = home.state().valkey_port
    monkeypatch.setattr(ports, "is_free", lambda port: port != old)

    assert servers.start(to_stay=False) == ["Valkey"]

    assert home.state().valkey_port != old


def roles_of(url: str) -> list[tuple[str, bool, bool]]:
    with psycopg.connect(url) as connection:
        question = "SELECT rolname, rolcreatedb, rolsuper FROM pg_roles WHERE rolname ~ '^credits' ORDER BY rolname"
        return connection.execute(question).fetchall()


def test_the_owner_may_make_databases_the_program_may_not_and_neither_is_a_superuser(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://redis.example/0")
    servers.start(to_stay=False)

    assert roles_of(addresses.owner_url()) == [("credits", True, False), ("credits_program", False, False)]


def test_a_home_from_before_there_were_two_roles_gets_the_second(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://redis.example/0")
    servers.start(to_stay=True)
    with psycopg.connect(addresses.superuser_url(), autocommit=True) as connection:
        connection.execute("DROP ROLE credits_program")

    assert servers.start(to_stay=True) == []

    assert [name for name, *_ in roles_of(addresses.database_url())] == ["credits", "credits_program"]
