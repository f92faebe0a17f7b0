"""Who is told what: roles by kind, addresses beyond the members, and always somebody where it is about money."""

from collections.abc import Iterable
from datetime import datetime

import pytest

from notifications import choices, outbox, recipients
from notifications.models import ExtraAddress, NoticeRoles
from notifications.recipients import Kind, Role
from subscriptions.models import Activity, Organization, User
from tests.notifications import samples

OWNER, BILLING, READER = (f"{role}@contoso.example" for role in ("owner", "billing-admin", "reader"))


def actor(organization: Organization) -> User:
    return organization.memberships.get(role=Role.OWNER).user


def choose(organization: Organization, now: datetime, **roles: Iterable[Role]) -> None:
    chosen = {Kind(name): frozenset(given) for name, given in roles.items()}
    choices.choose(organization, chosen, attach_receipts=True, actor=actor(organization), now=now)


def add(organization: Organization, address: str, now: datetime, *kinds: Kind, language: str = "en") -> ExtraAddress:
    return choices.add_address(
        organization, address, language=language, kinds=kinds, actor=actor(organization), now=now
    )


def told(organization: Organization, kind: Kind, now: datetime) -> dict[str, str]:
    """Addresses and languages of the copies of a notice."""
    notice = samples.post(organization, kind, now=now)
    outbox.address(notice, now=now)
    return dict(notice.deliveries.values_list("address", "language"))


def test_a_chosen_role_replaces_the_usual_ones_for_that_kind_alone(contoso: Organization, now: datetime) -> None:
    choose(contoso, now, funds_added={Role.READER})

    assert set(told(contoso, Kind.FUNDS_ADDED, now)) == {READER}
    assert set(told(contoso, Kind.REFUNDED, now)) == {OWNER, BILLING}


def test_an_extra_address_is_told_in_its_language_of_all_kinds_or_of_those_it_names(
    contoso: Organization, now: datetime
) -> None:
    add(contoso, "all@books.example", now, language="zh-hant")
    add(contoso, "some@books.example", now, Kind.REFUNDED)

    funds, refund = told(contoso, Kind.FUNDS_ADDED, now), told(contoso, Kind.REFUNDED, now)

    assert funds["all@books.example"] == refund["all@books.example"] == "zh-hant"
    assert "some@books.example" not in funds
    assert "some@books.example" in refund


def test_an_address_that_is_a_members_too_gets_one_copy_in_the_members_language(
    contoso: Organization, now: datetime
) -> None:
    add(contoso, OWNER.upper(), now, language="zh-hant")

    assert told(contoso, Kind.REFUNDED, now) == {OWNER: "en", BILLING: "en"}


def test_nobody_of_another_organizations_extra_addresses_is_told(
    contoso: Organization, northwind: Organization, now: datetime
) -> None:
    add(northwind, "books@northwind.example", now)

    assert set(told(contoso, Kind.REFUNDED, now)) == {OWNER, BILLING}


def test_optional_kinds_can_be_switched_off_and_those_of_money_cannot(contoso: Organization, now: datetime) -> None:
    choose(contoso, now, **{kind.value: () for kind in recipients.OPTIONAL})
    assert told(contoso, Kind.BALANCE_LOW, now) == {}

    for kind in set(Kind) - recipients.OPTIONAL:
        with pytest.raises(choices.NobodyLeft) as left:
            choose(contoso, now, **{kind.value: ()})
        assert left.value.kinds == [kind]
        assert not NoticeRoles.objects.filter(kind=kind).exists()


def test_a_role_without_members_is_nobody(contoso: Organization, now: datetime) -> None:
    contoso.memberships.filter(role=Role.READER).delete()

    with pytest.raises(choices.NobodyLeft):
        choose(contoso, now, refunded={Role.READER})


def test_one_address_is_enough_and_then_it_stays(contoso: Organization, now: datetime) -> None:
    extra = add(contoso, "books@contoso.example", now, Kind.REFUNDED)
    choose(contoso, now, refunded=())

    with pytest.raises(choices.NobodyLeft):
        choices.remove_address(extra, actor=actor(contoso), now=now)

    assert set(told(contoso, Kind.REFUNDED, now)) == {"books@contoso.example"}
    assert not Activity.objects.filter(action="address.removed").exists()


def test_where_the_last_of_a_role_has_left_the_usual_ones_are_told_of_money(
    contoso: Organization, now: datetime
) -> None:
    choose(contoso, now, refunded={Role.READER}, balance_low={Role.READER})
    contoso.memberships.filter(role=Role.READER).delete()

    assert set(told(contoso, Kind.REFUNDED, now)) == {OWNER, BILLING}
    assert told(contoso, Kind.BALANCE_LOW, now) == {}


def test_an_address_that_was_removed_meanwhile_gets_nothing(contoso: Organization, now: datetime) -> None:
    extra = add(contoso, "books@contoso.example", now)
    notice = samples.post(contoso, now=now)
    outbox.address(notice, now=now)
    choices.remove_address(extra, actor=actor(contoso), now=now)

    outbox.deliver_due(now=now, limit=10)

    copy = notice.deliveries.get(address="books@contoso.example")
    assert copy.state == "failed"
    assert copy.error == "no longer a member, nor one of the extra addresses for this notice"


def test_an_address_is_there_once_whatever_its_case(contoso: Organization, now: datetime) -> None:
    add(contoso, "books@contoso.example", now)

    with pytest.raises(choices.AlreadyThere):
        add(contoso, "Books@Contoso.example", now)

    assert contoso.extra_addresses.count() == 1


def test_there_are_twenty_addresses_at_most(contoso: Organization, now: datetime) -> None:
    for number in range(choices.MOST_ADDRESSES):
        add(contoso, f"books{number}@contoso.example", now)

    with pytest.raises(choices.TooMany):
        add(contoso, "one-more@contoso.example", now)


def test_what_is_chosen_is_on_record_with_who_chose_it(contoso: Organization, now: datetime) -> None:
    extra = add(contoso, "books@contoso.example", now)
    choose(contoso, now, refunded={Role.OWNER}, funds_added=recipients.ROLES[Kind.FUNDS_ADDED])
    choices.remove_address(extra, actor=actor(contoso), now=now)

    recorded = Activity.objects.order_by("pk").values_list("action", "actor_name", "facts")
    assert [row[:2] for row in recorded] == [
        ("address.added", OWNER), ("notices.chosen", OWNER), ("address.removed", OWNER),
    ]  # fmt: skip
    assert recorded[1][2] == {"kinds": ["refunded"], "attach_receipts": True}


def test_a_role_that_there_is_no_more_is_passed_over(contoso: Organization, now: datetime) -> None:
    NoticeRoles.objects.create(organization=contoso, kind=Kind.REFUNDED, roles=["janitor", "reader"])

    assert set(told(contoso, Kind.REFUNDED, now)) == {READER}
