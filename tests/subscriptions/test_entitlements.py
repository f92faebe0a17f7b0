"""What licences bring, and what they stand on."""

import pytest

from subscriptions.entitlements import Capability, capabilities, lacks


@pytest.mark.parametrize(
    ("held", "may"),
    [
        ((), False),
        (("MCOEV",), False),
        (("MCOMEETADV",), True),
        (("MCOMEETADD",), True),
        (("MCOMEETACPEA",), True),
        (("MCOPSTN1",), True),
        (("MCOPSTN9",), True),
        (("MCOPSTN_PAYG_2",), True),
        (("MCOTEAMS_ESSENTIALS",), True),
        (("MCOEV", "MCOPSTN5"), True),
    ],
)
def test_a_credits_licence_stands_on_audio_conferencing_or_a_calling_plan(held: tuple[str, ...], may: bool) -> None:
    missing = lacks(held, "MCOPSTNPP")

    assert missing == (frozenset() if may else {Capability.AUDIO_CONFERENCING, Capability.CALLING_PLAN})


def test_other_licences_stand_on_nothing() -> None:
    assert not lacks((), "MCOPSTN1")
    assert not lacks((), "MCOMEETADD")


def test_a_calling_plan_stands_for_phone_system() -> None:
    assert capabilities(["MCOPSTN2"]) == {
        Capability.PHONE_SYSTEM,
        Capability.CALLING_PLAN,
        Capability.INTERNATIONAL_PLAN,
    }
    assert capabilities(["MCOEV", "UNKNOWN"]) == {Capability.PHONE_SYSTEM}
