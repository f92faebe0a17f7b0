"""The pages of this floor."""

from subscriptions.views.billing import billing_details
from subscriptions.views.keys import all_keys, make_key, revoke_key
from subscriptions.views.offers import licensing_table, plans
from subscriptions.views.people import invitation

__all__ = ["all_keys", "billing_details", "invitation", "licensing_table", "make_key", "plans", "revoke_key"]
