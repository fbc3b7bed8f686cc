"""What the tab key offers, as the scripts of the shells ask for it."""

from __future__ import annotations

import pytest

from curation.cli import main


@pytest.fixture
def tab(capsys, monkeypatch):
    """Press the key behind some words, in a shell: returns what it puts on the line."""

    def press(*words: str, shell: str = "bash") -> list[str]:
        monkeypatch.setenv("_CURATION_COMPLETE", f"{shell}_complete")
        monkeypatch.setenv("COMP_WORDS", "\n".join(("curation", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        with pytest.raises(SystemExit) as caught:
            main([])
        assert caught.value.code == 0
        out, err = capsys.readouterr()
        assert err == ""
        lines = out.splitlines()
        if shell == "zsh":  # type, value and help, a line each
            return lines[1::3]
        return [line.partition(",")[2] for line in lines if line.startswith("plain,")]

    return press


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["ve"], ["verify", "versions"]),
        (["sources", ""], ["check", "list", "new"]),
        (["build", "--engine", ""], ["local", "ray"]),
        (["build", "--address", "a"], ["auto"]),
        (["build", "lo"], ["local", "look"]),
        (["recipe", "show", "loc"], ["local"]),
        (["sweep", "{corpus}", "--rule", "words_"], ["words_min", "words_max"]),
        (["stats", "{corpus}", "--by", "lang_s"], ["lang_score", "lang_share"]),
        (["sample", "{corpus}", "--source", ""], ["guide", "pubmed"]),
        (["diff", "{corpus}", ""], ["v1", "latest"]),
        (["diff", "{corpus}", "v1", "v"], ["v1"]),
        (["explain", "{corpus}", "guide"], ["guide:a1", "guide:a2", "guide:a3"]),
        (["show", "{corpus}/v1", "g"], ["guide:a1", "guide:a2", "guide:a3"]),
    ],
)
def test_names_that_begin_as_typed(tab, corpus, words, offered) -> None:
    """Commands, values of options, recipes, and what the corpus on the line holds."""
    assert tab(*(word.format(corpus=corpus) for word in words)) == offered


@pytest.mark.parametrize(
    ("shell", "typed", "offered"),
    [
        ("bash", ["pubmed", ":", "7"], ["7", "7@2"]),
        ("bash", ["guide", ":"], ["a1", "a2", "a3"]),
        ("bash", ["pubmed:7"], ["pubmed:7", "pubmed:7@2"]),
        ("zsh", ["pubmed:7"], ["pubmed:7", "pubmed:7@2"]),
    ],
)
def test_ids_behind_a_colon(tab, corpus, shell, typed, offered) -> None:
    """Bash takes an id apart at its colon and replaces what is behind it only."""
    assert tab("similar", str(corpus), *typed, shell=shell) == offered


@pytest.mark.parametrize("words", [["explain", "/nowhere", "x"], ["stats", "--by", "x"]])
def test_what_cannot_be_opened_offers_nothing(tab, words) -> None:
    """No error on the line that is being typed: the command itself will say it."""
    assert tab(*words) == []
