from subscriptions.models.activity import Activity
from subscriptions.models.catalogue import Plan, PlanMinutes, PlanPrice, Subscription
from subscriptions.models.keys import ApiKey
from subscriptions.models.orders import Order
from subscriptions.models.people import Invitation, Membership, Organization, User
from subscriptions.models.subscribers import Licence, ServiceNumber, Subscriber

__all__ = [
    "Activity",
    "ApiKey",
    "Invitation",
    "Licence",
    "Membership",
    "Order",
    "Organization",
    "Plan",
    "PlanMinutes",
    "PlanPrice",
    "ServiceNumber",
    "Subscriber",
    "Subscription",
    "User",
]
