"""The panel of the sandbox provider: a person works the switches and plays the bank, without a command line."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.config.provider import Sandbox, payment


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("provider"))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


def press(sandbox: Sandbox, **fields: str) -> int:
    """Send a form of the panel as the browser would; answers the status."""
    token = re.search(r'name="token" value="(\w+)"', sandbox.web.get("/sandbox/").text)
    assert token is not None
    return sandbox.web.post("/sandbox/", data={"token": token[1], **fields}).status_code


def test_the_switches_are_set_as_the_form_says(sandbox: Sandbox) -> None:
    answers = [
        press(sandbox, mode="charge_then_hang", seconds="7.5", next="2"),
        press(sandbox, webhooks="doubled", seconds="2", next="", times="10", parallel="8", both="on"),
    ]

    stands = sandbox.get("switches")
    assert answers == [303, 303]
    assert (stands["mode"]["name"], stands["mode"]["seconds"], stands["mode"]["next"]) == ("charge_then_hang", 7.5, 2)
    told = stands["webhooks"]
    assert (told["name"], told["next"], told["times"], told["parallel"]) == ("doubled", None, 10, 8)


@pytest.mark.parametrize(
    "wrong", [{"mode": "on_fire"}, {"mode": "slow", "seconds": "x"}, {"mode": "slow", "next": "0"}]
)
def test_a_switch_that_makes_no_sense_is_refused(sandbox: Sandbox, wrong: dict[str, str]) -> None:
    assert press(sandbox, **wrong) == 400
    assert sandbox.get("switches")["mode"]["name"] == "ok"


@pytest.mark.parametrize("token", ["", "0" * 32, "ü"])
def test_a_page_elsewhere_works_nothing(sandbox: Sandbox, token: str) -> None:
    sandbox.web.get("/sandbox/")

    answer = sandbox.web.post("/sandbox/", data={"token": token, "mode": "down"})

    assert answer.status_code == 403
    assert sandbox.get("switches")["mode"]["name"] == "ok"


def test_a_refund_that_waits_ends_as_the_bank_decides(sandbox: Sandbox) -> None:
    intent = sandbox.client.v1.payment_intents.create(payment(*sandbox.customer_with("success")))
    press(sandbox, mode="refund_pending", next="2")
    refunds = [sandbox.client.v1.refunds.create({"payment_intent": intent.id, "amount": 100}).id for _ in range(2)]

    answers = [
        press(sandbox, succeeded=refunds[0]),
        press(sandbox, failed=refunds[1]),
        press(sandbox, failed=refunds[1]),
    ]

    assert answers == [303, 303, 400]
    assert [sandbox.client.v1.refunds.retrieve(ref).status for ref in refunds] == ["succeeded", "failed"]
    assert sandbox.client.v1.charges.retrieve(intent.latest_charge).amount_refunded == 100


def test_keys_are_forgotten_at_a_button(sandbox: Sandbox) -> None:
    asked = {"name": "Contoso"}, {"idempotency_key": "of-the-panel"}
    first = sandbox.client.v1.customers.create(*asked).id
    assert sandbox.client.v1.customers.create(*asked).id == first

    press(sandbox, forget="all")

    assert sandbox.client.v1.customers.create(*asked).id != first


@pytest.mark.browser
def test_a_person_disputes_a_charge_and_decides_it(sandbox: Sandbox, browser: Browser) -> None:
    intent = sandbox.client.v1.payment_intents.create(payment(*sandbox.customer_with("success")))
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{sandbox.url}/sandbox/")
    charge = page.get_by_role("row").filter(has=page.get_by_label(f"Dispute: {intent.latest_charge}"))
    statuses = []

    charge.get_by_role("button", name="Dispute").click()
    for label in ("Lost", "Reopen", "Won"):
        statuses.append(sandbox.client.v1.disputes.list({"payment_intent": intent.id}).data[0].status)
        page.get_by_role("button", name=f"{label}: dp_").first.click()

    assert statuses == ["needs_response", "lost", "needs_response"]
    assert sandbox.client.v1.disputes.list({"payment_intent": intent.id}).data[0].status == "won"
    seen = browser.new_page()
    seen.goto(page.url)
    assert Axe().run(seen).violations_count == 0
