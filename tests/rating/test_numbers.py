import pytest

from rating import numbers
from rating.numbers import NotANumber


@pytest.mark.parametrize(
    ("text", "country", "kept"),
    [
        ("+442079460000", "", "+442079460000"),
        (" +123 ", "", "+123"),
        ("+999123456", "", "+999123456"),
        ("+44 20 7946-0000", "", "+442079460000"),
        ("020 7946 0000", "GB", "+442079460000"),
        ("(425) 555-0100", "US", "+14255550100"),
        ("0033612345678", "GB", "+33612345678"),
        ("06 6982 1234", "IT", "+390669821234"),
        ("911", "US", "911"),
        ("116117", "DE", "116117"),
        ("1-1-2", "", "112"),
        ("9 9 9", "GB", "999"),
        ("Anonymous", "", "anonymous"),
        ("+44207946***", "", "+44207946***"),
        ("***********", "", "***********"),
    ],
)
def test_a_number_is_kept_as(text: str, country: str, kept: str) -> None:
    assert numbers.parse(text, country) == kept


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("", "US"),
        ("+12", ""),
        ("+1234567890123456", ""),
        ("12345678901234567890", "US"),
        ("+33 6 12", "FR"),
        ("0033612345678", "US"),
        ("020 7946 0000", ""),
        ("9 9 9", "US"),
        ("(555) 123", "US"),
        ("1-800-FLOWERS", "US"),
        ("sip:a@b", "US"),
        ("+44***207", "GB"),
        ("+4420\u0667\u0669\u0664\u0666", "GB"),
        ("=HYPERLINK(1)", "US"),
    ],
)
def test_it_is_no_number(text: str, country: str) -> None:
    with pytest.raises(NotANumber):
        numbers.parse(text, country)


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+18555550100", "US"),
        ("+448085550100", "GB"),
        ("+886800555010", "TW"),
        ("+4480***", "GB"),
        ("+80012345678", "001"),
        ("+999123456", ""),
        ("911", ""),
        ("anonymous", ""),
    ],
)
def test_the_country_of_a_calling_code(number: str, country: str) -> None:
    assert numbers.country_of(number) == country


def test_a_mask_leaves_the_digits_before_it() -> None:
    assert [numbers.digits_of(number) for number in ("+4420***", "911", "anonymous", "***")] == ["4420", "", "", ""]
