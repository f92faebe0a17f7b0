"""Double clicks, debits at the same time, and an account whose record is wrong."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any, Final

import httpx
from django.db import connection
from django.db.models import F
from django.test import Client
from django.urls import reverse

from credits import ledger
from credits.models import Account, AutoRecharge, Payment
from subscriptions.models import Membership
from tests.faults import books
from tests.faults.case import Case
from tests.faults.stage import Stage

_HIDDEN: Final = re.compile(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?')
_THREADS: Final = 8


def double_click(stage: Stage) -> None:
    """Two and twenty posts of one form at the same time, and once more afterwards."""
    account = books.contoso(stage)
    for number, times in enumerate((2, 20), start=1):
        with httpx.Client(base_url=stage.site_url, trust_env=False, timeout=20) as browser:
            order, send = _order(browser, account)
            with ThreadPoolExecutor(times) as pool:
                pages = {sent.result() for sent in [pool.submit(send) for _ in range(times)]}
            stage.over()
            assert pages == {order}
            stage.until(partial(books.are, account, ["succeeded"] * number), "paid")
            assert send() == order
    assert account.payments.count() == len(stage.charges()) == 2


def _order(browser: httpx.Client, account: Account) -> tuple[str, Any]:
    """The address of the payment that the form is about to order, and what sends that form."""
    client = Client()
    slug = account.organization.slug
    client.force_login(Membership.objects.get(organization=account.organization, role="billing_admin").user)
    browser.cookies.set("sessionid", client.cookies["sessionid"].value)
    chosen = {"amount": "50", "method": str(account.payment_methods.get().pk)}
    page = browser.get(reverse("credits:review_funds", args=[slug]), params=chosen)
    form = dict(_HIDDEN.findall(page.text))
    assert {"key", "amount", "method", "csrfmiddlewaretoken"} <= form.keys(), page.text[:500]

    def send() -> str:
        answer = browser.post(reverse("credits:place_order", args=[slug]), data=form)
        assert answer.status_code == 302, f"{answer.status_code}: {answer.text[:200]}"
        return answer.headers["Location"]

    return reverse("credits:payment", args=[slug, form["key"]]), send


def debits_together(stage: Stage) -> None:
    """Eight at the same time across the trigger, while the worker recharges."""
    account = books.contoso(stage)
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(lambda number: _debit(account, number), range(_THREADS)))
    stage.over()
    stage.until(lambda: books.is_quiet() and bool(books.states(account)), "recharged")
    assert books.states(account) == ["succeeded"]
    assert account.recharges.count() == 1
    assert books.balance(account) == books.START - 2 * _THREADS + 50


def _debit(account: Account, number: int) -> None:
    try:
        books.spend(account, Decimal(2), key=f"call:{number}")
        with suppress(ledger.AlreadyBooked):  # told twice
            books.spend(account, Decimal(2), key=f"call:{number}")
    finally:
        connection.close()


def books_of_one_are_wrong(stage: Stage) -> None:
    """The nightly check freezes Contoso; Northwind goes on. Once it is right again, Contoso is charged as well."""
    wrong, right = books.contoso(stage), books.northwind(stage)
    Account.objects.filter(pk=wrong.pk).update(balance=F("balance") + 1)
    stage.until(lambda: _is_frozen(wrong), "frozen", ring=("config.check_ledger",))
    for account in (wrong, right):
        books.spend(account)
    stage.until(lambda: books.states(right) == ["succeeded"], "the other one is recharged")
    assert not Payment.objects.filter(account=wrong).exists()
    assert "ledger check L04 is violated" in stage.said("worker")
    Account.objects.filter(pk=wrong.pk).update(balance=F("balance") - 1)
    stage.over()
    stage.until(lambda: not _is_frozen(wrong), "released", ring=("config.check_ledger",))
    assert AutoRecharge.objects.get(account=wrong).enabled
    books.spend(wrong, Decimal(1))  # the trigger is looked at when something is spent
    stage.until(lambda: books.states(wrong) == ["succeeded"], "recharged")


def _is_frozen(account: Account) -> bool:
    return Account.objects.filter(pk=account.pk, frozen_at__isnull=False).exists()


CASES: Final = {
    "F47": Case("one order form sent 2 and 20 times at once", "one payment each, the same page", double_click),
    "F48": Case("8 parallel debits across the trigger", "exact, one recharge", debits_together),
    "F52": Case("one account's balance is wrong", "its charging stops, an alert; the others go on",
                books_of_one_are_wrong),
}  # fmt: skip
