"""The bar on top and the navigation: what each role is offered, the bell, and what it all weighs."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import get_resolver, reverse

from config import navigation
from notifications.models import Notice
from subscriptions.models import Membership, Organization, User
from tests.factories import NOW
from tests.notifications import samples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

SignIn = Callable[..., Client]
#: What all style sheets and scripts of a page may come to, compressed.
MOST_BYTES = 100_000


def home(organization: Organization) -> str:
    return reverse("organization_home", args=[organization.slug])


def news(organization: Organization) -> str:
    return reverse("notifications:news", args=[organization.slug])


def tell(organization: Organization, times: int = 1) -> None:
    for number in range(times):
        samples.post(organization, key=f"sample:{number}", now=NOW + timedelta(minutes=1))


@pytest.mark.parametrize("role", Membership.Role)
def test_the_navigation_leads_only_where_the_role_may_go(contoso: Organization, sign_in: SignIn, role: str) -> None:
    client = sign_in(contoso, role=role)
    html = client.get(home(contoso)).content.decode()
    menu = html[html.index('id="nav"') : html.index("<main")]

    addresses = re.findall(r'href="(/o/contoso/[^"]*)"', menu)

    assert len(addresses) > 10
    assert {client.get(address).status_code for address in addresses} == {200}
    assert (reverse("subscriptions:keys", args=["contoso"]) in addresses) == (role == Membership.Role.OWNER)


def test_the_page_one_is_on_is_marked_once(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    html = client.get(reverse("credits:bills", args=["contoso"])).content.decode()
    below = client.get(reverse("credits:levels", args=["contoso"])).content.decode()

    marked = re.findall(r'nav-link-row" href="([^"]*)" aria-current="page"', html)
    near = re.findall(r'nav-link-row" href="([^"]*)" aria-current="true"', below)

    assert marked == [reverse("credits:bills", args=["contoso"])]
    assert near == [reverse("credits:subscriptions", args=["contoso"])]


def is_known(name: str) -> bool:
    """If an address has that name."""
    space, _, view = name.rpartition(":")
    resolver = get_resolver()
    return view in (resolver.namespace_dict[space][1] if space else resolver).reverse_dict


def test_every_page_that_is_named_is_there(contoso: Organization) -> None:
    owner = contoso.memberships.get(role=Membership.Role.OWNER)
    below = {name for page in navigation.pages() for name in page.below.split()}

    assert all(navigation.may_open(page, owner) for page in navigation.pages())
    assert [name for name in below if not is_known(name)] == []


def test_only_staff_are_led_to_health(contoso: Organization, sign_in: SignIn) -> None:
    member = sign_in(contoso).get(home(contoso)).content.decode()
    User.objects.filter(email="billing-admin@contoso.example").update(is_staff=True)

    staff = sign_in(contoso).get(home(contoso)).content.decode()

    assert reverse("health") not in member
    assert reverse("health") in staff


@pytest.mark.parametrize(("times", "said"), [(0, "Notices"), (1, "Notices: 1 is new"), (12, "more than 9 are new")])
def test_the_bell_counts_what_is_new(contoso: Organization, sign_in: SignIn, times: int, said: str) -> None:
    tell(contoso, times)

    html = sign_in(contoso).get(home(contoso)).content.decode()

    assert said in html


def test_what_was_told_before_somebody_joined_is_not_new(contoso: Organization, sign_in: SignIn) -> None:
    tell(contoso)
    contoso.memberships.update(created_at=NOW + timedelta(hours=1))

    html = sign_in(contoso).get(home(contoso)).content.decode()

    assert "is new" not in html


def test_the_notices_are_in_words_and_lead_to_their_page(contoso: Organization, sign_in: SignIn) -> None:
    tell(contoso)

    html = sign_in(contoso, role=Membership.Role.READER).get(news(contoso)).content.decode()

    assert Notice.objects.get().get_kind_display() in html
    assert 'class="row-link" href="/o/contoso/' in html
    assert "Mark all as seen" in html


def test_looking_changes_nothing_and_the_button_does(contoso: Organization, sign_in: SignIn) -> None:
    contoso.memberships.update(created_at=NOW - timedelta(days=9))
    samples.post(contoso, now=NOW - timedelta(minutes=1))
    client = sign_in(contoso)

    client.get(news(contoso))
    before = "Notices: 1 is new" in client.get(home(contoso)).content.decode()
    answer = client.post(news(contoso), headers={"Referer": f"http://testserver{home(contoso)}"})

    assert before
    assert answer["Location"] == f"http://testserver{home(contoso)}"
    assert "is new" not in client.get(home(contoso)).content.decode()
    assert Membership.objects.filter(notices_seen_at=NOW).count() == 1


def test_the_button_leads_to_no_other_site(contoso: Organization, sign_in: SignIn) -> None:
    answer = sign_in(contoso).post(news(contoso), headers={"Referer": "https://evil.example/"})

    assert answer["Location"] == news(contoso)


def test_the_notices_of_another_organization_do_not_exist(
    contoso: Organization, northwind: Organization, sign_in: SignIn
) -> None:
    tell(contoso)
    client = sign_in(northwind)

    assert client.get(news(contoso)).status_code == 404
    assert client.post(news(contoso)).status_code == 404
    assert "Nothing new" in client.get(news(northwind)).content.decode()


@pytest.mark.parametrize("times", [1, 40])
def test_the_notices_take_a_fixed_number_of_queries(
    contoso: Organization, sign_in: SignIn, times: int, django_assert_num_queries: Callable[[int], object]
) -> None:
    tell(contoso, times)
    client = sign_in(contoso)

    with django_assert_num_queries(7):  # type: ignore[attr-defined]
        client.get(news(contoso))


def test_styles_and_scripts_of_a_page_stay_light(contoso: Organization, sign_in: SignIn) -> None:
    html = sign_in(contoso).get(reverse("credits:overview", args=["contoso"])).content.decode()
    linked = re.findall(rf'(?:href|src)="{settings.STATIC_URL}([^"]+\.(?:css|js))"', html)

    weights = {name: weight(name) for name in linked}

    assert len(weights) > 10
    assert sum(weights.values()) < MOST_BYTES, weights


def weight(name: str) -> int:
    path = finders.find(name)
    assert path is not None, name
    return len(brotli.compress(Path(path).read_bytes()))


@pytest.mark.parametrize("kind", Notice.Kind)
def test_every_kind_of_notice_is_said_in_words(contoso: Organization, sign_in: SignIn, kind: Notice.Kind) -> None:
    samples.post(contoso, kind)

    (item,) = sign_in(contoso).get(news(contoso)).context["items"]

    assert item.text not in ("", item.kind)
    assert item.href.startswith("/o/contoso/")


def test_what_went_well_is_a_toast_that_needs_no_script(contoso: Organization, sign_in: SignIn) -> None:
    html = sign_in(contoso).post(reverse("notifications:send_test", args=["contoso"]), follow=True).content.decode()
    toasts = html.partition('<div class="toasts" role="status">')[2]

    assert "A test mail is on its way" in toasts.partition("</main>")[0]
    assert "data-dismiss hidden" in toasts
