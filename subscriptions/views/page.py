"""What every page of this floor does alike."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from subscriptions.permissions import OrganizationRequest


def show(
    request: OrganizationRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """The page, with its dates and times in the organization's zone."""
    with timezone.override(request.organization.zone):
        return render(request, f"subscriptions/{template}.html", context, status=status)
