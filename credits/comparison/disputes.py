"""Disputes: what the provider says of them, and what we have recorded.

One way only: every dispute that we know came from the provider's own word.
"""

from collections.abc import Iterator

from credits.comparison.finding import Finding, Told
from credits.gateway import Dispute
from credits.models import Difference, Payment
from subscriptions.models import Activity

#: What we have recorded last, where we are up to date with the provider's word.
_SAME = {"open": ("opened", "reopened"), "won": ("won",), "lost": ("lost",)}


def disputes(told: Told) -> list[Finding]:
    """Where we are not up to date. A dispute of a charge that is no payment of ours is somebody else's."""
    charged = {dispute.charge_ref for dispute in told.disputes}
    related = Payment.objects.select_related("account__organization", "method")
    payments = {str(one.provider_ref): one for one in related.filter(provider_ref__in=charged)}
    recorded = _recorded(told.disputes, list(payments.values()))
    return [
        finding
        for dispute in told.disputes
        if dispute.charge_ref in payments
        for finding in _of_one(dispute, payments[dispute.charge_ref], recorded.get(dispute.ref, ""))
    ]


def _recorded(told: list[Dispute], payments: list[Payment]) -> dict[str, str]:
    """The last word of our activity on each dispute."""
    whose = {payment.account.organization_id for payment in payments}
    refs = [dispute.ref for dispute in told]
    known = Activity.objects.filter(
        organization__in=whose, action__startswith="dispute.", facts__dispute__in=refs
    ).order_by("pk")
    lines = known.values_list("facts__dispute", "action")
    return {ref: action.removeprefix("dispute.") for ref, action in lines}


def _of_one(dispute: Dispute, payment: Payment, last: str) -> Iterator[Finding]:
    def found(why: str, *, mends: bool) -> Finding:
        return Finding(
            Difference.Kind.DISPUTE, dispute.ref, why, dispute, payment,
            account_id=payment.account_id, mends=mends, waits=mends,
        )  # fmt: skip

    if payment.state != Payment.State.SUCCEEDED:
        yield found("a dispute of a payment that brought no credit", mends=False)
    elif last == "lost" and dispute.status != "lost":
        yield found(f"we count it as lost, they say {dispute.status}", mends=False)
    elif last not in _SAME[dispute.status]:
        yield found(f"they say {dispute.status}, ours is {last or 'unknown'}", mends=True)
