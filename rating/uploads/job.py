"""One step of one upload: what a worker has to do it with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rating.models import Upload
from rating.uploads.heart import Heart as Heart
from subscriptions.models import Organization, User


@dataclass(frozen=True, slots=True)
class Job:
    """The upload and its content; who confirmed it, once somebody has; and what says how far the step is.

    `finish` stores what came of taking it. Whoever takes calls it in the transaction that takes, where there is one.
    """

    upload: Upload
    path: Path
    heart: Heart
    actor: User | None
    finish: Callable[[dict[str, Any]], None]

    @property
    def organization(self) -> Organization:
        """Whose it is. Not for a rate deck, which is nobody's."""
        if self.upload.organization is None:
            raise ValueError("a rate deck is nobody's")
        return self.upload.organization
