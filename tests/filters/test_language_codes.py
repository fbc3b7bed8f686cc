"""Codes of languages and scripts: labels of models, recipes and metadata come to one form."""

from __future__ import annotations

import numpy as np
import pytest

from filters.kernels.build_scripts import scripts
from filters.kernels.segments import SCRIPT_OF
from filters.language_codes import SCRIPTS, language_of, plain, same_language, scripts_of


@pytest.mark.parametrize(
    ("label", "wanted"),
    [
        ("en", "en"),
        ("eng", "en"),
        ("eng_Latn", "en"),
        ("zho_Hans", "zh"),
        ("cmn_Hani", "zh"),
        ("zh-Hant", "zh"),
        ("arb_Arab", "ar"),
        ("ekk_Latn", "et"),
        ("nob_Latn", "no"),
        ("chr_Cher", "chr"),
        # Alemannic in lid.176, Albanian in ISO 639-3, which labels with a script follow.
        ("als", "als"),
        ("als_Latn", "sq"),
        ("und_Mong", "und"),
        ("zxx_Latn", "und"),
        ("spam!", "spam!"),
        ("0", "0"),
    ],
)
def test_labels(label: str, wanted: str) -> None:
    """Whatever form a model's labels have, the column has ISO 639-1 where there is one."""
    assert language_of(label) == wanted


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("ENG", "en"), ("en-GB", "en"), ("pt_BR", "pt"), ("ger", "de"), ("deu", "de"),
        ("scr", "hr"), ("nb", "no"), ("iw", "he"), ("tlh", "tlh"), ("", ""), ("und", ""),
        ("mul", ""), (" fr ", "fr"),
    ],
)  # fmt: skip
def test_declared_codes(code: str, wanted: str) -> None:
    """Both forms of ISO 639-2, withdrawn codes, regions and capitals."""
    assert plain(code) == wanted


def test_macrolanguages_do_not_contradict() -> None:
    """Norwegian and Nynorsk agree, two members of one macrolanguage do not."""
    assert same_language("no", "nn")
    assert same_language("nn", "no")
    assert same_language("de", "de")
    assert not same_language("hr", "sr")
    assert not same_language("de", "en")


def test_scripts_of_labels() -> None:
    """A label names its script, or its language does; Latin is always possible."""
    assert scripts_of("en") == scripts_of("aa") == {"Latn"}
    assert scripts_of("ru") == scripts_of("rus_Cyrl") == {"Latn", "Cyrl"}
    assert scripts_of("ja") == scripts_of("jpn_Jpan") == {"Latn", "Hani", "Hira", "Kana"}
    assert scripts_of("sr_Latn") == {"Latn"}
    assert scripts_of("zho_Hant") == {"Latn", "Hani"}
    assert scripts_of("chr_Cher") == {"Latn", "Cher"}


def test_packaged_table_is_what_the_script_builds() -> None:
    """The file beside the kernels belongs to the table of scripts as it is."""
    assert np.array_equal(SCRIPT_OF, scripts())
    number = {code: place for place, (code, _, _) in enumerate(SCRIPTS, 1)}
    for char, code in (("a", "Latn"), ("ж", "Cyrl"), ("漢", "Hani"), ("ᏣᎳ", "Cher"), ("ⴰ", "Tfng")):
        assert SCRIPT_OF[ord(char[0])] == number[code]
    assert SCRIPT_OF[ord("1")] == SCRIPT_OF[ord("ー")] == 0  # common to several scripts
    assert SCRIPT_OF[0x10A0D] == 0  # a mark is no letter
    assert SCRIPT_OF[0x10900] == len(SCRIPTS) + 1  # Phoenician: no model knows it
