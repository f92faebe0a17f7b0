"""Organizations for every page to show, made by the rules of the product: with so many of everything, or run dry."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from credits import accounts, receipts, tax
from credits.models import Account, AutoRecharge, Evaluation, Payment, RefundRequest, TaxRate
from notifications import outbox
from notifications.models import Delivery, Notice
from rating import charging, intake, limits
from rating.models import DialOutPolicy, Upload
from subscriptions import activity, catalogue, keys, lifecycle
from subscriptions.models import Licence, Membership, Order, Organization, Plan, Subscription, User
from tests import factories
from tests.credits.desk import Desk
from tests.notifications import samples
from tests.rating import cast

DAY = timedelta(days=1)
#: Nobody has more of them, however much else there is.
CARDS = 5
KINDS = (Notice.Kind.RECHARGE_PAID, Notice.Kind.RECHARGE_FAILED, Notice.Kind.BALANCE_LOW, Notice.Kind.LOT_EXPIRES)


def fill(organization: Organization, folder: Path, *, rows: int, now: datetime) -> None:
    """So many rows of whatever a page of the organization lists."""
    owner = organization.memberships.get(role=Membership.Role.OWNER).user
    if not organization.account.payment_methods.exists():
        factories.MethodFactory.create(account=organization.account)
    AutoRecharge.objects.filter(account=organization.account).update(enabled=True)
    _agree(organization, owner, rows, now)
    _employ(organization, rows, now)
    _buy(organization, rows, now)
    _limit(organization, owner, rows, now)
    _call(organization, folder, rows, now)
    _watch(organization, rows, now)
    _tell(organization, rows, now)
    _remember(organization, owner, rows, now)
    _hand_in(organization, owner, rows, now)


def run_dry(organization: Organization, *, now: datetime) -> None:
    """More was used than there was, the card was declined, auto-recharge is paused, a file was refused."""
    account, desk = organization.account, Desk(organization)
    owner = organization.memberships.get(role=Membership.Role.OWNER).user
    desk.promote(5, now=now - 2 * DAY)
    desk.spend("47.50", now=now - DAY)
    AutoRecharge.objects.filter(account=account).update(enabled=True, failed_rounds=3, paused_at=now)
    card = factories.MethodFactory.create(account=account, exp_month=now.month, exp_year=now.year)
    _evaluate(account, 1, Evaluation.Outcome.DECLINED, now)
    Payment.objects.create(
        account=account, kind=Payment.Kind.MANUAL, state=Payment.State.FAILED, method=card, currency="USD", amount=50,
        created_at=now, due_at=now, closed_at=now, error_code="insufficient_funds",
    )  # fmt: skip
    Subscription.objects.create(
        organization=organization, plan=Plan.objects.get(code="MCOPSTN1"), quantity=5, started_at=now - 40 * DAY,
        state=Subscription.State.CANCELLED, ends_at=now - 9 * DAY,
    )  # fmt: skip
    Order.objects.create(
        organization=organization, plan=Plan.objects.get(code="MCOPSTN1"), quantity=5, currency="USD",
        placed_at=now - 40 * DAY, placed_by=owner, placed_by_name=owner.name,
    )  # fmt: skip
    factories.SubscriberFactory.create(organization=organization, display_name="Person 0")
    _upload(organization, owner, 1, now, state=Upload.State.REFUSED, refusal="This is not a usage export.")


def _agree(organization: Organization, owner: User, rows: int, now: datetime) -> None:
    """Members, invitations, subscriptions and the orders behind them."""
    plans = list(Plan.objects.order_by("position"))
    for number in range(rows):
        factories.MembershipFactory.create(
            organization=organization, role=Membership.Role.READER, user__name=f"Reader {number}"
        )
        address = f"invited{number}@{organization.slug}.example"
        lifecycle.invite(organization, address, Membership.Role.READER, actor=owner, now=now - DAY)
        plan = plans[number % len(plans)]
        Subscription.objects.get_or_create(
            organization=organization, plan=plan, defaults={"quantity": 25, "started_at": now - 40 * DAY}
        )
        Order.objects.create(
            organization=organization, plan=plan, quantity=25, price=Decimal(12), currency="USD",
            placed_at=now - 40 * DAY, placed_by=owner, placed_by_name=owner.name,
        )  # fmt: skip


def _employ(organization: Organization, rows: int, now: datetime) -> None:
    """Subscribers of two departments, each with the licence for credits, the first also with a Calling Plan."""
    credits, calling = Plan.objects.get(code="MCOPSTNPP"), Plan.objects.get(code="MCOPSTN1")
    for number in range(rows):
        person = factories.SubscriberFactory.create(
            organization=organization, upn=upn(organization, number), display_name=f"Person {number}",
            department="Sales" if number % 2 else "Support", usage_location="GB",
        )  # fmt: skip
        Licence.objects.create(subscriber=person, plan=credits)
        organization.service_numbers.create(number=f"+4420794{number:05}", country="GB", kind="toll")
    Licence.objects.create(subscriber=organization.subscribers.earliest("pk"), plan=calling)


def upn(organization: Organization, number: int) -> str:
    return f"person{number}@{organization.slug}.example"


def _buy(organization: Organization, rows: int, now: datetime) -> None:
    """Purchases by day with their receipts; the last is asked to be given back, and a gift expires in a week."""
    desk = Desk(organization)
    desk.promote(10, now=now - 50 * DAY, ends=now - 20 * DAY, key="expired")
    desk.expire(now=now)
    desk.promote(10, now=now - 50 * DAY, ends=now + 7 * DAY, key="ends")
    for number in range(rows):
        if number < CARDS:
            factories.MethodFactory.create(account=organization.account, last4=f"{number:04}")
        payment = desk.buy("50", now=now - (rows - number) * timedelta(hours=30)).payment
        assert payment is not None
        with accounts.changing(payment.account_id, now=now) as account:
            receipts.issue(account, payment, now=now)
        payment.steps.create(account=payment.account, was="processing", state=Payment.State.SUCCEEDED, at=now)
    last = organization.account.payments.latest("pk")
    RefundRequest.objects.create(account=organization.account, payment=last, why="Ordered twice", asked_at=now)


def _limit(organization: Organization, owner: User, rows: int, now: datetime) -> None:
    for person in organization.subscribers.all():
        limits.set_spend_limit(organization, Decimal(20), subscriber=person, actor=owner, now=now)
        any_, home = DialOutPolicy.Conferences.ANY, DialOutPolicy.Calls.DOMESTIC
        limits.set_policy(organization, conferences=any_, calls=home, subscriber=person, actor=owner, now=now)
    for number in range(rows):
        limits.block_destination(organization, f"+53{number + 1}", note="Too dear", actor=owner, now=now)
        keys.make(organization, f"Program {number}", list(keys.Scope), actor=owner, now=now)
        organization.blocked_calls.create(
            session_key=f"{number}", call_type="user_out", caller="+442079460000", destination="+5371234567",
            reason="580406", at=now - timedelta(minutes=number), subscriber=organization.subscribers.first(),
        )  # fmt: skip


def _call(organization: Organization, folder: Path, rows: int, now: datetime) -> None:
    """Calls that cost something, one conference each, and lines of the file that could not be read."""
    lines = []
    for number in range(rows):
        at = now - (number + 1) * timedelta(hours=7)
        times = {"Start_Time": at.isoformat(), "End_Time": (at + timedelta(minutes=2)).isoformat()}
        who = {"UPN": upn(organization, number), "User_Display_Name": f"Person {number}"}
        abroad = {"Destination_Number": "+33142345678", "Capability": "MCOPSTNPP"}
        lines.append(cast.row(3 * number + 1, **times, **who, **abroad))
        meeting = {"Call_Type": "conf_out", "Conference_ID": f"{number:08}"}
        lines.append(cast.row(3 * number + 2, **times, **who, **abroad, **meeting))
        lines.append(cast.row(3 * number + 3, **who, Start_Time="yesterday"))
    intake.take_file(cast.usage_file(folder, lines, f"{organization.slug}.csv"), organization, now=now)
    while charging.charge_due(now=now):
        pass


def _evaluate(account: Account, rows: int, outcome: str, now: datetime) -> None:
    Evaluation.objects.bulk_create(
        Evaluation(account=account, outcome=outcome, first_at=now, last_at=now, available=5, trigger_amount=20)
        for _ in range(rows)
    )


def _watch(organization: Organization, rows: int, now: datetime) -> None:
    _evaluate(organization.account, rows, Evaluation.Outcome.ABOVE_TRIGGER, now)
    for number in range(min(rows, 5)):
        organization.account.levels.create(amount=10 + number)


def _tell(organization: Organization, rows: int, now: datetime) -> None:
    for number in range(rows):
        notice = samples.post(organization, KINDS[number % len(KINDS)], key=f"{number}", now=now)
        outbox.address(notice, now=now)
        address = f"books{number}@{organization.slug}.example"
        organization.extra_addresses.create(address=address, language="en", added_at=now)
    Delivery.objects.filter(notice__organization=organization).update(state="sent", sent_at=now)
    refused = Delivery.objects.filter(notice__organization=organization).earliest("pk")
    Delivery.objects.filter(pk=refused.pk).update(state="bounced", sent_at=None, error="550 No such mailbox")


def _remember(organization: Organization, owner: User, rows: int, now: datetime) -> None:
    for number in range(rows):
        activity.record(organization, "card.added", now=now - number * DAY, actor=owner, card="Visa •••• 4242")


def _hand_in(organization: Organization, owner: User, rows: int, now: datetime) -> None:
    _upload(organization, owner, rows, now, state=Upload.State.DONE)


def _upload(organization: Organization, owner: User, rows: int, now: datetime, **other: Any) -> None:
    Upload.objects.bulk_create(
        Upload(
            organization=organization, kind=Upload.Kind.USAGE, name=f"usage-{number}.csv", size=2048, checksum="0" * 64,
            uploaded_at=now, uploaded_by=owner, due_at=now, finished_at=now, done_lines=10, all_lines=10, **other,
        )
        for number in range(rows)
    )  # fmt: skip


def publish_rates() -> None:
    """What the calls above cost, and enough else for a page of rates."""
    if not Plan.objects.exists():
        catalogue.seed()
    if not TaxRate.objects.exists():
        tax.seed()
    cast.deck({"33 FR": "0.05", "44 GB": "0.015", "886 TW": "0.02", "1 US": "0.01"})
