"""What the usage of an organization came to, counted."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from rating.models import QuarantinedRow, UsageRecord
from subscriptions.models import Organization

State = UsageRecord.State
#: The states of a summary, in the order in which it names them.
_STATES = (State.COVERED, State.CHARGED, State.FREE, State.FREECALL)


def usage_summary(organization: Organization, *, file_name: str = "") -> dict[str, Any]:
    """All usage of the organization, or of the files of that name: JSON, amounts as strings with four places.

    `rows` counts records and quarantined rows; `split` the charged calls that a pool covered in part.
    """
    records = UsageRecord.objects.filter(organization=organization)
    quarantine = QuarantinedRow.objects.filter(file__organization=organization)
    if file_name:
        records, quarantine = records.filter(file__name=file_name), quarantine.filter(file__name=file_name)
    charged = Q(state=State.CHARGED)
    counted = records.aggregate(
        all=Count("pk"),
        split=Count("pk", filter=charged & Q(covered_minutes__gt=0)),
        flagged=Count("pk", filter=Q(unlicensed=True)),
        **{state.value: Count("pk", filter=Q(state=state)) for state in (*_STATES, State.WAITING)},
    )
    types = records.filter(charged).order_by("call_type").values_list("call_type").annotate(Sum("charge"))
    by_call_type: dict[str, Decimal] = dict(types)
    quarantined = quarantine.count()
    return {
        "rows": counted["all"] + quarantined,
        "states": {
            **{state.value: counted[state.value] for state in _STATES},
            "quarantined": quarantined,
            "waiting": counted[State.WAITING.value],
        },
        "split": counted["split"],
        "flagged_unlicensed": counted["flagged"],
        "total": f"{sum(by_call_type.values(), Decimal(0)):.4f}",
        "by_call_type": {call_type: f"{amount:.4f}" for call_type, amount in by_call_type.items()},
    }
