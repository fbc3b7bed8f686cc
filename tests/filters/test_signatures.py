"""Words, word hashes, shingles and signatures: the compiled pass against a plain twin."""

from __future__ import annotations

import hashlib
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from filters.duplicates.signatures import content_hash, id_hash, sign, signature_matrix
from filters.kernels.signature import minima, permutations

MASK = 2**64 - 1
BASE = 0xD6E8FEB86659FD93
MARKS = "\u0301\u093f\u0e34"
UNSPACED = "一二中あカกข"
# One of each kind that the rules name: cases, foldings that change the length in bytes, marks,
# unspaced scripts, digits and numbers of other scripts, separators of all widths.
ALPHABET = (
    "aAzZ09 .,\n#*_<>=%-/" + "éÉßẞΣςσĸⱥȺſKµμİ" + UNSPACED + MARKS + "٣५²½⅓₂" + "–≥·\u00a0\u2009€😀"
)


def fold(char: str) -> str:
    """Fold one character simply, as CaseFolding.txt does with statuses C and S."""
    for folded in (char.casefold(), char.lower()):
        if len(folded) == 1:
            return folded
    return char


def plain_words(text: str) -> list[bytes]:
    """Split into words in plain Python; a number above ASCII is preceded by the byte 0x20."""
    words: list[bytes] = []
    state = "outside"
    for char in text:
        category = unicodedata.category(char)
        if category[0] not in "LNM":
            state = "outside"
            continue
        numeric = category[0] == "N" and ord(char) > 127
        piece = (b" " if numeric else b"") + fold(char).encode()
        if state == "alone" and category[0] == "M":
            words[-1] += piece
        elif char in UNSPACED:
            words.append(piece)
            state = "alone"
        elif state == "inside":
            words[-1] += piece
        else:
            words.append(piece)
            state = "inside"
    return words


def mix(value: int) -> int:
    """MurmurHash3's 64-bit finaliser."""
    value = ((value ^ value >> 33) * 0xFF51AFD7ED558CCD) & MASK
    value = ((value ^ value >> 33) * 0xC4CEB9FE1A85EC53) & MASK
    return value ^ value >> 33


def plain_hash(word: bytes) -> int:
    """Hash a word: lanes of eight bytes, 31 bits and the class bit."""
    lanes = [int.from_bytes(word[at : at + 8], "little") for at in range(0, len(word), 8)]
    state = (lanes[0] + (lanes[1] if len(lanes) > 1 else 0) * BASE) & MASK
    for lane in lanes[2:]:
        state = (mix(state) * BASE + lane) & MASK
    digit = any(0x20 <= byte <= 0x3F for byte in word)
    return mix(state) >> 33 | digit << 31


def plain_shingles(words: list[int], shingle: int = 5) -> list[int]:
    """Hash the shingles to 32 bits."""
    hashes = []
    size = min(shingle, len(words))
    for at in range(len(words) - size + 1 if words else 0):
        state = size
        for word in words[at : at + size]:
            state = (state * BASE + word) & MASK
        hashes.append(mix(state) & 0xFFFFFFFF)
    return hashes


def column(*texts: str) -> pa.LargeStringArray:
    """Make a column."""
    return pa.array(texts, pa.large_string())


def words_of(text: str) -> list[int]:
    """Word hashes of one text."""
    return np.frombuffer(sign(column(text))["word_hashes"][0].as_py(), "<u4").tolist()


def oracle(shingles: list[int]) -> list[int]:
    """Sign 32-bit hashes with datasketch."""
    signature = MinHash(128, hashfunc=lambda value: value, scheme="affine32")
    if shingles:
        signature.update_batch(shingles)
    return signature.hashvalues.tolist()


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(ALPHABET, max_size=300), max_size=4))
def test_equals_plain_twin_and_datasketch(texts: list[str]) -> None:
    """Words, hashes and signatures equal the plain twin and datasketch bit for bit."""
    signed = sign(column(*texts))
    matrix = signature_matrix(signed["signature"])
    for row, text in enumerate(texts):
        expected = [plain_hash(word) for word in plain_words(text)]
        assert np.frombuffer(signed["word_hashes"][row].as_py(), "<u4").tolist() == expected
        assert signed["shingle_words"][row].as_py() == len(expected)
        assert matrix[row].tolist() == oracle(plain_shingles(expected))


@pytest.mark.parametrize("words", [1, 4, 5, 6, 36, 37, 500, 3000])
def test_long_ascii_equals_datasketch(words: int) -> None:
    """Texts around and far beyond the blocks of the vector loops are signed alike."""
    draw = np.random.default_rng(words)
    text = " ".join("w" * draw.integers(1, 30) + str(draw.integers(0, 99)) for _ in range(words))
    hashes = [plain_hash(word) for word in plain_words(text)]
    assert words_of(text) == hashes
    matrix = signature_matrix(sign(column(text))["signature"])
    assert matrix[0].tolist() == oracle(plain_shingles(hashes))


@pytest.mark.parametrize("seed", range(3))
def test_permutations_equal_datasketch_on_xxh32(seed: int) -> None:
    """The permutations give datasketch's signature of shingles that xxh32 hashed."""
    shingles = [f"shingle {seed} {index}".encode() for index in range(64)]
    expected = MinHash(128, hashfunc=xxhash.xxh32_intdigest, scheme="affine32")
    expected.update_batch(shingles)
    mixed = np.array([xxhash.xxh32_intdigest(shingle) for shingle in shingles], np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed = (mixed ^ mixed >> np.uint32(shift)) * np.uint32(factor)
    mixed ^= mixed >> np.uint32(16)
    factors, summands = permutations(128)
    signature = np.empty(128, np.uint32)
    njit(minima)(mixed, len(mixed), factors, summands, signature, 0)
    assert signature.tolist() == expected.hashvalues.tolist()


def test_rising_sizes_of_dense_texts() -> None:
    """Texts that grow in folding, each longer than the one before, are signed like alone."""
    texts = [char * (3**power) for char in ("一", "½", "Ⱥ ", "a ", "é") for power in range(7)]
    for rows in (texts, sorted(texts, key=len)):
        together = sign(column(*rows))
        for row, text in enumerate(rows):
            expected = [plain_hash(word) for word in plain_words(text)]
            found = np.frombuffer(together["word_hashes"][row].as_py(), "<u4")
            assert found.tolist() == expected


def test_empty_text_has_the_empty_signature() -> None:
    """A text without words has no words and a signature of maxima."""
    signed = sign(column("", " \n#*–"))
    assert signed["shingle_words"].to_pylist() == [0, 0]
    assert (signature_matrix(signed["signature"]) == 2**32 - 1).all()
    assert signed["guard_hash"].to_pylist() == [0, 0]
    assert signed["guard"].to_pylist() == [b"", b""]


def test_no_rows() -> None:
    """An empty column gives empty columns."""
    assert {len(values) for values in sign(column()).values()} == {0}
    assert len(content_hash(column())) == len(id_hash(column())) == 0


def test_slices_and_batches_change_nothing() -> None:
    """A row has the same values alone, in a slice and in a larger batch."""
    texts = column("first text 1 mg", "", "zweiter Text µg", "a " * 700, "last one here")
    whole = sign(texts)
    for name, values in whole.items():
        assert sign(texts.slice(2, 2))[name].to_pylist() == values.slice(2, 2).to_pylist()
        assert sign(texts.slice(4))[name].to_pylist() == values.slice(4).to_pylist()
    assert content_hash(texts.slice(2, 2)).to_pylist() == content_hash(texts).to_pylist()[2:4]
    assert id_hash(texts.slice(3)).tolist() == id_hash(texts).tolist()[3:]


def test_markup_case_and_blanks_do_not_count() -> None:
    """Markdown, letter case and kind of white space leave the words as they are."""
    plain = words_of("Aspirin reduced pain in 40 of 80 patients")
    assert words_of("# **ASPIRIN** reduced\n\npain in\u00a040 of `80` patients.") == plain


def test_class_bit_marks_words_with_a_digit() -> None:
    """The top bit is set for numbers of any script, powers and words like il6, for no other."""
    hashes = words_of("dose 5 mg il6 m² ٣ ½ ²3 naïve")
    assert [bool(value >> 31) for value in hashes] == [
        False, True, False, True, True, True, True, True, False,
    ]  # fmt: skip


def test_guard_hash_follows_the_stream() -> None:
    """Equal streams have equal hashes; a comparator alone makes another one."""
    first, same, other = sign(column("p < 0.05 in men", "P < .05, in MEN", "p > 0.05 in men"))[
        "guard_hash"
    ].to_pylist()
    assert first == same != other


def test_unspaced_scripts_give_a_word_a_character() -> None:
    """Han and Thai letters are words of their own, with the marks that follow them."""
    assert len(words_of("高血圧abc中")) == 5
    assert len(words_of("ก\u0e34ข")) == 2


def test_guard_streams_can_be_left_out() -> None:
    """Without them the other columns are the same."""
    texts = column("5 mg of metformin did not help", "", "p < 0.05")
    whole, bare = sign(texts), sign(texts, guard=False)
    assert set(whole) - set(bare) == {"guard", "guard_hash"}
    assert all(bare[name].equals(whole[name]) for name in bare)


def test_rejects_nulls_and_bad_numbers() -> None:
    """A null text and numbers that make no signature are errors."""
    with pytest.raises(ValueError, match="null"):
        sign(pa.array(["a", None], pa.large_string()))
    with pytest.raises(ValueError, match="null"):
        content_hash(pa.array([None], pa.large_string()))
    for bad in ({"num_perm": 0}, {"num_perm": 126}, {"shingle": 0}):
        with pytest.raises(ValueError, match="num_perm"):
            sign(column("a"), **bad)


def test_number_of_permutations_is_free() -> None:
    """Fewer permutations are the beginning of a longer draw of factors, as in datasketch."""
    text = "one two three four five six seven"
    matrix = signature_matrix(sign(column(text), num_perm=64)["signature"])
    expected = MinHash(64, hashfunc=lambda value: value, scheme="affine32")
    expected.update_batch(plain_shingles(words_of(text)))
    assert matrix[0].tolist() == expected.hashvalues.tolist()


@given(st.lists(st.text(max_size=30), max_size=5))
def test_content_hash_is_blake2b(texts: list[str]) -> None:
    """The content hash is BLAKE2b-128 of the UTF-8 bytes."""
    expected = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
    assert content_hash(column(*texts)).to_pylist() == expected


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), max_size=5))
def test_id_hash_equals_plain_twin(ids: list[str]) -> None:
    """The id hash is FNV-1a and fmix64, the same for both string types."""
    expected = []
    for native in ids:
        state = 0xCBF29CE484222325
        for byte in native.encode():
            state = ((state ^ byte) * 0x100000001B3) & MASK
        expected.append(mix(state))
    assert id_hash(column(*ids)).tolist() == expected
    assert id_hash(pa.array(ids, pa.string())).tolist() == expected


def test_id_hash_never_changes() -> None:
    """The layout of a corpus follows from these values."""
    # FNV-1a of "a" is 0xAF63DC4C8601EC8C (published test vector).
    assert id_hash(column("", "a")).tolist() == [
        mix(0xCBF29CE484222325),
        mix(0xAF63DC4C8601EC8C),
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ΟΔΟΣ", "οδος", True),
        ("ÄRZTE", "ärzte", True),
        ("K", "k", True),  # the sign for kelvin
        ("Straße", "STRASSE", False),
        ("ﬁbrosis", "fibrosis", False),
        ("İlaç", "ilaç", False),
    ],
    ids=["final sigma", "umlaut", "kelvin", "sharp s", "ligature", "dotted i"],
)
def test_case_is_folded_letter_by_letter(one: str, other: str, same: bool) -> None:
    """Simple folding: what becomes several letters when it is folded in full stays as it is."""
    words = sign(pa.array([one, other], pa.large_string()))["word_hashes"].to_pylist()
    assert (words[0] == words[1]) is same
