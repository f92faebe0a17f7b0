"""Ways to reach a person, and the three ways in which that fails."""

from dataclasses import dataclass
from typing import Protocol

from notifications.papers import Paper


@dataclass(frozen=True, slots=True)
class Letter:
    """One finished message to one address, with its files. The id is the same however often it is sent."""

    address: str
    subject: str
    text: str
    html: str
    message_id: str
    papers: tuple[Paper, ...] = ()


class Refused(Exception):
    """This letter will never be taken; the message says why."""


class Deferred(Exception):
    """This letter was not taken now; others may be."""


class Unreachable(Exception):
    """Nobody answers, or nobody said whether the letter was taken: no other letter would fare better now."""


class Send(Protocol):
    """Hand over one letter. Raises Refused, Deferred or Unreachable. Never called inside a transaction."""

    def __call__(self, letter: Letter) -> None: ...
