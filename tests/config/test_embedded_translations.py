"""Translations are compiled without gettext, once."""

import gettext
import os
from pathlib import Path

import pytest

from config.embedded import translations

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Add funds"\nmsgstr "新增資金"\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "zh_Hant" / "LC_MESSAGES" / "django.po"
    file.parent.mkdir(parents=True)
    file.write_text(PO)
    return file


def test_a_missing_folder_has_nothing_to_compile(tmp_path: Path) -> None:
    assert translations.compile_all(tmp_path / "missing") == []


def test_what_is_compiled_is_read_by_gettext(tmp_path: Path, source: Path) -> None:
    (made,) = translations.compile_all(tmp_path)

    with made.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Add funds") == "新增資金"


def test_only_a_changed_translation_is_compiled_again(tmp_path: Path, source: Path) -> None:
    translations.compile_all(tmp_path)

    assert translations.compile_all(tmp_path) == []

    later = source.stat().st_mtime + 10
    os.utime(source, (later, later))
    assert translations.compile_all(tmp_path) == [source.with_suffix(".mo")]
