"""Auto-recharge settings: saved, confirmed where that has a price, refused with the way out."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from credits import payments, recharges
from credits.models import AutoRecharge, Payment, PaymentMethod, Recharge
from subscriptions.models import Activity, Organization
from tests import fakes
from tests.credits.booking import fund, spend, url
from tests.credits.desk import Desk
from tests.factories import NOW, MethodFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]

#: Every field of the form.
CAPPED = {
    "enabled": "on", "recharge_amount": "50", "trigger_amount": "20", "daily_cap": "100", "weekly_cap": "150",
    "monthly_cap": "200", "before_expiry_days": "7",
}  # fmt: skip
TERMS = {"enabled": "on", "recharge_amount": "100", "trigger_amount": "30", "monthly_cap": "400"}


def terms(organization: Organization) -> AutoRecharge:
    return AutoRecharge.objects.get(account__organization=organization)


def test_the_settings_are_saved(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "200")

    answer = sign_in(contoso).post(url(contoso, "auto_recharge"), TERMS)

    saved = terms(contoso)
    assert answer["Location"] == url(contoso, "overview")
    assert (saved.recharge_amount, saved.trigger_amount, saved.monthly_cap) == (100, 30, 400)
    assert saved.enabled


@pytest.mark.parametrize(("was_on", "said"), [(True, "The settings were saved."), (False, "Auto-recharge is on.")])
def test_saving_says_what_it_did(contoso: Organization, sign_in: SignIn, was_on: bool, said: str) -> None:
    fund(contoso.account, "200")
    AutoRecharge.objects.filter(account=contoso.account).update(enabled=was_on)

    answer = sign_in(contoso).post(url(contoso, "auto_recharge"), TERMS, follow=True)

    assert [str(each) for each in answer.context["messages"]] == [said]


def test_the_form_shows_what_is_stored_as_a_switch_and_a_sentence(contoso: Organization, sign_in: SignIn) -> None:
    page = sign_in(contoso).get(url(contoso, "auto_recharge")).content.decode()

    assert 'role="switch"' in page
    assert 'value="50.00"' in page
    assert 'aria-live="polite"' in page
    assert "recharge-sentence.js" in page


def test_what_would_charge_now_is_asked_first(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    asked = client.post(url(contoso, "auto_recharge"), {**TERMS, "recharge_amount": "50"})
    before = terms(contoso).trigger_amount
    token = asked.context["ask"].token
    client.post(url(contoso, "auto_recharge"), {**TERMS, "recharge_amount": "50", "confirmed": token})

    assert "You will be charged $50.00 now" in asked.content.decode()
    assert "Visa •••• 4242" in asked.content.decode()
    assert before == 20
    assert terms(contoso).trigger_amount == 30
    assert Recharge.objects.get().state == Recharge.State.OPEN


def test_a_confirmed_sum_that_has_changed_is_asked_again(contoso: Organization, sign_in: SignIn) -> None:
    answer = sign_in(contoso).post(url(contoso, "auto_recharge"), {**TERMS, "confirmed": "charge 50.000000"})

    assert "You will be charged $100.00 now" in answer.content.decode()
    assert not Recharge.objects.exists()


def test_the_confirmation_sends_back_what_was_typed(contoso: Organization, sign_in: SignIn) -> None:
    page = sign_in(contoso).post(url(contoso, "auto_recharge"), TERMS).content.decode()

    for name, value in {**TERMS, "enabled": "True"}.items():
        assert f'<input type="hidden" name="{name}" value="{value}"' in page


def test_turning_it_off_says_what_happens_at_zero(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    off = {name: value for name, value in TERMS.items() if name != "enabled"}

    asked = client.post(url(contoso, "auto_recharge"), off).content.decode()
    still = terms(contoso).enabled
    client.post(url(contoso, "auto_recharge"), {**off, "enabled": "False", "confirmed": "off"})

    assert "At zero, calls that need credits stop" in asked
    assert still
    assert not terms(contoso).enabled


@pytest.mark.parametrize("without", ["none", "refused", "removed"])
def test_without_a_card_it_cannot_be_turned_on(fabrikam: Organization, sign_in: SignIn, without: str) -> None:
    if without != "none":
        MethodFactory.create(account=fabrikam.account, **{f"{without}_at": NOW})

    page = sign_in(fabrikam).post(url(fabrikam, "auto_recharge"), TERMS).content.decode()

    assert "Auto-recharge needs a card that can be charged. Add a card first." in page
    assert url(fabrikam, "payment_methods") in page
    assert not terms(fabrikam).enabled


@pytest.mark.parametrize("changed", [{"monthly_cap": "60"}, {"recharge_amount": "1"}, {"trigger_amount": "-1"}])
def test_terms_that_do_not_fit_change_nothing(contoso: Organization, sign_in: SignIn, changed: dict[str, str]) -> None:
    answer = sign_in(contoso).post(url(contoso, "auto_recharge"), {**TERMS, **changed})

    assert "Please check what you entered." in answer.content.decode()
    assert terms(contoso).recharge_amount == Decimal(50)


def test_resume_lifts_the_pause_and_asks_for_a_charge(contoso: Organization, sign_in: SignIn) -> None:
    AutoRecharge.objects.filter(account=contoso.account).update(paused_at=NOW, failed_rounds=3)

    answer = sign_in(contoso).post(url(contoso, "resume_recharge"))

    assert answer["Location"] == url(contoso, "overview")
    assert terms(contoso).paused_at is None
    assert Recharge.objects.get().state == Recharge.State.OPEN


def test_a_paused_recharge_does_not_claim_that_saving_charges(contoso: Organization, sign_in: SignIn) -> None:
    AutoRecharge.objects.filter(account=contoso.account).update(paused_at=NOW, failed_rounds=3)

    answer = sign_in(contoso).post(url(contoso, "auto_recharge"), TERMS)

    assert answer.status_code == 302
    assert not Recharge.objects.exists()


def test_yen_have_no_decimals(contoso: Organization, sign_in: SignIn) -> None:
    contoso.account.currency = "JPY"
    contoso.account.save()

    page = sign_in(contoso).get(url(contoso, "auto_recharge")).content.decode()

    assert 'value="5000"' in page
    assert PaymentMethod.objects.count() == 1


def test_all_the_terms_are_saved_and_shown_again(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "200")
    client = sign_in(contoso)

    client.post(url(contoso, "auto_recharge"), CAPPED)
    page = client.get(url(contoso, "auto_recharge")).content.decode()

    stored = recharges.terms_of(terms(contoso))
    assert (stored.daily_cap, stored.weekly_cap, stored.monthly_cap) == (100, 150, 200)
    assert stored.before_expiry_days == 7
    for value in ("100.00", "150.00", "200.00", "7"):
        assert f'value="{value}"' in page


def test_saving_with_empty_limits_takes_them_away(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "200")
    AutoRecharge.objects.filter(account=contoso.account).update(daily_cap=100, weekly_cap=100, before_expiry_days=3)

    sign_in(contoso).post(url(contoso, "auto_recharge"), {**TERMS, "monthly_cap": ""})

    saved = terms(contoso)
    assert (saved.daily_cap, saved.weekly_cap, saved.monthly_cap, saved.before_expiry_days) == (None,) * 4


def test_terms_that_come_with_the_address_begin_the_form(contoso: Organization, sign_in: SignIn) -> None:
    asked = {name: value for name, value in CAPPED.items() if name != "enabled"} | {"recharge_amount": "75"}

    page = sign_in(contoso).get(url(contoso, "auto_recharge"), asked).content.decode()

    for name, value in asked.items():
        assert re.search(rf'<input[^>]*name="{name}"[^>]*value="{value}"|value="{value}"[^>]*name="{name}"', page)
    assert terms(contoso).recharge_amount == 50


def test_a_limit_that_comes_empty_with_the_address_is_none(contoso: Organization, sign_in: SignIn) -> None:
    AutoRecharge.objects.filter(account=contoso.account).update(daily_cap=777, weekly_cap=888)

    page = sign_in(contoso).get(url(contoso, "auto_recharge"), {"recharge_amount": "75", "daily_cap": ""})

    assert 'value="777.00"' not in page.content.decode()
    assert 'value="888.00"' in page.content.decode()


def test_credit_about_to_expire_is_recharged_after_being_asked(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "200", expires_at=NOW + timedelta(days=3))

    asked = sign_in(contoso).post(url(contoso, "auto_recharge"), CAPPED).content.decode()

    assert "You will be charged $50.00 now" in asked
    assert "Without the credit that expires within 7 days the balance is below $20.00." in asked
    assert not Recharge.objects.exists()


def test_the_sum_to_be_charged_now_includes_the_tax(tailspin: Organization, sign_in: SignIn) -> None:
    MethodFactory.create(account=tailspin.account)

    asked = sign_in(tailspin).post(url(tailspin, "auto_recharge"), {**TERMS, "recharge_amount": "50"}).content.decode()

    assert "You will be charged $60.00 now" in asked
    assert "That is $50.00 of credit and $10.00 of tax." in asked


@pytest.mark.parametrize(
    ("failed", "words"),
    [
        ("insufficient_funds", "No card could be charged in three rounds. The card has insufficient funds."),
        (None, "The bank decided a dispute about an earlier charge against us and took the money back."),
    ],
)
def test_a_pause_says_since_when_why_and_what_resuming_costs(
    contoso: Organization, sign_in: SignIn, failed: str | None, words: str
) -> None:
    AutoRecharge.objects.filter(account=contoso.account).update(paused_at=NOW, failed_rounds=3)
    if failed:
        contoso.account.recharges.create(
            state="failed", why=failed, closed_at=NOW, requested_at=NOW, due_at=NOW,
            available=0, trigger_amount=20, recharge_amount=50,
        )  # fmt: skip
    client = sign_in(contoso)

    for name in ("auto_recharge", "overview"):
        page = " ".join(client.get(url(contoso, name)).content.decode().split())
        assert f"Paused since 2 November 2026, 04:00. {words} Resuming charges $50.00 at once." in page
        assert f'action="{url(contoso, "resume_recharge")}"' in page


def test_the_last_attempts_lead_to_their_payments(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes.install(monkeypatch).script("insufficient_funds")
    fund(contoso.account, "25")
    spend(contoso.account, 1000)
    recharges.begin_due(now=NOW)
    payments.charge_due(now=NOW)

    page = sign_in(contoso).get(url(contoso, "auto_recharge")).content.decode()

    assert "The card has insufficient funds." in page
    assert url(contoso, "payment", Payment.objects.get().key) in page
    assert "The card was declined" in page


@pytest.mark.parametrize("gone", ["removed", "refused"])
def test_a_card_that_is_gone_meanwhile_leaves_the_terms_as_they_were(
    contoso: Organization, sign_in: SignIn, gone: str
) -> None:
    fund(contoso.account, "200")
    client = sign_in(contoso)
    client.get(url(contoso, "auto_recharge"))
    contoso.account.payment_methods.update(**{f"{gone}_at": NOW})

    answer = client.post(url(contoso, "auto_recharge"), {**TERMS, "trigger_amount": "35"})

    assert "Auto-recharge needs a card that can be charged." in answer.content.decode()
    assert terms(contoso).trigger_amount == 20


def test_what_is_not_on_the_form_is_not_read_from_it(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "200")
    AutoRecharge.objects.filter(account=contoso.account).update(paused_at=NOW, failed_rounds=3)
    forged = {"paused_at": "", "failed_rounds": "9", "account": "1", "currency": "JPY", "next_try_at": "2020-01-01"}

    sign_in(contoso).post(url(contoso, "auto_recharge"), {**TERMS, **forged})

    saved = terms(contoso)
    assert (saved.paused_at, saved.next_try_at, saved.account) == (NOW, None, contoso.account)
    assert contoso.account.currency == "USD"


def test_retry_now_is_one_try_however_often_it_is_pressed(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = fakes.install(monkeypatch)
    provider.script("insufficient_funds")
    fund(contoso.account, "25")
    spend(contoso.account, 1000)
    recharges.charge_due(now=NOW)
    client = sign_in(contoso)

    page = client.get(url(contoso, "auto_recharge")).text
    for _ in range(2):
        answer = client.post(url(contoso, "retry_recharge"), follow=True)
    recharges.charge_due(now=NOW)

    assert "Retry now" in page
    assert "There is nothing to try again" in answer.text
    assert len(provider.orders) == 2
    assert list(Payment.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "succeeded"]
    assert Activity.objects.filter(action="auto_recharge.retried").count() == 1


def test_what_a_limit_refused_is_not_tried_again(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = fakes.install(monkeypatch)
    Desk(contoso).buy("50", now=NOW - timedelta(minutes=2))
    Desk(contoso).spend("49", now=NOW - timedelta(minutes=1))
    later = {"failed_rounds": 1, "next_try_at": NOW + timedelta(days=1), "monthly_cap": 60}
    AutoRecharge.objects.filter(account=contoso.account).update(enabled=True, recharge_amount=50, **later)
    client = sign_in(contoso)

    client.post(url(contoso, "retry_recharge"))
    recharges.charge_due(now=NOW)
    answer = client.post(url(contoso, "retry_recharge"), follow=True)
    recharges.charge_due(now=NOW)

    assert "There is nothing to try again" in answer.text
    assert contoso.notices.filter(kind="recharge_failed").count() == 1
    assert provider.orders == []


@pytest.mark.parametrize("terms", [{"enabled": False}, {"paused_at": NOW}, {"failed_rounds": 0}, {"next_try_at": None}])
def test_there_is_nothing_to_retry_without_a_failed_round_that_waits(
    contoso: Organization, sign_in: SignIn, terms: dict[str, object]
) -> None:
    given = {"failed_rounds": 1, "next_try_at": NOW + timedelta(days=1), **terms}
    AutoRecharge.objects.filter(account=contoso.account).update(**given)
    client = sign_in(contoso)

    page = client.get(url(contoso, "auto_recharge")).text
    answer = client.post(url(contoso, "retry_recharge"), follow=True)

    assert "Retry now" not in page
    assert "There is nothing to try again" in answer.text


@pytest.mark.parametrize(
    ("caps", "said"),
    [
        ({"daily_cap": "300", "weekly_cap": "200"}, "“At most in a day” must not be more than “At most in a week”."),
        ({"daily_cap": "600", "weekly_cap": ""}, "“At most in a day” must not be more than “At most in a month”."),
        ({"weekly_cap": "500"}, "“At most in a week” must not be more than “At most in a month”."),
    ],
)
def test_limits_that_contradict_each_other_are_refused(
    contoso: Organization, sign_in: SignIn, caps: dict[str, str], said: str
) -> None:
    fund(contoso.account, "200")

    answer = sign_in(contoso).post(url(contoso, "auto_recharge"), {**TERMS, **caps})

    assert said in answer.text
    assert terms(contoso).monthly_cap is None
    chosen = recharges.Terms(True, Decimal(20), Decimal(50), daily_cap=Decimal(300), weekly_cap=Decimal(200))
    owner = contoso.memberships.get(role="owner").user
    with pytest.raises(recharges.CapsContradict):
        recharges.change_terms(contoso.account, chosen, actor=owner, now=NOW)


@pytest.mark.parametrize(
    ("typed", "figures"),
    [("1,000", "1000"), ("$50", "50"), ("1,234.50", "1234.50"), ("99,5", "99.5"), ("50 €", "50"), ("$ 1,000", "1000")],
)
def test_an_amount_with_signs_is_told_how_to_be_written(
    contoso: Organization, sign_in: SignIn, typed: str, figures: str
) -> None:
    answer = sign_in(contoso).post(url(contoso, "auto_recharge"), {**TERMS, "recharge_amount": typed})

    assert f"in figures without signs: {figures}, if that is meant." in answer.text
    assert terms(contoso).recharge_amount == 50


def test_the_settings_say_which_cards_are_charged_in_turn(contoso: Organization, sign_in: SignIn) -> None:
    client, here = sign_in(contoso), url(contoso, "auto_recharge")

    alone = client.get(here).text
    MethodFactory.create(account=contoso.account, brand="mastercard", last4="4444", position=1)
    two = client.get(here).text

    assert "When a card is refused" not in alone
    assert two.index("When a card is refused") < two.index("Mastercard •••• 4444")
