"""Where the embedded servers of this checkout are. Cheap: one small file is read, and nothing is started."""

import os
from pathlib import Path
from urllib.parse import quote, urlencode

from config.embedded import home
from config.embedded.ports import LOCALHOST

DATABASE = "credits"
#: The role that owns the database, and the one that the program runs as, which may not empty or rewrite the ledger.
OWNER, PROGRAM = "credits", "credits_program"
# Names the socket; no port is opened.
DATABASE_PORT = 5432


def database_url() -> str:
    """PostgreSQL on its private unix socket, as psql and django-environ read it (the socket is the option `host`)."""
    return _database_url(user=PROGRAM, database=DATABASE)


def owner_url() -> str:
    """The same database as the role that owns it, for migrations and tests."""
    return _database_url(user=OWNER, database=DATABASE)


def superuser_url() -> str:
    """The same server as its superuser, to make the roles and the database."""
    return _database_url(user="postgres", database="postgres")


def _database_url(*, user: str, database: str) -> str:
    where = urlencode(
        {"host": str(home.socket_folder(home.folder())), "port": DATABASE_PORT}, quote_via=quote, safe="/"
    )
    return f"postgresql://{user}@/{database}?{where}"


def redis_url() -> str:
    """Valkey's database 0, its password included."""
    remembered = home.state()
    return f"redis://:{remembered.valkey_password}@{LOCALHOST}:{remembered.valkey_port}/0"


def mail_folder() -> Path:
    """The folder (of the owner only) into which outgoing mail is written as files."""
    return home.inner("mail")


def logs_folder() -> Path:
    """The folder with one log file for each process of script/run."""
    return home.inner("logs")


def secret_key() -> str:
    """Django's secret key for this checkout."""
    return home.state().secret_key


def site_port() -> int:
    """The web server's port: PORT, or 8000."""
    return _port("PORT", 8000)


def site_url() -> str:
    """The web server's address on this machine, without a closing slash."""
    return f"http://{LOCALHOST}:{site_port()}"


def flower_port() -> int:
    """Flower's port: FLOWER_PORT, or 5555."""
    return _port("FLOWER_PORT", 5555)


def provider_port() -> int:
    """The payment sandbox's port: PROVIDER_PORT, or the one this checkout remembers."""
    return _port("PROVIDER_PORT", 0) or home.state().provider_port


def provider_url() -> str:
    """The payment sandbox's address, to be used as the base of Stripe's API, without a closing slash."""
    return f"http://{LOCALHOST}:{provider_port()}"


def provider_key() -> str:
    """The secret API key that the payment sandbox accepts."""
    return home.state().provider_key


def provider_store() -> Path:
    """The file in which the payment sandbox keeps its customers and charges."""
    return home.inner("provider") / "store.json"


def webhook_secret() -> str:
    """The secret with which the payment sandbox signs its events."""
    return home.state().webhook_secret


def webhook_url() -> str:
    """Where the payment sandbox posts its events."""
    return f"{site_url()}/webhooks/stripe/"


def _port(variable: str, default: int) -> int:
    """A port from the environment. Raises SystemExit with a sentence when it is none."""
    text = os.environ.get(variable, "")
    if not text:
        return default
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SystemExit(f"{variable} must be a port number between 1 and 65535, not {text!r}.")
    return int(text)
