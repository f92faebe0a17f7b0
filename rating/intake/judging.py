"""What is to become of the rows of a file: new, there already, or not to be taken, and why. Writes nothing."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from rating.intake import columns, known
from rating.intake.columns import BadField, Call
from rating.sheets import Row
from subscriptions.models import Organization


class Sound(NamedTuple):
    """A call that can be taken, and the hash of its row's body."""

    call: Call
    body_hash: str


class Bad(NamedTuple):
    """A row that can't be taken, and why."""

    row: Row
    wrong: BadField


@dataclass(slots=True)
class Judged:
    """What came of a batch of rows; every row is counted once."""

    new: list[Sound] = field(default_factory=list)
    repeated: int = 0
    bad: list[Bad] = field(default_factory=list)


class Judge:
    """Asked for batch after batch of one file; one query each.

    `remembers`: what was judged new is not stored in between, so the judge keeps it in mind itself, with some 300
    bytes a row.
    """

    def __init__(self, organization: Organization, *, now: datetime, remembers: bool = False) -> None:
        self._organization, self._now, self._remembers = organization, now, remembers
        self._met: dict[str, tuple[str, int]] = {}

    def judge(self, rows: list[Row]) -> Judged:
        """The rows of the next batch."""
        judged = Judged()
        parsed = [(row, call) for row in rows if (call := self._parse(row, judged))]
        there = self._known([call.usage_id for _, call in parsed])
        for row, call in parsed:
            body_hash = call.body_hash
            if call.usage_id not in there:
                if self._is_of_age(row, call, judged):
                    there[call.usage_id] = (body_hash, known.on_line(row.line))
                    judged.new.append(self._met_now(row, Sound(call, body_hash)))
            elif there[call.usage_id][0] == body_hash:
                judged.repeated += 1
            else:
                judged.bad.append(Bad(row, known.already(call.usage_id, there[call.usage_id][1])))
        return judged

    def _known(self, usage_ids: list[str]) -> dict[str, tuple[str, str]]:
        there = known.known(self._organization, usage_ids)
        for usage_id in usage_ids:
            if usage_id not in there and (met := self._met.get(usage_id)):
                there[usage_id] = (met[0], known.on_line(met[1]))
        return there

    def _met_now(self, row: Row, sound: Sound) -> Sound:
        if self._remembers:
            self._met[sound.call.usage_id] = (sound.body_hash, row.line)
        return sound

    def _parse(self, row: Row, judged: Judged) -> Call | None:
        organization = self._organization
        try:
            return columns.parse(row, currency=organization.currency, country=organization.country)
        except BadField as wrong:
            judged.bad.append(Bad(row, wrong))
            return None

    def _is_of_age(self, row: Row, call: Call, judged: Judged) -> bool:
        try:
            columns.check_age(call, now=self._now)
        except BadField as wrong:
            judged.bad.append(Bad(row, wrong))
            return False
        return True
