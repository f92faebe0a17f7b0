"""Why files and rows are refused: every reason there is in the code is one that pages can say in another language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.utils import translation

from rating.intake import columns, known
from rating.uploads import wording
from rating.uploads.wording import SENTENCES, recognized, said

ROOT = Path(settings.BASE_DIR)
#: What is raised, or given, with a reason as its last words.
REASONS = {"BadField", "Refused", "Wrong", "_Bad", "BadTariff", "NotANumber", "NotALicenceFile", "Row", "Problem", "DayTaken", "HasPricedCalls", "NotPublished", "NotReplaceable"}  # fmt: skip  # noqa: E501
READERS = [
    "rating/sheets.py",
    "rating/numbers.py",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "rating" / "intake").glob("*.py")),
    "rating/decks/terms.py",
    "rating/decks/rows.py",
    "rating/decks/files.py",
    "rating/decks/publishing.py",
    "rating/pricing/texts.py",
    "rating/pricing/windows.py",
    "rating/pricing/tariff.py",
    "rating/backfill/reading.py",
    "rating/backfill/blocks.py",
    "subscriptions/licence_files.py",
]


def text_of(node: ast.expr) -> Iterator[str]:
    """The texts an argument may have, an X for whatever is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from text_of(node.body)
        yield from text_of(node.orelse)
    elif isinstance(node, ast.BinOp):
        yield from ("".join(pair) for pair in zip(text_of(node.left), text_of(node.right), strict=False))


def reasons(path: str) -> Iterator[str]:
    tree = ast.parse((ROOT / path).read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REASONS and node.args:
            yield from text_of(node.args[-1])
        elif isinstance(node, ast.Assign) and any(getattr(each, "id", "") == "reason" for each in node.targets):
            yield from text_of(node.value)


@pytest.mark.parametrize("path", READERS)
def test_every_reason_in_the_code_is_recognized(path: str) -> None:
    # A reason that is only a gap is somebody else's, who is read too; `already` is asked below.
    told = [text for text in reasons(path) if text.strip("X") and "already imported X" not in text]

    assert [text for text in told if recognized(text) is None] == []


def test_the_readers_have_many_reasons() -> None:
    assert len({text for path in READERS for text in reasons(path)}) > 60


@pytest.mark.parametrize(
    "text",
    [
        columns.TOO_OLD,
        columns.TOO_EARLY,
        known.already("id", known.on_line(7)).reason,
        known.already("id", "on 2026-10-01 (31 s to +442079460000)").reason,
        "the rows of 49 don't price each time of the week once: Sat 00:00-24:00 is in no window; ...",
        wording.STOPPED,
    ],
)
def test_reasons_made_of_parts_are_recognized(text: str) -> None:
    assert recognized(text) is not None
    assert said(text) == text


def test_each_sentence_is_recognized_as_itself() -> None:
    filled = {sentence: sentence.replace("%(", "<").replace(")s", ">") for sentence in SENTENCES}

    others = {sentence: recognized(text) for sentence, text in filled.items()}

    assert [sentence for sentence, found in others.items() if found is None or found.sentence != sentence] == []


def test_facts_stand_in_the_sentence_of_another_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "gettext", {"longer than %(count)s characters": "超過 %(count)s 個字元"}.__getitem__)

    assert said("longer than 64 characters") == "超過 64 個字元"


def test_what_no_release_has_said_stays_as_it_is() -> None:
    with translation.override("zh-hant"):
        assert said("too purple, 100%") == "too purple, 100%"


@pytest.mark.parametrize(("numbers", "shown"), [(True, "+442079460000"), (False, "+44********00")])
def test_numbers_in_a_reason_are_masked_for_readers(numbers: bool, shown: str) -> None:
    template = engines["django"].from_string("{% load uploads %}{{ reason|said_with:numbers }}")
    reason = "already imported on 2026-10-01 (31 s to +442079460000) with other values"

    assert shown in template.render({"reason": reason, "numbers": numbers})
