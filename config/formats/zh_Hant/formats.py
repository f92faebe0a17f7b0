"""What Taiwan writes otherwise than Django's Traditional Chinese: thousands are set off, by commas."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
MONTH_DAY_FORMAT = "n月j日"
