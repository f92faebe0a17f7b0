"""The pages of this floor."""

from subscriptions.views.keys import all_keys, make_key, revoke_key
from subscriptions.views.offers import licensing_table, plans
from subscriptions.views.people import invitation

__all__ = ["all_keys", "invitation", "licensing_table", "make_key", "plans", "revoke_key"]
