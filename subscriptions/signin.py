"""How people get an account: by invitation only."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """No open sign-up: the first owner is invited by staff, everybody else by an owner."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
