"""A real Chromium (Debian's) on a real web server, the sandbox provider behind it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from credits import gateway
from credits.gateway import StripeGateway
from credits.models import Account, PaymentMethod
from subscriptions.models import Organization
from tests import factories
from tests.config.provider import Sandbox

# Playwright's own loop runs in this thread; Django would take it for an asynchronous caller and refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path)
    yield running
    running.stop()


@pytest.fixture
def site(live_server: Any, sandbox: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch, page: Page) -> str:
    """The address of the running site, whose cards are the sandbox's; the console must stay silent."""
    provider = StripeGateway("sk_test_sandbox", sandbox.url)
    monkeypatch.setattr(gateway, "connect", lambda: provider)
    form_action = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"]
    monkeypatch.setattr(settings, "SITE_URL", str(live_server.url))
    monkeypatch.setitem(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"], "form-action", [*form_action, sandbox.url])
    page.on("console", lambda message: pytest.fail(message.text) if message.type == "error" else None)
    page.set_default_timeout(10_000)
    return str(live_server.url)


@pytest.fixture
def organization(live_server: Any) -> Organization:
    """Fabrikam: no card, no funds."""
    return factories.fabrikam()


@pytest.fixture
def give_card(organization: Organization, sandbox: Sandbox) -> Callable[[str], PaymentMethod]:
    """`give_card("success")` puts one of the sandbox's named cards on file."""

    def give(named: str) -> PaymentMethod:
        customer, card = sandbox.customer_with(named)
        Account.objects.filter(organization=organization).update(customer_ref=customer)
        return factories.MethodFactory.create(account=organization.account, provider_ref=card)

    return give


@pytest.fixture
def sign_in_as(site: str, page: Page) -> Callable[[Organization, str], None]:
    """Type the address and the password of that member into the sign-in page."""

    def sign_in(organization: Organization, role: str = "billing_admin") -> None:
        page.goto(f"{site}/")
        page.get_by_label("Email").fill(organization.memberships.get(role=role).user.email)
        page.get_by_label("Password").fill(factories.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(organization.name)

    return sign_in


def signed_in(context: BrowserContext, site: str, organization: Organization, role: str = "owner") -> None:
    """Let the context be that member's, without the sign-in page: many pages are looked at, one person once."""
    client = Client()
    client.force_login(organization.memberships.filter(role=role).earliest("pk").user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])


def sweep() -> None:
    """What the worker would do now."""
    call_command("sweep")
