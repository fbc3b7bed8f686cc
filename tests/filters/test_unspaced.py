"""Good text in scripts without blanks between words breaks no rule of quality."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pytest

from filters.quality import QUALITY
from filters.rules import KINDS, decide, load_rules

CHINESE = (
    "本研究纳入一百二十名虚构的发热患者,随机分为两组。试验组每日口服示例药五毫克,对照组服用安慰剂。"
    "两周后,试验组的体温明显下降,症状在第三天开始缓解。两组均未出现严重不良反应。"
)
JAPANESE = (
    "架空の発熱患者百二十名を二つの群に分けた。試験群には例薬を一日五ミリグラム投与し、対照群には偽薬を投与した。"
    "二週間後、試験群の体温は下がり、三日目から症状が軽くなった。重い副作用は見られなかった。"
)
THAI = (
    "การศึกษานี้สมมติผู้ป่วยที่มีไข้หนึ่งร้อยยี่สิบคนแบ่งเป็นสองกลุ่ม กลุ่มทดลองได้รับยาวันละห้ามิลลิกรัม "
    "ส่วนกลุ่มควบคุมได้รับยาหลอก หลังจากสองสัปดาห์อุณหภูมิร่างกายลดลงและอาการเริ่มดีขึ้นในวันที่สาม"
)


def broken(texts: list[str], kind: str, lang: str = "und") -> list[str]:
    """Names of the rules that texts break, one each at most."""
    table = pa.table(
        {
            **QUALITY.compute(pa.array(texts, pa.large_string())),
            "kind": [kind] * len(texts),
            "lang": [lang] * len(texts),
            "lang_score": [1.0] * len(texts),
            "shared_lines": [0.0] * len(texts),
        }
    )
    names, index, _, _ = decide(table, load_rules())
    return [names[i] for i in index if i >= 0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("lang", "text"), [("zh", CHINESE), ("ja", JAPANESE), ("th", THAI)], ids=["zh", "ja", "th"]
)
def test_good_text_breaks_no_rule(lang: str, text: str, kind: str) -> None:
    """One paragraph, several, and one beside English of the same length."""
    lines = "# " + text[:20] + "\n\n" + "\n\n".join((text, text[::-1], text[30:] + text[:30]))
    english = "The patients in this fictional trial had a fever, and most of them had recovered. "
    assert broken([text, lines, text + "\n\n" + english * 2], kind, lang) == []


def test_what_repeats_is_still_found() -> None:
    """A paragraph that stands again and again, and a short phrase that fills a text."""
    assert broken([f"{CHINESE}\n\n" * 9], "article") == ["dup_paragraph_chars_max"]
    assert broken(["每日五毫克" * 60], "article") == ["top_2gram_max"]


@pytest.mark.real
def test_real_text_breaks_no_rule(real_data: Path) -> None:
    """Sentences on COVID-19, examination questions and the Declaration of Human Rights."""
    sentences: dict[str, list[str]] = defaultdict(list)
    for record in records(real_data / "text" / "tico19-covid-sentences.jsonl.gz"):
        if record["lang"] in ("zh", "km", "my"):
            sentences[record["lang"]].append(record["text"])
    scripts = ("Thai", "Laoo", "Tibt", "Mymr", "Khmr", "Jpan", "Hans", "Hant")
    for record in records(real_data / "text" / "udhr-paragraphs.jsonl.gz"):
        if record["script"] in scripts:
            sentences[f"{record['lang']} {record['key']}"].append(record["text"])
    # The first paragraphs are a preamble, one sentence in every language: only in whole texts.
    texts = ["\n\n".join(found) for found in sentences.values()]
    texts += [
        " ".join(found[place : place + 8])
        for found in sentences.values()
        for place in range(8, len(found) - 7, 8)
    ]
    assert len(texts) > 200
    for kind in ("abstract", "article", "guideline"):
        assert broken(texts, kind) == []
    questions = [
        record["text"] + "\n" + "\n".join(f"- {choice}" for choice in record["choices"])
        for record in records(real_data / "text" / "igakuqa-ja.jsonl.gz")
    ]
    assert len(broken(questions, "question", "ja")) <= len(questions) // 100


def records(path: Path) -> list[dict[str, str]]:
    """Records of a file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]
