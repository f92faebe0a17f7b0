"""Which ports are free, what a busy one's message says, and which ones script/run needs."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded import addresses, home, ports, product, supervisor


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STRIPE_API_BASE", "STRIPE_SECRET_KEY", "FLOWER", "FLOWER_PORT", "PROVIDER_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORT", str(ports.free(1)[0]))
    monkeypatch.setenv("CREDITS_HOME", str(tmp_path))


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server((ports.LOCALHOST, 0)) as server:
        yield server.getsockname()[1]


def test_a_port_is_busy_while_somebody_listens(taken: int) -> None:
    assert not ports.is_free(taken)


def test_free_ports_are_free_and_different() -> None:
    found = ports.free(3)

    assert len(set(found)) == 3
    assert all(ports.is_free(port) for port in found)


def test_the_message_about_a_busy_port_names_the_variable_that_changes_it(
    taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", str(taken))

    code = supervisor.run()

    assert code == 1
    assert f"Port {taken} on 127.0.0.1 is busy, and the web server needs it." in capsys.readouterr().err
    assert f"PORT={taken + 1} script/run" in supervisor.busy_ports()[0]


def test_a_port_for_the_sandbox_that_was_asked_for_and_is_busy_is_told(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROVIDER_PORT", str(taken))

    product.settle_provider_port()

    assert ["payment sandbox" in sentence for sentence in supervisor.busy_ports()] == [True]


def test_the_sandbox_moves_when_its_remembered_port_is_taken(taken: int) -> None:
    home.remember(provider_port=taken)

    product.settle_provider_port()

    assert addresses.provider_port() != taken
    assert supervisor.busy_ports() == []


def test_flower_and_the_sandbox_run_only_when_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [child.name for child in product.children()] == ["web", "worker", "beat", "provider"]

    monkeypatch.setenv("FLOWER", "1")
    monkeypatch.setenv("STRIPE_API_BASE", "https://stripe.example")

    assert [child.name for child in product.children()] == ["web", "worker", "beat", "flower"]
