"""What the sign of the momentum does: known differences, known p-values, and what cannot be compared."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from negmom.gan.cells import product
from negmom.gan.comparison import compare, compare_values
from negmom.gan.records import Record

BETAS, ETAS, SEEDS = [-0.5, -0.2, 0.0, 0.2, 0.5], [1e-3, 2e-3], [0, 1, 2]


def records(score, value):
    """A record a cell, with the score that ``value(cell)`` gives; diverged where that is NaN."""
    made = []
    for cell in product("gaussians", BETAS, ETAS, SEEDS):
        diverged = math.isnan(value(cell))
        made.append(
            Record(
                cell=cell,
                diverged=1 if diverged else None,
                curves={},
                scores={} if diverged else {score: value(cell)},
                real={},
                seconds=0.0,
                provenance={},
            )
        )
    return made


def test_the_difference_and_its_interval_are_those_of_the_seeds():
    rows = compare(records("score", lambda cell: 1 - cell.beta * (cell.seed + 1)), "score")
    assert [row.eta for row in rows] == [*ETAS, None]
    # Mean over beta < 0 less mean over beta > 0 is 0.7 (seed + 1).
    differences = 0.7 * np.array([1, 2, 3])
    interval = ttest_1samp(differences, 0).confidence_interval(0.95)
    for row in rows:
        assert row.difference == pytest.approx(differences.mean())
        assert (row.low, row.high) == pytest.approx((interval.low, interval.high))


def test_p_of_a_perfect_trend_is_one_in_all_orders():
    for row in compare(records("score", lambda cell: -cell.beta), "score"):
        assert row.p == pytest.approx(math.factorial(5) ** -3)
        assert row.p_reverse == 1


def test_less_of_a_distance_is_better():
    up, down = (compare(records(name, lambda cell: cell.beta), name)[0] for name in ("score", "FID"))
    assert up.p == 1 and down.p == pytest.approx(math.factorial(5) ** -3)
    assert up.difference == down.difference < 0


def test_p_is_exact():
    """Against all orders of three momenta in two seeds, counted one by one."""
    values = np.array([[[3.0, 1.0]], [[2.0, 3.0]], [[1.0, 2.0]]])

    def statistic(rows):
        return sum(sum(rank * place for place, rank in enumerate(row, 1)) for row in rows)

    seen = statistic([[1, 2, 3], [2, 3, 1]])  # ranks of each seed, from the largest beta down
    orders = list(itertools.permutations([1, 2, 3]))
    at_least = [statistic(rows) >= seen for rows in itertools.product(orders, repeat=2)]
    row, _ = compare_values([-1, 0, 1], [1e-3], values)
    assert row.p == pytest.approx(np.mean(at_least))


def test_a_cell_that_diverged_ranks_last_and_leaves_no_difference():
    rows = compare(records("score", lambda cell: math.nan if cell.beta == 0.5 else -cell.beta), "score")
    assert rows[0].p == pytest.approx(math.factorial(5) ** -3)
    assert math.isnan(rows[0].difference) and math.isnan(rows[0].low)


def test_what_cannot_be_compared_is_refused():
    whole = records("score", lambda cell: 1.0)
    with pytest.raises(ValueError, match="records must be of a whole grid: 30 cells; got 29"):
        compare(whole[1:], "score")
    with pytest.raises(ValueError, match="seeds must be two or more"):
        compare([record for record in whole if record.cell.seed == 0], "score")
    with pytest.raises(ValueError, match="betas must be three or more, of both signs"):
        compare([record for record in whole if record.cell.beta >= 0], "score")
    with pytest.raises(ValueError, match="score must be one of score"):
        compare(whole, "FID")
