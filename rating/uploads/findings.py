"""The lines of a file that can't be taken, as the check remembers them: all are counted, the first are kept.

Pure: no Django, no clock, no settings.
"""

from dataclasses import dataclass, field
from typing import Any, Final

#: So many lines are kept; of a usage file that was imported the quarantine has all.
KEPT: Final = 1000
_LONGEST: Final = 200
#: A reason may repeat what was given, which may be as long as the file.
_LONGEST_REASON: Final = 300


@dataclass(slots=True)
class Findings:
    """Lines that can't be taken, in the order in which they are found."""

    bad: int = 0
    errors: list[list[Any]] = field(default_factory=list)

    def add(self, line: int, column: str, given: str, reason: str) -> None:
        """One more: its line, the column or nothing, what was given, and why it won't do."""
        self.bad += 1
        if len(self.errors) < KEPT:
            self.errors.append([line, column, given[:_LONGEST], reason[:_LONGEST_REASON]])

    def told(self) -> dict[str, Any]:
        """As it is stored: `bad`, and `errors` in the order of lines."""
        return {"bad": self.bad, "errors": sorted(self.errors, key=lambda error: int(error[0]))}
