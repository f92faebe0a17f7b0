"""Where the sample catalogue sells what: the countries and regions of its availability list, by two-letter code.

What is not on the list at all is taken to be sold: the list only knows refusals.
"""

from typing import Final


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Countries with Calling Plans.
CALLING: Final = _codes(
    "AT BE BR CA CH CZ DE DK EE ES FI FR GB HK HR HU IE IT LT LU LV MX NL NO NZ PL PR PT RO SE SG SI SK US ZA"
)
#: On the list for conferences, but without Calling Plans (in Australia and Japan, other carriers sell theirs).
_CONFERENCES_ONLY: Final = _codes(
    "AE AG AL AR AU BA BB BD BG BH BJ BM BN BY BZ CL CM CN CO CR CY DM DO DZ EC EG GD GE GH GR GT GU HN ID IL IN "
    "JM JO JP KE KH KN KR KW KZ LC LK MA MC MD MK MP MT MY NG NI PA PE PH PK PY QA RS RU SA SV TH TN TR TT TW UA "
    "UY VE VN"
)
#: Where Pay-As-You-Go of Zone 1 is sold; Zone 2 is the rest of the Calling Plans but Mexico, which has its own.
_ZONE_1: Final = _codes("US PR CA GB")

COUNTRIES: Final = CALLING | _CONFERENCES_ONLY

NO_CALLING_PLANS: Final = _CONFERENCES_ONLY
NO_ZONE_1: Final = COUNTRIES - _ZONE_1
NO_ZONE_2: Final = _CONFERENCES_ONLY | _ZONE_1 | {"MX"}
#: Funds cannot be prepaid there, nor what is paid from them alone.
NO_CREDITS: Final = _codes("BH CN IN KZ KR MK NI PK RU TW UA")
