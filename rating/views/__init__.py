"""The pages about calls: what was used, and what a call costs."""

from rating.views.rates import rates
from rating.views.usage import usage

__all__ = ["rates", "usage"]
