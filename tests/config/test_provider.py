"""The sandbox provider as the gateway sees it, through the SDK, while nothing is broken."""

from collections.abc import Iterator

import pytest
import stripe

from tests.config.provider import Sandbox, charges_of, error_of, payment


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("provider"))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


def test_a_good_card_is_charged_once(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("success")

    intent = sandbox.client.v1.payment_intents.create(payment(customer, method, metadata={"payment": "a-uuid"}))

    assert (intent.status, intent.amount_received, intent.metadata["payment"]) == ("succeeded", 5000, "a-uuid")
    assert [charge.id for charge in charges_of(sandbox, customer)] == [intent.latest_charge]
    plain = [row for row in sandbox.get("charges")["data"] if row["customer"] == customer]
    assert [(row["amount"], row["currency"], row["payment_intent"]) for row in plain] == [(5000, "usd", intent.id)]


@pytest.mark.parametrize(
    ("card", "decline_code"),
    [
        ("declined_later", "generic_decline"),
        ("insufficient_funds", "insufficient_funds"),
        ("expired_card", "expired_card"),
        ("stolen_card", "stolen_card"),
        ("generic_decline", "generic_decline"),
    ],
)
def test_a_bad_card_is_declined_with_its_reason(sandbox: Sandbox, card: str, decline_code: str) -> None:
    customer, method = sandbox.customer_with(card)

    with pytest.raises(stripe.CardError) as caught:
        sandbox.client.v1.payment_intents.create(payment(customer, method))

    error = error_of(caught)
    assert (caught.value.http_status, error.code, error.decline_code) == (402, "card_declined", decline_code)
    assert error.payment_intent.status == "requires_payment_method"
    assert error.payment_intent.last_payment_error.decline_code == decline_code
    assert charges_of(sandbox, customer) == []
    assert sandbox.client.v1.payment_intents.retrieve(error.payment_intent.id).status == "requires_payment_method"


def test_three_d_secure_off_session_is_refused_and_then_confirmed_on_session(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("three_d_secure")
    with pytest.raises(stripe.CardError) as caught:
        sandbox.client.v1.payment_intents.create(payment(customer, method))
    assert caught.value.code == "authentication_required"

    on_session = {"payment_method": method, "return_url": "https://shop.example/back"}
    intent = sandbox.client.v1.payment_intents.confirm(error_of(caught).payment_intent.id, on_session)
    assert (intent.status, intent.next_action.type) == ("requires_action", "redirect_to_url")
    answer = sandbox.web.post(intent.next_action.redirect_to_url.url, data={"action": "confirm"})

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"https://shop.example/back?payment_intent={intent.id}&")
    assert sandbox.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert len(charges_of(sandbox, customer)) == 1


def test_a_refused_question_of_the_bank_takes_no_money(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("three_d_secure")
    on_session = payment(customer, method, off_session=False, return_url="https://shop.example/back?a=1")
    intent = sandbox.client.v1.payment_intents.create(on_session)

    answer = sandbox.web.post(intent.next_action.redirect_to_url.url, data={"action": "refuse"})

    assert answer.headers["location"].endswith("redirect_status=failed")
    intent = sandbox.client.v1.payment_intents.retrieve(intent.id)
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert (intent.status, charges_of(sandbox, customer)) == ("requires_payment_method", [])
    canceled = sandbox.client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert canceled.status == "canceled"


def test_error_on_requires_action_refuses_instead_of_asking(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("three_d_secure")

    with pytest.raises(stripe.CardError) as caught:
        sandbox.client.v1.payment_intents.create(
            payment(customer, method, off_session=False, error_on_requires_action=True)
        )

    assert caught.value.code == "authentication_required"


def test_a_card_that_asks_only_on_session_is_charged_off_session(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("three_d_secure_once")

    intent = sandbox.client.v1.payment_intents.create(payment(customer, method))

    assert intent.status == "succeeded"


def test_refunds_never_exceed_the_charge(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("success")
    intent = sandbox.client.v1.payment_intents.create(payment(customer, method))

    part = sandbox.client.v1.refunds.create({"payment_intent": intent.id, "amount": 2000})
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.refunds.create({"payment_intent": intent.id, "amount": 3001})
    rest = sandbox.client.v1.refunds.create({"charge": str(intent.latest_charge)})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.client.v1.refunds.create({"payment_intent": intent.id})

    assert (part.amount, rest.amount, caught.value.code) == (2000, 3000, "charge_already_refunded")
    charge = sandbox.client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (5000, True)


def test_a_dispute_is_won_by_evidence_and_lost_by_closing(sandbox: Sandbox) -> None:
    ids = []
    for _ in range(2):
        intent = sandbox.client.v1.payment_intents.create(payment(*sandbox.customer_with("disputed")))
        ids.append(sandbox.client.v1.disputes.list({"payment_intent": intent.id}).data[0].id)

    won = sandbox.client.v1.disputes.update(ids[0], {"evidence": {"uncategorized_text": "winning_evidence"}})
    lost = sandbox.client.v1.disputes.close(ids[1])

    assert (won.status, lost.status) == ("won", "lost")


def test_customers_keep_their_cards(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("success")
    default = {"invoice_settings": {"default_payment_method": method}, "metadata": {"organization": "7"}}
    changed = sandbox.client.v1.customers.update(customer, default)
    assert changed.invoice_settings.default_payment_method == method

    sandbox.client.v1.payment_methods.detach(method)

    assert sandbox.client.v1.payment_methods.list({"customer": customer}).data == []
    again = sandbox.client.v1.customers.retrieve(customer)
    assert (again.invoice_settings.default_payment_method, again.metadata["organization"]) == (None, "7")
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.payment_intents.create(payment(customer, method))


def test_a_card_of_another_customer_is_refused(sandbox: Sandbox) -> None:
    contoso, _ = sandbox.customer_with("success")
    _, of_northwind = sandbox.customer_with("success")

    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.payment_intents.create(payment(contoso, of_northwind))


def test_setup_intents_save_a_card(sandbox: Sandbox) -> None:
    customer = sandbox.client.v1.customers.create({}).id
    saving = {"customer": customer, "allowed_payment_method_types": ["card"]}
    setup = sandbox.client.v1.setup_intents.create(saving)

    done = sandbox.client.v1.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    with pytest.raises(stripe.CardError) as caught:
        sandbox.client.v1.setup_intents.create({**saving, "payment_method": "pm_card_chargeDeclined", "confirm": True})

    assert (done.status, caught.value.code) == ("succeeded", "card_declined")
    saved = sandbox.client.v1.payment_methods.list({"customer": customer}).data
    assert [method.id for method in saved] == [done.payment_method]


def test_lists_come_in_pages_newest_first(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("success")
    made = [sandbox.client.v1.payment_intents.create(payment(customer, method)).id for _ in range(5)]

    page = sandbox.client.v1.payment_intents.list({"customer": customer, "limit": 2})

    assert page.has_more
    assert [intent.id for intent in page.auto_paging_iter()] == made[::-1]
    before = sandbox.client.v1.payment_intents.list({"customer": customer, "limit": 2, "ending_before": made[0]})
    assert [intent.id for intent in before.data] == [made[2], made[1]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"amount": -5000},
        {"amount": 100_000_000},
        {"amount": 5001, "currency": "kwd"},
        {"currency": "dollars"},
        {"payment_method": "pm_nobody"},
        {"metadata": {"long": "x" * 501}},
        {"unheard_of": "1"},
        {"allowed_payment_method_types": None},
    ],
)
def test_a_wrong_request_is_refused_and_takes_no_money(sandbox: Sandbox, wrong: dict[str, object]) -> None:
    customer, method = sandbox.customer_with("success")

    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.payment_intents.create(payment(customer, method, **wrong))

    assert sandbox.client.v1.payment_intents.list({"customer": customer}).data == []


def test_expand_puts_the_object_in_the_place_of_its_id(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("success")

    intent = sandbox.client.v1.payment_intents.create(payment(customer, method, expand=["latest_charge", "customer"]))

    assert isinstance(intent.latest_charge, stripe.Charge)
    assert isinstance(intent.customer, stripe.Customer)
