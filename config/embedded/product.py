"""The processes that make up the running product, and the ports they need."""

import os
import sys
from dataclasses import dataclass

from config.embedded import addresses, home, ports
from config.embedded.children import Child
from config.embedded.ports import LOCALHOST

QUEUES = "money,webhooks,imports,mail,celery"
SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"


@dataclass(frozen=True)
class PortNeed:
    """A port, what listens on it, and the variable that chooses another."""

    port: int
    purpose: str
    variable: str


def has_sandbox() -> bool:
    """Whether the payment sandbox stands in for the provider: not with another address, nor with a real key."""
    return not (os.environ.get("STRIPE_API_BASE") or os.environ.get("STRIPE_SECRET_KEY"))


def has_flower() -> bool:
    """Whether Flower was asked for: FLOWER=1."""
    return os.environ.get("FLOWER", "") not in ("", "0")


def settle_provider_port() -> None:
    """Remember another port for the payment sandbox when its own is taken and nobody insists on it."""
    if has_sandbox() and not os.environ.get("PROVIDER_PORT") and not ports.is_free(addresses.provider_port()):
        home.remember(provider_port=ports.free(1)[0])


def ports_needed() -> list[PortNeed]:
    """The ports that must be free before anything starts."""
    needed = [PortNeed(addresses.site_port(), "web server", "PORT")]
    if has_sandbox():
        needed.append(PortNeed(addresses.provider_port(), "payment sandbox", "PROVIDER_PORT"))
    if has_flower():
        needed.append(PortNeed(addresses.flower_port(), "task monitor Flower", "FLOWER_PORT"))
    return needed


def children() -> list[Child]:
    """The processes in the order of stopping: no new requests, then no new tasks, then whom both had asked."""
    celery = [sys.executable, "-m", "celery", "--app", "config"]
    found = [
        Child("web", _web()),
        # Patient: a charge that is under way is better finished than repeated.
        Child(
            "worker", [*celery, "worker", "--queues", QUEUES, "--concurrency", "2", "--loglevel", "INFO"], patience=20
        ),
        Child("beat", [*celery, "beat", "--scheduler", SCHEDULER, "--pidfile", "", "--loglevel", "INFO"]),
    ]
    if has_sandbox():
        found.append(Child("provider", _provider()))
    if has_flower():
        found.append(
            Child("flower", [*celery, "flower", f"--address={LOCALHOST}", f"--port={addresses.flower_port()}"])
        )
    return found


def _web() -> list[str]:
    options = ["--interface", "wsgi", "--host", LOCALHOST, "--port", str(addresses.site_port())]
    more = ["--no-ws", "--workers", "1", "--blocking-threads", "4", "--access-log"]
    return [sys.executable, "-m", "granian", *options, *more, "config.wsgi:application"]


def _provider() -> list[str]:
    options = {
        "--port": str(addresses.provider_port()),
        "--store": str(addresses.provider_store()),
        "--webhook-url": addresses.webhook_url(),
        "--webhook-secret": addresses.webhook_secret(),
        "--secret-key": addresses.provider_key(),
    }
    return [sys.executable, "-m", "config.embedded.provider", *(word for pair in options.items() for word in pair)]
