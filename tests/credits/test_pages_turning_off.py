"""Turn off auto-recharge: asked with what it means, done once, the terms kept."""

from collections.abc import Callable

import pytest
from django.test import Client

from credits.models import AutoRecharge
from subscriptions.models import Activity, Organization
from tests.credits.booking import fund, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]


def test_it_is_asked_with_what_happens_at_zero(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "48.20")

    page = sign_in(contoso).get(url(contoso, "turn_off_recharge")).content.decode()

    assert "Turn off auto-recharge?" in page
    assert "$48.20 is available now." in page
    assert "At zero, calls that need credits stop" in page
    assert AutoRecharge.objects.get(account=contoso.account).enabled


def test_it_is_turned_off_once_and_the_terms_are_kept(contoso: Organization, sign_in: SignIn) -> None:
    AutoRecharge.objects.filter(account=contoso.account).update(monthly_cap=200)
    before = AutoRecharge.objects.values().get(account=contoso.account)
    client = sign_in(contoso)

    answers = [client.post(url(contoso, "turn_off_recharge")) for _ in range(2)]

    assert {answer["Location"] for answer in answers} == {url(contoso, "overview")}
    assert AutoRecharge.objects.values().get(account=contoso.account) == before | {"enabled": False}
    assert Activity.objects.filter(organization=contoso).count() == 1


def test_it_is_offered_only_where_it_is_on(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    on = client.get(url(contoso, "overview")).content.decode()

    client.post(url(contoso, "turn_off_recharge"))
    off = client.get(url(contoso, "overview")).content.decode()

    assert url(contoso, "turn_off_recharge") in on
    assert url(contoso, "turn_off_recharge") not in off
