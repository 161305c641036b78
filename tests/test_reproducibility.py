"""The reproducibility page: versions, times and provenance of a build, and no damaged result passes."""

import io
import re
import shutil
import time

import pytest
import torch
from small_book import NOTEBOOK, ROOT
from sphinx_build import sphinx_build

from negmom import provenance
from negmom.gan.__main__ import main, parser
from negmom.gan.cells import Cell, defaults, options, product

WORDS = ["--dataset", "gaussians", "--beta", "-0.5", "0.5", "--eta", "1e-3", "--width", "4", "--iterations", "4"]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The real page, a chapter of one cell and a stored grid of two."""
    source = tmp_path_factory.mktemp("project") / "book"
    (source / "reference").mkdir(parents=True)
    shutil.copy(ROOT / "book" / "reference" / "reproducibility.md", source / "reference")
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, source.parent)
    (source / "index.md").write_text("# Index\n\n```{toctree}\none\nreference/reproducibility\n```\n")
    code = "```{code-cell} ipython3\nimport time\ntime.sleep(0.5)\n```\n"
    (source / "one.md").write_text(f"{NOTEBOOK}# One sleep\n\n{code}")
    assert main(["grid", *WORDS, "--out", str(source / "results" / "ring")]) == 0
    assert main(["seal", str(source / "results" / "ring")]) == 0
    return source


def build(book, tmp_path):
    """Build the pages; the text of the reproducibility page, and the warnings."""
    warnings = io.StringIO()
    sphinx_build(
        book,
        tmp_path,
        warning=warnings,
        extensions=["myst_nb", "execution", "reproducibility"],
        nb_execution_mode="cache",
        exclude_patterns=["results"],
        myst_enable_extensions=["colon_fence"],
    )
    html = (tmp_path / "html" / "reference" / "reproducibility.html").read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)), warnings.getvalue()


def test_the_page_tells_versions_times_and_provenance(book, tmp_path):
    before = time.time()
    page, warnings = build(book, tmp_path)
    assert not warnings
    assert f"torch {torch.__version__}" in page and provenance.processor() in page
    executed = re.search(r"One sleep (\d{4}-\d\d-\d\d \d\d:\d\d UTC) ([\d.]+) All", page)
    assert 0.5 < float(executed[2]) < time.time() - before
    assert "Cells 2, trained in" in page and "Files 5, checksums verified" in page
    assert "--optimizer adam --updates alternating --beta -0.5 0.5" in page.replace("&#39;", "'")


def test_a_damaged_result_is_refused_by_name(book, tmp_path):
    record = next((book / "results" / "ring").glob("*beta=-0.5*/record.json"))
    sound = record.read_text()
    record.write_text(sound[:-100])
    try:
        _, warnings = build(book, tmp_path)
    finally:
        record.write_text(sound)
    assert f"{record.parent.name}/record.json was changed" in warnings


def test_stored_results_are_all_sealed_and_sound():
    from negmom.gan import checksums

    for folder in (ROOT / "book" / "results").glob("*/"):
        checksums.verify(folder)


@pytest.mark.parametrize("left_out", [0, 1])
def test_the_command_makes_the_same_cells_again(left_out):
    cells = product(
        "cifar10", [-0.5, 0.0], [1e-4, 1e-3], [0, 1], updates=("alternating", "simultaneous"), loss="non-saturating"
    )[left_out:]
    again = []
    for words in options(cells):
        given = vars(parser().parse_args(["grid", *words, "--out", "out"]))
        names = set(Cell.__dataclass_fields__) - {"beta", "eta", "seed", "updates", "optimizer", "dataset"}
        settings = defaults("cifar10") | {name: given[name] for name in names if given[name] is not None}
        again += product(
            given["dataset"], given["beta"], given["eta"], given["seeds"],
            updates=given["updates"], optimizers=given["optimizer"], **settings,
        )  # fmt: skip
    assert sorted(again, key=str) == sorted(cells, key=str)


def test_every_stored_grid_is_one_that_the_script_makes():
    results = ROOT / "book" / "results"
    names = re.search(r'^NAMES="(.*)"$', (results / "train.sh").read_text(encoding="utf-8"), re.M)[1].split()
    assert sorted(names) == sorted(path.name for path in results.glob("*/"))
