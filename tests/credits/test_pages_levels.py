"""The admin's own levels of the balance: listed with their state, added exactly, at most five, removed."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from credits import own_levels
from credits.models import BalanceLevel
from notifications.models import Notice
from subscriptions.models import Activity, Organization
from tests.credits.booking import fund, spend, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]


def test_a_level_is_added_and_recorded_with_who_did_it(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "200")
    client = sign_in(contoso)

    answer = client.post(url(contoso, "add_level"), {"amount": "100"}, follow=True)

    assert answer.redirect_chain == [(url(contoso, "levels"), 302)]
    assert "$100.00" in answer.content.decode()
    level, done = contoso.account.levels.get(), Activity.objects.get(action="level.added")
    assert (level.amount, level.state) == (100, "quiet")
    assert (done.actor, done.facts["amount"]) == (contoso.memberships.get(role="billing_admin").user, "100")


@pytest.mark.parametrize(("balance", "state"), [("100", "quiet"), ("60", "approaching"), ("20", "below")])
def test_a_new_level_stands_as_the_balance_does_and_tells_nobody(
    fabrikam: Organization, sign_in: SignIn, balance: str, state: str
) -> None:
    fund(fabrikam.account, balance)

    sign_in(fabrikam).post(url(fabrikam, "add_level"), {"amount": "50"})

    assert fabrikam.account.levels.get().state == state
    assert not Notice.objects.filter(kind=Notice.Kind.BALANCE_LOW).exists()


def test_what_passes_it_later_is_told(fabrikam: Organization, sign_in: SignIn) -> None:
    fund(fabrikam.account, "100")
    sign_in(fabrikam).post(url(fabrikam, "add_level"), {"amount": "50"})

    spend(fabrikam.account, 6000)

    assert Notice.objects.get(kind=Notice.Kind.BALANCE_LOW).facts["stage"] == "below"
    page = sign_in(fabrikam).get(url(fabrikam, "levels")).content.decode()
    assert "Below" in page
    assert "$40.00 is available now." in page


@pytest.mark.parametrize("typed", ["0", "-5", "0.001", "10000.01", "NaN", "", "1_000", "１２", "1e3", "50\x00"])
def test_another_amount_is_refused_with_the_least_and_the_most(
    contoso: Organization, sign_in: SignIn, typed: str
) -> None:
    answer = sign_in(contoso).post(url(contoso, "add_level"), {"amount": typed})

    assert "Enter an amount of $0.01 to $10,000.00" in answer.content.decode()
    assert not BalanceLevel.objects.exists()


def test_there_are_at_most_five_and_each_once(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    for amount in range(own_levels.MOST - 1):
        contoso.account.levels.create(amount=10 + amount)

    twice = client.post(url(contoso, "add_level"), {"amount": "10.00"})
    last = client.post(url(contoso, "add_level"), {"amount": "99"})
    sixth = client.post(url(contoso, "add_level"), {"amount": "100"})
    full = client.get(url(contoso, "levels")).content.decode()

    assert "There is a level of this amount already." in twice.content.decode()
    assert last.status_code == 302
    assert "There are 5 levels already. Remove one first." in sixth.content.decode()
    assert contoso.account.levels.count() == own_levels.MOST
    assert url(contoso, "add_level") not in full


def test_a_level_is_removed_once(contoso: Organization, northwind: Organization, sign_in: SignIn) -> None:
    level = contoso.account.levels.create(amount=Decimal(10))
    theirs = northwind.account.levels.create(amount=Decimal(10))
    client = sign_in(contoso)

    client.post(url(contoso, "remove_level", level.pk))
    again = client.post(url(contoso, "remove_level", level.pk))
    foreign = client.post(url(contoso, "remove_level", theirs.pk))

    assert (again.status_code, foreign.status_code) == (404, 404)
    assert BalanceLevel.objects.get() == theirs
    assert Activity.objects.filter(action="level.removed").count() == 1


def test_a_reader_reads_and_is_told_who_may_change_them(contoso: Organization, sign_in: SignIn) -> None:
    level = contoso.account.levels.create(amount=Decimal(10))
    client = sign_in(contoso, "reader")

    page = client.get(url(contoso, "levels")).content.decode()

    assert "$10.00" in page
    assert "Ask one of them" in page
    assert url(contoso, "remove_level", level.pk) not in page
    assert client.post(url(contoso, "add_level"), {"amount": "5"}).status_code == 403
    assert client.post(url(contoso, "remove_level", level.pk)).status_code == 403
