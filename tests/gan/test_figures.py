"""The heat map: one cell a configuration, samples beside the best of each row."""

import numpy as np
import pytest

from negmom.gan.cells import product
from negmom.figures import NEGATIVE, ZERO
from negmom.gan.comparison import Comparison
from negmom.gan.figures import differences, heat_map, histories
from negmom.gan.records import Record


@pytest.fixture
def made():
    """Records whose score is known: best at eta = 2 in the first row, at eta = 1 in the second."""
    cells = product("gaussians", [-0.5, 0.5], [1.0, 2.0], [0, 1])
    return [
        Record(
            cell=cell,
            diverged=None,
            curves={},
            scores={"modes covered": (1 if cell.beta < 0 else -1) * cell.eta + 4 + cell.seed},
            real={},
            seconds=0.0,
            provenance={},
            samples=np.full((10, 2), cell.eta),
        )
        for cell in cells
    ]


def test_the_best_of_each_row_shows_its_samples(made):
    figure = heat_map(made, "modes covered")
    axes, *beside = figure.axes
    assert axes.images[0].get_array().tolist() == [[5.5, 6.5], [3.5, 2.5]]
    assert [a.get_title() for a in beside] == [r"$\eta$ = 2", r"$\eta$ = 1"]
    assert beside[0].lines[1].get_xdata()[0] == 2.0


def test_what_diverged_is_said(made):
    for record in made[:3]:
        record.scores, record.diverged = {}, 7
    figure = heat_map(made, "modes covered")
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[0] == "diverged" and texts[1].endswith("1 of 2") and "±" in texts[2]


def test_what_has_no_record_yet_is_not_called_diverged(made):
    figure = heat_map(made[2:], "modes covered")
    assert figure.axes[0].texts[0].get_text() == "not run"


def test_images_are_drawn_as_images(made):
    for record in made:
        record.samples = np.zeros((3, 256, 256), np.uint8)
    figure = heat_map(made, "modes covered")
    assert figure.axes[1].images[0].get_array().shape == (96, 96, 3)


def test_an_interval_that_leaves_out_zero_has_the_color_of_its_sign():
    rows = [Comparison(1e-3, 1.0, 0.5, 1.5, 0.01, 1.0), Comparison(None, 1.0, -0.5, 2.5, 0.3, 0.8)]
    figure = differences({"images": rows}, "score")
    (axes,) = figure.axes
    _, *drawn = axes.lines
    assert [line.get_color() for line in drawn] == [NEGATIVE, NEGATIVE, ZERO, ZERO]
    assert drawn[0].get_xdata().tolist() == [0.5, 1.5]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0.001", "all"]


def test_a_history_is_the_mean_over_the_seeds_that_did_not_diverge(made):
    for record in made:
        record.curves = {"iteration": [1, 2], "loss": [record.cell.seed, 2.0]}
    made[0].diverged, made[0].curves = 1, {"iteration": [1], "loss": [9.0]}
    figure = histories(made, "loss", "loss", level=2.0)
    first, second = figure.axes
    assert len(first.lines) == len(second.lines) == 3
    assert first.lines[1].get_ydata().tolist() == [1, 2]  # seed 1 alone
    assert second.lines[1].get_ydata().tolist() == [0.5, 2]
