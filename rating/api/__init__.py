"""The API of calls, of what they came to, and of rates."""

from ninja import Router

from rating.api.calls import router as calls
from rating.api.rates import router as rates
from rating.api.usage import router as usage

router = Router()
router.add_router("/calls", calls)
router.add_router("", rates)
router.add_router("", usage)

__all__ = ["router"]
