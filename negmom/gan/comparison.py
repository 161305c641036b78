r"""Does the sign of the momentum matter? A grid's scores, tested over its seeds.

Cells of one seed start from the same weights and see the same batches, so a seed is a block in which
all momenta can be compared. Two questions are asked of the blocks, for each step size and for the
average over all of them:

- *Is there a trend?* Page's test for ordered alternatives: the one-sided hypothesis is that the score
  improves as :math:`\beta` falls. It uses ranks within a block only, and is exact for few seeds,
  conservative with ties.
- *How large is the difference?* The mean over :math:`\beta < 0` less the mean over :math:`\beta > 0`, with
  Student's 95 % interval over the seeds.
"""

import dataclasses

import numpy as np
from scipy.stats import page_trend_test, sem, t

from negmom.gan.tables import less_is_better, table


@dataclasses.dataclass(frozen=True)
class Comparison:
    r"""What the sign of :math:`\beta` does to a score.

    Attributes
    ----------
    eta : float or None
        The step size; None for the average over all of them.
    difference, low, high : float
        Score at negative less score at positive momentum, and its 95 % interval, in units of the
        score. NaN where a cell diverged or is missing.
    p : float
        Page's test of a score that improves as :math:`\beta` falls.
    p_reverse : float
        The same of a score that improves as :math:`\beta` grows.
    """

    eta: float | None
    difference: float
    low: float
    high: float
    p: float
    p_reverse: float


def compare(records, score):
    """Compare momenta by a score, for each step size and for all.

    Parameters
    ----------
    records : list of Record
        Of one optimizer and one order of updates, at least three momenta of both signs, two seeds or more.
    score : str
        A name in their ``scores``. A cell that diverged ranks below all that did not.

    Returns
    -------
    list of Comparison
        One a step size, then that of the average.

    Raises
    ------
    ValueError
        If the grid is too small to be compared, or has cells that were not run.

    References
    ----------
    Page (1963), "Ordered hypotheses for multiple treatments".
    """
    betas, etas, seeds, values = table(records, score)
    if values.size != len(records):
        raise ValueError(f"records must be of a whole grid: {values.size} cells; got {len(records)}")
    return compare_values(betas, etas, values, less_is_better(score))


def compare_values(betas, etas, values, lower_is_better=False):
    """The same for any quantity over the axes of a grid.

    Parameters
    ----------
    betas, etas : sequences of float
        Ascending.
    values : ndarray, shape (betas, etas, seeds)
        NaN where a cell diverged.
    lower_is_better : bool

    Returns
    -------
    list of Comparison

    Examples
    --------
    Three seeds whose score falls as the momentum grows:

    >>> values = np.array([[[3.0, 3.5, 3.2]], [[2.0, 2.5, 2.1]], [[1.0, 1.5, 1.4]]])
    >>> at_step, average = compare_values([-0.5, 0.0, 0.5], [1e-3], values)
    >>> round(at_step.difference, 2), round(at_step.p, 4)
    (1.93, 0.0046)
    """
    betas, values = np.asarray(betas), np.asarray(values, dtype=float)
    if len(betas) < 3 or betas[0] >= 0 or betas[-1] <= 0:
        raise ValueError(f"betas must be three or more, of both signs; got {betas.tolist()}")
    if values.shape[-1] < 2:
        raise ValueError(f"seeds must be two or more to be compared; got {values.shape[-1]}")
    sign = -1 if lower_is_better else 1
    blocks = [(eta, values[:, k]) for k, eta in enumerate(etas)] + [(None, values.mean(1))]
    return [_compare(betas, eta, block, sign) for eta, block in blocks]


def _compare(betas, eta, block, sign):
    """One comparison; block has shape (betas, seeds)."""
    ranked = np.where(np.isnan(block), -np.inf, sign * block)
    # page_trend_test takes a row a seed, its columns in the order in which they should grow.
    p, p_reverse = (float(page_trend_test(rows).pvalue) for rows in (ranked[::-1].T, ranked.T))
    differences = block[betas < 0].mean(0) - block[betas > 0].mean(0)
    return Comparison(eta, *student_interval(differences), p, p_reverse)


def student_interval(values):
    """Mean of independent values and the ends of Student's 95 % interval for it, as three floats.

    Examples
    --------
    >>> [round(end, 2) for end in student_interval(np.array([1.0, 2.0, 3.0]))]
    [2.0, -0.48, 4.48]
    """
    half = float(t.ppf(0.975, len(values) - 1) * sem(values))
    mean = float(np.mean(values))
    return mean, mean - half, mean + half
