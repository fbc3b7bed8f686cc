"""Languages in a build: mixed documents, what a source declares, and another model by its path."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import pytest

import curation
from tests.corpora import run

ENGLISH = (
    "The patients in this fictional trial took the drug daily, and the fever was gone in {} days. "
)
FRENCH = (
    "Les malades de cet essai imaginaire ont pris le produit, et la fièvre a cessé en {} jours. "
)
GERMAN = "Die Kranken dieser erfundenen Studie nahmen das Mittel, und das Fieber wich in {} Tagen. "
RUSSIAN = "Больные в этом вымышленном исследовании принимали препарат, и жар прошёл за {} дней. "


def text(sentence: str, count: int, first: int) -> str:
    """Sentences with numbers of their own."""
    return "".join(sentence.format(first + n) for n in range(count)).strip()


DOCUMENTS = [
    {"id": "english", "text": text(ENGLISH, 12, 100), "lang": "en"},
    {"id": "with-abstract", "text": text(ENGLISH, 9, 300) + "\n\n" + text(FRENCH, 4, 300), "lang": "en"},
    {"id": "mostly-french", "text": text(FRENCH, 9, 500) + "\n\n" + text(ENGLISH, 4, 500), "lang": "fr"},
    {
        "id": "three",
        "text": "\n\n".join(
            [text(ENGLISH, 7, 600), text(FRENCH, 5, 600), text(RUSSIAN, 5, 600)]
        ),
    },
    {"id": "declared-otherwise", "text": text(ENGLISH, 12, 800), "lang": "de"},
    {"id": "german", "text": text(GERMAN, 12, 900), "lang": "de"},
]  # fmt: skip


def folder_of(path: Path, settings: str) -> Path:
    """Write the documents and a recipe."""
    lines = [json.dumps({**row, "license": "CC0-1.0"}, ensure_ascii=False) for row in DOCUMENTS]
    (path / "notes.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    recipe = path / "recipe.toml"
    recipe.write_text(
        f'[[sources]]\nuse = "jsonl"\npaths = ["notes.jsonl"]\n[language]\n{settings}\n'
        "[quality]\nenabled = false\n[duplicates]\nenabled = false\n"
    )
    return recipe


def test_a_language_without_label_is_said(tmp_path: Path, language_model: Path) -> None:
    """Klingon has a code and no label: nothing can be identified as it, and English stays."""
    recipe = folder_of(tmp_path, f'keep = ["en", "nb", "tlh"]\nmodel = "{language_model}"')
    done = run("build", recipe, "--out", tmp_path / "c", "--workers", "1")
    assert "note: [language] keep: the model has no label for 'tlh'" in done.stderr
    assert rows(tmp_path / "c")["english"]["outcome"] == "kept"


def rows(corpus: Path) -> dict[str, dict[str, object]]:
    """Ledger rows by their own id."""
    found = curation.open(corpus)
    return {
        row["id"].removeprefix("jsonl:"): row
        for row in (found.explain(f"jsonl:{d['id']}")["rows"][0] for d in DOCUMENTS)
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, language_model: Path) -> tuple[Path, str]:
    """A corpus with the default model, and what its build said."""
    folder = tmp_path_factory.mktemp("languages")
    recipe = folder_of(folder, f'keep = ["en"]\nmodel = "{language_model}"')
    done = run("build", recipe, "--out", folder / "corpus", "--workers", "1")
    return folder / "corpus", done.stdout + done.stderr


def test_what_is_mostly_in_a_kept_language_stays(built: tuple[Path, str]) -> None:
    """A document with an abstract in another language stays, one of a few English words goes."""
    found = rows(built[0])
    assert {name for name, row in found.items() if row["outcome"] == "kept"} == {
        "english",
        "with-abstract",
        "declared-otherwise",
    }
    assert (found["mostly-french"]["rule"], found["german"]["rule"]) == ("lang_keep", "lang_keep")
    three = found["three"]
    assert (three["lang"], three["rule"], three["threshold"]) == ("en", "lang_share_min", 0.5)
    assert three["value"] == three["lang_share"] == pytest.approx(0.42, abs=0.04)
    assert "share kept 0.4" in str(three["sentence"])
    assert "identified as en 4" in str(three["sentence"])


def test_shares_are_measured(built: tuple[Path, str]) -> None:
    """The ledger has the share of the document's language, and that of each."""
    found = rows(built[0])
    assert found["english"]["lang_parts"] == {"en": 1.0}
    mixed = found["with-abstract"]
    assert mixed["lang_share"] == mixed["lang_parts"]["en"] == pytest.approx(0.69, abs=0.04)  # type: ignore[index]
    assert set(mixed["lang_parts"]) == {"en", "fr"}  # type: ignore[call-overload]


def test_disagreement_is_told(built: tuple[Path, str]) -> None:
    """What a source declares stands beside, and the build, stats and explain say where it differs."""
    corpus, said = built
    found = rows(corpus)
    assert "1 documents are in another language than declared: de but en (1)" in said
    assert [found[n]["declared_lang"] for n in ("english", "three")] == ["en", None]
    assert [found[n]["lang_agrees"] for n in ("english", "three", "declared-otherwise")] == [
        True,
        None,
        False,
    ]
    languages = curation.open(corpus).stats()["languages"]
    assert languages == {
        "mixed": 1,
        "declared": 3,
        "disagree": 1,
        "top": [{"declared": "de", "identified": "en", "documents": 1}],
    }
    shown = run("stats", corpus).stdout
    assert "1 of 3 kept documents that declare a language are in another" in shown
    assert "Paragraphs in other languages: in 1 kept document" in shown
    assert "; declared de" in run("explain", corpus, "jsonl:declared-otherwise").stdout
    assert "; en 70%, fr 30%" in run("explain", corpus, "jsonl:with-abstract").stdout


def test_another_model_is_one_line(tmp_path: Path) -> None:
    """A small model with labels such as eng_Latn; the recipe's codes and the ledger's stay."""
    import fasttext

    labels = {"eng_Latn": ENGLISH, "fra_Latn": FRENCH, "deu_Latn": GERMAN, "rus_Cyrl": RUSSIAN}
    lines = [
        f"__label__{label} {text(sentence, 2, 10 * n)}"
        for n in range(60)
        for label, sentence in labels.items()
    ]
    (tmp_path / "train.txt").write_text("\n".join(lines) + "\n")
    model = fasttext.train_supervised(
        str(tmp_path / "train.txt"), loss="softmax", minn=2, maxn=4, dim=8, bucket=5000, epoch=10,
        lr=0.5, thread=1, verbose=0,
    )  # fmt: skip
    model.save_model(str(tmp_path / "model.bin"))
    recipe = folder_of(tmp_path, 'keep = ["eng", "de"]\nmodel = "model.bin"')
    run("build", recipe, "--out", tmp_path / "corpus", "--workers", "1")
    found = rows(tmp_path / "corpus")
    assert [found[d["id"]]["lang"] for d in DOCUMENTS] == ["en", "en", "fr", "en", "en", "de"]
    assert found["german"]["outcome"] == "kept"
    assert found["mostly-french"]["rule"] == "lang_keep"
    manifest = json.loads((tmp_path / "corpus/v1/manifest.json").read_text())
    name, version = manifest["versions"]["library:fasttext"].split()
    assert importlib.metadata.version(name) == version  # another library, another task


@pytest.mark.parametrize("content", ["other", "cut", "empty"])
def test_a_file_that_is_no_model(tmp_path: Path, language_model: Path, content: str) -> None:
    """One line that names the file and the key, before anything is read."""
    made = {"other": b"no model", "cut": language_model.read_bytes()[:400_000], "empty": b""}
    (tmp_path / "model.bin").write_bytes(made[content])
    recipe = folder_of(tmp_path, 'model = "model.bin"')
    done = run("build", recipe, "--out", tmp_path / "corpus", code=5)
    assert "model.bin: no whole fastText model; name another in [language] model" in done.stderr
