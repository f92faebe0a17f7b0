"""The faults of the matrix: those that are played here, and those that are not, with one word why."""

from typing import Final

from tests.faults import at_provider, at_work, by_people, by_webhook, in_database, in_time
from tests.faults.case import Case

CASES: Final[dict[str, Case]] = dict(
    sorted(
        {
            **at_work.CASES,
            **in_database.CASES,
            **at_provider.CASES,
            **by_webhook.CASES,
            **in_time.CASES,
            **by_people.CASES,
        }.items()
    )
)
_LATER: Final = "operations"
#: The rows that nothing here plays.
NOT_PLAYED: Final[dict[str, str]] = {
    **dict.fromkeys(("F05", "F06", "F07", "F08", "F10", "F11", "F12", "F13", "F14"), _LATER),
    **dict.fromkeys(("F15", "F16", "F17", "F18"), "broker"),
    **dict.fromkeys(("F23", "F24", "F25", "F26", "F27"), "database"),
    "F45": "clock",
    "F46": "calendar",
    "F50": "mail",
    "F51": "deploy",
}
#: What every run of the tests plays: where money could be lost or taken twice, each within seconds.
QUICK: Final = ("F01", "F02", "F03", "F28", "F29", "F33", "F34", "F41", "F47", "F48", "F52")
