"""Words of all scripts: what was one word stays one, what has no blanks is taken apart."""

from __future__ import annotations

import random
import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from emobench.datasets.representations.lexical import UNKNOWN, Tokens
from emobench.words import split_words as words

PLAIN = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
SPACED = st.characters(
    min_codepoint=1,
    max_codepoint=0x52F,
    exclude_categories=("Mn", "Mc", "Me", "Cf", "Cn", "Cs", "Lo", "So"),
)


@settings(max_examples=100, deadline=None)
@given(st.text(SPACED | st.sampled_from("abcäéß '’.,!?–…"), max_size=30))
def test_in_scripts_with_blanks_words_are_what_blanks_and_punctuation_leave(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    lower = unicodedata.normalize("NFC", text.lower())
    expected = [w.replace("’", "'") for w in PLAIN.findall(lower)]
    if not any(unicodedata.category(c)[0] == "M" for c in lower):
        assert words(text) == expected


@pytest.mark.parametrize(
    "text",
    ["हिन्दी में बहुत खुशी", "مُحَمَّدٌ سَعِيدٌ جِدًّا", "שָׁלוֹם לָךְ", "나는 정말 행복해요", "நான் மகிழ்ச்சி",
     "می‌خواهم بروم", "ශ්‍රී ලංකා", "Việt Nam ơi", "ቀን ነው", "ქართული ენა", "привет мир"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_marks_split_no_word(text: str, form: str) -> None:
    assert len(words(unicodedata.normalize(form, text))) == len(text.split())
    assert words(unicodedata.normalize(form, text)) == words(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我今天气死了。", ["我", "今", "天", "气", "死", "了", "。"]),
        ("うれしい！", ["う", "うれ", "れ", "れし", "し", "しい", "い", "!"]),
        ("コーヒー飲む", ["コ", "コー", "ー", "ーヒ", "ヒ", "ヒー", "ー", "飲", "む"]),
        ("ｺｰﾋｰ ＯＫ", ["コ", "コー", "ー", "ーヒ", "ヒ", "ヒー", "ー", "ok"]),
        ("他说OK了2024年", ["他", "说", "ok", "了", "2024", "年"]),
        ("ดีใจ", ["ดี", "ดีใ", "ใ", "ใจ", "จ"]),
        ("สบาย\u200bดี", ["ส", "สบ", "บ", "บา", "า", "าย", "ย", "ดี"]),
        ("བཀྲ་ཤིས་བདེ་ལེགས།", ["བཀྲ", "ཤིས", "བདེ", "ལེགས", "།"]),
        ("co\u00adoperate \ufeffnow 👍🏽", ["cooperate", "now", "👍", "🏽"]),
    ],
)
def test_scripts_without_blanks_are_taken_apart(text: str, expected: list[str]) -> None:
    assert words(text) == expected


VOCABULARY = {
    "Han": ("气死了 太过分 讨厌|真高兴 太棒了 喜欢|好难过 想哭 孤单",
            "今天 我们 他说 这个 那里 然后 昨天 大家 还是"),
    "kana": ("むかつく いらいら ふざけるな|うれしい たのしい さいこう|かなしい さびしい つらい",
             "きょうは わたしは それで みんなが あそこで きのうも ずっと コーヒーを"),
    "Thai": ("โกรธมาก โมโห น่ารำคาญ|ดีใจ มีความสุข สนุกมาก|เสียใจ เศร้า ร้องไห้",
             "วันนี้ พวกเรา เขาบอกว่า ที่นั่น แล้วก็ เมื่อวาน ทุกคน ยังคง"),
    "Lao": ("ໃຈຮ້າຍ ໂມໂຫ ຄຽດ|ດີໃຈ ມີຄວາມສຸກ ມ່ວນ|ເສຍໃຈ ໂສກເສົ້າ ຮ້ອງໄຫ້",
            "ມື້ນີ້ ພວກເຮົາ ລາວເວົ້າວ່າ ຢູ່ຫັ້ນ ແລ້ວກໍ ມື້ວານ ທຸກຄົນ ຍັງ"),
    "Khmer": ("ខឹង មួម៉ៅ ស្អប់|សប្បាយ រីករាយ ចូលចិត្ត|កើតទុក្ខ យំ ឯកោ",
              "ថ្ងៃនេះ យើង គាត់និយាយ ទីនោះ ម្សិលមិញ គ្រប់គ្នា នៅតែ ផ្ទះ"),
    "Myanmar": ("စိတ်ဆိုး ဒေါသထွက် မုန်း|ပျော်တယ် ဝမ်းသာ ကြိုက်|ဝမ်းနည်း ငိုချင် အထီးကျန်",
                "ဒီနေ့ ကျွန်တော်တို့ သူပြော ဟိုမှာ ပြီးတော့ မနေ့က အားလုံး"),
}  # fmt: skip


@pytest.mark.parametrize("script", VOCABULARY)
def test_a_text_without_blanks_can_be_learned_as_well_as_a_segmented_one(script: str) -> None:
    telling = [words.split() for words in VOCABULARY[script][0].split("|")]
    fill = VOCABULARY[script][1].split()
    pick = random.Random(0)
    labels = np.arange(150) % 3
    texts = []
    for label in labels:
        said = pick.choices(fill, k=5)
        said.insert(pick.randrange(5), pick.choice(telling[label]))
        texts.append("".join(said))
    tokens = Tokens()
    tokens.fit(texts[:100])
    counts = np.zeros((150, tokens.size))
    for row, text in zip(counts, texts, strict=True):
        np.add.at(row, tokens.transform(text)[:, 0].astype(int), 1)
    fitted = LogisticRegression(max_iter=500).fit(counts[:100], labels[:100])
    assert fitted.score(counts[100:], labels[100:]) == 1.0
    assert counts[100:, UNKNOWN].sum() / counts[100:].sum() < 0.3
