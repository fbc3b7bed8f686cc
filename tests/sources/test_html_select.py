"""Main text of a page: frames left out, gaps filled, what the extractor misses."""

from __future__ import annotations

import pytest

from sources.text.html import extract_html

THINGS = ("pulse", "pressure", "breathing", "temperature", "weight", "wound", "line", "urine")
SENTENCES = [
    f"Rule {number}: the nurse checks the {thing} before each round and writes it on the chart."
    for number, thing in enumerate(THINGS * 3, 1)
]
PARAGRAPHS = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)


def page(body: str) -> str:
    """A page around a body."""
    return f"<!doctype html><html><head><title>Ward rounds</title></head><body>{body}</body></html>"


@pytest.mark.parametrize(
    "frame",
    [
        "<nav><p>Where you are on these pages of the ward.</p></nav>",
        "<div class='related-posts'><p>Other pages that somebody read after this one.</p></div>",
        "<div id='newsletterBox'><p>Our letter comes to you on the first of the month.</p></div>",
        "<div role='search'><div>Look for words on the pages of this site.</div></div>",
        "<form><p>Write your name and your street.</p><input name='n'></form>",
        "<ul><li><a href='/a'>Page of the surgical ward</a></li><li><a href='/b'>Next</a></li></ul>",
    ],
)
def test_frames_are_left_out(frame: str) -> None:
    """What frames a page is no text, even in the middle of the article."""
    half = len(PARAGRAPHS) // 2
    half = PARAGRAPHS.index("</p>", half) + 4
    text = extract_html(page(f"<article>{PARAGRAPHS[:half]}{frame}{PARAGRAPHS[half:]}</article>"))
    assert text.text == "\n\n".join(SENTENCES)


@pytest.mark.parametrize(
    "name",
    ["author-note", "ad-hoc", "widget", "related", "meta", "button-group", "tags", "social-share"],
)
def test_prose_with_amounts_is_no_frame(name: str) -> None:
    """A name of a class alone does not hide running prose that states amounts in units."""
    dose = "Children under 20 kg are given 5 mg of it twice a day, and never more than that."
    half = PARAGRAPHS.index("</p>", len(PARAGRAPHS) // 2) + 4
    box = f"<div class='{name}'><p>{dose}</p></div>"
    text = extract_html(page(f"<article>{PARAGRAPHS[:half]}{box}{PARAGRAPHS[half:]}</article>"))
    assert dose in text.text


@pytest.mark.parametrize("name", ["ad-hoc", "author-note", "metadata-free", "search-strategy"])
def test_part_of_a_name_names_no_frame(name: str) -> None:
    """A word of a compound names no frame unless the others only say where it stands."""
    note = "The panel met when it was asked to, and wrote down what it had agreed on that day."
    half = PARAGRAPHS.index("</p>", len(PARAGRAPHS) // 2) + 4
    box = f"<div class='{name}'><p>{note}</p></div>"
    text = extract_html(page(f"<article>{PARAGRAPHS[:half]}{box}{PARAGRAPHS[half:]}</article>"))
    assert note in text.text


def test_class_of_the_whole_page_is_no_frame() -> None:
    """A class that names a frame does not hide the text of a page that it stands on."""
    body = f"<div class='page has-menu nav-open'><article>{PARAGRAPHS}</article></div>"
    assert extract_html(page(body)).text == "\n\n".join(SENTENCES)


def test_page_of_one_table_with_a_spanning_head() -> None:
    """A table that is most of a page keeps its cells apart where its head is written repeatedly."""
    heads = "".join(
        f"<th colspan=3>Dose of medicine {n} for adults and children</th>" for n in "AB"
    )
    rows = "".join(f"<tr>{''.join(f'<td>{n}{m} mg</td>' for m in range(6))}</tr>" for n in range(5))
    text = extract_html(page(f"<article><table><tr>{heads}</tr>{rows}</table></article>")).text
    assert "| 40 mg | 41 mg | 42 mg | 43 mg | 44 mg | 45 mg |" in text


def test_repeated_labels_are_left_out() -> None:
    """Labels that stand again and again beside pictures are left out, paragraphs are not."""
    label = "<div class='picture'><div><span>Show picture</span></div></div>"
    body = label.join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    assert extract_html(page(f"<article>{body}</article>")).text == "\n\n".join(SENTENCES)
    stated = "<p>Not stated</p>".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    text = extract_html(page(f"<article>{stated}</article>")).text
    assert text.count("Not stated") == len(SENTENCES) - 1


def test_heading_without_text_is_left_out_at_the_end() -> None:
    """A heading at the end heads nothing that was kept."""
    links = "<ul><li><a href='/a'>Page one of the ward</a></li></ul>"
    text = extract_html(page(f"<article>{PARAGRAPHS}<h2>Read more</h2>{links}</article>")).text
    assert text.endswith(SENTENCES[-1])


def test_fallback_where_the_extractor_finds_a_part() -> None:
    """Text in parts that the extractor does not connect is taken from outside the frames."""
    short = f"<article>{PARAGRAPHS}</article>"
    rest = "".join(
        f"<div><div><div><div>Answer {number}. {sentence} {sentence}</div></div></div></div>"
        for number, sentence in enumerate(SENTENCES)
    )
    nav = "<nav><ul><li><a href='/'>Start of the site</a></li></ul></nav>"
    result = extract_html(page(f"{nav}{short}<section>{rest}</section>"))
    assert result.notes["text_from"] == "outside_frames"
    assert "Answer 0" in result.text
    assert "Answer 23" in result.text
    assert "Start of the site" not in result.text


def test_text_in_data_for_scripts() -> None:
    """A page whose article stands only in its structured data gives that article."""
    article = " ".join(SENTENCES)
    data = f'{{"@type": "Article", "articleBody": "{article}"}}'
    result = extract_html(
        page(f"<script type='application/ld+json'>{data}</script><div>Menu</div>")
    )
    assert result.text == article
    assert result.notes["text_from"] == "script_data"


def test_text_beside_scripts() -> None:
    """A page that shows its text only where scripts are off is read as without scripts."""
    result = extract_html(page(f"<div>Loading</div><noscript><div>{PARAGRAPHS}</div></noscript>"))
    assert SENTENCES[0] in result.text
    assert SENTENCES[-1] in result.text
    counter = "<noscript><p>Switch on scripts to see the counter.</p></noscript>"
    assert "counter" not in extract_html(page(f"<article>{counter}{PARAGRAPHS}</article>")).text


def test_tables_are_kept_whole_where_a_cell_is_found() -> None:
    """A table of links inside the text is kept, with every row."""
    rows = "".join(
        f"<tr><td><a href='/{n}'>Centre {n}</a></td><td>{n}50 beds</td></tr>" for n in range(9)
    )
    table = f"<table><tr><th>Name</th><th>Size</th></tr>{rows}</table>"
    text = extract_html(page(f"<article>{PARAGRAPHS}{table}<p>After the table.</p></article>")).text
    assert all(f"| Centre {n} | {n}50 beds |" in text for n in range(9))


def test_private_characters_of_a_page_do_no_harm() -> None:
    """Characters like the marks of blocks neither survive nor choose anything."""
    body = f"<nav><p>Frame\U000f0002 &#xF0003; of it</p></nav><article>\U00100000{PARAGRAPHS}</article>"
    assert extract_html(page(body)).text == "\n\n".join(SENTENCES)


def test_page_hidden_until_scripts_run() -> None:
    """A page that is hidden as a whole until its scripts have run is read as shown."""
    body = f"<div style='display:none'><article>{PARAGRAPHS}</article></div>"
    assert extract_html(page(body)).text == "\n\n".join(SENTENCES)


def test_claimed_spans_cost_nothing() -> None:
    """Spans of thousands of columns are read as far as the table has cells, and reading ends."""
    rows = "".join(
        f"<tr><td colspan=999 rowspan=9999>{n}</td><td>{n} mg</td></tr>" for n in range(900)
    )
    text = extract_html(page(f"<article>{PARAGRAPHS}<table>{rows}</table></article>")).text
    assert all(f"| {n} | {n} mg |" in text for n in range(900))
