"""Who gets which page: by role, and never another organization's."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from credits.models import Payment
from subscriptions.models import Membership, Organization
from tests import fakes
from tests.credits.booking import ordered, url
from tests.factories import MethodFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]

#: Address, what it takes, and whether everybody may read it; the rest is for owners and billing administrators.
PAGES: list[tuple[str, str, bool]] = [
    ("subscriptions", "get", True),
    ("overview", "get", True),
    ("payment", "get", True),
    ("payment_methods", "get", True),
    ("add_funds", "get", False),
    ("add_funds", "post", False),
    ("review_funds", "get", False),
    ("place_order", "post", False),
    ("auto_recharge", "get", False),
    ("auto_recharge", "post", False),
    ("resume_recharge", "post", False),
    ("retry_recharge", "post", False),
    ("turn_off_recharge", "get", False),
    ("turn_off_recharge", "post", False),
    ("lots", "get", True),
    ("lots_csv", "get", True),
    ("balance", "get", True),
    ("balance_csv", "get", True),
    ("balance_news", "get", True),
    ("evaluations", "get", True),
    ("levels", "get", True),
    ("add_level", "get", False),
    ("add_level", "post", False),
    ("add_method", "post", False),
    ("method_added", "get", False),
    ("make_default", "post", False),
    ("replace_method", "post", False),
    ("remove_method", "get", False),
    ("remove_method", "post", False),
]
every_page = pytest.mark.parametrize(("name", "verb", "everybody"), PAGES, ids=[f"{p[1]} {p[0]}" for p in PAGES])


@pytest.fixture(autouse=True)
def _provider(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes.install(monkeypatch)


def ask(client: Client, organization: Organization, name: str, verb: str, **data: str) -> Any:
    """Ask for the page with arguments that fit it."""
    card = organization.account.payment_methods.all()[0]
    arguments: dict[str, list[object]] = {"replace_method": [card.pk], "remove_method": [card.pk]}
    if name == "payment":
        arguments[name] = [Payment.objects.get(account=organization.account).key]
    return getattr(client, verb)(url(organization, name, *arguments.get(name, [])), data)


@every_page
def test_strangers_and_members_of_another_organization_find_nothing(
    contoso: Organization,
    northwind: Organization,
    client: Client,
    sign_in: SignIn,
    name: str,
    verb: str,
    everybody: bool,
) -> None:
    ordered(contoso.account)

    anonymous = ask(client, contoso, name, verb)
    other = ask(sign_in(northwind, Membership.Role.OWNER), contoso, name, verb)

    assert anonymous.status_code == 302
    assert anonymous["Location"].startswith("/accounts/login/")
    assert other.status_code == 404


@every_page
@pytest.mark.parametrize("role", list(Membership.Role))
def test_each_role_gets_its_pages(
    contoso: Organization, sign_in: SignIn, role: str, name: str, verb: str, everybody: bool
) -> None:
    ordered(contoso.account)

    answer = ask(sign_in(contoso, role), contoso, name, verb)

    allowed = everybody or role in {Membership.Role.OWNER, Membership.Role.BILLING_ADMIN}
    assert (answer.status_code != 403) == allowed
    assert answer.status_code < 500


def test_another_organizations_rows_are_not_found_under_ones_own_address(
    contoso: Organization, northwind: Organization, sign_in: SignIn
) -> None:
    card = MethodFactory.create(account=northwind.account)
    payment = ordered(northwind.account)
    client = sign_in(contoso)

    assert client.get(url(contoso, "payment", payment.key)).status_code == 404
    assert client.get(url(contoso, "payment", uuid4())).status_code == 404
    assert client.get(url(contoso, "remove_method", card.pk)).status_code == 404
    assert client.post(url(contoso, "replace_method", card.pk)).status_code == 404
    client.post(url(contoso, "make_default"), {"card": card.pk})
    assert contoso.account.payment_methods.active()[0].account == contoso.account


@pytest.mark.parametrize("name", ["place_order", "resume_recharge", "add_method"])
def test_nothing_is_done_by_looking(contoso: Organization, sign_in: SignIn, name: str) -> None:
    assert sign_in(contoso).get(url(contoso, name)).status_code == 405


def test_what_changes_something_needs_the_forms_token(contoso: Organization) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(contoso.memberships.get(role="owner").user)

    assert client.post(url(contoso, "place_order"), {}).status_code == 403


def test_the_pages_speak_chinese_where_the_words_are_there(contoso: Organization, sign_in: SignIn) -> None:
    user = contoso.memberships.get(role="billing_admin").user
    user.language = "zh-hant"
    user.save()

    page = sign_in(contoso).get(url(contoso, "overview")).content.decode()

    assert '<html lang="zh-hant"' in page
