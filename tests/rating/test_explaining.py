"""Why a call cost what it did: by rate, by minutes, by lots; on its page, in the back office, and for programs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from rating import explaining
from rating.explaining import Why
from rating.models import Rate, RateDeck, Rerating, UsageRecord
from subscriptions.models import Activity, Membership, Organization
from tests import factories
from tests.rating import cast
from tests.rating.again import OCTOBER, again, charge_all, grant, replaced
from tests.rating.cast import row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
ABROAD = "+33142270000"


def charged(organization: Organization, folder: Path, now: datetime, **other: str) -> UsageRecord:
    cast.take(organization, folder, row(**other))
    charge_all(now)
    return organization.usage_records.get()


def deck(**columns: object) -> RateDeck:
    """An outbound deck with one rate to France, as given."""
    made = RateDeck.objects.create(
        name="Tiered",
        service=RateDeck.Service.OUTBOUND,
        currency="USD",
        effective_on=cast.SAMPLE_DAY,
        checksum="0" * 64,
        created_at=factories.NOW,
    )
    values = {"prefix": "33", "country": "FR", "destination": "France", "kind": "mixed", "per_minute": Decimal("0.05")}
    windows = str(columns.pop("windows", "")).split("|")
    for times, window in enumerate(windows, 1):
        price = {"per_minute": times * Decimal("0.05")}
        Rate.objects.create(deck=made, **(values | price | columns), window=window)
    RateDeck.objects.filter(pk=made.pk).update(published_at=factories.NOW)
    return made


def test_each_step_of_a_tiered_rate_is_told(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    deck(slots="0:0.4/60/30 60:0.2/60/10", connection_fee=Decimal("0.8"), rounding="up", decimals=2)

    found = explaining.of(
        charged(tailspin, tmp_path, now, Destination_Number=ABROAD, Duration_Seconds="95"), numbers=True
    )

    first, second = found.steps
    assert (first["start"], first["used"], first["billed"], first["increments"]) == (0, 60, 60, 2)
    assert (second["start"], second["used"], second["billed"], second["increments"]) == (60, 35, 40, 4)
    assert f"{second['amount']:.4f}" == "0.1333"
    assert f"{found.exact:.6f}" == "1.333333"
    assert (found.computed, found.agrees) == (Decimal("1.34"), True)


def test_the_window_of_each_step_is_told(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    deck(windows="09:00-09:01|09:01-09:00")

    found = explaining.of(charged(tailspin, tmp_path, now, Destination_Number=ABROAD), numbers=True)

    assert found.agrees
    assert [(step["window"], step["rate"]) for step in found.steps] == [
        ("Mon-Sun 09:00-09:01", Decimal("0.05")),
        ("Mon-Sun 09:01-24:00", Decimal("0.10")),
    ]


def test_the_paid_part_begins_where_the_covered_minutes_end(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    deck(windows="09:00-10:00|10:00-09:00", country="GB", prefix="44")
    cast.person(tailspin, "MCOPSTN5")

    found = explaining.of(charged(tailspin, tmp_path, now, Duration_Seconds=str(125 * 60)), numbers=True)

    assert found.agrees
    assert [(step["window"], step["used"]) for step in found.steps] == [("Mon-Sun 10:00-24:00", 300)]


def test_lots_and_what_is_owed_add_up_to_the_charge_also_after_a_rerating(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    cast.deck({"33 FR": "0.05"})
    lot = grant(tailspin, "0.30", now=now, expires_at=now + timedelta(days=90))
    record = charged(tailspin, tmp_path, now, Destination_Number=ABROAD)
    replaced({"33 FR": "0.20"})
    done = again(tailspin, now, why="wrong deck")
    record.refresh_from_db()

    found = explaining.of(record, numbers=True)

    assert [(each.lot, each.amount) for each in found.paid] == [(lot, Decimal("0.30")), (None, Decimal("0.10"))]
    assert (found.owed, found.agrees, record.charge) == (Decimal("0.10"), True, Decimal("0.40"))
    assert [line.rerating for line in found.lines] == [done]
    said = explaining.as_json(found)
    assert (said["charge"], said["owed"]) == ("0.400000", "0.100000")
    assert said["rate"]["version"] == record.rate.deck_id if record.rate else None
    assert [(line["before"], line["after"]) for line in said["reratings"]] == [("0.100000", "0.400000")]


def test_an_amount_without_end_is_cut_off_and_says_so(
    tailspin: Organization, tmp_path: Path, now: datetime, sign_in: Callable[..., Client]
) -> None:
    deck(slots="0:0.2/60/10", rounding="up", decimals=2)
    record = charged(tailspin, tmp_path, now, Destination_Number=ABROAD, Duration_Seconds="40")

    page = sign_in(tailspin).get(reverse("rating:call", args=[tailspin.slug, record.pk])).content.decode()

    assert "$0.13333333…" in page


def test_what_does_not_agree_is_said(
    tailspin: Organization, tmp_path: Path, now: datetime, sign_in: Callable[..., Client]
) -> None:
    cast.deck({"33 FR": "0.05"})
    record = charged(tailspin, tmp_path, now, Destination_Number=ABROAD)
    UsageRecord.objects.filter(pk=record.pk).update(rate=cast.deck({"33 FR": "0.07"}, "conference").rates.get())

    page = sign_in(tailspin).get(reverse("rating:call", args=[tailspin.slug, record.pk])).content.decode()

    assert "$0.1000 was charged; the rate makes it $0.1400." in page


def test_the_page_is_reached_from_the_usage_page_and_shows_all(
    tailspin: Organization, tmp_path: Path, now: datetime, sign_in: Callable[..., Client]
) -> None:
    cast.deck({"44 GB": "0.02"})
    cast.person(tailspin, "MCOPSTN5")
    record = charged(tailspin, tmp_path, now, Duration_Seconds=str(125 * 60))
    address = reverse("rating:call", args=[tailspin.slug, record.pk])
    client = sign_in(tailspin)

    usage_address = reverse("rating:usage", args=[tailspin.slug])
    usage = client.get(usage_address).content.decode()
    page = client.get(address).content.decode()

    assert f'href="{address.removeprefix(usage_address)}"' in usage
    for words in (
        "+442079460000",
        "Minutes of a plan cover the beginning",
        "GB MCOPSTN5 domestic",
        "$0.1000",
        "Still owed",
    ):
        assert words in page


def test_readers_see_numbers_masked(
    tailspin: Organization, tmp_path: Path, now: datetime, sign_in: Callable[..., Client]
) -> None:
    record = charged(tailspin, tmp_path, now, Destination_Number=ABROAD)

    client = sign_in(tailspin, role=Membership.Role.READER)
    page = client.get(reverse("rating:call", args=[tailspin.slug, record.pk])).content.decode()

    assert ABROAD not in page
    assert record.caller not in page
    assert "+33*******00" in page


def test_calls_of_others_are_not_found(
    tailspin: Organization, northwind: Organization, tmp_path: Path, now: datetime, sign_in: Callable[..., Client]
) -> None:
    record = charged(northwind, tmp_path, now)

    assert sign_in(tailspin).get(reverse("rating:call", args=[tailspin.slug, record.pk])).status_code == 404
    assert sign_in(tailspin).get(reverse("rating:call", args=[northwind.slug, record.pk])).status_code == 404


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"Call_Type": "emergency_out"}, Why.EMERGENCY),
        ({"Duration_Seconds": "0"}, Why.NO_SECONDS),
        ({"Call_Type": "unassigned_in"}, Why.INCOMING),
        ({"Call_Type": "conf_in"}, Why.INCOMING_SERVICE),
        ({"Destination_Number": "+999123456"}, Why.NO_RATE),
        ({"Start_Time": "2025-10-14T09:00:00Z"}, Why.WAITING),
    ],
)
def test_what_costs_nothing_has_its_reason(
    tailspin: Organization,
    tmp_path: Path,
    now: datetime,
    sign_in: Callable[..., Client],
    other: dict[str, str],
    why: Why,
) -> None:
    cast.deck({"44 GB": "0.02"})
    record = charged(tailspin, tmp_path, now, **other)

    found = explaining.of(record, numbers=True)

    assert (found.why, found.paid, found.price) == (why, (), None)
    assert found.text in sign_in(tailspin).get(reverse("rating:call", args=[tailspin.slug, record.pk])).content.decode()


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(factories.UserFactory.create(is_staff=True, is_superuser=True))
    return client


def test_the_back_office_explains_too(tailspin: Organization, tmp_path: Path, now: datetime, staff: Client) -> None:
    cast.deck({"33 FR": "0.05"})
    record = charged(tailspin, tmp_path, now, Destination_Number=ABROAD)

    page = staff.get(reverse("admin:rating_usagerecord_change", args=[record.pk])).content.decode()

    assert "Why this charge" in page
    assert "No license of the subscriber brings minutes" in page


def test_staff_see_first_and_book_then(tailspin: Organization, tmp_path: Path, now: datetime, staff: Client) -> None:
    cast.deck({"33 FR": "0.05"})
    record = charged(tailspin, tmp_path, now, Destination_Number=ABROAD)
    replaced({"33 FR": "0.03"})
    address = reverse("admin:rating_rerating_rerate")
    months = {"account": str(tailspin.pk), "first": "2026-10", "last": "2026-10"}

    assert address in staff.get(reverse("admin:rating_rerating_changelist")).content.decode()
    assert staff.get(address).status_code == 200
    seen = staff.get(address, months).content.decode()
    assert record.usage_id in seen
    assert "$0.1000 before, $0.0600 after" in seen
    assert "This field is required" in staff.post(address, months).content.decode()
    assert not Rerating.objects.exists()
    done = staff.post(address, {**months, "why": "wrong deck"}, follow=True).content.decode()

    assert "1 call was corrected." in done
    record.refresh_from_db()
    assert record.charge == Decimal("0.06")
    assert Activity.objects.get(action="usage.rerated").actor is not None
    again_ = staff.post(address, {**months, "why": "wrong deck"}, follow=True).content.decode()
    assert "No call differs" in again_


def test_the_command_previews_and_books(
    tailspin: Organization, tmp_path: Path, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    cast.deck({"33 FR": "0.05"})
    record = charged(tailspin, tmp_path, now, Destination_Number=ABROAD)
    replaced({"33 FR": "0.03"})
    words = ["rerate", tailspin.slug, "--from", "2026-10", "--to", "2026-10"]

    call_command(*words)
    assert "1 calls, 1 differ: 0.1000 -> 0.0600 USD" in capsys.readouterr().out
    assert not Rerating.objects.exists()
    call_command(*words, "--apply", "--why", "wrong deck", "--json")
    assert f'"usage_id": "{record.usage_id}"' in capsys.readouterr().out
    assert Rerating.objects.get().first_month == OCTOBER


def test_what_another_license_in_the_file_means_is_said(
    tailspin: Organization, tmp_path: Path, now: datetime, sign_in: Callable[..., Client]
) -> None:
    deck(slots="0:0.2/60/10", rounding="up", decimals=2)
    record = charged(tailspin, tmp_path, now, Destination_Number=ABROAD, Duration_Seconds="40")
    client, here = sign_in(tailspin), reverse("rating:call", args=[tailspin.slug, record.pk])
    pages = []

    for differs in (False, True):
        UsageRecord.objects.filter(pk=record.pk).update(licence_differs=differs)
        pages.append(client.get(here).content.decode())

    assert ["The call is priced by our records" in page for page in pages] == [False, True]
