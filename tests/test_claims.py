"""The ledger: every claim has one check, every check a claim, every page the verdict of its run."""

import ast
import re
import shutil
from pathlib import Path

import jupytext
import nbformat
import pytest
from golden import chapters, golden_path
from sphinx_build import sphinx_build

from negmom import claims

ROOT = Path(__file__).parent.parent
BOOK = ROOT / "book"


def checks_of(chapter: Path) -> list[tuple[str, str]]:
    """The key of each `claims.check` in a chapter, with the text of the Markdown cell before it."""
    before, found = "", []
    for cell in jupytext.read(chapter).cells:
        if cell.cell_type == "markdown":
            before = cell.source
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "claims.check":
                found.append((ast.literal_eval(node.args[0]), before))
        before = ""
    return found


def page_name(chapter: Path) -> str:
    """What the book calls a chapter: its path without the suffix."""
    return chapter.relative_to(BOOK).with_suffix("").as_posix()


def findings(cells: list[nbformat.NotebookNode]) -> dict[str, dict]:
    """What the run of executed cells stored of the claims."""
    prefix = "application/papermill.record/"
    return {
        finding["key"]: finding
        for cell in cells
        for output in cell.get("outputs", [])
        if output.get("metadata", {}).get("scrapbook", {}).get("name", "").startswith("claim:")
        for finding in [ast.literal_eval(output["data"][prefix + "text/plain"])]
    }


def golden_findings() -> dict[str, dict]:
    found = {}
    for chapter in chapters():
        found |= findings(nbformat.read(golden_path(chapter), as_version=4).cells)
    return found


def test_the_ledger_is_long_enough_and_its_keys_are_unique():
    assert len(claims.PAPER) >= 30
    assert len(claims.CLAIMS) == len(claims._PAPER) + len(claims._EDITION)


def test_every_claim_has_one_check_in_its_chapter_and_every_check_a_claim():
    checked = [(key, page_name(chapter)) for chapter in chapters() for key, _ in checks_of(chapter)]
    assert sorted(checked) == sorted((claim.key, claim.chapter) for claim in claims.CLAIMS.values())


@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.stem)
def test_every_check_carries_the_label_that_the_ledger_links_to(chapter):
    for key, before in checks_of(chapter):
        assert before.rstrip().endswith(f"(claim-{key})="), key


def test_evidence_is_computed_not_typed():
    """A check whose evidence is the literal True or False could not fail."""
    for chapter in chapters():
        for cell in jupytext.read(chapter).cells:
            if cell.cell_type == "code" and "claims.check" in cell.source:
                for node in ast.walk(ast.parse(cell.source)):
                    if isinstance(node, ast.keyword) and node.arg in ("printed", "repaired"):
                        assert not (
                            isinstance(node.value, ast.Constant) and node.value.value is not None
                        )


@pytest.mark.parametrize("page", sorted(BOOK.rglob("*.md")), ids=lambda path: path.stem)
def test_no_page_types_a_verdict(page):
    text = page.read_text(encoding="utf-8")
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    # The pages that explain the verdicts count them with the tally role; no claim is named beside.
    assert claims.NOT_RUN not in prose
    for line in prose.splitlines():
        if claims.FALSE in line or claims.CONDITION in line:
            assert "{tally}" in line, line


def test_every_claim_has_a_verdict_from_a_run():
    found = golden_findings()
    assert set(found) == set(claims.CLAIMS)
    for key, finding in found.items():
        claim = claims.CLAIMS[key]
        if not claim.empirical:
            expected = (
                claims.CONDITION
                if claim.condition
                else claims.FALSE
                if claim.correction
                else claims.HOLDS
            )
            assert finding["verdict"] == expected


def build_ledger(tmp_path: Path, edit=lambda notebook: None) -> str:
    """Build the ledger page from the golden notebooks, each changed by `edit`; return its HTML."""
    source = tmp_path / "book"
    source.mkdir()
    for chapter in chapters():
        notebook = nbformat.read(golden_path(chapter), as_version=4)
        edit(notebook)
        cells = [
            nbformat.v4.new_code_cell(cell.source, outputs=cell.outputs)
            for cell in notebook.cells
            if findings([cell])
        ]
        labels = [f"(claim-{key})=\n# {key}" for key, _ in checks_of(chapter)]
        page = nbformat.v4.new_notebook(metadata=notebook.metadata)
        page.cells = [
            nbformat.v4.new_markdown_cell(f"# {chapter.stem}\n\n" + "\n\n".join(labels)),
            *cells,
        ]
        path = source / f"{page_name(chapter)}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(page, path)
    shutil.copy(BOOK / "5-conclusion.md", source)
    (source / "index.md").write_text("# Index\n\n```{toctree}\n:glob:\n*\n*/*\n```\n", encoding="utf-8")
    sphinx_build(
        source,
        tmp_path,
        warning=None,
        extensions=["myst_nb", "sphinxcontrib.bibtex", "ledger"],
        nb_execution_mode="off",
        bibtex_bibfiles=[],
        myst_enable_extensions=["colon_fence", "deflist", "dollarmath"],
    )
    return (tmp_path / "html" / "5-conclusion.html").read_text(encoding="utf-8")


def verdicts_on(page: str) -> dict[str, str]:
    """The verdict in each row of the ledger."""
    rows = re.findall(
        r'id="ledger-([\w-]+)".*?<span class="claim [\w-]+">(.*?)</span>', page, re.DOTALL
    )
    return dict(rows)


def test_the_ledger_shows_the_verdicts_of_the_run(tmp_path):
    expected = {key: finding["verdict"] for key, finding in golden_findings().items()}
    assert verdicts_on(build_ledger(tmp_path)) == expected


def test_another_run_gives_another_ledger(tmp_path):
    ran = golden_findings()["fig3-cifar10"]["verdict"]
    other = claims.HOLDS if ran == claims.NOT_REPRODUCED else claims.NOT_REPRODUCED

    def turn(notebook):
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                for mime, text in output.get("data", {}).items():
                    if mime.startswith("application/papermill") and "'key': 'fig3-cifar10'" in text:
                        output["data"][mime] = text.replace(ran, other)

    page = build_ledger(tmp_path, turn)
    assert verdicts_on(page)["fig3-cifar10"] == other


CORRECTED, CONDITIONED, PLAIN, EMPIRICAL = "thm4-interval", "thm3", "thm1", "fig3-cifar10"
OURS = "typical-games"  # empirical, and of this edition: there is nothing to reproduce


@pytest.mark.parametrize(
    "key, evidence, verdict",
    [
        (PLAIN, {"printed": True}, claims.HOLDS),
        (
            CONDITIONED,
            {"printed": False, "repaired": True, "counterexample": "c"},
            claims.CONDITION,
        ),
        (CORRECTED, {"printed": False, "repaired": True, "counterexample": "c"}, claims.FALSE),
        (EMPIRICAL, {"printed": None}, claims.NOT_RUN),
        (EMPIRICAL, {"printed": None, "scope": "one seed"}, claims.UNDECIDED),
        (EMPIRICAL, {"printed": False}, claims.NOT_REPRODUCED),
        (OURS, {"printed": False}, claims.FAILS),
        (EMPIRICAL, {"printed": True}, claims.HOLDS),
    ],
)
def test_the_verdict_follows_from_the_evidence(key, evidence, verdict):
    assert claims.check(key, tier="sampled", **evidence).verdict == verdict


@pytest.mark.parametrize(
    "key, evidence",
    [
        (PLAIN, {"printed": False}),
        (PLAIN, {"printed": None}),
        (PLAIN, {"printed": True, "counterexample": "c"}),
        (PLAIN, {"printed": True, "repaired": True}),
        (CORRECTED, {"printed": True, "repaired": True, "counterexample": "c"}),
        (CORRECTED, {"printed": False, "repaired": False, "counterexample": "c"}),
        (CORRECTED, {"printed": False, "repaired": True}),
        (CONDITIONED, {"printed": False, "counterexample": "c"}),
    ],
)
def test_evidence_that_contradicts_the_ledger_stops(key, evidence):
    with pytest.raises(claims.ClaimFailed, match=key):
        claims.check(key, tier="sampled", **evidence)


def test_a_measurement_says_on_what():
    finding = claims.check(EMPIRICAL, tier="measured", printed=False, scope="three seeds")
    assert finding.tier == "measured on three seeds"


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="key must be .* got 'thm9'"):
        claims.check("thm9", tier="sampled", printed=True)
    with pytest.raises(ValueError, match="tier must be .* got 'guessed'"):
        claims.check(PLAIN, tier="guessed", printed=True)


def test_a_decision_without_evidence_is_refused():
    with pytest.raises(claims.ClaimFailed, match="printed must be True or False"):
        claims.check("thm3", tier="sampled", printed=None, repaired=True, counterexample="λ = 1")


@pytest.mark.parametrize("value", ["False", float("nan"), "yes"])
def test_evidence_is_true_or_false(value):
    with pytest.raises(ValueError, match="printed must be True, False or None; got"):
        claims.check(EMPIRICAL, tier="measured", printed=value)
    with pytest.raises(ValueError, match="repaired must be True, False or None; got"):
        claims.check(CONDITIONED, tier="sampled", printed=False, repaired=value)
