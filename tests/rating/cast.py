"""What the tests of rating build: decks, people with licences, and usage files row by row."""

import csv
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

from rating import decks, intake
from rating.decks import Publication
from rating.models import RateDeck, UsageFile
from rating.models.usage import UsageRecord
from subscriptions import catalogue, licence_files, licences
from subscriptions.licence_files import Person
from subscriptions.models import Organization, Plan, Subscriber
from tests import factories

DATA = Path(__file__).parents[2] / "rating" / "data"
OUTBOUND, INBOUND = DATA / "acs-pstn-rates-2025-10-15.csv", DATA / "inbound-toll-free-2025-10-15.csv"
SAMPLE_DAY = date(2025, 10, 15)
HEADER = (DATA / "usage-tailspin-2026-09-10.csv").read_text(encoding="utf-8").splitlines()[0].split(",")

#: A British call of two minutes to London; `row` says what is different.
CALL = {
    "UsageId": "00000000-0000-4000-8000-000000000001",
    "User Location": "GB",
    "UPN": "amara.obi@tailspin.example",
    "User Display Name": "Amara Obi",
    "Caller ID": "+442079460000",
    "Call Type": "user_out",
    "Number Type": "user",
    "Destination Number": "+442079460000",
    "Start Time": "2026-10-01T09:00:00.1234567+00:00",
    "End Time": "2026-10-01T09:02:00.1234567+00:00",
    "Duration Seconds": "120",
    "Currency": "USD",
    "Capability": "MCOPSTN5",
}


def row(number: int = 1, /, **other: str) -> dict[str, str]:
    """A row of the export; the number makes its usage id. Columns by keyword with `_` for a blank."""
    changed = {name.replace("_", " "): value for name, value in other.items()}
    return dict.fromkeys(HEADER, "") | CALL | {"UsageId": f"00000000-0000-4000-8000-{number:012}"} | changed


def usage_file(folder: Path, rows: Iterable[dict[str, str]], name: str = "usage.csv") -> Path:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        writer.writerows(rows)
    return path


def take(organization: Organization, folder: Path, *rows: dict[str, str], name: str = "usage.csv") -> UsageFile:
    return intake.take_file(usage_file(folder, rows, name), organization, now=factories.NOW)


def taken(organization: Organization, folder: Path, **other: str) -> UsageRecord:
    """The record of one row."""
    take(organization, folder, row(**other))
    return organization.usage_records.latest("pk")


def deck(rates: dict[str, str], service: str = RateDeck.Service.OUTBOUND, on: date = SAMPLE_DAY) -> RateDeck:
    """A published deck: outbound by "prefix country", inbound by "country", each with its price a minute."""
    made = RateDeck.objects.create(
        name="deck",
        service=service,
        currency="USD",
        effective_on=on,
        checksum=f"{service}{on}",
        created_at=factories.NOW,
    )
    for key, price in rates.items():
        prefix, _, country = key.rpartition(" ")
        made.rates.create(prefix=prefix, country=country, destination=key, kind="mixed", per_minute=Decimal(price))
    RateDeck.objects.filter(pk=made.pk).update(published_at=factories.NOW)
    return made


def publish(path: Path, service: str, *, on: date = SAMPLE_DAY, currency: str = "USD") -> tuple[RateDeck, bool]:
    wanted = Publication(service=service, currency=currency, effective_on=on, name=path.stem)
    return decks.publish(path, wanted, now=factories.NOW)


def publish_samples() -> None:
    publish(OUTBOUND, RateDeck.Service.OUTBOUND)
    publish(INBOUND, RateDeck.Service.INBOUND_TOLL_FREE)


def license_people(organization: Organization, path: Path) -> None:
    catalogue.seed()
    codes = frozenset(Plan.objects.values_list("code", flat=True))
    with path.open(encoding="utf-8", newline="") as lines:
        people = [one for one in licence_files.read(lines, known=codes) if isinstance(one, Person)]
    licences.import_people(organization, people, since=None, actor=None, now=factories.NOW)


def person(
    organization: Organization, codes: str, upn: str = "amara.obi@tailspin.example", at: str = "GB"
) -> Subscriber:
    """A subscriber at that usage location with these licences, held since ever."""
    catalogue.seed()
    made = factories.SubscriberFactory.create(organization=organization, upn=upn, usage_location=at)
    for code in codes.split():
        made.licences.create(plan=Plan.objects.get(code=code))
    return made
