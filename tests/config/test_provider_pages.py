"""The hosted pages of the sandbox provider: saving a card and paying, with a browser and without one."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stripe
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.config.provider import Sandbox

SUCCESS = "https://shop.example/added/?session={CHECKOUT_SESSION_ID}"
CANCEL = "https://shop.example/methods/"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("provider"))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def customer(sandbox: Sandbox) -> str:
    return str(sandbox.client.v1.customers.create({"name": "Contoso", "email": "billing@contoso.example"}).id)


def saving(sandbox: Sandbox, customer: str) -> Any:
    return sandbox.client.v1.checkout.sessions.create(
        {
            "mode": "setup",
            "customer": customer,
            "allowed_payment_method_types": ["card"],
            "success_url": SUCCESS,
            "cancel_url": CANCEL,
            "setup_intent_data": {"metadata": {"organization": "7"}},
        }
    )


def paying(sandbox: Sandbox, customer: str) -> Any:
    product = {"name": "Communications Credits <sample>"}
    price: Any = {"currency": "usd", "unit_amount": 5000, "product_data": product}
    return sandbox.client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "customer": customer,
            "line_items": [{"price_data": price, "quantity": 1}],
            "payment_intent_data": {"metadata": {"payment": "p-3"}, "setup_future_usage": "off_session"},
            "success_url": SUCCESS,
            "cancel_url": CANCEL,
        }
    )


def submit(sandbox: Sandbox, session: Any, card: str, action: str = "save") -> httpx.Response:
    return sandbox.web.post(session.url, data={"card": card, "action": action})


def methods(sandbox: Sandbox, customer: str) -> list[stripe.PaymentMethod]:
    found: list[stripe.PaymentMethod] = sandbox.client.v1.payment_methods.list({"customer": customer}).data
    return found


def test_a_chosen_card_is_saved_and_the_person_sent_back(sandbox: Sandbox, customer: str) -> None:
    session = saving(sandbox, customer)

    answers = [submit(sandbox, session, "success") for _ in range(2)]

    ended = SUCCESS.replace("{CHECKOUT_SESSION_ID}", session.id)
    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [(303, ended)] * 2
    again = sandbox.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent.payment_method"]})
    assert (again.status, again.setup_intent.payment_method.card.last4) == ("complete", "4242")
    assert again.setup_intent.metadata["organization"] == "7"
    assert [method.id for method in methods(sandbox, customer)] == [again.setup_intent.payment_method.id]


def test_cancel_saves_nothing(sandbox: Sandbox, customer: str) -> None:
    answer = submit(sandbox, saving(sandbox, customer), "success", "cancel")

    assert (answer.status_code, answer.headers["location"]) == (303, CANCEL)
    assert methods(sandbox, customer) == []


def test_a_card_that_cannot_be_saved_says_why_and_lets_choose_another(sandbox: Sandbox, customer: str) -> None:
    session = saving(sandbox, customer)

    refused = submit(sandbox, session, "generic_decline")
    accepted = submit(sandbox, session, "mastercard")

    assert refused.status_code == 200
    assert 'role="alert">The card was declined: no reason given. Choose another card.' in refused.text
    assert accepted.status_code == 303
    assert len(methods(sandbox, customer)) == 1


def test_saving_a_card_with_three_d_secure_asks_the_bank(sandbox: Sandbox, customer: str) -> None:
    session = saving(sandbox, customer)

    question = submit(sandbox, session, "three_d_secure").headers["location"]
    refused = sandbox.web.post(question, data={"action": "refuse"})
    question = submit(sandbox, session, "three_d_secure").headers["location"]
    confirmed = sandbox.web.post(question, data={"action": "confirm"})

    assert refused.headers["location"] == session.url
    assert confirmed.headers["location"] == SUCCESS.replace("{CHECKOUT_SESSION_ID}", session.id)
    assert len(methods(sandbox, customer)) == 1
    assert sandbox.web.get(question).status_code == 410


def test_paying_on_session_declines_then_asks_then_takes_the_money_once(sandbox: Sandbox, customer: str) -> None:
    session = paying(sandbox, customer)

    declined = submit(sandbox, session, "insufficient_funds")
    question = submit(sandbox, session, "three_d_secure").headers["location"]
    done = sandbox.web.post(question, data={"action": "confirm"})

    assert "insufficient funds" in declined.text
    assert "Communications Credits &lt;sample&gt;" in declined.text
    assert done.headers["location"].endswith(session.id)
    again = sandbox.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (again.status, again.payment_status, again.amount_total) == ("complete", "paid", 5000)
    assert (again.payment_intent.status, again.payment_intent.metadata["payment"]) == ("succeeded", "p-3")
    paid = [charge for charge in sandbox.client.v1.charges.list({"customer": customer}).data if charge.paid]
    assert len(paid) == len(methods(sandbox, customer)) == 1


def test_an_expired_page_takes_nothing(sandbox: Sandbox, customer: str) -> None:
    session = paying(sandbox, customer)
    sandbox.client.v1.checkout.sessions.expire(session.id)

    assert submit(sandbox, session, "success").status_code == 410
    assert sandbox.client.v1.charges.list({"customer": customer}).data == []


@pytest.mark.parametrize("path", ["/", "/c/cs_test_nothing", "/a/pi_nothing", "/c/../x"])
def test_an_unknown_page_is_a_plain_page(sandbox: Sandbox, path: str) -> None:
    answer = sandbox.web.get(path)

    assert answer.status_code in (404, 410)
    assert '<html lang="en">' in answer.text


@pytest.mark.browser
def test_the_pages_are_accessible_and_work_without_javascript(
    sandbox: Sandbox, customer: str, browser: Browser
) -> None:
    session = saving(sandbox, customer)
    page = browser.new_page()
    page.goto(session.url)
    assert Axe().run(page).violations_count == 0
    page.goto(paying(sandbox, customer).url)
    assert Axe().run(page).violations_count == 0

    bare = browser.new_context(java_script_enabled=False, color_scheme="dark").new_page()
    bare.goto(session.url)
    bare.get_by_label("needs 3-D Secure each time").check()
    bare.get_by_role("button", name="Save card").click()
    question = bare.url
    page.goto(question)
    assert Axe().run(page).violations_count == 0
    with bare.expect_response(question):
        bare.get_by_role("button", name="Confirm").click()

    assert len(methods(sandbox, customer)) == 1
