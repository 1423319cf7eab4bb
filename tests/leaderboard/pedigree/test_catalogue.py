"""IDs that are typed wrong, and the IDs that the page carries."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from emobench.errors import RequestError
from emobench.leaderboard import explain, number_format, numbers
from emobench.leaderboard.pedigree.catalogue import nearest, resolve
from emobench.leaderboard.pedigree.explanation import explanation
from emobench.leaderboard.pedigree.sections import StoredSections

HERE = "simulated/missing_modality/controlled/full"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (f"{HERE}/full/alfa_net/macro_f1", "Unknown model 'alfa_net'. Did you mean 'alpha_net'"),
        (f"{HERE}/ful/alpha_net/macro_f1", "Unknown condition 'ful'. Did you mean 'full'"),
        (f"{HERE}/full/alpha_net/macro_f2", "Unknown number 'macro_f2'. Did you mean 'macro_f1"),
        (f"{HERE}x/full/alpha_net/macro_f1", "Unknown regime 'fullx'. Did you mean 'full'"),
        ("simulate/missing_modality/controlled/full/full/a/b", "Did you mean 'simulated'"),
        ("simulated/missing/controlled/full/full/a/b", "Did you mean 'missing_modality'"),
        ("alpha_net/macro_f1", f"\n  {HERE}/full/alpha_net/macro_f1\n"),
        ("alpha_net", "is no ID of a number"),
        ("0123456789", "No number of"),
        ("what is this?", "` without an ID lists them"),
    ],
)
def test_a_wrong_id_gets_near_ones(stored: Path, typed: str, said: str) -> None:
    with pytest.raises(RequestError, match=re.escape(said)):
        resolve(stored, typed)


def test_the_proposed_ids_are_ids(stored: Path) -> None:
    known = [address for section in numbers(stored) for address in section.every]
    near = nearest("late_fusion full macro_f1", known)
    assert near
    assert all("late_fusion" in str(one) for one in near)
    assert all(resolve(stored, str(one))[1] == one for one in near[:2])


def test_an_empty_folder_and_an_unknown_corpus_are_told(tmp_path: Path, stored: Path) -> None:
    with pytest.raises(RequestError, match="Nothing stored"):
        explain(tmp_path, f"{HERE}/full/alpha_net/macro_f1")
    with pytest.raises(RequestError, match="Unknown stored dataset 'ravdes'"):
        numbers(stored, "ravdes")


CELL = re.compile(r'<td[^>]*data-why="([0-9a-f]+)"[^>]*>(.*?)</td>', flags=re.DOTALL)


def test_every_id_of_the_page_is_that_of_the_number_in_its_cell(page: Path, stored: Path) -> None:
    carried = CELL.findall(page.read_text("utf-8"))
    known = {a.short: a for section in numbers(stored) for a in section.every}
    assert len({short for short, _ in carried}) > 100
    assert {short for short, _ in carried} <= set(known)
    compared, sections = set(), StoredSections(stored)
    for short, cell in carried[::41]:
        one = explanation(sections, known[short])
        texts = {
            "over": number_format.signed, "left": number_format.percent,
        }.get(one.address.number.relation, number_format.score)  # fmt: skip
        shown = html.unescape(re.sub(r"<[^>]+>", "", cell.partition("<span")[0])).strip()
        costs = {
            "params": lambda v: number_format.count(int(v)),
            "train_seconds": number_format.duration,
            "predict_ms_per_utterance": number_format.milliseconds,
        }
        text = costs.get(one.address.number.measure, texts)
        assert shown.startswith(text(one.page.value)), str(one.address)
        compared.add(one.page.made)
    assert len(compared) > 2
