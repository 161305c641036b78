r"""Step sizes of spectra: NumPy, accurate to rounding.

A spectrum lists the eigenvalues :math:`\lambda_k = x_k + iy_k` of :math:`\nabla v(\omega^*)`, all
with :math:`x_k > 0`. With the step size :math:`\eta` the method contracts along :math:`\lambda_k` by
:math:`|1 - \eta\lambda_k|`.
"""

import numpy as np
from numpy.typing import ArrayLike

from negmom import checks


def best_step_size(spectrum: ArrayLike) -> tuple[float, float]:
    r"""Return the step size of Theorem 2 and the spectral radius that it gives.

    .. math:: \eta_{\text{best}} = \arg\min_{\eta > 0} \rho_{\max}(\eta),
              \qquad \rho_{\max}(\eta) = \max_k |1 - \eta\lambda_k|

    The lines :math:`(|1 - \eta\lambda_k|^2 - 1)/\eta = \eta|\lambda_k|^2 - 2\Re\lambda_k` have an upper
    envelope, and :math:`\eta_{\text{best}}` is either a vertex :math:`\Re(1/\lambda_k)` of one parabola
    or the crossing of two lines. An exchange finds them: it needs no iteration in :math:`\eta`, and
    the result is exact up to rounding.

    Parameters
    ----------
    spectrum : array_like, shape (m,)
        The eigenvalues, m >= 1, real or complex, in any order; conjugates may be left out.

    Returns
    -------
    eta_best : float
        In units of :math:`1/\lambda`.
    rho_max : float
        :math:`\rho_{\max}(\eta_{\text{best}})`, dimensionless and not squared; below 1.

    Raises
    ------
    ValueError
        If `spectrum` is empty, has not one axis, or has an entry that is not finite or has no
        positive real part.

    Examples
    --------
    One eigenvalue limits (tangent), then two (cut), then the two ends of a real spectrum:

    >>> best_step_size([6, 1 + 2j, 1 - 2j])
    (0.2, 0.8944271909999159)
    >>> best_step_size([1 + 1j, 1 - 1j, 2 + 3j, 2 - 3j])
    (0.18181818181818182, 0.8381404052084442)
    >>> best_step_size([1, 2, 3])
    (0.5, 0.5)
    """
    x, y, exponent = _half_plane(spectrum)
    eta, rho, _ = _exchange(x, y)
    return float(np.ldexp(eta, -exponent)), float(rho)


def limiting_eigenvalues(spectrum: ArrayLike, tolerance: float = 1e-12) -> np.ndarray:
    r"""Return the indices of the eigenvalues on the circle of radius :math:`\rho_{\max}(\eta_{\text{best}})`.

    An eigenvalue counts if :math:`\eta|\lambda_k|^2 - 2\Re\lambda_k` reaches the maximum up to
    `tolerance` times the size of its two terms. Conjugates come together, and so do ties.

    Parameters
    ----------
    spectrum : array_like, shape (m,)
        As in :func:`best_step_size`.
    tolerance : float
        At least 0; relative.

    Returns
    -------
    numpy.ndarray of int
        In increasing order.

    Raises
    ------
    ValueError
        As :func:`best_step_size`, or if `tolerance` is negative or no real number.

    Examples
    --------
    >>> limiting_eigenvalues([6, 1 + 2j, 1 - 2j])
    array([1, 2])
    """
    tolerance = checks.nonnegative("tolerance", tolerance)
    x, y, _ = _half_plane(spectrum)
    eta, _, active = _exchange(x, y)
    behind = 2 * (x - x[active]) - eta * _gap(x, y, active)
    return np.flatnonzero(behind <= tolerance * (eta * (x**2 + y**2) + 2 * x))


def _half_plane(spectrum: ArrayLike) -> tuple[np.ndarray, np.ndarray, int]:
    """Return Re λ and |Im λ|, scaled by a power of two to at most 1, and the exponent."""
    lam = checks.right_half_plane("spectrum", spectrum)
    if lam.ndim != 1 or lam.size == 0:
        raise ValueError(f"spectrum must have one axis and at least one entry; got shape {lam.shape}")
    x, y = lam.real, np.abs(lam.imag)
    exponent = int(np.frexp(max(x.max(), y.max()))[1])
    return np.ldexp(x, -exponent), np.ldexp(y, -exponent), exponent


def _exchange(x: np.ndarray, y: np.ndarray) -> tuple[float, float, int]:
    """Return the best step size, its radius and the index of one limiting eigenvalue.

    Two lines are kept: `left`, on the envelope somewhere at or before the best step size, and
    `right`, on it somewhere at or after. They start as the first and the last line of the envelope.
    At the best step size of the two alone, the highest line of all replaces `left` if its parabola
    still falls there and `right` if it rises. Either way its slope lies strictly between the old
    ones, so the loop ends, and it ends with no line above the two.
    """
    left = _best(x == x.min(), y)
    gap = _gap(x, y, int(np.argmax(x**2 + y**2)))
    right = _best(gap == gap.max(), -x)
    while True:
        eta, rho, active = _pair(x, y, left, right)
        # Relative to `right`, so that eigenvalues close to each other keep their differences.
        slopes = _gap(x, y, right)
        heights = eta * slopes - 2 * (x - x[right])
        highest = int(np.argmax(heights))
        inside = slopes[left] < slopes[highest] < slopes[right]
        if not inside or heights[highest] <= heights[active]:
            return eta, rho, active
        if eta < _vertex(x[highest], y[highest]):
            left = highest
        else:
            right = highest


def _pair(x: np.ndarray, y: np.ndarray, left: int, right: int) -> tuple[float, float, int]:
    """Return the best step size for two eigenvalues alone, its radius and one that attains it.

    `left` has the smaller real part or the same, `right` the larger modulus or the same.
    """
    dx, gap = x[right] - x[left], _gap(x, y, left)[right]
    crossing = 2 * dx / gap if gap > 0 else np.inf
    lowest_left, lowest_right = _vertex(x[left], y[left]), _vertex(x[right], y[right])
    if crossing > lowest_left:
        return lowest_left, y[left] / np.hypot(x[left], y[left]), left
    if crossing < lowest_right:
        return lowest_right, y[right] / np.hypot(x[right], y[right]), right
    # 1 − ηx and ηy of the left one, without subtracting nearly equal numbers
    squares = (y[right] - y[left]) * (y[right] + y[left])
    return crossing, np.hypot(dx * dx + squares, 2 * dx * y[left]) / gap, left


def _vertex(x: float, y: float) -> float:
    """Return Re(1/λ), where the parabola |1 − ηλ|² is lowest."""
    exponent = int(np.frexp(max(x, y))[1])
    x, y = np.ldexp(x, -exponent), np.ldexp(y, -exponent)
    return np.ldexp(x / (x * x + y * y), -exponent)


def _gap(x: np.ndarray, y: np.ndarray, base: int) -> np.ndarray:
    """Return |λ_k|² − |λ_base|², accurate also where the two are close."""
    return (x - x[base]) * (x + x[base]) + (y - y[base]) * (y + y[base])


def _best(allowed: np.ndarray, score: np.ndarray) -> int:
    """Return the index of the largest score among the allowed entries."""
    return int(np.argmax(np.where(allowed, score, -np.inf)))
