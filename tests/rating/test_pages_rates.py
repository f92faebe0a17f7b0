"""Rates as people see them: the price of a call, the list, and what is said of a number nobody knows."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import chain
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from rating.models import Rate, RateDeck
from subscriptions.models import Membership, Organization, ServiceNumber
from tests.rating.calls_on_pages import deck, rate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

SignIn = Callable[..., Client]


@pytest.fixture
def outbound(db: None) -> RateDeck:
    return deck(
        rate("886", "TW", "Taiwan", "0.0150"),
        rate("8869", "TW", "Taiwan - Mobile", "0.1130", kind=Rate.Kind.MOBILE),
        rate("49", "DE", "Germany", "0.0140"),
        rate("1", "US", "United States", "0.0130"),
    )


@pytest.fixture
def inbound(db: None) -> RateDeck:
    return deck(
        rate("", "US", "United States", "0.0220", kind=Rate.Kind.TOLL_FREE),
        rate("", "DE", "Germany", "0.1750", kind=Rate.Kind.TOLL_FREE),
        service=RateDeck.Service.INBOUND_TOLL_FREE,
    )


def page_of(organization: Organization) -> str:
    return reverse("rating:rates", args=[organization.slug])


def found(client: Client, organization: Organization, text: str, **more: str) -> list[str]:
    answer = client.get(page_of(organization), {"q": text, **more})
    return [each.prefix or each.country for each in answer.context["rates"]]


@pytest.mark.parametrize("role", Membership.Role.values)
@pytest.mark.usefixtures("outbound")
def test_every_role_asks_what_a_call_costs(contoso: Organization, sign_in: SignIn, role: str) -> None:
    html = sign_in(contoso, role=role).get(page_of(contoso), {"q": "+886 912 345 678"}).content.decode()

    assert 'role="status"' in html
    assert "A call to +886912345678 costs" in html
    assert "$0.113 per minute" in html
    assert "Sample rate" in html


@pytest.mark.usefixtures("outbound")
def test_the_longest_prefix_answers(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    answers = {
        text: client.get(page_of(contoso), {"q": text}).context["answer"].rate.prefix
        for text in ("+886223456789", "+886912345678", "00886912345678", "(425) 555-0100", "+49")
    }

    assert list(answers.values()) == ["886", "8869", "8869", "1", "49"]


@pytest.mark.usefixtures("outbound")
def test_an_unknown_number_is_told_what_happens(contoso: Organization, sign_in: SignIn) -> None:
    html = sign_in(contoso).get(page_of(contoso), {"q": "+99912345678"}).content.decode()

    assert "There is no rate for +99912345678." in html
    assert "A new call to it is refused. One that has already been made is free." in html


@pytest.mark.usefixtures("outbound")
@pytest.mark.parametrize(
    ("text", "prefixes"),
    [
        ("", ["1", "49", "886", "8869"]),
        ("Taiwan", ["886", "8869"]),
        ("mobile", ["8869"]),
        ("germ", ["49"]),
        ("tw", ["886", "8869"]),
        ("88", ["886", "8869"]),
        ("+886912345678", ["886", "8869"]),
        ("Atlantis", []),
        ("100%", []),
    ],
)
def test_a_search_by_number_country_or_destination(
    contoso: Organization, sign_in: SignIn, text: str, prefixes: list[str]
) -> None:
    assert found(sign_in(contoso), contoso, text) == prefixes


@pytest.mark.usefixtures("outbound")
def test_a_country_is_found_by_its_name_in_the_language_of_the_page(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    contoso.memberships.get(role=Membership.Role.BILLING_ADMIN).user.__class__.objects.update(language="zh-hant")

    assert found(client, contoso, "德國") == ["49"]
    assert found(client, contoso, "Germany") == ["49"]


@pytest.mark.usefixtures("outbound", "inbound")
def test_toll_free_rates_go_by_the_country_of_the_number(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    html = client.get(page_of(contoso), {"service": "inbound_toll_free", "q": "+4980055501"}).content.decode()

    assert "A call that comes in at +4980055501 costs you" in html
    assert "$0.175 per minute" in html
    assert found(client, contoso, "", service="inbound_toll_free") == ["DE", "US"]


@pytest.mark.usefixtures("inbound")
def test_a_recorded_toll_free_number_has_its_own_country(contoso: Organization, sign_in: SignIn) -> None:
    contoso.service_numbers.create(number="+18335550100", country="DE", kind=ServiceNumber.Kind.TOLL_FREE)

    answer = sign_in(contoso).get(page_of(contoso), {"service": "inbound_toll_free", "q": "+18335550100"})

    assert answer.context["answer"].rate.country == "DE"
    assert [each.country for each in answer.context["rates"]] == ["DE"]


def test_no_deck_says_so(contoso: Organization, sign_in: SignIn) -> None:
    html = sign_in(contoso).get(page_of(contoso), {"q": "+886223456789"}).content.decode()

    assert "No rates are published yet" in html


@pytest.mark.usefixtures("outbound")
def test_the_newest_deck_that_has_begun_is_shown(contoso: Organization, sign_in: SignIn) -> None:
    begun = deck(rate("49", "DE", "Germany", "0.0500"), effective_on=date(2026, 11, 2), sample=False)
    deck(rate("49", "DE", "Germany", "0.9900"), effective_on=date(2026, 11, 3))

    answer = sign_in(contoso).get(page_of(contoso))

    assert answer.context["deck"] == begun
    assert "Sample" not in answer.content.decode()


@pytest.mark.usefixtures("outbound")
def test_conference_dial_out_has_a_tab_when_it_has_a_deck(contoso: Organization, sign_in: SignIn) -> None:
    client, of_conferences = sign_in(contoso), {"service": "conference", "q": "+49"}
    without = client.get(page_of(contoso), of_conferences)
    own = deck(rate("49", "DE", "Germany", "0.0220"), service=RateDeck.Service.CONFERENCE)

    answer = client.get(page_of(contoso), of_conferences)

    assert "Conference dial-out" not in without.content.decode()
    assert "$0.014 per minute" in without.content.decode()
    assert answer.context["deck"] == own
    assert "Conference dial-out" in answer.content.decode()
    assert "$0.022 per minute" in answer.content.decode()


@pytest.mark.usefixtures("outbound")
@pytest.mark.parametrize(
    "asked",
    [
        {"q": "x" * 65},
        {"q": "\0"},
        {"after": "'"},
        {"before": "\0"},
        {"before": "~"},
        {"after": "~\0"},
        {"after": "49~" + "x" * 61},
        {"service": "password"},
        {"q": "+" + "9" * 60},
    ],
)
def test_what_makes_no_sense_is_never_an_error(contoso: Organization, sign_in: SignIn, asked: dict[str, str]) -> None:
    assert sign_in(contoso).get(page_of(contoso), asked).status_code == 200


def walked(client: Client, organization: Organization, **asked: str) -> list[list[tuple[str, str]]]:
    """Prefix (inbound: country) and window of each rate, page by page; there and back they are the same."""
    there, back, url = [], [], f"?{urlencode(asked)}"
    while url:
        context = client.get(page_of(organization) + url).context
        there.append([(each.prefix or each.country, each.window) for each in context["rates"]])
        url, last = context["after_url"], context
    url = last["before_url"]
    while url:
        context = client.get(page_of(organization) + url).context
        back.append([(each.prefix or each.country, each.window) for each in context["rates"]])
        url = context["before_url"]
    assert there[:-1] == back[::-1]
    return there


def test_pages_of_a_long_deck_show_every_rate_once(contoso: Organization, sign_in: SignIn) -> None:
    deck(*(rate(str(number), "US", f"Place {number}", "0.01") for number in range(1000, 1120)))

    pages = walked(sign_in(contoso), contoso)

    assert [len(page) for page in pages] == [50, 50, 20]
    assert list(chain.from_iterable(pages)) == [(str(number), "") for number in range(1000, 1120)]


@pytest.mark.parametrize("before", [46, 47, 48, 49, 50, 97, 98, 99, 100])
def test_windows_of_one_prefix_at_the_edge_of_a_page(contoso: Organization, sign_in: SignIn, before: int) -> None:
    windows = ["Mon-Fri 08:00-18:00", "Mon-Fri 18:00-08:00", "Sat,Sun"]
    plain = [rate(str(number), "US", "Place", "0.01") for number in range(1000, 1000 + before)]
    behind = [rate(str(number), "US", "Place", "0.01") for number in range(2000, 2060)]
    timed = [rate("1999", "US", "Place", "0.01", window=window) for window in windows]
    deck(*plain, *timed, *behind, zone="America/New_York")

    pages = walked(sign_in(contoso), contoso)

    assert [len(page) for page in pages[:2]] == [50, 50]
    found = list(chain.from_iterable(pages))
    assert found[before : before + 3] == [("1999", window) for window in windows]
    assert len(found) == len(set(found)) == before + 63


def test_a_catch_all_comes_first(contoso: Organization, sign_in: SignIn) -> None:
    numbered = [rate(str(number), "US", "Place", "0.01") for number in range(1000, 1099)]
    deck(
        *numbered,
        rate("", "ZZ", "Anywhere", "9.00", window="Sat,Sun"),
        rate("", "ZZ", "Anywhere", "8", window="Mon-Fri"),
    )
    client = sign_in(contoso)

    pages = walked(client, contoso)

    assert pages[0][:3] == [("ZZ", "Mon-Fri"), ("ZZ", "Sat,Sun"), ("1000", "")]
    assert [len(page) for page in pages] == [50, 50, 1]
    assert found(client, contoso, "+1000555555") == ["ZZ", "ZZ", "1000"]
    html = client.get(page_of(contoso)).content.decode()
    assert "any number" in html
    assert "Sat,Sun (UTC)" in html


def test_windows_of_an_inbound_country_are_paged_too(contoso: Organization, sign_in: SignIn) -> None:
    countries = [f"{one}{two}" for one in "ABCDE" for two in "ABCDEFGHIJ"]
    windows = ["Mon-Fri", "Sat,Sun"]
    rates = (rate("", country, "Place", "0.02", window=window) for country in countries for window in windows)
    deck(*rates, service=RateDeck.Service.INBOUND_TOLL_FREE)

    pages = walked(sign_in(contoso), contoso, service="inbound_toll_free")

    assert list(chain.from_iterable(pages)) == [(country, window) for country in countries for window in windows]


@pytest.mark.parametrize("rows", [10, 200])
def test_the_number_of_queries_does_not_grow(
    contoso: Organization, sign_in: SignIn, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    deck(*(rate(str(1000 + number), "US", "Place", "0.01") for number in range(rows)))
    client = sign_in(contoso)
    client.get(page_of(contoso), {"q": "+1000555555"})  # the deck is kept in the process from here on

    with django_assert_num_queries(11):
        client.get(page_of(contoso), {"q": "+1000555555"})


@pytest.mark.parametrize(("minutes", "said"), [("", "10 minutes: <strong>$1.1300"), ("1", "1 minute: <strong>$0.1130")])
@pytest.mark.usefixtures("outbound")
def test_the_cost_of_a_call_is_worked_out(contoso: Organization, sign_in: SignIn, minutes: str, said: str) -> None:
    html = sign_in(contoso).get(page_of(contoso), {"q": "+886912345678", "minutes": minutes}).text

    assert said in html


def test_a_tariff_of_several_slots_is_explained(contoso: Organization, sign_in: SignIn) -> None:
    deck(rate("886", "TW", "Taiwan", "0.0150", slots="0:0.4/60/30 60:0.2/60/10", connection_fee=Decimal("0.8")))

    html = sign_in(contoso).get(page_of(contoso), {"q": "+886223456789", "minutes": "2"}).text

    assert "2 minutes: <strong>$1.4000" in html
    assert "60 s at $0.2000 per 60 s" in html


@pytest.mark.parametrize("minutes", ["0", "-1", "1.5", "x", "10081"])
@pytest.mark.usefixtures("outbound")
def test_a_length_that_makes_no_sense_is_answered_at_its_field(
    contoso: Organization, sign_in: SignIn, minutes: str
) -> None:
    answer = sign_in(contoso).get(page_of(contoso), {"q": "+886912345678", "minutes": minutes})

    assert answer.status_code == 200
    assert "minutes" in answer.context["form"].errors


def test_the_deck_in_force_is_a_file(contoso: Organization, outbound: RateDeck, sign_in: SignIn) -> None:
    address = reverse("rating:rates_csv", args=[contoso.slug])

    answer = sign_in(contoso, role="reader").get(address, {"service": "outbound"})
    lines = b"".join(answer).decode("utf-8-sig").splitlines()

    assert answer["Content-Disposition"] == f'attachment; filename="rates-outbound-{outbound.effective_on}.csv"'
    assert lines[0].startswith("Prefix,Destination,Country or region,Country code,Kind,Per minute")
    assert len(lines) == outbound.rates.count() + 1


def test_a_file_of_rates_has_only_those_that_were_found(
    contoso: Organization, outbound: RateDeck, sign_in: SignIn
) -> None:
    address = reverse("rating:rates_csv", args=[contoso.slug])

    lines = b"".join(sign_in(contoso).get(address, {"q": "Taiwan"})).decode("utf-8-sig").splitlines()

    assert len(lines) > 1
    assert all(",TW," in line for line in lines[1:])


def test_without_a_deck_there_is_no_file(contoso: Organization, northwind: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    assert client.get(reverse("rating:rates_csv", args=[contoso.slug])).status_code == 302
    assert client.get(reverse("rating:rates_csv", args=[northwind.slug])).status_code == 404
