"""What goes out as a usage export comes in again as what is there already."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from rating import authorizing, charging, exports, intake
from rating.models import UsageFile, UsageRecord
from subscriptions.models import Membership, Organization
from tests import factories
from tests.rating import cast, phone
from tests.rating.cast import row

pytestmark = [pytest.mark.usefixtures("frozen"), pytest.mark.django_db(transaction=True)]
OBJECT_ID = "0f0e0d0c-0000-4000-8000-0000000000aa"


def exported(organization: Organization, folder: Path, *, numbers: bool = True) -> Path:
    path = folder / "out.csv"
    lines = exports.usage(organization.usage_records.all(), currency="USD", numbers=numbers)
    path.write_text("".join(lines), encoding="utf-8", newline="")
    return path


def again(organization: Organization, path: Path) -> tuple[int, int, int]:
    file = intake.take_file(path, organization, now=factories.NOW)
    return file.new, file.repeated, file.quarantined


@pytest.mark.parametrize("name", ["contoso", "tailspin"])
def test_the_whole_sample_comes_back(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    organization: Organization = request.getfixturevalue(name)
    file = intake.take_file(cast.DATA / f"usage-{name}-2026-09-10.csv", organization, now=factories.NOW)

    assert again(organization, exported(organization, tmp_path)) == (0, file.new, 0)


def test_people_with_one_name_two_names_and_none(tailspin: Organization, tmp_path: Path) -> None:
    cast.take(
        tailspin,
        tmp_path,
        row(1, UPN="New.Person@Tailspin.example"),
        row(2, UPN="new.person@tailspin.example", Microsoft_Entra_ObjectId=OBJECT_ID),
        row(3, UPN="", Microsoft_Entra_ObjectId=OBJECT_ID),
        row(4, UPN="", Microsoft_Entra_ObjectId=OBJECT_ID.replace("aa", "bb")),
        row(5, UPN="", Call_Type="ucap_out", Capability="MCOEV_VIRTUALUSER"),
        row(6, Caller_ID="", Destination_Number="+4420****", User_Display_Name='=HYPERLINK("x")'),
        row(7, Destination_Number="020 7946 0000", Start_Time="2026-10-01T09:00:00Z", Duration_Seconds="0"),
    )

    path = exported(tailspin, tmp_path)

    assert again(tailspin, path) == (0, 7, 0)
    assert "'=HYPERLINK" in path.read_text(encoding="utf-8")


def test_a_call_of_a_session_is_known_when_the_export_brings_it(now: datetime, tmp_path: Path) -> None:
    one = phone.phone(now)
    name = "ABCDEF00-0000-4000-8000-000000000001"
    one.asks(name)
    one.ends(61, name)

    assert again(one.organization, exported(one.organization, tmp_path)) == (0, 1, 0)


def test_a_session_whose_call_the_export_has_brought_is_refused(now: datetime, tmp_path: Path) -> None:
    one = phone.phone(now)
    name = row()["UsageId"]
    one.asks(name)
    cast.take(one.organization, tmp_path, row())

    with pytest.raises(authorizing.Conflict):
        one.ends(61, name)

    assert UsageRecord.objects.count() == 1


def test_charges_and_directions_are_in_it(tailspin: Organization, tmp_path: Path) -> None:
    cast.deck({"33 FR": "0.5", "44 GB": "0.015"})
    record = cast.taken(tailspin, tmp_path, Destination_Number="+33123456789", Duration_Seconds="61")
    account = tailspin.account
    charging.charge(account, UsageRecord.objects.filter(pk=record.pk), now=factories.NOW)

    header, line = exported(tailspin, tmp_path).read_text(encoding="utf-8").splitlines()

    said = dict(zip(header.split(","), line.split(","), strict=True))
    assert (said["Charge"], said["Currency"], said["Call Direction"]) == ("1.0000", "USD", "outbound")
    assert (said["Destination Dialed"], said["External Country"]) == ("France", "FR")
    assert said["Domestic/International"] == "International"


def test_the_page_gives_the_calls_it_shows(
    sign_in: Callable[..., Client], tailspin: Organization, tmp_path: Path
) -> None:
    cast.take(tailspin, tmp_path, row(1), row(2, Call_Type="conf_out"))
    client = sign_in(tailspin)

    page = client.get(reverse("rating:usage", args=["tailspin"]), {"type": "conf_out"})
    answer = client.get(reverse("rating:usage_csv", args=["tailspin"]), {"type": "conf_out"})

    text = b"".join(answer).decode()
    assert answer["Content-Type"].startswith("text/csv")
    assert reverse("rating:usage_csv", args=["tailspin"]) + "?type=conf_out" in page.text
    assert [line.split(",")[8] for line in text.splitlines()[1:]] == ["conf_out"]


def test_a_reader_gets_masked_numbers(sign_in: Callable[..., Client], tailspin: Organization, tmp_path: Path) -> None:
    cast.take(tailspin, tmp_path, row(1))

    answer = sign_in(tailspin, role=Membership.Role.READER).get(reverse("rating:usage_csv", args=["tailspin"]))

    assert "+442079460000" not in b"".join(answer).decode()


def test_a_filter_that_makes_no_sense_is_answered_on_the_page(
    sign_in: Callable[..., Client], tailspin: Organization
) -> None:
    answer = sign_in(tailspin).get(reverse("rating:usage_csv", args=["tailspin"]), {"from": "x"}, follow=True)

    assert answer.redirect_chain[0][0].startswith("../")
    assert "Enter a day that exists" in answer.text


def test_another_organization_is_not_exported(
    sign_in: Callable[..., Client], tailspin: Organization, northwind: Organization
) -> None:
    assert sign_in(northwind).get(reverse("rating:usage_csv", args=["tailspin"])).status_code == 404
    assert UsageFile.objects.count() == 0
