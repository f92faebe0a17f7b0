"""The sandbox provider when things go wrong: repeated requests, lost answers, strangers, restarts."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import stripe

from config.embedded.provider import keys
from config.embedded.provider.store import Store
from tests.config.provider import Sandbox, charges_of, error_of, payment

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("provider"))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


def test_the_same_key_gives_the_same_answer(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("success")
    options = {"idempotency_key": f"recharge:{customer}"}

    first = sandbox.client.v1.payment_intents.create(payment(customer, method), options)
    second = sandbox.client.v1.payment_intents.create(payment(customer, method), options)

    assert first.id == second.id
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError) as caught:
        sandbox.client.v1.payment_intents.create(payment(customer, method, amount=6000), options)
    assert caught.value.http_status == 400
    assert len(charges_of(sandbox, customer)) == 1


def test_a_decline_is_saved_under_its_key_and_a_wrong_request_is_not(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("stolen_card")
    options = {"idempotency_key": f"declined:{customer}"}
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.payment_intents.create(payment(customer, method, amount=0), options)

    intents = set()
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            sandbox.client.v1.payment_intents.create(payment(customer, method), options)
        intents.add(error_of(caught).payment_intent.id)

    assert len(intents) == 1


def test_eight_parallel_calls_under_one_key_make_one_intent(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("success")
    options = {"idempotency_key": f"parallel:{customer}"}

    with ThreadPoolExecutor(8) as pool:
        calls = [
            pool.submit(sandbox.new_client().v1.payment_intents.create, payment(customer, method), options)
            for _ in range(8)
        ]
        intents = {call.result().id for call in calls}

    assert len(intents) == 1
    assert len(charges_of(sandbox, customer)) == 1


def test_a_key_is_forgotten_after_a_day_and_by_the_switch(sandbox: Sandbox, tmp_path: Path) -> None:
    store = Store(tmp_path / "keys.sqlite3")
    keys.keep(store, "key", "print", 200, "{}", now=1000.0)
    assert keys.saved(store, "key", "print", now=1000.0 + 86399) == (200, "{}")
    assert keys.saved(store, "key", "print", now=1000.0 + 86400) is None
    store.close()
    customer, method = sandbox.customer_with("success")
    options = {"idempotency_key": f"forgotten:{customer}"}
    first = sandbox.client.v1.payment_intents.create(payment(customer, method), options)

    assert sandbox.switch(forget_keys=True)["keys_forgotten"] >= 1

    assert sandbox.client.v1.payment_intents.create(payment(customer, method), options).id != first.id


def test_charge_then_hang_is_found_by_listing_exactly_once(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("success")
    options = {"idempotency_key": f"hang:{customer}"}
    sandbox.switch(mode={"name": "charge_then_hang", "seconds": 5, "next": 1})

    with pytest.raises(stripe.APIConnectionError):
        sandbox.new_client(timeout=0.3).v1.payment_intents.create(
            payment(customer, method, metadata={"payment": "p-1"}), options
        )

    found = sandbox.client.v1.payment_intents.list({"customer": customer, "created": {"gte": 0}}).data
    assert [(intent.status, intent.metadata["payment"]) for intent in found] == [("succeeded", "p-1")]
    again = sandbox.client.v1.payment_intents.create(payment(customer, method, metadata={"payment": "p-1"}), options)
    assert again.id == found[0].id


def test_charge_then_500_answers_500_again_though_the_money_moved(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("success")
    options = {"idempotency_key": f"broken:{customer}"}
    sandbox.switch(mode={"name": "charge_then_500", "next": 1})

    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            sandbox.client.v1.payment_intents.create(payment(customer, method), options)
        assert caught.value.http_status == 500

    assert caught.value.headers is not None
    assert caught.value.headers["Idempotent-Replayed"] == "true"
    assert len(charges_of(sandbox, customer)) == 1


def test_charge_then_close_cuts_the_line_after_the_charge(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("success")
    sandbox.switch(mode={"name": "charge_then_close", "next": 1})

    with pytest.raises(stripe.APIConnectionError):
        sandbox.client.v1.payment_intents.create(payment(customer, method))

    assert len(charges_of(sandbox, customer)) == 1


@pytest.mark.parametrize(("mode", "error"), [("rate_limited", stripe.RateLimitError), ("down", stripe.APIError)])
def test_an_overloaded_or_absent_provider_takes_no_money(
    sandbox: Sandbox, mode: str, error: type[stripe.StripeError]
) -> None:
    customer, method = sandbox.customer_with("success")
    sandbox.switch(mode={"name": mode, "next": 2})

    for _ in range(2):
        with pytest.raises(error):
            sandbox.client.v1.payment_intents.create(payment(customer, method))

    assert sandbox.get("switches")["mode"]["name"] == "ok"
    assert charges_of(sandbox, customer) == []


def test_wrong_amount_and_wrong_currency_show_in_the_charge(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("success")
    sandbox.switch(mode={"name": "wrong_amount", "next": 1})
    more = sandbox.client.v1.payment_intents.create(payment(customer, method))
    sandbox.switch(mode={"name": "wrong_currency", "next": 1})
    other = sandbox.client.v1.payment_intents.create(payment(customer, method))

    assert (more.amount, more.currency) == (5100, "usd")
    assert (other.amount, other.currency) == (5000, "eur")


def test_a_wrong_key_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        sandbox.new_client("sk_test_of_somebody_else").v1.customers.list()

    assert caught.value.http_status == 401


def test_only_this_computer_s_own_names_and_json_work_the_switches(sandbox: Sandbox) -> None:
    address = "/sandbox/switches"
    assert sandbox.web.post(address, content='{"mode": "down"}', headers={"Host": "evil.example"}).status_code == 403
    assert (
        sandbox.web.post(address, content='{"mode": "down"}', headers={"Content-Type": "text/plain"}).status_code == 415
    )
    assert sandbox.web.post(address, json={"mode": "on_fire"}).status_code == 400

    assert sandbox.get("switches")["mode"]["name"] == "ok"


def test_the_command_remembers_across_restarts_and_stops_cleanly(tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        command = [sys.executable, "-m", "config.embedded.provider", "--store", str(tmp_path / "p.sqlite3")]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            url = process.stdout.readline().rpartition(" ")[2].strip()
            client = stripe.StripeClient("sk_test_sandbox", base_addresses={"api": url})
            client.v1.customers.create({"name": "Contoso"})
            found.append(len(client.v1.customers.list().data))
            process.send_signal(signal.SIGTERM)
            assert process.wait(5) == 0

    assert found == [1, 2]


def test_a_busy_port_is_a_clear_message(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        command = [sys.executable, "-m", "config.embedded.provider", "--port", port, "--store", str(tmp_path / "p")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert f"can't start on port {port}" in done.stderr
