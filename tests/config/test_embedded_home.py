"""Where a checkout keeps its state, and what it remembers there."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.embedded import home


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CREDITS_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def test_two_checkouts_of_one_name_have_two_homes() -> None:
    here, there = home.name_of(Path("/one/credits")), home.name_of(Path("/two/credits"))

    assert here != there
    assert here.startswith("credits-")


def test_credits_home_wins(place: Path) -> None:
    assert home.folder() == place


def test_an_ordinary_user_keeps_state_in_the_xdg_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere/data")

    assert home.data_folder(superuser=False) == Path("/somewhere/data")
    assert home.data_folder(superuser=True) == Path("/var/lib")


def test_without_xdg_the_data_folder_is_in_the_users_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")

    assert home.data_folder(superuser=False) == Path("/home/somebody/.local/share")


def test_the_socket_is_in_the_home_unless_its_path_would_be_too_long() -> None:
    short, long = Path("/var/lib/here"), Path("/" + "x" * 120)

    assert home.socket_folder(short) == short / "socket"
    assert len(str(home.socket_folder(long) / ".s.PGSQL.5432")) <= home.LONGEST_SOCKET
    assert home.socket_folder(long) != home.socket_folder(long / "other")


def test_the_state_is_chosen_once_and_only_its_owner_reads_it(place: Path) -> None:
    first, second = home.state(), home.state()

    assert first == second
    assert stat.S_IMODE((place / "state.json").stat().st_mode) == 0o600
    assert len({first.secret_key, first.webhook_secret, first.provider_key, first.valkey_password}) == 4


def test_those_who_ask_first_at_the_same_time_get_the_same_answer(place: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: home.state(), range(4)))

    assert len(set(answers)) == 1
    assert os.listdir(place) == ["state.json"]  # noqa: PTH208 - the names alone


def test_another_port_is_remembered_and_the_rest_stays() -> None:
    before = home.state()

    home.remember(valkey_port=21999)

    assert home.state().valkey_port == 21999
    assert home.state().secret_key == before.secret_key


def test_a_state_of_another_shape_keeps_what_is_still_known(place: Path) -> None:
    before = home.state()
    older = {"secret_key": before.secret_key, "something_of_then": 1}
    (place / "state.json").write_text(json.dumps(older))

    after = home.state()

    assert after.secret_key == before.secret_key
    assert after == home.state()


def test_the_folders_of_the_home_are_for_their_owner_only() -> None:
    mail = home.inner("mail")

    assert stat.S_IMODE(mail.stat().st_mode) == 0o700
    assert stat.S_IMODE(mail.parent.stat().st_mode) in (0o700, 0o711)
