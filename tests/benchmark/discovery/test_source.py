from __future__ import annotations

from pathlib import Path

import pytest

from emobench import Card, DatasetCard, ProtocolCard, RequestError
from emobench.discovery import source
from emobench.discovery.source import cards_in, formatted_cards_in


def test_a_card_is_read_without_importing_the_file(write):
    (found,) = cards_in(write())
    assert found.class_name == "Some"
    assert found.card == Card(
        name="some", title="A title in two parts", inputs={"text": ("tokens",)}
    )


def test_every_kind_of_card_is_read_in_order_and_classes_without_one_are_passed_over(write):
    text = """
class Plain: pass
class A:
    card: "ClassVar[Card]" = emobench.Card(name="a", title="A", inputs={})
class Other:
    card = make_card()
class B:
    card = ProtocolCard(name="b", title="B", question="?", method="m")
class C:
    card = DatasetCard(name="c", title="C", classes=("x", "y"), modalities=("text",),
                       licence="l", obtain="o", split="s")
"""
    found = cards_in(write(text=text))
    assert [(f.class_name, f.card.name, type(f.card)) for f in found] == [
        ("A", "a", Card),
        ("B", "b", ProtocolCard),
        ("C", "c", DatasetCard),
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("class A(:\n", r"some.py:1: not valid Python"),
        ("x = 1\n\nclass A:\n  card = Card(name=NAME, title='t', inputs={})", r"py:4: .* literal"),
        ("class A:\n  card = Card(name=f'{1}', title='t', inputs={})", r"py:2: .* literal"),
        ("class A:\n  card = Card(name='a' + 1, title='t', inputs={})", r"py:2: .* literal"),
        ("class A:\n  card = Card(name='a', title='t', inputs={[]: 1})", r"py:2: .* literal"),
        ("class A:\n  card = Card(name='a')", r"py:2: the card is incomplete: .*title"),
        ("class A:\n  card = Card(name='a', title='t', input={})", r"py:2: .* no field 'input'"),
        ("x = '\0'", r"some.py.*"),
    ],
)
def test_what_cannot_be_read_is_one_clear_sentence(write, text, complaint):
    with pytest.raises(RequestError, match=complaint) as error:
        cards_in(write(text=text))
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_utf8_is_one_clear_sentence(tmp_path):
    path = tmp_path / "latin.py"
    path.write_bytes(b"# \xe9\n")
    with pytest.raises(RequestError, match=r"latin.py cannot be read"):
        cards_in(path)


ROOT = Path(__file__).resolve().parents[3]
OURS = sorted(
    path
    for folder in ("models", "datasets", "protocols")
    for path in (ROOT / folder).glob("*.py")
    if path.name != "__init__.py"
)
CARD = """card = Card(
        name="{name}",
        title="t",
        inputs={{}},
    )"""


def told(read, path):
    """What a reader of cards gives, or the sentence with which it refuses."""
    try:
        return read(path)
    except RequestError as error:
        return str(error)


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_the_lines_of_the_cards_say_what_the_whole_file_says(path, monkeypatch):
    whole = cards_in(path)
    assert whole
    monkeypatch.setattr(source, "cards_in", lambda path: pytest.fail("the whole file was read"))
    assert formatted_cards_in(path) == whole


@pytest.mark.parametrize(
    "text",
    [
        f"class A:\n    {CARD}\n\n\nclass B:\n    x = 1\n    {CARD}\n",
        f"class A:\n    x = 1\n\n\ndef f():\n    {CARD}\n",
        f"def f():\n    {CARD}\n\n\nclass A:\n    {CARD}\n",
        f"class A:\n    {CARD}\n    {CARD}\n",
        f"class A:\n    {CARD}  # a remark\n",
        f"@final\nclass A:\n    {CARD}\n",
        f"class A(\n    Model,\n):\n    {CARD}\n",
        'class A:\n    card = Card(name="a", title="t", inputs={})\n',
        f'class A:\n    card = Card(name="a", title="t", inputs={{}})\n\n\nclass B:\n    {CARD}\n',
        'class A:\n  card = Card(\n    name="a", title="t", inputs={}\n  )\n',
        f"class A:\n    {CARD}\n".replace('"t"', "TITLE"),
        f"class A:\n    {CARD}\n".replace("title", "tittle"),
        "x = 1\n",
    ],
)
def test_other_ways_of_writing_are_read_as_the_whole_file_is(write, text):
    path = write(text=text.replace("{name}", "some").replace("{{}}", "{}"))
    assert told(formatted_cards_in, path) == told(cards_in, path)
