"""What people type about money is read exactly, or refused with the least and the most."""

from decimal import Decimal

import pytest
from django.forms import ValidationError

from credits.forms import AddFundsForm, AutoRechargeForm, MoneyField, Range, WholeField
from subscriptions.models import Organization
from tests.factories import MethodFactory

DOLLARS = Range(Decimal(50), Decimal(10_000), "USD")
YEN = Range(Decimal(5_000), Decimal(1_000_000), "JPY")


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("50", "50"), ("50.00", "50"), ("75.5", "75.5"), (" 75 ", "75"), ("10000", "10000"), ("0050", "50")],
)
def test_an_amount_in_figures_is_taken_exactly(typed: str, amount: str) -> None:
    assert MoneyField(span=DOLLARS).clean(typed) == Decimal(amount)


@pytest.mark.parametrize(
    "typed",
    [
        "0", "-5", "0.001", "49.99", "10000.01", "10001", "NaN", "Infinity", "1_000", "１２", "٦٠", "1e3", "1,000",
        "60,50", "$60", "60 USD", "60.", ".5", "60.001", "6 0", "+60", "0x50", "60\x00", "9" * 13, "9" * 5000,
        "60\n61", "drop",
    ],
)  # fmt: skip
def test_any_other_amount_is_refused_with_the_least_and_the_most(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        MoneyField(span=DOLLARS).clean(typed)

    assert "$50.00 to $10,000.00" in refused.value.messages[0]


def test_an_amount_has_the_places_of_its_currency() -> None:
    assert MoneyField(span=YEN).clean("5000") == Decimal(5000)
    with pytest.raises(ValidationError, match="¥5,000 to ¥1,000,000"):
        MoneyField(span=YEN).clean("5000.0")


@pytest.mark.django_db
def test_an_amount_of_ones_own_counts_before_a_preset(contoso: Organization) -> None:
    card = contoso.account.payment_methods.get()
    data = {"preset": "50", "amount": "75", "method": card.pk}

    form = AddFundsForm(data, account=contoso.account)

    assert form.is_valid(), form.errors
    assert form.cleaned_data["amount"] == Decimal(75)


@pytest.mark.django_db
@pytest.mark.parametrize("data", [{}, {"preset": ""}, {"preset": "51"}, {"preset": "NaN"}, {"amount": "blue"}])
def test_without_an_amount_nothing_is_added(contoso: Organization, data: dict[str, str]) -> None:
    card = contoso.account.payment_methods.get()

    form = AddFundsForm({**data, "method": card.pk}, account=contoso.account)

    assert not form.is_valid()
    assert {"preset", "amount"} & set(form.errors)


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"removed_at": "2026-11-01T00:00Z"}, {"refused_at": "2026-11-01T00:00Z"}])
def test_a_card_that_cannot_be_charged_is_not_offered(contoso: Organization, fields: dict[str, str]) -> None:
    gone = MethodFactory.create(account=contoso.account, **fields)

    form = AddFundsForm({"preset": "50", "method": gone.pk}, account=contoso.account)

    assert "method" in form.errors


@pytest.mark.django_db
def test_another_organizations_card_is_not_offered(contoso: Organization, northwind: Organization) -> None:
    foreign = MethodFactory.create(account=northwind.account)

    form = AddFundsForm({"preset": "50", "method": foreign.pk}, account=contoso.account)

    assert "method" in form.errors


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"recharge_amount": "49"}, "recharge_amount"),
        ({"recharge_amount": "1e3"}, "recharge_amount"),
        ({"trigger_amount": "-1"}, "trigger_amount"),
        ({"trigger_amount": ""}, "trigger_amount"),
        ({"monthly_cap": "60", "recharge_amount": "100"}, "monthly_cap"),
        ({"monthly_cap": "999999999999"}, "monthly_cap"),
        ({"daily_cap": "60", "recharge_amount": "100"}, "daily_cap"),
        ({"weekly_cap": "1_000"}, "weekly_cap"),
        ({"before_expiry_days": "0"}, "before_expiry_days"),
        ({"before_expiry_days": "61"}, "before_expiry_days"),
    ],
)
def test_terms_that_do_not_go_together_are_refused(contoso: Organization, terms: dict[str, str], field: str) -> None:
    sound = {"enabled": "on", "recharge_amount": "50", "trigger_amount": "20", "monthly_cap": ""}

    form = AutoRechargeForm({**sound, **terms}, account=contoso.account)

    assert list(form.errors) == [field]


@pytest.mark.django_db
@pytest.mark.parametrize(("cap", "label"), [("daily", "day"), ("weekly", "week"), ("monthly", "month")])
def test_a_cap_below_the_step_names_both_fields(contoso: Organization, cap: str, label: str) -> None:
    data = {"enabled": "on", "recharge_amount": "100", "trigger_amount": "20", f"{cap}_cap": "60"}

    form = AutoRechargeForm(data, account=contoso.account)

    assert form.errors == {f"{cap}_cap": [f"“At most in a {label}” must not be less than “Recharge with”."]}


@pytest.mark.django_db
def test_a_trigger_above_the_recharge_amount_is_allowed(contoso: Organization) -> None:
    form = AutoRechargeForm(
        {"enabled": "on", "recharge_amount": "50", "trigger_amount": "120"}, account=contoso.account
    )

    assert form.is_valid(), form.errors


@pytest.mark.parametrize(("typed", "days"), [("1", 1), ("60", 60), (" 7 ", 7), ("007", 7), ("", None)])
def test_a_whole_number_is_taken_exactly(typed: str, days: int | None) -> None:
    assert WholeField(span=range(1, 61), required=False).clean(typed) == days


@pytest.mark.parametrize("typed", ["0", "61", "-1", "+7", "7.0", "1_0", "１２", "1e1", "NaN", "seven", "9" * 5000])
def test_any_other_number_is_refused_with_the_least_and_the_most(typed: str) -> None:
    with pytest.raises(ValidationError, match="Enter a whole number from 1 to 60"):
        WholeField(span=range(1, 61)).clean(typed)
