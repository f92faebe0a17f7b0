"""What every page of this floor does alike."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from credits import accounts
from credits.models import Account
from subscriptions.permissions import OrganizationRequest


def show(
    request: OrganizationRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """The page, with its dates and times in the organization's zone."""
    with timezone.override(request.organization.zone):
        return render(request, f"credits/{template}.html", context, status=status)


def account_of(request: OrganizationRequest, *, now: datetime) -> Account:
    """The account whose page this is, opened when the organization has none yet."""
    account = accounts.open_account(request.organization, now=now)
    account.organization = request.organization
    return account
