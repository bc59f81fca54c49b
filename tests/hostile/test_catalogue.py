"""The catalogue of attacks, each through every place where text of others goes: prompts, terminal, page, patch, sheet, JSON."""

import csv
import io
import json
import re
from contextlib import suppress
from pathlib import Path

import pytest

from concord.errors import EditError, SpecError
from concord.evals.attacks import ATTACKS
from concord.panel.importers.load import load
from concord.prompts.render import fence, line
from concord.review.fragments import grid, paragraph
from concord.review.printing import show_json
from concord.review.sheets import sheet
from concord.review.terminal import Terminal
from concord.spec import Edit, Spec, apply, redline, to_html, unified_patch, write_patch, write_spec
from concord.store.runs import create_run

UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff]")
every_attack = pytest.mark.parametrize("attack", [text for _, text in ATTACKS.values()], ids=ATTACKS)


@every_attack
def test_in_a_prompt_it_stays_inside_its_fence(attack: str) -> None:
    fenced = fence(attack)
    first, *_ = fenced.splitlines()
    boundary = first.strip("<>")
    assert fenced == f"<{boundary}>\n{attack}\n</{boundary}>"
    assert boundary not in attack


@every_attack
def test_as_a_label_it_is_one_line_that_closes_nothing(attack: str) -> None:
    shown = line(attack)
    assert len(shown) <= 64
    assert "<" not in shown
    assert not UNSEEN.search(shown)
    assert "\n" not in shown


@every_attack
def test_on_a_terminal_it_is_inert(attack: str) -> None:
    written = io.StringIO()
    Terminal(file=written, width=400).print(f"adopted: {attack}")
    assert not UNSEEN.search(written.getvalue().replace("\n", ""))


@every_attack
def test_on_a_page_it_is_text(attack: str) -> None:
    pages = [paragraph(attack), grid(["a"], [[attack]])]
    with suppress(SpecError, EditError):  # no spec holds a lone surrogate, no insert makes a section
        spec = Spec.parse(f"# One {{#one}}\n\nThe assistant must {attack}\n")
        after = apply(spec, [Edit(op="insert", section="one", text=f"\n{attack}\n")])
        pages.append(to_html(redline(spec.text, after.text)))
    for page in pages:
        tags = set(re.findall(r"<\s*/?\s*([a-zA-Z]+)", page))
        assert not tags & {"script", "img", "svg", "style", "iframe", "a", "body"}, page
        assert not re.search(r"<[^>]*\son\w+\s*=", page)
        assert not UNSEEN.search(page.replace("\n", ""))


@every_attack
def test_in_a_sheet_no_cell_calculates(attack: str) -> None:
    rows = list(csv.reader(io.StringIO(sheet([{"words": attack, attack: 1}]))))
    for cell in (cell for row in rows for cell in row):
        assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r", "|", "%")
        assert not UNSEEN.search(cell)


@every_attack
def test_as_json_it_is_read_back_as_it_is_or_spelled_out(attack: str) -> None:
    written = io.StringIO()
    show_json(Terminal(file=written, width=80), {"words": attack})
    assert json.loads(written.getvalue())["words"] == attack
    assert not UNSEEN.search(written.getvalue().replace("\n", ""))


@every_attack
def test_in_a_spec_and_its_patch_it_is_just_bytes(attack: str, tmp_path: Path) -> None:
    spec = Spec.parse("# One {#one}\n\nThe assistant must answer.\n")
    try:
        after = apply(spec, [Edit(op="insert", section="one", text=f"\n{attack}\n")])
    except EditError:  # a lone surrogate, or a heading: no spec holds it
        return
    write_spec(after, tmp_path / "spec.md")
    write_patch(unified_patch(spec.text, after.text, "spec.md"), tmp_path / "spec.patch")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spec.md", "spec.patch"]


@every_attack
def test_it_names_no_folder(attack: str, tmp_path: Path) -> None:
    folder = create_run(tmp_path / "runs", [attack, "data"], 0).path
    assert folder.parent == tmp_path / "runs"
    assert re.fullmatch(r"[a-z0-9_.-]+", folder.name)


@every_attack
def test_from_a_participant_it_is_imported_as_words(attack: str, tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    record = {
        "prompt_id": "p1", "prompt": {"messages": [{"role": "user", "content": attack}]},
        "responses": [
            {"response_index": "A", "messages": [{"role": "assistant", "content": attack}]},
            {"response_index": "B", "messages": [{"role": "assistant", "content": "b"}]},
        ],
        "metadata": {"assessments": [
            {"annotator_id": attack, "ranking_blocks": {"world": [{"ranking": "A>B", "rationale": attack}]}}
        ]},
    }  # fmt: skip
    path.write_text(json.dumps(record) + "\n")
    panel = load(path)
    assert [message.content for message in panel.conversations["p1"].messages]
    assert not list(tmp_path.glob("**/evil*"))
