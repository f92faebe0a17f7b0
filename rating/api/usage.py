"""The API of what calls came to."""

from typing import Any

from ninja import Router, Schema

from rating import explaining
from rating.models import UsageRecord
from subscriptions.api import Key, KeyRequest, Problem, Refusal
from subscriptions.keys import Scope

router = Router(tags=["usage"], auth=Key(Scope.USAGE))


class ExplanationOut(Schema):
    """Why a call cost what it did: deck and prefix, each step of the price, what minutes covered, which lots paid."""

    call: dict[str, Any]


@router.get(
    "/usage/{record}/explanation",
    response={200: ExplanationOut, 404: Problem},
    operation_id="explain",
    summary="Why a call cost what it cost",
)
def explain(request: KeyRequest, record: int) -> ExplanationOut:
    """Of a usage record of the organization, by the number that `settle` has answered."""
    organization = request.auth.organization
    found = UsageRecord.objects.filter(organization=organization, pk=record).first()
    if found is None:
        raise Refusal(404, "not_found", "There is no such call")
    return ExplanationOut(call=explaining.as_json(explaining.of(found, numbers=True)))
