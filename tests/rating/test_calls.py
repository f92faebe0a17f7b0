import pytest

from rating import calls, zones
from rating.calls import Kind


@pytest.mark.parametrize(
    ("call_type", "number_type", "seconds", "kind"),
    [
        ("emergency_out", "user", 60, Kind.FREE),
        ("emergency_in", "user", 60, Kind.FREE),
        ("user_out", "user", 0, Kind.FREE),
        ("conf_in", "toll-free", 0, Kind.FREE),
        ("user_in", "user", 60, Kind.FREE),
        ("user_in", "toll-free", 60, Kind.FREE),
        ("unassigned_in", "user", 60, Kind.FREE),
        ("fmc_in", "user", 60, Kind.FREE),
        ("conf_in", "service", 60, Kind.FREE),
        ("ucap_in", "service", 60, Kind.FREE),
        ("conf_in", "toll-free", 60, Kind.INBOUND_TOLL_FREE),
        ("ucap_in", "toll-free", 1, Kind.INBOUND_TOLL_FREE),
        ("user_out", "user", 1, Kind.PLAN),
        ("user_out_forwarding", "user", 60, Kind.PLAN),
        ("fmc_out", "user", 60, Kind.PLAN),
        ("conf_out", "service", 60, Kind.CONFERENCE),
        ("ucap_out", "service", 60, Kind.CREDIT),
        ("ucap_out_conf", "service", 60, Kind.CREDIT),
    ],
)
def test_kinds(call_type: str, number_type: str, seconds: int, kind: Kind) -> None:
    assert calls.is_known(call_type)
    assert calls.kind_of(call_type, number_type=number_type, seconds=seconds) is kind


@pytest.mark.parametrize(
    "call_type", ["", "dr_out", "ByotOut", "user", "User_out", "user_outer", "conf_out_x", "user_out_"]
)
def test_other_types_are_unknown(call_type: str) -> None:
    assert not calls.is_known(call_type)


def test_minutes_are_rounded_up() -> None:
    assert [calls.minutes(seconds) for seconds in (0, 1, 60, 61)] == [0, 1, 1, 2]


def test_zone_a_has_44_members() -> None:
    assert len(zones.ZONE_A) == 44


@pytest.mark.parametrize(
    ("location", "country", "domestic"),
    [("GB", "GB", True), ("US", "CA", True), ("PR", "US", True), ("GB", "US", False), ("", "US", False)],
)
def test_domestic(location: str, country: str, domestic: bool) -> None:
    assert zones.is_domestic(location, country) is domestic


@pytest.mark.parametrize(
    ("call_type", "destination", "mobile", "expected"),
    [
        ("conf_out", "+447700900123", "+447700900123", True),
        ("conf_out", "+447700900124", "+447700900123", False),
        ("user_out", "+447700900123", "+447700900123", False),
        ("conf_out", "", "", False),
    ],
)
def test_call_me_at_is_a_conference_that_rings_its_organizer(
    call_type: str, destination: str, mobile: str, expected: bool
) -> None:
    assert calls.is_call_me_at(call_type, destination=destination, mobile=mobile) is expected
