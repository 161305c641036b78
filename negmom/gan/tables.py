"""Records of a grid as arrays over its axes."""

import numpy as np


def less_is_better(score):
    """Whether less of a score is better.

    Examples
    --------
    >>> less_is_better("FID"), less_is_better("classifier score")
    (True, False)
    """
    return score.startswith(("FID", "KID"))


def over_axes(records, value):
    """A quantity over the axes of a grid.

    Parameters
    ----------
    records : list of Record
        Of one optimizer and one order of updates.
    value : callable
        The quantity of a record, a float.

    Returns
    -------
    betas, etas, seeds : list
    values : ndarray, shape (betas, etas, seeds)
        NaN where there is no record.

    Raises
    ------
    ValueError
        If two records stand for the same place.
    """
    axes = [sorted({getattr(r.cell, axis) for r in records}) for axis in ("beta", "eta", "seed")]
    values, seen = np.full([len(axis) for axis in axes], np.nan), set()
    for record in records:
        cell = record.cell
        place = tuple(axis.index(x) for axis, x in zip(axes, (cell.beta, cell.eta, cell.seed)))
        if place in seen:
            raise ValueError(f"records must be of one optimizer and one order of updates; two are at {cell.name}")
        seen.add(place)
        values[place] = value(record)
    return *axes, values


def table(records, score):
    """A score over the axes of a grid.

    Parameters
    ----------
    records : list of Record
        Of one optimizer and one order of updates.
    score : str
        A name in their ``scores``.

    Returns
    -------
    betas, etas, seeds : list
    values : ndarray, shape (betas, etas, seeds)
        NaN where a cell diverged or has no record.

    Raises
    ------
    ValueError
        If no record has the score, or two stand for the same place.
    """
    names = sorted({name for record in records for name in record.scores})
    if score not in names:
        raise ValueError(f"score must be one of {', '.join(names) or 'none at all'}; got {score!r}")
    return over_axes(records, lambda record: record.scores.get(score, np.nan))
