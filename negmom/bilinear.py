r"""The bilinear game :math:`\min_\theta\max_\varphi \theta^\top A\varphi`: exact stability of its updates.

The game splits along the singular values :math:`\sigma` of A, and along each the characteristic
polynomial depends on the momenta and on :math:`s = \eta_\theta\eta_\varphi\sigma^2` alone,

.. math:: (\mu-1)^2(\mu-\beta_1)(\mu-\beta_2) + s\,\mu^k,\qquad
   k = 2 \text{ (simultaneous)},\; 3 \text{ (alternating)}.

The verdicts quantify over every start :math:`(\omega_0, \omega_{-1})`. For s > 0 they are the same
for the starts at rest, :math:`\omega_{-1}=\omega_0`. The value s = 0 stands for the kernels of A and
of its transpose, where no player feels the other: a start at rest stays where it is, and any other
adds a geometric series of its first displacement, so that the limit, if there is one, is an
equilibrium that depends on the start.

They come from the inequalities of :mod:`negmom.formulas`, evaluated without error: in floating point
with a bound of the rounding, and in rational arithmetic wherever that bound does not settle the sign.
A float stands for the binary fraction that it is.
"""

import operator
from collections.abc import Callable
from fractions import Fraction
from functools import cache

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from negmom import checks, formulas
from negmom.methods import UPDATES

_SYMBOLS = (formulas.s, formulas.beta1, formulas.beta2)
_POLYNOMIAL = {
    "simultaneous": formulas.bilinear_simultaneous,
    "alternating": formulas.bilinear_alternating,
}
_CONVERGES = {
    "simultaneous": formulas.simultaneous_converges,
    "alternating": formulas.alternating_converges,
}
_BOUNDED = {
    "simultaneous": formulas.simultaneous_bounded,
    "alternating": formulas.alternating_bounded,
}
_COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
_POLISHING_STEPS = 60  # a double root is reached by thirds of the distance, any other in a few steps
BISECTIONS = 80  # halvings of the logarithm of 1 − r, to below rounding


def spectral_radius(s: ArrayLike, beta1: ArrayLike, beta2: ArrayLike, updates: str) -> np.ndarray:
    r"""Return the largest modulus of the roots of the characteristic polynomial.

    .. math:: \max\{|\mu| : (\mu-1)^2(\mu-\beta_1)(\mu-\beta_2) + s\,\mu^k = 0\}

    Parameters
    ----------
    s : array_like
        :math:`\eta_\theta\eta_\varphi\sigma^2 \ge 0`, dimensionless.
    beta1, beta2 : array_like
        Momenta of the two players, dimensionless. Their order does not matter.
    updates : {"simultaneous", "alternating"}

    Returns
    -------
    numpy.ndarray
        Of the shape to which the arguments broadcast. A simple root is accurate to a few units in
        the last place, also as s tends to 0; a root of multiplicity j to the 1/j-th power of that.

    Raises
    ------
    ValueError
        If an argument is not real and finite, s < 0, `updates` is unknown, the shapes do not
        broadcast, or a coefficient of the polynomial overflows.

    Examples
    --------
    >>> round(float(spectral_radius(1.0, 0.0, 0.0, "simultaneous")) ** 2, 12)
    2.0
    >>> spectral_radius([0.0, 4.0], 0.5, 0.0, "alternating")
    array([1.        , 1.53697377])
    """
    s, beta1, beta2 = _arguments(s, beta1, beta2, updates)
    shape = s.shape
    s, beta1, beta2 = s.ravel(), beta1.ravel(), beta2.ravel()
    with np.errstate(over="ignore", invalid="ignore"):
        coefficients = [
            np.broadcast_to(np.asarray(c, dtype=float), s.shape)
            for c in _coefficients(updates)(s, beta1, beta2)
        ]
    if not np.all(np.isfinite(coefficients)):
        raise ValueError(
            "s, beta1, beta2 must be small enough for finite coefficients; got up to "
            f"{max(np.max(np.abs(value)) for value in (s, beta1, beta2))}"
        )
    companion = np.zeros((s.size, 4, 4))
    companion[:, [1, 2, 3], [0, 1, 2]] = 1
    companion[:, 0, :] = -np.stack(coefficients[1:], axis=-1)
    roots = _polish(np.linalg.eigvals(companion).astype(complex), s, beta1, beta2, updates)
    radius = np.max(np.abs(roots), axis=-1, initial=0)
    kernel = np.maximum(1, np.maximum(np.abs(beta1), np.abs(beta2)))
    return np.where(s == 0, kernel, radius).reshape(shape)[()]


def converges(s: ArrayLike, beta1: ArrayLike, beta2: ArrayLike, updates: str) -> np.ndarray:
    r"""Tell whether the iteration converges from every start :math:`(\omega_0, \omega_{-1})`.

    For s > 0, to 0 and if and only if the updates alternate and

    .. math:: |\beta_i| < 1,\quad s < 4(1+\beta_1)(1+\beta_2),\quad
       s\beta_1\beta_2 < (1-\beta_1\beta_2)(2\beta_1\beta_2-\beta_1-\beta_2).

    With equal momenta that is :math:`-1<\beta<0` and :math:`s<4(1+\beta)^2`. For s = 0, a kernel
    direction of each player, if and only if :math:`|\beta_i|<1`; from rest it then never moves.

    Parameters
    ----------
    s, beta1, beta2, updates
        As in :func:`spectral_radius`.

    Returns
    -------
    numpy.ndarray of bool
        Of the shape to which the arguments broadcast; exact.

    Raises
    ------
    ValueError
        If an argument is not real and finite, s < 0, `updates` is unknown or the shapes do not
        broadcast.

    Examples
    --------
    >>> converges([0.9, 1.0, 1.1], -0.5, -0.5, "alternating")
    array([ True, False, False])
    """
    return _verdict(_CONVERGES, formulas.kernel_converges, s, beta1, beta2, updates)


def is_bounded(s: ArrayLike, beta1: ArrayLike, beta2: ArrayLike, updates: str) -> np.ndarray:
    r"""Tell whether the iteration stays bounded from every start :math:`(\omega_0, \omega_{-1})`.

    For s > 0, with alternating updates, if and only if

    .. math:: |\beta_i| < 1,\quad s \le 4(1+\beta_1)(1+\beta_2),\quad s < 4(1-\beta_1\beta_2),\quad
       s\beta_1\beta_2 \le (1-\beta_1\beta_2)(2\beta_1\beta_2-\beta_1-\beta_2),

    and with simultaneous updates, with :math:`S=\beta_1+\beta_2`, if and only if

    .. math:: \beta_1\beta_2 = 1,\quad -6 < S \le -2,\quad -4(2+S) < s < \tfrac14(2-S)^2.

    For s = 0, a kernel direction of each player, if and only if :math:`-1\le\beta_i<1`.

    Parameters
    ----------
    s, beta1, beta2, updates
        As in :func:`spectral_radius`.

    Returns
    -------
    numpy.ndarray of bool
        Of the shape to which the arguments broadcast; exact.

    Raises
    ------
    ValueError
        If an argument is not real and finite, s < 0, `updates` is unknown or the shapes do not
        broadcast.

    Examples
    --------
    >>> is_bounded([0.9, 1.0, 1.1], -0.5, -0.5, "alternating")
    array([ True,  True, False])
    >>> is_bounded([3.9, 4.0], -1, -1, "simultaneous")
    array([ True, False])
    """
    return _verdict(_BOUNDED, formulas.kernel_bounded, s, beta1, beta2, updates)


def best_momentum(condition: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Return the step and the momentum of both players that are best for a range of singular values.

    With alternating updates, over :math:`\eta_\theta\eta_\varphi` and :math:`\beta=\beta_1=\beta_2`, they minimize

    .. math:: \max\{|\mu| : (\mu-1)^2(\mu-\beta)^2 + \eta_\theta\eta_\varphi\sigma^2\mu^3 = 0,\;
       \sigma_{\min}\le\sigma\le\sigma_{\max}\}.

    Parameters
    ----------
    condition : array_like
        :math:`\kappa=\sigma_{\max}/\sigma_{\min}\ge1`, of the nonzero singular values, dimensionless.

    Returns
    -------
    s_max, beta, radius : numpy.ndarray
        :math:`\eta_\theta\eta_\varphi\sigma_{\max}^2`, the momentum and the radius, dimensionless.

    Raises
    ------
    ValueError
        If `condition` is not real and finite, or < 1.

    Notes
    -----
    :math:`\kappa` is an explicit, increasing function of the radius, which is inverted by bisection.
    The radius tends to :math:`1-\frac{8}{27}\kappa^{-2}`. Two different momenta have no smaller one.

    Examples
    --------
    >>> s_max, beta, radius = best_momentum([1, 10])
    >>> s_max.round(6), beta.round(6), radius.round(6)
    (array([3.300278, 2.561021]), array([-0.071797, -0.199248]), array([0.464102, 0.997031]))
    """
    condition = checks.at_least_one("condition", condition)
    with np.errstate(over="ignore"):  # the radius is 1 by then
        square = condition**2
    # log(1 − r), from that of the least positive float to that of r = 2√3 − 3, the radius for κ = 1
    low, high = np.full_like(condition, -745.0), np.full_like(condition, np.log(4 - 2 * np.sqrt(3)))
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        wide = _range_squared(np.exp(middle)) >= square
        low, high = np.where(wide, middle, low), np.where(wide, high, middle)
    radius = 1 - np.exp(low)
    beta = formulas.evaluate(formulas.range_beta)(radius)
    s_max = formulas.evaluate(formulas.range_step)(beta, radius, 0.0)
    return s_max, beta, radius


def best_momentum_and_optimism(condition: ArrayLike) -> tuple[np.ndarray, ...]:
    r"""Return the step, momentum and optimism that are best together for a range of singular values.

    With alternating updates :math:`\omega_{t+1}=\omega_t+\beta(\omega_t-\omega_{t-1})-\eta(g_t-\delta g_{t-1})`,

    .. math:: r=\tan^2\frac\theta2,\qquad \sin2\theta=\frac1\kappa,\quad \frac\pi4\le\theta<\frac\pi2,
       \qquad \beta=r^2,\quad \delta=r,\quad \eta_\theta\eta_\varphi\sigma_{\max}^2=\frac{(1+r)^4}{4r}.

    Parameters
    ----------
    condition : array_like
        As in :func:`best_momentum`.

    Returns
    -------
    s_max, beta, delta, radius : numpy.ndarray
        Dimensionless.

    Raises
    ------
    ValueError
        If `condition` is not real and finite, or < 1.

    Examples
    --------
    >>> s_max, beta, delta, radius = best_momentum_and_optimism(10)
    >>> round(float(radius), 6), round(float(beta), 6)
    (0.904648, 0.818388)
    """
    condition = checks.at_least_one("condition", condition)
    theta = np.pi / 2 - np.arcsin(1 / condition) / 2
    radius = np.tan(theta / 2) ** 2
    s_max = formulas.evaluate(formulas.range_step)(radius**2, radius, radius)
    return s_max, radius**2, radius, radius


def _arguments(s, beta1, beta2, updates) -> list[np.ndarray]:
    checks.choice("updates", updates, UPDATES)
    return checks.broadcast(
        s=checks.nonnegative("s", s),
        beta1=checks.real("beta1", beta1),
        beta2=checks.real("beta2", beta2),
    )


def _verdict(conditions, kernel, s, beta1, beta2, updates) -> np.ndarray:
    s, beta1, beta2 = _arguments(s, beta1, beta2, updates)
    result = np.where(
        s > 0, _holds(conditions[updates], s, beta1, beta2), _holds(kernel, s, beta1, beta2)
    )
    return result[()]


def _holds(condition: sp.Basic, *values: np.ndarray) -> np.ndarray:
    """Evaluate a conjunction of polynomial relations without error."""
    result = np.full(values[0].shape, condition != sp.false)
    for relation in condition.args:
        result &= _COMPARE[relation.rel_op](_sign(relation.lhs - relation.rhs, values), 0)
    return result


def _sign(expression: sp.Expr, values: tuple[np.ndarray, ...]) -> np.ndarray:
    polynomial, magnitude = _polynomial(expression)
    with np.errstate(all="ignore"):
        value = polynomial(*values)
        # More than the rounding of the few dozen operations, and than what underflow can hide.
        settled = (
            np.abs(value) > 64 * np.finfo(float).eps * magnitude(*map(np.abs, values)) + 1e-290
        )
    sign = np.where(settled, np.sign(value), 0)
    for index in np.argwhere(~settled):
        exact = polynomial(*(Fraction(float(array[tuple(index)])) for array in values))
        sign[tuple(index)] = (exact > 0) - (exact < 0)
    return sign


@cache
def _polynomial(expression: sp.Expr) -> tuple[Callable, Callable]:
    """Return the polynomial as a function, and the sum of the moduli of its terms as another."""
    polynomial = sp.Poly(expression, *_SYMBOLS)
    magnitude = sum(
        abs(c) * sp.prod(v**k for v, k in zip(_SYMBOLS, powers)) for powers, c in polynomial.terms()
    )
    return sp.lambdify(_SYMBOLS, polynomial.as_expr(), "math"), sp.lambdify(
        _SYMBOLS, magnitude, "math"
    )


@cache
def _range_squared_of_gap() -> Callable:
    """κ² as a function of 1 − r, without cancellation where r is near 1."""
    gap = sp.Symbol("gap", positive=True)
    best = formulas.range_square.subs(formulas.delta, 0).subs(formulas.beta, formulas.range_beta)
    return sp.lambdify(gap, best.subs(formulas.r, 1 - gap), "numpy", cse=True)


def _range_squared(gap: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", divide="ignore"):
        return _range_squared_of_gap()(gap)


@cache
def _coefficients(updates: str) -> Callable:
    return sp.lambdify(_SYMBOLS, sp.Poly(_POLYNOMIAL[updates], formulas.mu).all_coeffs(), "numpy")


@cache
def _in_distance(updates: str) -> tuple[Callable, Callable, Callable]:
    """Return the polynomial, its slope and its term with s as functions of x = μ − 1, s, 1 − β₁ and 1 − β₂.

    There the polynomial is a sum of two products and does not cancel near μ = 1.
    """
    x, c1, c2 = sp.symbols("x c_1 c_2")
    polynomial = _POLYNOMIAL[updates].subs({formulas.mu: 1 + x, formulas.beta1: 1 - c1, formulas.beta2: 1 - c2})
    parts = polynomial, sp.diff(polynomial, x), polynomial.coeff(formulas.s) * formulas.s
    return tuple(sp.lambdify((x, formulas.s, c1, c2), part, "numpy") for part in parts)


def _polish(roots: np.ndarray, s, beta1, beta2, updates: str) -> np.ndarray:
    """Improve the roots by Ehrlich–Aberth steps in μ − 1."""
    polynomial, derivative, term = _in_distance(updates)
    parameters = np.stack([s, 1 - beta1, 1 - beta2])[:, :, None]
    itself = np.eye(4, dtype=bool)
    x = roots - 1
    gaps = x[:, :, None] - x[:, None, :]
    nearest = np.argmin(np.where(itself, np.inf, np.abs(gaps)), axis=-1)[:, :, None]
    # An eigenvalue solver splits a double root along one axis, by the square root of the rounding
    # error. If the exact pair lies along the other, the steps cannot reach it: turn each pair a little.
    x = x + 0.1j * np.take_along_axis(gaps, nearest, axis=-1)[:, :, 0]
    active = np.flatnonzero(s > 0)
    with np.errstate(all="ignore"):
        for _ in range(_POLISHING_STEPS):
            start, at = x[active], parameters[:, active]
            value, slope = polynomial(start, *at), derivative(start, *at)
            # At a root the polynomial is a difference of two terms of one size. What their rounding and
            # that of x leave of it is noise, and so is a step from there.
            noise = np.abs(term(start, *at)) + np.abs(start * slope)
            found = ~(np.abs(value) > 4 * np.finfo(float).eps * noise)
            newton = value / slope
            gaps = np.where(itself, np.inf, start[:, :, None] - start[:, None, :])
            moved = start - newton / (1 - newton * np.sum(1 / gaps, axis=-1))
            x[active] = np.where(found | ~np.isfinite(moved), start, moved)
            active = active[~found.all(axis=-1)]
    return 1 + x
