"""What one call carries through the provider, and what comes back."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeAlias

from config.embedded.provider.store import Store

Object: TypeAlias = dict[str, Any]
Params: TypeAlias = dict[str, Any]

API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True)
class Settings:
    """How one provider was started."""

    store: Path
    public_url: str = ""
    webhook_url: str | None = None
    webhook_secrets: tuple[str, ...] = ("whsec_sandbox",)
    secret_key: str = "sk_test_sandbox"  # noqa: S105  (a key of the sandbox opens nothing)
    retry_seconds: float = 1.0

    @property
    def second_secret(self) -> str:
        """The other secret while secrets are being exchanged; a fixed one unless two were given."""
        return self.webhook_secrets[1] if len(self.webhook_secrets) > 1 else "whsec_sandbox_second"


@dataclass(frozen=True)
class Request:
    """One HTTP request: header names in lower case, the query without its question mark."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer. `hang` = seconds to wait before it is sent; `close` = cut the line instead of sending it."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0
    close: bool = False


@dataclass(frozen=True)
class Call:
    """One decoded call of the API or of a hosted page; `ids` are the parts of the path that vary."""

    store: Store
    settings: Settings
    params: Params
    ids: tuple[str, ...]
    now: float
    request_id: str
    mode: str = "ok"
    idempotency_key: str | None = None

    @property
    def second(self) -> int:
        """The moment of the call as Stripe writes it: whole seconds since 1970."""
        return int(self.now)

    def about(self, *ids: str, **params: str) -> "Call":
        """The same call, about something else: how a page does what an address of the API does."""
        return replace(self, ids=ids, params=dict(params))


Handler: TypeAlias = Callable[[Call], Object]


def new_id(prefix: str) -> str:
    """A fresh id of a kind, for example `pi_` and 24 hexadecimal digits."""
    return f"{prefix}_{token_hex(12)}"
