"""The recipe: defaults, types with lines, nearest names, and every form that TOML allows."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from pathlib import Path

import pytest

from curation.errors import RecipeError
from curation.recipe import Recipe, load, shipped
from curation.schema import SCHEMA
from tests.curation.make_recipe import DESIGN, read

SOURCE = '[[sources]]\nuse = "jsonl"\npaths = ["a.jsonl"]\n'


def refused(folder: Path, text: str) -> str:
    """Return the message for a recipe that is refused; it names the file and is one line."""
    with pytest.raises(RecipeError) as caught:
        read(folder, text)
    message = str(caught.value)
    assert message.startswith(str(folder / "r.toml") + ":")
    assert "\n" not in message
    assert caught.value.exit_code == 2
    return message.removeprefix(str(folder / "r.toml"))


def test_the_recipe_of_the_design_loads(tmp_path: Path) -> None:
    """Every key of the design page, a TOML date and a strict guard among them."""
    recipe = read(tmp_path, DESIGN)
    assert recipe.text("", "as_of") == "2023-08-01"
    assert recipe.get("duplicates", "guard") == "strict"
    assert recipe.number("failures", "tolerate") == 0
    assert recipe.number("alarms", "max_source_loss") == 0.9
    assert recipe.number("shards", "size_mb") == 256
    assert recipe.quality == {"abstract": {"words_min": 20}}
    [source] = recipe.sources
    assert (source.use, source.name, source.paths) == ("pubmed", "pubmed", ("pubmed/*.xml.gz",))
    assert recipe.given["duplicates", "guard"] == 14
    assert recipe.given["quality.abstract", "words_min"] == 11
    assert recipe.root == tmp_path


def test_a_silent_recipe_has_the_documented_defaults(tmp_path: Path) -> None:
    """What the design page calls the default is what a recipe of one source gets."""
    recipe = read(tmp_path, SOURCE)
    assert recipe.values[""] == {"name": "corpus", "purpose": "private", "as_of": ""}
    assert recipe.get("language", "keep") == ["en"]
    assert recipe.get("duplicates", "guard") is True
    assert recipe.number("duplicates", "threshold") == 0.8
    assert recipe.text("pii", "profile") == "default"
    assert recipe.number("failures", "tolerate") == 0
    assert recipe.number("alarms", "max_source_loss") == 0.9
    assert recipe.number("shards", "size_mb") == 256
    assert all(
        recipe.flag(table, "enabled") for table in ("status", "quality", "identity", "duplicates")
    )
    assert recipe.quality == {}
    assert set(recipe.given) == {("sources#0", "use"), ("sources#0", "paths")}


def test_defaults_pass_their_own_checks() -> None:
    """No default is a value that a recipe could not write."""
    for schema in SCHEMA.values():
        for key in schema.values():
            assert key.problem(key.default) == ""
            assert key.meaning.endswith(".")


WRONG = {
    ("", "name"): "5",
    ("", "purpose"): '"fun"',
    ("", "as_of"): '"August"',
    ("language", "keep"): '"en"',
    ("language", "min_score"): "1.5",
    ("language", "min_share"): "50",
    ("language", "model"): "true",
    ("quality", "enabled"): '"no"',
    ("quality", "mode"): '"keep"',
    ("status", "enabled"): "0",
    ("status", "superseded"): '"remove"',
    ("status", "past_review"): "true",
    ("status", "concern"): "false",
    ("status", "date_min"): '"2019-13"',
    ("status", "date_max"): '"May 2019"',
    ("status", "undated"): "1",
    ("status", "publication_types_allow"): '"Letter"',
    ("status", "publication_types_deny"): "[1]",
    ("status", "animal_only"): '"maybe"',
    ("licence", "allow"): '"CC0-1.0"',
    ("licence", "deny"): "true",
    ("identity", "enabled"): "[]",
    ("identity", "prefer"): '"doi"',
    ("identity", "editions"): "1",
    ("duplicates", "enabled"): "1",
    ("duplicates", "threshold"): '"0.8"',
    ("duplicates", "bands"): "0",
    ("duplicates", "rows"): "8.5",
    ("duplicates", "min_words"): "-1",
    ("duplicates", "bucket_limit"): "0",
    ("duplicates", "guard"): '"loose"',
    ("pii", "profile"): "false",
    ("pii", "publish_unmasked"): '"yes"',
    ("pii", "keep"): "[1]",
    ("pii", "recognisers"): '["clinic.names"]',
    ("pii", "recogniser_entities"): '["LOCATION"]',
    ("boilerplate", "enabled"): '"yes"',
    ("boilerplate", "shared"): "1",
    ("boilerplate", "shared_kinds"): '["pages"]',
    ("boilerplate", "shared_documents"): "1",
    ("boilerplate", "shared_share"): "20",
    ("failures", "tolerate"): "-1",
    ("alarms", "max_source_loss"): "2",
    ("alarms", "min_documents"): "true",
    ("alarms", "max_rule_loss"): "1.5",
    ("alarms", "quiet"): '["no_text"]',
    ("shards", "size_mb"): "0",
}


def test_every_key_has_a_wrong_value_here() -> None:
    """A key that is added to the schema is added to this test."""
    assert set(WRONG) == {(table, key) for table, keys in SCHEMA.items() for key in keys}


@pytest.mark.parametrize("place", WRONG, ids=".".join)
def test_a_wrong_type_names_key_and_line(tmp_path: Path, place: tuple[str, str]) -> None:
    """The message says what the value must be, and where it stands."""
    table, key = place
    head = f"[{table}]\n" if table else ""
    message = refused(tmp_path, f"# a comment\n{head}{key} = {WRONG[place]}\n{SOURCE}")
    assert message.startswith(f":{3 if table else 2}: {key} must be ")
    assert message.endswith("not " + repr(tomllib.loads(f"x = {WRONG[place]}")["x"]))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('nmae = "x"\n', 1, "'name'"),
        ("[langauge]\nkeep = []\n", 1, "'language'"),
        ("[language]\nkep = []\n", 2, "'keep'"),
        ("[duplicates]\ntreshold = 1\n", 2, "'threshold'"),
        ("duplicates = { treshold = 1 }\n", 1, "'threshold'"),
        ("duplicates.treshold = 1\n", 1, "'threshold'"),
        ("[shards]\nzzz = 1\n", 2, "known: size_mb"),
        ("[quality]\nenabld = true\n", 2, ""),
        ("[quality.abstrct]\nwords_min = 3\n", 1, "'abstract'"),
        ("[quality.abstract]\nword_min = 3\n", 2, "'words_min'"),
        ("[quality]\nabstract = { word_min = 3 }\n", 2, "'words_min'"),
        ("[quality]\nwords_min = true\n", 2, "false to switch the rule off"),
        ("language = 3\n", 1, "write [language]"),
        ("[[language]]\nkeep = []\n", 1, "write [language]"),
        ("[duplicates]\nbands = 32\nrows = 8\n", 3, "at most 128"),
        ("[duplicates]\nbands = 32\n", 1, "at most 128"),
        ("[clasifiers.edu]\npath = 'm.ftz'\n", 1, "'classifiers'"),
        ("[classifiers]\nedu = 'm.ftz'\n", 2, "write [classifiers.NAME]"),
        ("[classifiers.edu]\npaht = 'm.ftz'\n", 2, "'path'"),
        ("[classifiers.edu]\npath = 3\n", 2, "path must be a text"),
        ("[classifiers.edu]\nlabel = 'x'\n", 1, "needs path"),
        ("[classifiers.Edu-1]\npath = 'm.ftz'\n", 1, "no name of a classifier"),
        (
            "[classifiers.edu]\npath = 'm.ftz'\n[quality.web]\nclassifier_ed_min = 0.5\n",
            4,
            "'classifier_edu_min'",
        ),
        (
            "[quality]\nclassifier_edu_min = 0.5\n",
            2,
            "'classifier_edu_min': [classifiers.edu] with",
        ),
    ],
)
def test_a_mistake_names_line_and_nearest_key(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    """Whatever form the table is written in."""
    message = refused(tmp_path, text + SOURCE)
    assert message.startswith(f":{line}: ")
    assert said in message


@pytest.mark.parametrize(
    ("entry", "line", "said"),
    [
        ('use = "pubmd"\npaths = ["a"]', 2, "'pubmed'"),
        ('use = "jsonl"', 2, "needs paths"),
        ('paths = ["a"]', 1, "needs use"),
        ('use = "jsonl"\npath = ["a"]', 3, "'paths'"),
        ('use = "jsonl"\npaths = "a"', 3, "a list of paths"),
        ('use = "jsonl"\npaths = ["a"]\nfields = "text"', 4, "fields must be of type dict"),
        ('use = "jsonl"\npaths = ["a"]\nfeilds = {}', 4, "'fields'"),
        ('use = "hub"\ndataset = "x"\nstreaming = "no"', 4, "streaming must be of type bool"),
        ('use = "jsonl"\npaths = ["a"]\nkind = "abstrct"', 4, "'abstract'"),
        ('use = "jsonl"\npaths = ["a"]\nlicense = "foo"', 4, "LicenseRef-… for any other licence"),
        ('use = "jsonl"\npaths = ["a"]\nlicense = "CC-BY"', 4, "did you mean 'CC-BY-4.0'?"),
        ('use = "jsonl"\npaths = ["a"]\nlicense = "CC BY-NC"', 4, "did you mean 'CC-BY-NC-4.0'?"),
        ('use = "jsonl"\npaths = ["a"]\nlicense = "CC-BY-5.0"', 4, "did you mean 'CC-BY-4.0'?"),
        ('use = "jsonl"\npaths = ["a"]\nlicense = 4', 4, "license must be a text"),
        ('use = "jsonl"\npaths = ["a"]\nname = "../up"', 4, "name must be lower-case letters"),
        ('use = "jsonl"\npaths = ["a"]\nname = "a/b"', 4, "name must be lower-case letters"),
        ('use = "jsonl"\npaths = ["a"]\nname = "a:b"', 4, "name must be lower-case letters"),
        ('use = "jsonl"\npaths = ["a"]\nname = "default"', 4, 'not "default"'),
        (
            'use = "jsonl"\npaths = ["a"]\n[[sources]]\nuse = "jsonl"\npaths = ["b"]',
            4,
            "two sources are named 'jsonl'",
        ),
        ('use = "pmc"\npaths = ["a"]\ntables = "html"', 4, "tables must be"),
        ('use = "pmc"\npaths = ["a"]\nleave_out_titles = ["("]', 4, "leave_out_titles"),
    ],
)
def test_a_wrong_source_names_its_line(tmp_path: Path, entry: str, line: int, said: str) -> None:
    """Mistakes in a [[sources]] entry, its options and its name, which is a folder and a prefix."""
    message = refused(tmp_path, f"[[sources]]\n{entry}\n")
    assert message.startswith(f":{line}: ")
    assert said in message


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[licence]\ndeny = ["non-comercial"]\n', 2, "did you mean 'non-commercial'?"),
        ('[licence]\nallow = ["opne"]\n', 2, "did you mean 'open'?"),
        ('[licence]\ndeny = ["CC-BY-NC"]\n', 2, "write CC-BY-NC-4.0, or CC-BY-NC-* for all"),
        ('[licence]\nallow = ["CC-BY-4.0 OR opne"]\n', 2, "no SPDX identifier"),
        ('[licence]\nallow = ["cc by"]\n', 2, "no SPDX identifier such as CC-BY-4.0"),
        ('[language]\nkeep = ["en", "xx"]\n', 2, "'xx' is no language of ISO 639-1"),
        ('[status]\ndate_min = "2020"\ndate_max = "2019-05"\n', 2, "date_min 2020 is after"),
        (
            '[identity]\nprefer = ["doi", "licnce"]\n',
            2,
            "no criterion 'licnce'; did you mean 'licence'?",
        ),
        ('[identity]\nprefer = ["zzz"]\n', 2, "no criterion 'zzz' (known: doi, full_text"),
        ('[identity]\nprefer = ["doi", "words", "doi"]\n', 2, "prefer names 'doi' twice"),
        ("as_of = 2023-13-01\n", 1, "no such date: 2023-13-01"),
        ("as_of = 2023-02-30\n", 1, "no such date: 2023-02-30"),
    ],
)
def test_words_that_can_mean_nothing(tmp_path: Path, text: str, line: int, said: str) -> None:
    """Groups, codes and dates are closed sets: a slip of the pen is refused, with its line."""
    message = refused(tmp_path, text + SOURCE)
    assert message.startswith(f":{line}: ")
    assert said in message


@pytest.mark.parametrize(
    "text",
    [
        '[licence]\nallow = ["Open", "CC0-9.9", "cc-by-4.0", "MIT", "Zlib", "NOASSERTION"]\n',
        '[licence]\ndeny = ["CC-BY-*-IGO", "LicenseRef-Our-Terms", "MIT OR Apache-2.0", "OGL-UK-3.0"]\n',
        '[language]\nkeep = ["en", "nb", "iw", "tlh", "deu", "sh", "bh"]\n',
        '[status]\ndate_min = "2020-05"\ndate_max = "2020"\n',
    ],
)
def test_words_that_can_be_meant(tmp_path: Path, text: str) -> None:
    """What is not listed here and may exist passes; dates are compared as far as both know."""
    assert read(tmp_path, text + SOURCE).sources


@pytest.mark.parametrize("use", ["jsonl", "hub"])
def test_fields_map_to_names_that_exist(tmp_path: Path, use: str) -> None:
    """Another target would be ignored, and the records fail one by one."""
    entry = f'[[sources]]\nuse = "{use}"\npaths = ["a"]\n'
    message = refused(tmp_path, entry + 'fields = { txt = "body" }\n')
    assert message.startswith(":4: ")
    assert "'txt' is none: did you mean 'text'?" in message
    assert "text no name of a field" in refused(tmp_path, entry + "fields = { text = 3 }\n")
    assert read(tmp_path, entry + 'fields = { review_date = "due" }\n').sources


def test_sources_are_entries_and_there_must_be_one(tmp_path: Path) -> None:
    """A recipe without any source, and one with a table in the place of entries."""
    assert "no [[sources]] entry" in refused(tmp_path, 'name = "x"\n')
    assert "[[sources]]" in refused(tmp_path, '[sources]\nuse = "jsonl"\n')


def test_options_of_a_source_are_filled_in(tmp_path: Path) -> None:
    """Declared defaults, changed by what the entry gives."""
    recipe = read(
        tmp_path,
        '[[sources]]\nuse = "jsonl"\nname = "n"\npaths = ["a", "b"]\nkind = "question"\n'
        'license = "CC0-1.0"\nfields = { text = "body" }\n' + SOURCE,
    )
    one, two = recipe.sources
    assert (one.name, one.kind, one.license) == ("n", "question", "CC0-1.0")
    assert one.options == {"fields": {"text": "body"}}
    assert (two.name, two.kind, two.options) == ("jsonl", "", {"fields": {}})


@pytest.mark.parametrize(
    ("written", "value"),
    [("2023-08-01", "2023-08-01"), ('"2023-08"', "2023-08"), ('"2023"', "2023"), ('""', "")],
)
def test_dates(tmp_path: Path, written: str, value: str) -> None:
    """A TOML date and texts of less precision are the same kind of value."""
    assert read(tmp_path, f"as_of = {written}\n{SOURCE}").text("", "as_of") == value


@pytest.mark.parametrize("written", ["2023", "2023-08-01T10:00:00", '"2023-8-1"', "10:00:00"])
def test_what_is_no_date(tmp_path: Path, written: str) -> None:
    """A number, a moment, a time and a date without leading zeros."""
    assert "must be a date such as" in refused(tmp_path, f"as_of = {written}\n{SOURCE}")


def test_byte_order_mark_and_line_ends_leave_no_trace(tmp_path: Path) -> None:
    """What an editor on Windows saves is read as the same recipe, with the same lines."""
    plain = read(tmp_path, DESIGN)
    windows = read(tmp_path, b"\xef\xbb\xbf" + DESIGN.replace("\n", "\r\n").encode())
    assert (windows.values, windows.sources, windows.quality) == (
        plain.values,
        plain.sources,
        plain.quality,
    )
    assert windows.given == plain.given
    assert windows.sha256 != plain.sha256


def test_odd_characters_in_comments_shift_no_line(tmp_path: Path) -> None:
    """Only line ends of TOML are line ends."""
    message = refused(tmp_path, f'# a\u2028b\u0085c\nname = "x"\nzz = 1\n{SOURCE}')
    assert message.startswith(":3: ")


def test_inline_and_dotted_tables_are_the_same_recipe(tmp_path: Path) -> None:
    """Three ways to write one setting give the same values, each with its line."""
    for text in (
        "[duplicates]\nthreshold = 0.9\n",
        "\nduplicates = { threshold = 0.9 }\n",
        "\nduplicates.threshold = 0.9\n",
    ):
        recipe = read(tmp_path, text + SOURCE)
        assert recipe.number("duplicates", "threshold") == 0.9
        assert recipe.given["duplicates", "threshold"] == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"name = ", "not valid TOML"), (b"name = '\xff'", "UTF-8"), (b"a = 1\na = 2", "not valid")],
)
def test_what_is_no_recipe(tmp_path: Path, data: bytes, said: str) -> None:
    """One clear line for a file that is no TOML."""
    (tmp_path / "r.toml").write_bytes(data)
    with pytest.raises(RecipeError, match=said):
        load(tmp_path / "r.toml")


def test_a_folder_and_a_missing_file(tmp_path: Path) -> None:
    """Neither is a recipe; a missing one lists those that are shipped."""
    with pytest.raises(RecipeError, match="a folder; name a recipe in it"):
        load(tmp_path)
    with pytest.raises(RecipeError, match="shipped: gap, guidelines-only, local, look"):
        load(tmp_path / "nothing.toml")


@pytest.mark.parametrize("name", sorted(shipped()))
def test_shipped_recipes_load(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By name, with paths relative to the current folder."""
    monkeypatch.chdir(tmp_path)
    recipe = load(name)
    assert recipe.root == tmp_path
    assert recipe.sources


def test_a_file_prevails_over_a_shipped_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file called `local` here is the one that is meant."""
    monkeypatch.chdir(tmp_path)
    Path("local").write_text('name = "mine"\n' + SOURCE)
    assert load("local").text("", "name") == "mine"


def test_classifiers_of_a_recipe(tmp_path: Path) -> None:
    """In the order of their names; the label is the name where none is given."""
    text = (
        '[classifiers.medical]\npath = "m/a.ftz"\n'
        '[classifiers.edu]\npath = "m/b.ftz"\nlabel = "educational"\n'
        "[quality]\nclassifier_edu_min = 0.2\n[quality.web]\nclassifier_medical_min = 0.5\n"
    )
    recipe = read(tmp_path, text + SOURCE)
    assert [(c.name, c.path, c.label) for c in recipe.classifiers] == [
        ("edu", "m/b.ftz", "educational"),
        ("medical", "m/a.ftz", "medical"),
    ]
    assert recipe.quality["web"] == {"classifier_medical_min": 0.5}
    assert recipe.given["classifiers.edu", "label"] == 5
    assert read(tmp_path, SOURCE).classifiers == ()


def test_a_profile_that_masks_nothing_is_said_twice(tmp_path: Path) -> None:
    """A slip of the pen publishes no personal data: a second key says that it is meant."""
    off = f'{SOURCE}[pii]\nprofile = "off"\n'
    line = off.splitlines().index('profile = "off"') + 1
    with pytest.raises(RecipeError, match=rf":{line}: .*write publish_unmasked = true"):
        read(tmp_path, off)
    assert read(tmp_path, off + "publish_unmasked = true\n").text("pii", "profile") == "off"
    assert (
        read(tmp_path, f"{SOURCE}[pii]\npublish_unmasked = true\n").text("pii", "profile")
        == "default"
    )


def test_the_look_recipe_switches_everything_off() -> None:
    """Every step that can be switched off is off in it."""
    recipe = load("look")
    assert recipe.get("language", "keep") == "any"
    assert recipe.text("pii", "profile") == "off"
    assert [t for t in SCHEMA if "enabled" in SCHEMA[t] and recipe.flag(t, "enabled")] == []


def test_a_source_whose_terms_forbid_training_needs_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one the recipe is refused with the terms; the reason goes into notes and manifest."""
    from curation.engines.local import LocalEngine
    from curation.pipeline import build
    from curation.progress import Progress
    from sources import policy

    closed = dataclasses.replace(
        policy.POLICIES["trials"], training="forbidden", evidence="The terms of X"
    )
    monkeypatch.setattr(policy, "POLICIES", {**policy.POLICIES, "trials": closed})
    study = (
        '{"protocolSection": {"identificationModule": {"nctId": "NCT99000001", "briefTitle": "T"}}}'
    )
    (tmp_path / "trial.json").write_text(study)
    file = tmp_path / "recipe.toml"
    entry = 'name = "x"\n[[sources]]\nuse = "trials"\npaths = ["trial.json"]\n'
    file.write_text(entry)
    with pytest.raises(
        RecipeError, match=r":3: the terms of the source 'trials' forbid training: The terms of X"
    ):
        load(file)
    file.write_text(entry + 'override_terms = "licence no. 7 of 2026"\n')
    with Progress(quiet=True) as progress:
        done = build(load(file), tmp_path / "out", LocalEngine(1), progress)
    assert any(
        "forbid training (The terms of X); the recipe's reason: licence no. 7" in n
        for n in done.notes
    )
    manifest = json.loads((tmp_path / "out" / "v1" / "manifest.json").read_text())
    assert manifest["sources"]["trials"]["override_terms"] == "licence no. 7 of 2026"
    assert manifest["sources"]["trials"]["terms"]["training"] == "forbidden"


def test_an_override_without_need_is_a_mistake(tmp_path: Path) -> None:
    """A reason for a source whose terms forbid nothing is refused, with its line."""
    file = tmp_path / "recipe.toml"
    file.write_text('[[sources]]\nuse = "jsonl"\npaths = ["a"]\noverride_terms = "why not"\n')
    with pytest.raises(RecipeError, match=r":4: override_terms is for sources whose terms forbid"):
        load(file)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('keep = ["116 123", "Poison Centre"]', "keep: 'Poison Centre' is no number, e-mail"),
        ('keep = ["12"]', "keep: '12' has fewer than 3 digits"),
        ('recogniser_entities = ["LOCATION=TOWN"]', "recogniser_entities: no entity 'TOWN'"),
    ],
)
def test_masking_that_means_nothing_is_refused(tmp_path: Path, line: str, said: str) -> None:
    """A keep-list that keeps nothing, and tokens that do not exist, with file and line."""
    path = tmp_path / "r.toml"
    path.write_text(f'[pii]\n{line}\n[[sources]]\nuse = "jsonl"\npaths = ["a"]\n')
    with pytest.raises(RecipeError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:2: {said}")


def test_recognisers_are_loaded_as_a_build_begins(tmp_path: Path) -> None:
    """One that cannot be had is a wrong recipe; one that can is part of the versions."""
    from curation.parameters import masking_of, source_parameters

    def made(name: str) -> Recipe:
        path = tmp_path / "r.toml"
        path.write_text(
            f'[language]\nkeep = "any"\n[pii]\nrecognisers = ["{name}"]\n'
            '[[sources]]\nuse = "jsonl"\npaths = ["a"]\n'
        )
        return load(path)

    with pytest.raises(RecipeError, match=r"r.toml:4: recogniser nowhere:find: there is no module"):
        masking_of(made("nowhere:find"))
    recipe = made("tests.filters.pii_recognisers:names")
    parameters = source_parameters(recipe, recipe.sources[0], lambda line: None)
    version = parameters.versions["recogniser:tests.filters.pii_recognisers:names"]
    assert version.startswith("3, ")
    assert parameters.pii.recognisers[0].version == version
