"""The pages of this floor."""

from subscriptions.views.billing import billing_details
from subscriptions.views.bulk import bulk_licences
from subscriptions.views.keys import all_keys, make_key, revoke_key
from subscriptions.views.members import change_role, invite, members, remove_member, withdraw_invitation
from subscriptions.views.offers import licensing_table, plan, plans
from subscriptions.views.orders import all_orders, order, ordered, place_order, review_order
from subscriptions.views.people import invitation
from subscriptions.views.subscription import cancel_subscription, keep_subscription, subscription
from subscriptions.views.users import user, user_licences, users, users_csv

__all__ = [
    "all_keys",
    "all_orders",
    "billing_details",
    "bulk_licences",
    "cancel_subscription",
    "change_role",
    "invitation",
    "invite",
    "keep_subscription",
    "licensing_table",
    "make_key",
    "members",
    "order",
    "ordered",
    "place_order",
    "plan",
    "plans",
    "remove_member",
    "review_order",
    "revoke_key",
    "subscription",
    "user",
    "user_licences",
    "users",
    "users_csv",
    "withdraw_invitation",
]
