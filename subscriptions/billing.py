"""What an organization wants on its receipts beside the amounts."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from subscriptions import activity
from subscriptions.models import Organization, User


@dataclass(frozen=True, slots=True)
class Details:
    """The bill-to address in lines, the tax number, and the purchase-order number of orders that name none."""

    bill_to: str
    tax_number: str
    purchase_order: str


def details_of(organization: Organization) -> Details:
    """The details as they are now."""
    return Details(organization.bill_to, organization.tax_number, organization.purchase_order)


def change_details(organization: Organization, details: Details, *, actor: User, now: datetime) -> bool:
    """Store the details for the receipts to come; those issued stay as they are. False: nothing was different.

    All or nothing of the details and of the line in the activity record, which keeps what they were before.
    """
    with transaction.atomic():
        stored = Organization.objects.select_for_update().get(pk=organization.pk)
        before = details_of(stored)
        if before == details:
            return False
        Organization.objects.filter(pk=stored.pk).update(**asdict(details))
        activity.record(stored, "billing.changed", now=now, actor=actor, before=asdict(before), after=asdict(details))
        return True
