"""A real SMTP server, which does what its script says."""

import asyncio
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from notifications import papers, truth


@pytest.fixture(autouse=True)
def this_floor_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other floors registered, second looks and papers, is theirs to test: samples have no lots behind them."""
    monkeypatch.setattr(truth, "_CHECKS", {})
    monkeypatch.setattr(papers, "_MAKERS", {})


class Listener(Controller):
    """On port 0 the system chooses; this is how the controller learns which."""

    def _trigger_server(self) -> None:
        listening: Any = self.server
        self.port = listening.sockets[0].getsockname()[1]
        super()._trigger_server()


class Server:
    """A mail server that can go down and come up again. `says` answers addresses with a refusal, `drops` hangs up
    after taking a mail without saying so, `waits` holds back its answer for so many seconds."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.says: dict[str, str] = {}
        self.drops = 0
        self.waits = 0.0
        self.port = 0
        self._listener: Listener | None = None

    def up(self) -> None:
        self._listener = Listener(self, hostname="127.0.0.1", port=self.port)
        self._listener.start()
        self.port = self._listener.port

    def down(self) -> None:
        if self._listener is not None:
            self._listener.stop()
            self._listener = None

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.says:
            return self.says[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.waits)
        content: Any = envelope.content
        message: Any = message_from_bytes(content, policy=policy.default)
        self.taken.append(message)
        if self.drops:
            self.drops -= 1
            transport: Any = server.transport
            transport.abort()
        return "250 OK"

    def to(self, address: str) -> EmailMessage:
        """The one mail taken for that address."""
        (found,) = (mail for mail in self.taken if mail["To"] == address)
        return found


@pytest.fixture
def smtp(settings: Settings) -> Iterator[Server]:
    """The server, running, and Django's settings pointing to it."""
    server = Server()
    server.up()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.down()
