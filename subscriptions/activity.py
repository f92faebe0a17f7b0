"""Record who did what. The rules call this themselves, since rows here move by QuerySet.update()."""

from datetime import datetime
from typing import Any

from subscriptions.models import Activity, Organization, User


def record(
    organization: Organization, action: str, *, now: datetime, actor: User | None = None, **facts: Any
) -> Activity:
    """One activity row; `facts` must be JSON (amounts as strings). No actor means a task did it."""
    name = actor.email if actor else ""
    return Activity.objects.create(
        organization=organization, at=now, actor=actor, actor_name=name, action=action, facts=facts
    )
