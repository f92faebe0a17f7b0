"""Every page in a real Chromium: sound to axe in both themes, within 320 pixels in both languages, quiet, reachable."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, ViewportSize

from subscriptions.models import Organization
from tests import factories
from tests.browser.conftest import signed_in
from tests.pages import billing, estates, using

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = [*billing.PAGES, *using.PAGES]
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
#: As narrow as a phone that shows everything four times as large (WCAG 1.4.10).
NARROW: ViewportSize = {"width": 320, "height": 700}
WIDE: ViewportSize = {"width": 1280, "height": 800}


@pytest.fixture
def contoso(live_server: Any, tmp_path: Path) -> Organization:
    """A few of everything."""
    estates.publish_rates()
    organization = factories.contoso()
    estates.fill(organization, tmp_path, rows=4, now=timezone.now())
    return organization


@pytest.fixture
def addresses(contoso: Organization, live_server: Any) -> dict[str, str]:
    """Where each page is, by its name."""
    card = contoso.account.payment_methods.earliest("pk").pk
    return {page.name: f"{live_server.url}{page.address(contoso)}{page.ask.format(card=card)}" for page in PAGES}


@pytest.fixture
def troubles() -> list[str]:
    """What the console said."""
    return []


@pytest.fixture
def visitor(
    browser: Browser, live_server: Any, contoso: Organization, troubles: list[str], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A page of the owner's, in the theme and language asked for, with reduced motion or forced colours if asked."""
    asked: dict[str, Any] = dict(request.param)
    theme, language = asked.pop("theme", "light"), asked.pop("language", "en")
    contoso.memberships.get(role="owner").user.__class__.objects.filter(memberships__organization=contoso).update(
        language=language
    )
    context = browser.new_context(viewport=WIDE, **asked)
    signed_in(context, live_server.url, contoso)
    context.add_cookies([{"name": "theme", "value": theme, "url": live_server.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.on("console", lambda message: troubles.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    yield page
    context.close()


@pytest.mark.parametrize(
    "visitor",
    [{"theme": "light", "language": "en"}, {"theme": "dark", "language": "zh-hant"}],
    indirect=True,
    ids=["light, English", "dark, Chinese"],
)
def test_every_page_is_sound_and_fits_a_phone(visitor: Page, addresses: dict[str, str], troubles: list[str]) -> None:
    found, axe = {}, Axe()
    for name, address in addresses.items():
        answer = visitor.goto(address)
        assert answer is not None
        assert answer.status == 200, name
        visitor.wait_for_function("document.readyState === 'complete'")
        sound = axe.run(visitor, options=RULES)
        found[name] = [f"{one['id']}: {one['nodes'][0]['target']}" for one in sound.response["violations"]]
        visitor.set_viewport_size(NARROW)
        width = visitor.evaluate("document.documentElement.scrollWidth")
        found[name] += [f"{width} pixels wide"] * (width > NARROW["width"])
        visitor.set_viewport_size(WIDE)

    assert {name: what for name, what in found.items() if what} == {}
    assert troubles == []


_UNSEEN = """() => {
    const seen = getComputedStyle(document.activeElement);
    return !(parseFloat(seen.outlineWidth) > 0 && seen.outlineStyle !== "none");
}"""
_BARE = """() => [...document.querySelectorAll(".chip, .btn, .card, .form-control")]
    .filter(each => each.checkVisibility() && parseFloat(getComputedStyle(each).borderTopWidth) === 0
        && getComputedStyle(each).outlineStyle === "none")
    .map(each => each.className)"""
_MOVING = """() => document.getAnimations().filter(each => each.effect.getTiming().duration > 10).length"""


@pytest.mark.parametrize("visitor", [{"forced_colors": "active"}], indirect=True, ids=["forced colours"])
def test_with_forced_colours_edges_and_the_focus_are_still_seen(visitor: Page, addresses: dict[str, str]) -> None:
    for name in ("credits:overview", "credits:bills", "credits:payment_methods", "subscriptions:plans"):
        visitor.goto(addresses[name])

        assert set(visitor.evaluate(_BARE)) == set(), name
        for _ in range(12):
            visitor.keyboard.press("Tab")
            assert not visitor.evaluate(_UNSEEN), (name, visitor.evaluate("document.activeElement.outerHTML"))


@pytest.mark.parametrize("visitor", [{"reduced_motion": "reduce"}], indirect=True, ids=["reduced motion"])
def test_with_reduced_motion_nothing_moves(visitor: Page, addresses: dict[str, str]) -> None:
    visitor.goto(addresses["credits:overview"])

    visitor.get_by_role("link", name="Edit auto-recharge settings").first.click()
    visitor.locator("#panel.show").wait_for()

    assert visitor.evaluate(_MOVING) == 0
