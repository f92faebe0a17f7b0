"""Bills & payments: the list and its filters, its pages, the file of all, and the receipts."""

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import translation

from credits import accounts, receipt_pdf, receipts
from credits.models import Payment, Receipt
from subscriptions.models import Organization
from subscriptions.views import keyset
from tests.credits.booking import url
from tests.credits.desk import Desk, micros
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]


def bought(organization: Organization, amount: str = "50", *, days_ago: int = 0) -> Payment:
    """A payment that succeeded so many days ago, with its receipt."""
    at = NOW - timedelta(days=days_ago)
    payment = Desk(organization).buy(amount, now=at).payment
    assert payment is not None
    with accounts.changing(payment.account_id, now=at) as account:
        receipts.issue(account, payment, now=at)
    return payment


def rows(client: Client, organization: Organization, **asked: str) -> list[Payment]:
    answer = client.get(url(organization, "bills"), asked)
    assert answer.status_code == 200
    return list(answer.context["payments"])


def test_it_lists_payments_with_their_receipts(contoso: Organization, sign_in: SignIn) -> None:
    payment = bought(contoso)

    page = sign_in(contoso).get(url(contoso, "bills")).content.decode()

    assert url(contoso, "payment", payment.key) in page
    assert url(contoso, "receipt", 1) in page
    assert "2 November 2026" in page
    assert "Visa •••• 4242" in page


def test_without_payments_it_says_what_will_be_here(fabrikam: Organization, sign_in: SignIn) -> None:
    page = sign_in(fabrikam).get(url(fabrikam, "bills")).content.decode()

    assert "No payments yet" in page
    assert url(fabrikam, "payments_csv") not in page


def test_it_filters_by_day_kind_and_state(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    old, new = bought(contoso, days_ago=40), bought(contoso)

    assert rows(client, contoso) == [new, old]
    assert rows(client, contoso, **{"from": "2026-11-02"}) == [new]
    assert rows(client, contoso, to="2026-11-01") == [old]
    assert rows(client, contoso, kind="automatic") == []
    assert rows(client, contoso, state="succeeded", kind="manual") == [new, old]
    assert rows(client, contoso, state="failed") == []


@pytest.mark.parametrize(
    "asked",
    ["from=yesterday", "to=2026-02-30", "from=2026-05-02&to=2026-05-01", "from=1000-01-01", "state=paid", "kind=x"],
)
def test_a_filter_that_makes_no_sense_is_answered_at_its_field(
    contoso: Organization, sign_in: SignIn, asked: str
) -> None:
    bought(contoso)

    answer = sign_in(contoso).get(f"{url(contoso, 'bills')}?{asked}")

    assert answer.status_code == 200
    assert "Please check what you entered." in answer.content.decode()
    assert "payments" not in answer.context


@pytest.mark.parametrize("place", ["abc", "-1", "9" * 30, "１２", "1e5", "", "0x1"])
@pytest.mark.parametrize("name", ["older", "newer"])
def test_a_place_that_is_none_is_the_first_page(contoso: Organization, sign_in: SignIn, name: str, place: str) -> None:
    payment = bought(contoso)

    assert rows(sign_in(contoso), contoso, **{name: place}) == [payment]


def test_pages_neither_lose_nor_repeat_a_payment(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "SIZE", 2)
    payments = [bought(contoso) for _ in range(5)][::-1]
    client, here = sign_in(contoso), url(contoso, "bills")

    first = client.get(here).context
    second = client.get(here + first["older_url"]).context
    third = client.get(here + second["older_url"]).context
    back = client.get(here + third["newer_url"]).context

    assert [first["payments"], second["payments"], third["payments"]] == [payments[:2], payments[2:4], payments[4:]]
    assert (first["newer_url"], third["older_url"]) == ("", "")
    assert back["payments"] == second["payments"]


@pytest.mark.parametrize(
    ("sort", "places"),
    [("newest", [4, 3, 2, 1, 0]), ("oldest", [0, 1, 2, 3, 4]), ("most", [3, 1, 4, 2, 0]), ("least", [0, 2, 4, 1, 3])],
)
def test_it_is_sorted_by_date_or_amount_page_by_page(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, sort: str, places: list[int]
) -> None:
    monkeypatch.setattr(keyset, "SIZE", 2)
    payments = [bought(contoso, amount) for amount in ("50", "70", "50", "80", "50")]
    client, here = sign_in(contoso), url(contoso, "bills")

    first = client.get(here, {"sort": sort})
    second = client.get(here + first.context["older_url"])
    third = client.get(here + second.context["older_url"])
    back = client.get(here + third.context["newer_url"])

    seen = [payment for page in (first, second, third) for payment in page.context["payments"]]
    assert [payments.index(payment) for payment in seen] == places
    assert back.context["payments"] == second.context["payments"]
    way = "descending" if sort in ("newest", "most") else "ascending"
    assert first.text.count(f'aria-sort="{way}"') == 1
    assert first.text.count('aria-sort="none"') == 1


def test_a_place_of_another_organization_says_nothing_of_its_amount(
    contoso: Organization, northwind: Organization, sign_in: SignIn
) -> None:
    bought(contoso, "60")
    theirs = [bought(northwind, amount) for amount in ("50", "70")]
    client = sign_in(contoso)

    pages = [rows(client, contoso, sort="most", older=str(payment.pk)) for payment in theirs]

    assert pages == [[], []]


def test_an_order_that_there_is_not_is_the_usual_one(contoso: Organization, sign_in: SignIn) -> None:
    payments = [bought(contoso), bought(contoso)]

    assert rows(sign_in(contoso), contoso, sort="';--") == payments[::-1]


def test_the_file_has_every_payment_asked_for(contoso: Organization, sign_in: SignIn) -> None:
    bought(contoso, "60", days_ago=40)
    payment = bought(contoso)

    answer = sign_in(contoso).get(url(contoso, "payments_csv"), {"from": "2026-11-01"})

    assert isinstance(answer, StreamingHttpResponse)
    found = list(csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert len(found) == 1
    assert found[0].items() >= {
        "Payment": str(payment.key), "Ordered": "2026-11-02T04:00:00-05:00", "State": "Succeeded",
        "Kind": "Added by hand", "Amount": "50.00", "Tax": "0.00", "Total": "50.00", "Refunded": "0.00",
        "Receipt": "2", "Credit notes": "",
    }.items()  # fmt: skip


def test_the_file_speaks_the_language_of_the_page_and_the_organizations_time(
    contoso: Organization, sign_in: SignIn
) -> None:
    bought(contoso)
    client = sign_in(contoso)
    contoso.memberships.get(role="owner").user.__class__.objects.update(language="zh-hant")

    answer = client.get(url(contoso, "payments_csv"))
    translation.activate("en")

    assert isinstance(answer, StreamingHttpResponse)
    head, line = answer.getvalue().decode().splitlines()
    assert head.startswith("\ufeff付款,")
    assert "2026-11-02T04:00:00-05:00" in line
    assert "成功" in line


def test_what_came_back_is_not_a_plain_success(contoso: Organization, sign_in: SignIn) -> None:
    client, whole, part, kept = sign_in(contoso), bought(contoso), bought(contoso), bought(contoso)
    Desk(contoso).refund(0, micros(50), now=NOW)
    Desk(contoso).refund(1, micros(1), now=NOW)

    page = client.get(url(contoso, "bills")).text

    assert page.count("Partly refunded") == 1
    assert len(re.findall(r">Succeeded</span>", page)) == 1
    assert rows(client, contoso, state="refunded") == [part, whole]
    assert rows(client, contoso, state="disputed") == []
    assert kept in rows(client, contoso, state="succeeded")


def test_what_people_typed_is_no_formula_in_the_file(contoso: Organization, sign_in: SignIn) -> None:
    Payment.objects.filter(pk=bought(contoso).pk).update(purchase_order="=1+1")

    answer = sign_in(contoso).get(url(contoso, "payments_csv"))

    assert isinstance(answer, StreamingHttpResponse)
    assert "'=1+1" in answer.getvalue().decode()


def test_a_file_of_a_bad_filter_leads_to_the_page(contoso: Organization, sign_in: SignIn) -> None:
    answer = sign_in(contoso).get(url(contoso, "payments_csv"), {"state": "paid"})

    assert answer.status_code == 302
    assert answer["Location"] == "../?state=paid"


def test_a_receipt_is_a_pdf_in_the_language_of_the_person(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought(contoso)
    asked: list[str] = []

    def note(receipt: Receipt, language: str) -> bytes:
        asked.append(f"{receipt.number} {language}")
        return b"%PDF-"

    monkeypatch.setattr(receipt_pdf, "render", note)
    contoso.memberships.get(role="reader").user.__class__.objects.update(language="zh-hant")
    answer = sign_in(contoso, "reader").get(url(contoso, "receipt", 1))

    assert asked == ["1 zh-hant"]
    assert (answer["Content-Type"], answer.content) == ("application/pdf", b"%PDF-")
    assert answer["Content-Disposition"] == 'attachment; filename="contoso-receipt-1.pdf"'
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("number", [0, 2, 2**31, 10**30])
def test_a_receipt_that_there_is_not_is_not_found(contoso: Organization, sign_in: SignIn, number: int) -> None:
    bought(contoso)

    assert sign_in(contoso).get(url(contoso, "receipt", number)).status_code == 404


def test_another_organizations_receipts_are_not_found(
    contoso: Organization, northwind: Organization, sign_in: SignIn
) -> None:
    bought(northwind)
    client = sign_in(contoso)

    assert rows(client, contoso) == []
    assert client.get(url(contoso, "receipt", 1)).status_code == 404
    for name, place in (("bills", ()), ("payments_csv", ()), ("receipt", (1,))):
        assert client.get(url(northwind, name, *place)).status_code == 404


def test_a_reader_is_told_who_may(contoso: Organization, sign_in: SignIn) -> None:
    page = sign_in(contoso, "reader").get(url(contoso, "bills")).content.decode()

    assert "Only a Billing administrator or Owner can add funds or change billing details." in page
    assert "/billing/details/" not in page


def test_the_list_costs_the_same_for_two_payments_as_for_one(
    contoso: Organization, sign_in: SignIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = sign_in(contoso)
    for _ in range(6):
        bought(contoso)
    client.get(url(contoso, "bills"))

    with django_assert_max_num_queries(14):  # type: ignore[attr-defined]  # a context manager
        client.get(url(contoso, "bills"))
