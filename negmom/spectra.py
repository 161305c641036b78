r"""Eigenvalues, spectral radii and step sizes of gradient methods, in NumPy.

The functions of one eigenvalue broadcast; those of a spectrum, from :func:`best_step_size` on, take one
spectrum. :math:`\lambda` has the unit of :math:`1/\eta`; all else is dimensionless. :math:`\rho_{\lambda,\eta}` of
(8) is squared, :math:`\rho_{\max}` of Theorem 2 is not, as in the paper.
"""

import numpy as np
from numpy.typing import ArrayLike

from negmom import checks, formulas

BLOCK = 16384  # elements evaluated at a time
TINY = np.finfo(float).tiny


def momentum_eigenvalues(
    eta: ArrayLike, beta: ArrayLike, lam: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the eigenvalues of the operator with momentum, (7).

    .. math:: \mu_\pm = (1-\eta\lambda+\beta)\,\frac{1\pm\Delta^{1/2}}{2},
              \qquad \Delta = 1-\frac{4\beta}{(1-\eta\lambda+\beta)^2}

    Parameters
    ----------
    eta : array_like of float
        Step size, > 0.
    beta : array_like of float
        Momentum, any sign.
    lam : array_like of complex
        Eigenvalue of the Jacobian of :math:`v`.

    Returns
    -------
    mu_plus, mu_minus : numpy.ndarray of complex
        With :math:`|\mu_+|\ge|\mu_-|`. Where :math:`1-\eta\lambda+\beta=0`, and (7) is 0/0, they are
        :math:`\pm\sqrt{-\beta}`.

    Raises
    ------
    ValueError
        If an argument is not finite, `eta` is not positive, or the shapes do not broadcast.

    Notes
    -----
    They are the roots of :func:`quadratic_roots` with :math:`a=1-\eta\lambda+\beta` and the product
    :math:`\beta`, rounded. Near a double root an error of rounding moves them by its square root.

    Source: Theorem 3.

    Examples
    --------
    >>> mu_plus, mu_minus = momentum_eigenvalues(eta=0.5, beta=-0.25, lam=1.0)
    >>> round(float(mu_plus.real), 12), round(float(mu_minus.real), 12)
    (0.640388203202, -0.390388203202)
    """
    eta, beta, lam = _arguments(eta, beta, lam)
    mu_plus, mu_minus = quadratic_roots(1 - eta * lam + beta, beta)
    return mu_plus[()], mu_minus[()]


def quadratic_roots(a: np.ndarray, product: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the roots of :math:`\mu^2-a\mu+p`, the larger modulus first.

    Parameters
    ----------
    a : numpy.ndarray of complex
        Their sum.
    product : numpy.ndarray
        Their product p, real or complex, of a shape that broadcasts with that of `a`.

    Returns
    -------
    larger, smaller : numpy.ndarray of complex
        Where they are equally large, and a is not 0, the quotient of `larger` and a has a nonnegative imaginary part.

    Notes
    -----
    The discriminant :math:`a^2-4p` is evaluated as the product :math:`(a-2\sqrt p)(a+2\sqrt p)`, whose factors are
    rounded before they cancel, and the smaller root as p divided by the larger one.

    Examples
    --------
    >>> larger, smaller = quadratic_roots(np.array([3 + 0j, 0j]), np.array([2.0, 4.0]))
    >>> larger, smaller
    (array([2.+0.j, 0.+2.j]), array([1.+0.j, 0.-2.j]))
    """
    focus = 2 * np.sqrt(product.astype(complex))
    root = np.sqrt(a - focus) * np.sqrt(a + focus)
    # The branch: Re(root / a) >= 0, and Im(root / a) > 0 where the real part vanishes, or
    # Re root >= 0 where a does.
    along = np.where(a == 0, root, root * a.conj())
    root = np.where((along.real < 0) | ((along.real == 0) & (along.imag < 0)), -root, root)
    larger = (a + root) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        smaller = np.where(larger == 0, 0, product / larger)
    return larger, smaller


def rho(eta: ArrayLike, beta: ArrayLike, lam: ArrayLike) -> np.ndarray:
    r"""Return the squared largest magnitude of the two eigenvalues, (8).

    .. math:: \rho_{\lambda,\eta}(\beta) = \max\{|\mu_+|^2, |\mu_-|^2\}

    Parameters
    ----------
    eta, beta, lam
        As in :func:`momentum_eigenvalues`.

    Returns
    -------
    numpy.ndarray of float
        The **squared** radius.

    Raises
    ------
    ValueError
        As :func:`momentum_eigenvalues`.

    Notes
    -----
    The roots of :math:`\mu^2-a\mu+\beta` satisfy :math:`a=\mu+\beta/\mu`, which takes the circle
    :math:`|\mu|=R` to the ellipse with foci :math:`\pm2\sqrt\beta` and semi-axes
    :math:`R\pm|\beta|/R`. So :math:`2A=|a-2\sqrt\beta|+|a+2\sqrt\beta|` gives
    :math:`A=R+|\beta|/R`, and :math:`R=\tfrac12(A+\sqrt{A^2-4|\beta|})` with no complex root. Near the
    segment between the foci, :math:`A-2\sqrt{|\beta|}` is computed without cancellation, as is known
    from the complex arccosine (Hull, Fairgrieve and Tang, 1997).

    Examples
    --------
    >>> rho(eta=0.5, beta=[-0.1, 0.0, 0.1], lam=1 + 1j).round(6)
    array([0.435046, 0.5     , 0.62213 ])
    """
    eta, beta, lam = _arguments(eta, beta, lam)
    # Blocks that fit the cache: several times faster than whole arrays on a million points.
    blocks = np.nditer(
        [1 - eta * lam.real, np.abs(eta * lam.imag), beta, 2 * np.sqrt(np.abs(beta)), None],
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=[["readonly"]] * 4 + [["writeonly", "allocate"]],
        op_dtypes=[float] * 5,
        buffersize=BLOCK,
    )
    with blocks:
        for *arguments, out in blocks:
            out[...] = _rho(*arguments)
        return blocks.operands[-1][()]


def rho_derivative(eta: ArrayLike, lam: ArrayLike) -> np.ndarray:
    r"""Return the derivative of :math:`\rho_{\lambda,\eta}` at :math:`\beta=0`.

    .. math:: \rho'_{\lambda,\eta}(0)
              = 2\eta\left(\frac{2\eta\,(\Im\lambda)^2}{|1-\eta\lambda|^2}-\Re\lambda\right)

    Where it is positive, a small negative momentum helps.

    Parameters
    ----------
    eta : array_like of float
        Step size, > 0.
    lam : array_like of complex
        Eigenvalue of the Jacobian of :math:`v`.

    Returns
    -------
    numpy.ndarray of float
        ``nan`` where :math:`\eta\lambda=1`, as :math:`\rho` has a kink there.

    Raises
    ------
    ValueError
        If an argument is not finite, `eta` is not positive, or the shapes do not broadcast.

    Notes
    -----
    Source: the derivation of Theorem 4.

    Examples
    --------
    >>> rho_derivative(eta=[0.5, 1.0], lam=[1 + 1j, 1])
    array([ 1., nan])
    """
    eta, lam = checks.broadcast(
        eta=checks.positive("eta", eta), lam=checks.finite_complex("lam", lam)
    )
    # `formulas.rho_slope` with the quotient of |Im ηλ| and |1 − ηλ| squared last, as squares may be no floats.
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = eta * lam.imag / np.hypot(1 - eta * lam.real, eta * lam.imag)
    return np.where(eta * lam == 1, np.nan, 4 * ratio**2 - 2 * eta * lam.real)[()]


def improving_step_sizes(lam: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the ends of :math:`I(\lambda)`, (9): the steps at which a small negative momentum helps.

    .. math:: I(\lambda) = \left(\frac{|\lambda|-|\Im\lambda|}{|\lambda|\,\Re\lambda},
                                 \frac{|\lambda|+|\Im\lambda|}{|\lambda|\,\Re\lambda}\right)

    Parameters
    ----------
    lam : array_like of complex
        Eigenvalue with a positive real part.

    Returns
    -------
    low, high : numpy.ndarray of float
        An open interval; empty (``low == high``) for real `lam`.

    Raises
    ------
    ValueError
        If `lam` is not finite or has no positive real part.

    Notes
    -----
    The paper prints :math:`\Im\lambda` without the modulus. Source: Theorem 4.

    Examples
    --------
    >>> low, high = improving_step_sizes(3 - 4j)
    >>> round(float(low), 12), round(float(high), 12)
    (0.066666666667, 0.6)
    """
    x, y, exponent = _moderate(lam)
    ends = formulas.interval_low, formulas.interval_high
    low, high = (np.ldexp(formulas.evaluate(end)(x, y), -exponent) for end in ends)
    return low, high


def optimal_momentum(lam: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Return the step size and momentum that minimize :math:`\rho` for one eigenvalue.

    .. math:: \eta^* = \frac{2}{|\lambda|+\Re\lambda}, \qquad \beta^* = -\tan^2\frac\psi2, \qquad
              \sqrt{\rho^*} = \left|\tan\frac\psi2\right|, \qquad \psi = \operatorname{Arg}\lambda

    Parameters
    ----------
    lam : array_like of complex
        Eigenvalue with a positive real part.

    Returns
    -------
    eta, beta, radius : numpy.ndarray of float
        The joint minimizer, which is unique, and the spectral radius there (**not** squared).

    Raises
    ------
    ValueError
        If `lam` is not finite or has no positive real part.

    Examples
    --------
    >>> eta, beta, radius = optimal_momentum(3 + 4j)
    >>> float(eta), float(beta), float(radius)
    (0.25, -0.25, 0.5)
    """
    x, y, exponent = _moderate(lam)
    optimum = formulas.optimal_eta, formulas.optimal_beta, formulas.optimal_radius
    eta, beta, radius = (formulas.evaluate(part)(x, y) for part in optimum)
    return np.ldexp(eta, -exponent), beta, radius


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
    x, y, exponent = half_plane(spectrum)
    eta, radius, *_ = _exchange(x, y)
    return float(np.ldexp(eta, -exponent)), float(radius)


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
    x, y, _ = half_plane(spectrum)
    eta, _, active, _ = _exchange(x, y)
    behind = 2 * (x - x[active]) - eta * _gap(x, y, active)
    return np.flatnonzero(behind <= tolerance * (eta * (x**2 + y**2) + 2 * x))


def limiting_weights(spectrum: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    r"""Return one or two limiting eigenvalues and the weights that prove :math:`\eta_{\text{best}}` optimal.

    .. math:: \rho_{\max}(\eta)^2 \ge \mathrm E|1-\eta\lambda|^2 \ge 1-\frac{(\mathrm E\Re\lambda)^2}{\mathrm E|\lambda|^2}
              = \rho_{\max}(\eta_{\text{best}})^2 \quad\text{for all } \eta

    Parameters
    ----------
    spectrum : array_like, shape (m,)
        As in :func:`best_step_size`.

    Returns
    -------
    indices : numpy.ndarray of int, shape (1,) or (2,)
        One eigenvalue if its parabola is at its lowest point, else one that falls and one that rises.
    weights : numpy.ndarray of float
        Positive; they add up to 1.

    Raises
    ------
    ValueError
        As :func:`best_step_size`.

    Examples
    --------
    >>> indices, weights = limiting_weights([1, 2, 3])
    >>> indices.tolist(), weights.tolist()
    ([0, 2], [0.75, 0.25])
    """
    x, y, _ = half_plane(spectrum)
    _, _, left, right = _exchange(x, y)
    # The derivatives of |1 − ηλ|² at the crossing, up to a factor, without subtracting nearly equal
    # numbers; the weights balance them.
    dx, squares = x[right] - x[left], (y[right] - y[left]) * (y[right] + y[left])
    fall = dx * (2 * y[left] ** 2 - x[left] * dx) - x[left] * squares
    rise = dx * (2 * y[right] ** 2 + x[right] * dx) - x[right] * squares
    if left == right or not fall < 0 < rise:  # one of them is at its lowest point, up to rounding
        return np.array([right if rise <= 0 else left]), np.ones(1)
    return np.array([left, right]), np.array([rise, -fall]) / (rise - fall)


def half_plane(spectrum: ArrayLike) -> tuple[np.ndarray, np.ndarray, int]:
    r"""Return a spectrum in the upper half plane, scaled so that squares of its entries are floats.

    Parameters
    ----------
    spectrum : array_like, shape (m,)
        As in :func:`best_step_size`.

    Returns
    -------
    x, y : numpy.ndarray of float
        :math:`2^{-k}\Re\lambda` and :math:`2^{-k}|\Im\lambda|`, at most 1. The scaling is exact but where it underflows.
    exponent : int
        k.

    Raises
    ------
    ValueError
        As :func:`best_step_size`.

    Examples
    --------
    >>> x, y, exponent = half_plane([3 - 4j])
    >>> x.tolist(), y.tolist(), exponent
    ([0.375], [0.5], 3)
    """
    lam = checks.spectrum("spectrum", spectrum)
    x, y = lam.real, np.abs(lam.imag)
    exponent = int(np.frexp(max(x.max(), y.max()))[1])
    return np.ldexp(x, -exponent), np.ldexp(y, -exponent), exponent


def _rho(re: np.ndarray, im: np.ndarray, beta: np.ndarray, focus: np.ndarray) -> np.ndarray:
    r"""Evaluate (8) through the semi-axes of the ellipse; see :func:`rho`.

    The arguments are Re(1 − ηλ), \|Im(1 − ηλ)\|, β and 2√\|β\|.
    """
    along = np.abs(re + beta)
    # For β < 0 the foci lie on the imaginary axis: turn the plane by a right angle.
    turned = beta < 0
    along, across = np.where(turned, im, along), np.where(turned, along, im)
    beyond, square = along - focus, across * across
    # Twice A − focus is the sum of |a ∓ focus| ± (along ∓ focus). A difference h − d of a hypotenuse
    # and a leg is written square / (h + d), which does not cancel; TINY makes 0/0 zero.
    far = np.sqrt((along + focus) ** 2 + square) + (along + focus)
    near = np.sqrt(beyond**2 + square) + np.abs(beyond)
    excess = (square / (far + TINY) + np.where(beyond > 0, near, square / (near + TINY))) / 2
    return ((focus + excess + np.sqrt(excess * (excess + 2 * focus))) / 2) ** 2


def _arguments(eta: ArrayLike, beta: ArrayLike, lam: ArrayLike) -> tuple[np.ndarray, ...]:
    """Check the arguments and that their shapes broadcast; they are returned in their own shapes."""
    eta = checks.positive("eta", eta)
    beta = checks.real("beta", beta)
    lam = checks.finite_complex("lam", lam)
    checks.broadcast(eta=eta, beta=beta, lam=lam)
    return eta, beta, lam


def _moderate(lam: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return Re λ and Im λ, scaled by a power of two where the square of λ is no float, and the exponents."""
    lam = checks.right_half_plane("lam", lam)
    exponent = np.frexp(np.maximum(lam.real, np.abs(lam.imag)))[1]
    exponent = np.where(np.abs(exponent) > 500, exponent, 0)
    return np.ldexp(lam.real, -exponent), np.ldexp(lam.imag, -exponent), exponent


def _exchange(x: np.ndarray, y: np.ndarray) -> tuple[float, float, int, int]:
    """Return the best step size, its radius and two limiting eigenvalues, equal if one is tangent.

    Two lines are kept: `left`, on the envelope somewhere at or before the best step size, and
    `right`, on it somewhere at or after. They start as the first and the last line of the envelope.
    At the best step size of the two alone, the highest line of all replaces `left` if its parabola
    still falls there and `right` if it rises. Either way its slope lies strictly between the old
    ones, so the loop ends, and it ends with no line above the two.

    Examples
    --------
    `left` starts as 1 + i and `right` as 4. At their best step, 3/7, the line of 3 + 2i is the highest, and its
    parabola rises, as 3/7 is beyond its vertex 3/13: it replaces 4. At the next step, 4/11, that of 2 + 2i is, and
    rises too: it replaces 3 + 2i. At 1/3 no line is above the two that are left.

    >>> lam = np.array([1 + 1j, 2 + 2j, 3 + 2j, 4])
    >>> eta, radius, left, right = _exchange(lam.real, lam.imag)
    >>> round(float(eta), 12), left, right
    (0.333333333333, 0, 1)
    """
    left = _best(x == x.min(), y)
    gap = _gap(x, y, int(np.argmax(x**2 + y**2)))
    right = _best(gap == gap.max(), -x)
    reached = -np.inf
    while True:
        eta, radius, active, other = _pair(x, y, left, right)
        # Relative to the nearer of the two, which are equally high at a crossing, so that eigenvalues close
        # to each other keep their differences.
        slopes, lower = _gap(x, y, right), _gap(x, y, left)
        near = np.abs(lower) < np.abs(slopes) if active != other else np.full(len(x), active == left)
        heights = eta * np.where(near, lower, slopes) - 2 * (x - np.where(near, x[left], x[right]))
        highest = int(np.argmax(heights))
        if heights[highest] <= heights[active]:
            return eta, radius, active, other
        if lower[highest] > 0 > slopes[highest]:  # its slope is between theirs
            falls = eta < _vertex(x[highest], y[highest])
            left, right = (highest, right) if falls else (left, highest)
        else:
            # Rounding made a line of nearly the same slope as `left` or `right` look like the flatter
            # or the steeper one. It takes that place if this matters to the radius.
            pair = (left, highest) if slopes[highest] >= slopes[right] else (highest, right)
            if radius <= reached or _pair(x, y, *pair)[1] <= radius:
                return eta, radius, active, other
            reached, (left, right) = radius, pair


def _pair(x: np.ndarray, y: np.ndarray, left: int, right: int) -> tuple[float, float, int, int]:
    """Return the best step size for two eigenvalues alone, its radius and the two that attain it.

    `left` has the smaller real part or the same, `right` the larger modulus or the same.
    """
    dx, gap = x[right] - x[left], _gap(x, y, left)[right]
    crossing = 2 * dx / gap if gap > 0 else np.inf
    lowest_left, lowest_right = _vertex(x[left], y[left]), _vertex(x[right], y[right])
    if crossing > lowest_left:
        return lowest_left, y[left] / np.hypot(x[left], y[left]), left, left
    if crossing < lowest_right:
        return lowest_right, y[right] / np.hypot(x[right], y[right]), right, right
    # 1 − ηx and ηy of the left one, without subtracting nearly equal numbers
    squares = (y[right] - y[left]) * (y[right] + y[left])
    return crossing, np.hypot(dx * dx + squares, 2 * dx * y[left]) / gap, left, right


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
