"""Each chapter opens as a notebook, runs as a script, and follows its parameters."""

import os
import re
import subprocess
import sys

import jupytext
import pytest
from golden import ROOT, chapters

#: Other values of the parameters, small ones so that the run is short, and what must follow from them.
OTHERS = {
    "1-games": (
        "SEED, TRIALS, MAP_STEP, RESOLUTION = 7, 12, 2.0, 41\nFIGURE_STEP, FIGURE_ITERATIONS = 0.2, 400",
        "simulated == 12 and pair_verdict.shape == (41, 41) and len(paths['alternating'][0]) == 401",
    ),
    "2-step-size": (
        "SEED, STARTS, SPECTRA, EXACT = 7, 100, 300, 40\nGAMMA, EPSILONS = sp.Rational(3, 10), [0.2, 0.05]\n"
        "TANGENT = [1 + 1.2j, 1.5 + 0.5j, 0.8]",
        "len(samples) == 300 and len(outcomes[0]) == 2 and sp.expand(loss_phi).coeff(phi1**2) == GAMMA / 2",
    ),
    "3-negative-momentum": (
        "SEED, SIZES, TRIALS = 7, [1, 3, 8], 20\nCURVES, MAP = [2 + 1j, 1 + 6j], 2 + 3j\nFALLING = [1 + 3j, 1 - 3j, 2]",
        "len(sampled) == 20 and len(curves) == 2 and len(falling) == 3",
    ),
    "3-spectrum": (
        "SEED, TRIALS, SIZE, GAMES = 7, 6, 200, 5\nDRAWN, CONDITIONS = [1 + 1j, 2 + 0.5j, 3], [1e3, 1e5]",
        "len(trials) == 18 and len(measured['curvature']) == 5 and sides.shape == (2, 2) and len(drawn) == 3",
    ),
    "5-noise": (
        "SEED, CHAINS, TRIALS, GAME, WHOLE = 7, 5000, 5, [1, 1, 2], 6\nANGLES, EFFECTIVE = [20, 60, 80], [1.4, 0.4]\n"
        "TARGETS = np.geomspace(3e-3, 3e3, 7)",
        "products.shape == (4, 4, 5000) and frontier.shape == (3, 7, 2) and len(edges) == 15 "
        "and len(whole['normal'][0]) == 6 and len(curves) == 2",
    ),
    "4-gans": (
        "GENERATOR, RESOLUTION, BETAS, ETAS = sp.Rational(1, 4), 60, [-0.5, 0.0, 0.5], [1e-3]\n"
        "SEEDS, ITERATIONS = [3, 4], 50",
        "sum(map(len, live.values())) == 18",
    ),
    "1-optimal-momentum": (
        "SEED, ANGLES, SIZES, ROTATION, TRIALS = 7, [20, 70], [(2, 3)], 5.0, 40",
        "len(agree) == 1 and jacobian.shape == (5, 5)",
    ),
    "2-bilinear": (
        "SEED, CONDITIONS, LARGEST, SEARCHED, STARTS = 7, [3, 30], 50.0, 5.0, 1\n"
        "SIMULATED, SHAPES, TRIALS = 2.0, [(3, 2, 2)], 10",
        "tested == 10 and CONDITIONS == [3, 30]",
    ),
    "6-players": (
        "SEED, TRIALS, TABLES = 7, 5, [(1, 1), (1, 2, 1)]",
        "len(drawn_sizes) == 5 and 5 <= len(rows['negative']) <= 10",
    ),
    "7-your-gan": (
        "ITERATIONS, IMAGES, ASKED = 2, 4, 1",
        "images[0].shape == (4, 1, 32, 32) and len(report.values) >= 1",
    ),
    "4-measured": (
        "WIDTH, ASKED, SEEDS, PREDICTED, TRAINED = 8, 4, 2, 2, 4\n"
        "ETAS = {'sgd': [0.1], 'adam': [1e-3]}",
        "len(runs['sgd'][1]) == 4 and len(runs['adam'][0]) == 3 and len(everything) == 363",
    ),
}


@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.stem)
def test_a_chapter_opens_as_a_notebook(chapter):
    """Through the contents manager that JupyterLab uses."""
    manager = jupytext.TextFileContentsManager(root_dir=str(ROOT / "book"))
    model = manager.get(str(chapter.relative_to(ROOT / "book")), type="notebook")
    assert model["content"]["metadata"]["kernelspec"]["name"] == "python3"
    shown = [(cell["cell_type"], cell["source"]) for cell in model["content"]["cells"]]
    assert shown == [(cell.cell_type, cell.source) for cell in jupytext.read(chapter).cells]


def run_as_script(chapter, folder, text):
    """`jupytext --to py`, then python, on a chapter with another text."""
    page, script = folder / chapter.name, folder / f"{chapter.stem}.py"
    page.write_text(text, encoding="utf-8")
    convert = [sys.executable, "-m", "jupytext", "--quiet", "--to", "py", page, "--output", script]
    subprocess.run(convert, check=True)
    return subprocess.run(
        [sys.executable, script], cwd=chapter.parent, check=False, capture_output=True, text=True,
        env=os.environ | {"MPLBACKEND": "agg"},
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.stem)
def test_a_chapter_runs_as_a_script_with_other_parameters(chapter, tmp_path):
    text = chapter.read_text(encoding="utf-8")
    cell = re.search(r":tags: \[parameters\]\n.*?(?=```)", text, re.DOTALL)
    assert bool(cell) == (chapter.stem in OTHERS)
    if cell:
        values, follows = OTHERS[chapter.stem]
        text = text[: cell.end()] + values + "\n" + text[cell.end() :]
        text += f"\n```{{code-cell}} ipython3\nassert {follows}\n```\n"
    run = run_as_script(chapter, tmp_path, text)
    assert run.returncode == 0, run.stderr[-2000:]
