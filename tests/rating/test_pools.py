from collections import Counter
from datetime import date

from rating import pools
from rating.pools import Pools

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


def test_puerto_rico_shares_the_pool_of_the_united_states_and_canada_does_not() -> None:
    names = [pools.name_of(location, "MCOPSTN1", domestic=True) for location in ("US", "PR", "CA")]

    assert names == ["US MCOPSTN1 domestic", "US MCOPSTN1 domestic", "CA MCOPSTN1 domestic"]
    assert pools.name_of("GB", "MCOPSTN8", domestic=True, owner=7) == "GB MCOPSTN8 domestic 7"


def test_a_call_takes_what_is_left_and_each_month_starts_full() -> None:
    held = Pools(sizes=Counter({(SEPTEMBER, "a"): 10, (OCTOBER, "a"): 10}))

    taken = [held.take(month, ["a"], 4) for month in (SEPTEMBER, SEPTEMBER, SEPTEMBER, SEPTEMBER, OCTOBER)]

    assert taken == [(("a", 4),), (("a", 4),), (("a", 2),), (), (("a", 4),)]
    assert held.used == {(SEPTEMBER, "a"): 10, (OCTOBER, "a"): 4}


def test_pools_are_asked_in_their_order() -> None:
    held = Pools(sizes=Counter({(OCTOBER, "own"): 3, (OCTOBER, "shared"): 5}))

    assert held.take(OCTOBER, ["own", "shared"], 6) == (("own", 3), ("shared", 3))
    assert held.used == {(OCTOBER, "own"): 3, (OCTOBER, "shared"): 3}


def test_a_pool_that_shrank_below_its_use_gives_nothing() -> None:
    held = Pools(sizes=Counter({(OCTOBER, "a"): 5}), used=Counter({(OCTOBER, "a"): 8}))

    assert held.take(OCTOBER, ["a"], 1) == ()
    assert not held.touched
