"""Auto-recharge settings: saved, confirmed where that has a price, refused with the way out."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from credits.models import AutoRecharge, PaymentMethod, Recharge
from subscriptions.models import Organization
from tests.credits.booking import fund, url
from tests.factories import NOW, MethodFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]

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
