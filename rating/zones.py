"""Countries and regions that the trade puts together.

Pure: no Django, no clock, no settings.
"""

from typing import Final

_LISTED: Final = (
    "AT AU BE BG BR CA CH CN CZ DE DK EE ES FI FR GB GR HK HR HU IE IN IT JP KR LU MX MY NL NO NZ PL PR PT RO RU SE SG"
    " SI SK TH TW US ZA"
)
#: Where the minutes of Audio Conferencing reach (the trade's list of 44).
ZONE_A: Final = frozenset(_LISTED.split())
#: Calls among these are domestic.
NORTH_AMERICA: Final = frozenset({"US", "CA", "PR"})
#: Where the dial-out add-on of Audio Conferencing reaches, by its own name: Puerto Rico is not in it (but in Zone A).
DIAL_OUT_ADD_ON: Final = frozenset({"US", "CA"})


def is_domestic(location: str, country: str) -> bool:
    """If a call from someone at that usage location to that country counts as domestic."""
    return location == country or {location, country} <= NORTH_AMERICA


def pool_location(location: str) -> str:
    """Whose pool a usage location draws on: Puerto Rico shares that of the United States, Canada has its own."""
    return "US" if location == "PR" else location
