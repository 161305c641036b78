r"""The best step size and momentum for a whole spectrum, with a certificate in exact arithmetic.

Both eigenvalues (7) have modulus at most R for every :math:`\lambda=x+iy` of a spectrum if and only if
the spectrum lies in an ellipse, symmetric about the real axis. Compress the imaginary axis until that
ellipse is a disk, and the problem is Theorem 2's. One number is left to search for, the compression g, and
in it the radius falls and then rises. The derivation is in the book, `beyond/3-spectrum`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from negmom import checks, formulas, spectra

HALVINGS = 200  # more than enough for the exponent and the digits of g
THIN = 1e-9  # relative differences of real parts up to which an ellipse may be too thin to be found
MARGIN = 2.0**-50  # the first distance between a computed and a certified radius


@dataclass(frozen=True)
class Certificate:
    r"""A proof that the best radius lies between two numbers.

    Parameters
    ----------
    eta, beta : float
        The pair that attains `upper`: see :func:`reaches`.
    lower, upper : float
        No step size and momentum give a smaller radius than `lower`; the best radius is at most `upper`.
    indices : tuple of int
        Up to four eigenvalues that limit the radius.
    weights : tuple of float
        Their weights, which prove `lower`: see :func:`excludes`.
    """

    eta: float
    beta: float
    lower: float
    upper: float
    indices: tuple[int, ...]
    weights: tuple[float, ...]


def best_step_and_momentum(spectrum: ArrayLike) -> tuple[float, float, float]:
    r"""Return the step size and momentum with the smallest spectral radius over a whole spectrum.

    .. math:: (\eta^*, \beta^*) = \arg\min_{\eta>0,\,\beta} \max_k \max\{|\mu_+|, |\mu_-|\}(\beta, \eta, \lambda_k)

    Parameters
    ----------
    spectrum : array_like, shape (m,)
        As in :func:`negmom.spectra.best_step_size`.

    Returns
    -------
    eta : float
        In units of :math:`1/\lambda`.
    beta : float
        Of either sign, between −1 and 1.
    radius : float
        The spectral radius, dimensionless and not squared; below 1.

    Raises
    ------
    ValueError
        As :func:`negmom.spectra.best_step_size`, or if a real part is no float beside the largest entry.

    Notes
    -----
    `radius` is that of the exact optimum. Where the optimal operator has a double root, rounding
    `eta` and `beta` alone moves the radius by the square root of the rounding error.

    The reduction to an ellipse goes back to Manteuffel (1977), who finds it by another algorithm.

    Examples
    --------
    Polyak's optimum for a real spectrum has a positive momentum, and a game a negative one:

    >>> [round(value, 6) for value in best_step_and_momentum([1, 2, 9])]
    [0.25, 0.25, 0.5]
    >>> [round(value, 6) for value in best_step_and_momentum([1, 1 + 1j, 1 + 2j])]
    [0.618034, -0.381966, 0.618034]
    """
    lam = checks.spectrum("spectrum", spectrum)
    return _tune(lam[hull(lam)])[:3]


def certify(spectrum: ArrayLike) -> Certificate:
    r"""Return the optimum of :func:`best_step_and_momentum`, and a proof of it in exact arithmetic.

    Both sides are verified with rational numbers, for the spectrum and the pair as the floating-point
    numbers that they are, and widened until the verification succeeds.

    Raises
    ------
    ValueError
        As :func:`best_step_and_momentum`.

    Examples
    --------
    >>> proof = certify([1 + 1j, 2 + 3j, 4])
    >>> proof.upper - proof.lower < 1e-12, proof.indices
    (True, (0, 1, 2))
    """
    lam = checks.spectrum("spectrum", spectrum)
    corners = hull(lam)
    eta, beta, radius, indices, weights = _tune(lam[corners])
    indices = tuple(int(k) for k in corners[indices])
    weights = tuple(float(weight) for weight in weights)
    attained = max(radius, float(np.sqrt(spectra.rho(eta, beta, lam).max())))
    upper, lower = attained + MARGIN, radius - MARGIN
    # The corners first, which are few: rounding may have cost a corner, so the whole spectrum decides.
    while not all(reaches(part, eta, beta, upper) for part in (lam[corners], lam)):
        upper += upper - attained
    while not excludes(lam, indices, weights, lower):
        lower -= radius - lower
    return Certificate(eta, beta, max(lower, 0.0), upper, indices, weights)


def reaches(spectrum: ArrayLike, eta: float, beta: float, radius: float) -> bool:
    r"""Return whether all eigenvalues (7) have modulus at most `radius`, in exact arithmetic.

    With :math:`b=\beta/R^2`, :math:`|b|<1`, this is :math:`a=1-\eta\lambda+\beta` in the ellipse with semi-axes
    :math:`R(1\pm b)`.

    Parameters
    ----------
    spectrum : array_like, shape (m,)
        As in :func:`best_step_and_momentum`.
    eta, beta, radius : float
        Step size > 0, momentum and the radius, not squared.

    Raises
    ------
    ValueError
        As :func:`best_step_and_momentum`, or if `eta`, `beta` or `radius` is not one finite number, or
        `eta` is not positive.

    Examples
    --------
    >>> reaches([1, 2, 9], 0.25, 0.25, 0.5000001), reaches([1, 2, 9], 0.25, 0.25, 0.4999999)
    (True, False)
    """
    lam = checks.spectrum("spectrum", spectrum)
    eta, beta = _exact("eta", eta, checks.positive), _exact("beta", beta)
    radius = _exact("radius", radius)
    if radius <= 0:
        return False
    b = beta / radius**2
    along, across = radius * (1 + b), radius * (1 - b)
    return abs(b) < 1 and all(
        ((1 + beta - eta * Fraction(z.real)) * across) ** 2 + (eta * Fraction(z.imag) * along) ** 2
        <= (along * across) ** 2
        for z in lam
    )


def excludes(
    spectrum: ArrayLike, indices: Sequence[int], weights: Sequence[float], radius: float
) -> bool:
    r"""Return whether the weights prove that no step size and momentum reach `radius`, in exact arithmetic.

    The proof is :math:`\inf_{g>0}V(1+R^2+(1-R^2)g)^2+W(1+R^2+(1-R^2)/g)^2>4R^2\,\mathrm E|\lambda|^2`, where
    V is the variance of :math:`\Re\lambda` and W the mean of :math:`(\Im\lambda)^2`. It is decided by counting the
    roots of a quartic (Sturm), or in the limit of g if V or W vanishes.

    Parameters
    ----------
    spectrum : array_like, shape (m,)
        As in :func:`best_step_and_momentum`.
    indices : sequence of int
        One or more, from 0 to m − 1.
    weights : sequence of float
        One per index, in any unit. Negative ones prove nothing.
    radius : float
        Not squared.

    Raises
    ------
    ValueError
        As :func:`best_step_and_momentum`, if `indices` or `weights` are not as above, or a weight or
        `radius` is not finite.

    Examples
    --------
    >>> excludes([1, 9], [0, 1], [0.75, 0.25], 0.4), excludes([1, 9], [0, 1], [0.75, 0.25], 0.5)
    (True, False)
    """
    lam, indices = checks.spectrum("spectrum", spectrum), list(indices)
    if not indices or not all(checks.is_integer(k, 0) and k < len(lam) for k in indices):
        raise ValueError(f"indices must be one or more integers from 0 to {len(lam) - 1}; got {indices}")
    weights = checks.real("weights", weights)
    if weights.shape != (len(indices),):
        raise ValueError(f"weights must be one per index ({len(indices)}); got shape {weights.shape}")
    lam, R = lam[[int(k) for k in indices]], _exact("radius", radius)
    weights = [Fraction(weight) for weight in weights.tolist()]
    if R <= 0:
        return True
    if R >= 1 or min(weights) < 0 or sum(weights) == 0:
        return False
    weights = [weight / sum(weights) for weight in weights]
    x, y = ([Fraction(float(part)) for part in parts] for parts in (lam.real, lam.imag))
    mean = sum(p * a for p, a in zip(weights, x))
    V = sum(p * (a - mean) ** 2 for p, a in zip(weights, x))
    W = sum(p * b**2 for p, b in zip(weights, y))
    if V == 0 or W == 0:
        return (V + W) * (1 + R**2) ** 2 > 4 * R**2 * (mean**2 + V + W)
    symbols = formulas.mean, formulas.V, formulas.W, formulas.R
    values = [sp.Rational(*value.as_integer_ratio()) for value in (mean, V, W, R)]
    quartic = sp.expand(formulas.g**2 * formulas.obstruction).subs(dict(zip(symbols, values)))
    # Both its ends are positive.
    return sp.Poly(quartic, formulas.g).count_roots(0, None) == 0


def hull(spectrum: ArrayLike) -> np.ndarray:
    r"""Return the indices of the corners of the convex hull of a spectrum and its conjugates, above the real axis.

    An ellipse is convex, so for every step size and momentum the largest radius is at one of them.

    Parameters
    ----------
    spectrum : array_like, shape (m,)
        As in :func:`best_step_and_momentum`.

    Returns
    -------
    numpy.ndarray of int
        By growing real part.

    Raises
    ------
    ValueError
        As :func:`best_step_and_momentum`.

    Examples
    --------
    >>> hull([1, 2 + 1j, 2 - 0.5j, 3, 1.5 + 0.1j]).tolist()
    [0, 1, 3]
    """
    x, y, _ = spectra.half_plane(spectrum)
    chain: list[int] = []
    for k in np.lexsort((-y, x)):
        if chain and x[k] == x[chain[-1]]:
            continue
        # Drop corners below the segment from the one before to the new point.
        while len(chain) > 1 and _turn(x, y, chain[-2], chain[-1], k) >= 0:
            chain.pop()
        chain.append(int(k))
    return np.array(chain)


class _Slice(NamedTuple):
    """The optimum among the ellipses of one ratio g, the weights that prove it, and the slope in g."""

    eta: float
    beta: float
    radius: float
    indices: np.ndarray
    weights: np.ndarray
    slope: float


def _exact(name: str, value, check=checks.real) -> Fraction:
    """Check one number and return it without rounding."""
    return Fraction(checks.number(name, value, check))


def _tune(lam: np.ndarray) -> tuple[float, float, float, np.ndarray, np.ndarray]:
    """Return the optimum for the corners of a hull, and the indices and weights that prove it."""
    x, y, exponent = spectra.half_plane(lam)
    if not x.all():
        raise ValueError(
            f"spectrum must have real parts that are floats beside its largest entry; got {lam.real.min()} "
            f"beside {np.abs(lam).max()}"
        )
    eta, *rest = _tune_scaled(x + 1j * y)
    return float(np.ldexp(eta, -exponent)), *rest


def _tune_scaled(lam: np.ndarray) -> tuple[float, float, float, np.ndarray, np.ndarray]:
    """Return the same for eigenvalues of moderate size."""
    if lam.real.max() == lam.real.min():  # the ellipse is a vertical segment
        return _segment(lam)
    if not lam.imag.any():  # a horizontal one
        *optimum, _ = _slice(lam, 0.0)
        return tuple(optimum)
    low = high = 1.0
    while _slice(lam, low).slope > 0:
        low /= 4
    while _slice(lam, high).slope < 0:
        high *= 4
    for _ in range(HALVINGS):
        middle = np.sqrt(low) * np.sqrt(high)
        if not low < middle < high:
            break
        if _slice(lam, middle).slope < 0:
            low = middle
        else:
            high = middle
    falling, rising = _slice(lam, low), _slice(lam, high)
    best = min(falling, rising, key=lambda found: found.radius)
    if np.ptp(lam.real) <= THIN * lam.real.max():
        segment = _segment(lam)
        searched, of_segment = (spectra.rho(found[0], found[1], lam).max() for found in (best, segment))
        # The search has lost its digits if the pair of the segment does better, or if its radius is below that
        # of a single eigenvalue, which no pair is.
        if of_segment <= searched or best.radius < segment[2] * (1 - 1e-12):
            return segment
    # V and W are linear in the weights that are optimal at one g, so a mixture has slope 0.
    span = rising.slope - falling.slope
    share = float(np.clip(-falling.slope / span, 0, 1)) if span > 0 else 0.0
    weights = np.zeros(len(lam))
    weights[falling.indices] += (1 - share) * falling.weights
    weights[rising.indices] += share * rising.weights
    indices = np.flatnonzero(weights)
    return best.eta, best.beta, best.radius, indices, weights[indices]


def _segment(lam: np.ndarray) -> tuple[float, float, float, np.ndarray, np.ndarray]:
    """Return what `_tune` does where all real parts are equal, up to rounding: the farthest eigenvalue decides."""
    farthest = int(np.argmax(lam.imag))
    eta, beta, radius = spectra.optimal_momentum(lam[farthest])
    return float(eta), float(beta), float(radius), np.array([farthest]), np.ones(1)


def _slice(lam: np.ndarray, g: float) -> _Slice:
    squeezed = lam.real + 1j * (lam.imag / g) if g else lam
    eta, radius = spectra.best_step_size(squeezed)
    indices, weights = spectra.limiting_weights(squeezed)
    # The limiting eigenvalue that is nearest to 0 has a vertex at `eta` or beyond, so its margin does not cancel.
    nearest = squeezed[min(indices, key=lambda k: abs(squeezed[k]))] * eta
    margin = -formulas.evaluate(formulas.line)(1.0, nearest.real, nearest.imag)
    tuned_eta = float(formulas.evaluate(formulas.tuned_eta)(eta, g, radius, margin))
    tuned_beta = float(formulas.evaluate(formulas.tuned_beta)(g, radius, margin))
    tuned_radius = float(formulas.evaluate(formulas.tuned_radius)(g, radius, margin))
    x, y = lam.real[indices], lam.imag[indices]
    # The variance of one or two values, without the rounding of their mean.
    V, W = weights.prod() * (x[0] - x[-1]) ** 2, weights @ y**2
    slope = formulas.evaluate(formulas.obstruction_slope)(g, tuned_radius, V, W)
    return _Slice(tuned_eta, tuned_beta, tuned_radius, indices, weights, float(slope))


def _turn(x: np.ndarray, y: np.ndarray, a: int, b: int, c: int) -> float:
    """Return twice the signed area of a triangle: positive if it turns left at b."""
    return (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])
