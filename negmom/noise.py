r"""Noisy gradients: the stationary covariance of the iteration (5) on a linear game, exactly.

The noise :math:`\xi_t` is added to the gradients that the players see; it has mean 0, a covariance :math:`\Sigma`,
and is independent from step to step.
"""

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_continuous_lyapunov, solve_discrete_lyapunov
from scipy.optimize import elementwise

from negmom import checks, formulas, games, methods, spectra, tuning

GRID, FINER, REFINEMENTS = 201, 41, 6  # momenta tried at first and per refinement
MINIMA = 3  # local minima of the first grid that are refined
NEAREST = 16 * np.finfo(float).eps  # twice the distance from ±1 that momenta keep
SOLUTIONS = 4  # of the equation of the covariance, each for what the last ones left
LOST = 1e-3  # the relative correction by the last of them from which on the covariance is called lost
TINY = np.finfo(float).tiny
CONDITION = 1e4  # of eigenvectors: beyond it a linear system is solved for each pair instead


def gain(eta: ArrayLike, beta: ArrayLike, lam: ArrayLike) -> np.ndarray:
    r"""Return the stationary variance along one eigenvalue per variance of the gradient noise.

    .. math:: \frac{\mathrm E|z|^2}{\mathrm E|\xi|^2} = \frac{\eta}{1-\beta}\Big/
              \Big(2x-\eta\Big(\frac{x^2}{1+\beta}+\frac{(1+\beta)\,y^2}{(1-\beta)^2}\Big)\Big)

    Parameters
    ----------
    eta : array_like of float
        Step size, > 0.
    beta : array_like of float
        Momentum.
    lam : array_like of complex
        Eigenvalue :math:`x+iy` of the Jacobian of :math:`v`.

    Returns
    -------
    numpy.ndarray of float
        In units of :math:`1/|\lambda|^2`; ``inf`` where the iteration is not stable.

    Raises
    ------
    ValueError
        If an argument is not finite, `eta` is not positive, or the shapes do not broadcast.

    Examples
    --------
    >>> gain(eta=0.5, beta=[-0.5, 0.0, 0.5], lam=1.0).round(6)
    array([0.333333, 0.333333, 0.6     ])
    """
    eta, beta, lam = checks.broadcast(
        eta=checks.positive("eta", eta),
        beta=checks.real("beta", beta),
        lam=checks.finite_complex("lam", lam),
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        value = formulas.evaluate(formulas.noise_gain)(eta, beta, lam.real, lam.imag)
    return np.where((np.abs(beta) < 1) & (value > 0), value, np.inf)[()]


def alternating_gains(s: ArrayLike, beta: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    r"""Return what each player's noise does to a bilinear game with alternating updates and one momentum.

    With :math:`s=\eta_\varphi\eta_\theta\sigma^2`, along one singular value :math:`\sigma` of A,

    .. math:: \sigma^2\,\mathrm E\varphi^2
              = \frac{\eta_\varphi}{\eta_\theta}\,g_{\mathrm{own}}\,\tau_\varphi^2
              + g_{\mathrm{other}}\,\tau_\theta^2, \qquad
              \sigma^2\,\mathrm E\theta^2
              = \frac{\eta_\theta}{\eta_\varphi}\,g_{\mathrm{own}}\,\tau_\theta^2
              + g_{\mathrm{other}}\,\tau_\varphi^2,

    where :math:`\tau^2` are the variances of the two gradients' noise, which is independent.

    Parameters
    ----------
    s : array_like of float
        > 0.
    beta : array_like of float
        Momentum of both players.

    Returns
    -------
    own, other : numpy.ndarray of float
        The two gains, dimensionless; ``inf`` where the iteration does not converge.

    Raises
    ------
    ValueError
        If an argument is not finite, `s` is not positive, or the shapes do not broadcast.

    Examples
    --------
    >>> own, other = alternating_gains(s=0.25, beta=[-0.5, 0.0])
    >>> own, other
    (array([0.8627451,       inf]), array([0.80392157,        inf]))
    """
    s, beta = checks.broadcast(s=checks.positive("s", s), beta=checks.real("beta", beta))
    stable = formulas.evaluate(formulas.equal_alternating_converges)(beta, s)
    with np.errstate(divide="ignore", invalid="ignore"):
        both, apart = (
            formulas.evaluate(part)(beta, s)
            for part in (formulas.alternating_noise, formulas.alternating_noise_difference)
        )
        own, other = (both + apart) / 2, (both - apart) / 2
    return np.where(stable, own, np.inf)[()], np.where(stable, other, np.inf)[()]


def stationary_covariance(
    jacobian: ArrayLike,
    eta: float | Sequence[float],
    beta: float | Sequence[float],
    noise: ArrayLike,
    updates: str = "simultaneous",
    sizes: Sequence[int] | None = None,
) -> np.ndarray:
    r"""Return the covariance of the state of the noisy iteration (5) once it is stationary.

    .. math:: \Gamma = F\Gamma F^\top + \begin{bmatrix}G\Sigma G^\top & 0\\ 0 & 0\end{bmatrix}

    for the pair :math:`(\omega_t,\omega_{t-1})`, with F the operator (6). With simultaneous updates :math:`G=H`, the
    diagonal matrix of the step sizes. With alternating ones :math:`G=(I+HL)^{-1}H`, where L holds the blocks of the
    Jacobian below the diagonal: later players see what the noise did to earlier ones in the same round.

    Parameters
    ----------
    jacobian : array_like, shape (m, m)
        Real.
    eta, beta : float or one float per player
        Step size and momentum.
    noise : array_like, shape (m, m)
        The covariance :math:`\Sigma` of the gradient noise: symmetric and positive semidefinite.
    updates, sizes
        As in :func:`negmom.methods.operator`.

    Returns
    -------
    numpy.ndarray, shape (m, m)
        The upper left block of :math:`\Gamma`, the covariance of :math:`\omega_t`.

    Raises
    ------
    ValueError
        If a matrix is not real and square, the two do not have one size, `noise` is not symmetric or has a
        negative eigenvalue, beyond rounding, the iteration is not stable, or the covariance is lost to rounding;
        as :func:`negmom.methods.operator`.

    Examples
    --------
    >>> stationary_covariance([[1.0]], eta=0.5, beta=0.0, noise=[[3.0]]).round(6)
    array([[1.]])
    >>> plane = [[0, -1], [1, 0]]
    >>> stationary_covariance(plane, 0.5, -0.5, np.eye(2), "alternating", (1, 1)).round(6)
    array([[ 1.666667, -0.333333],
           [-0.333333,  1.666667]])
    """
    jacobian, noise = checks.real("jacobian", jacobian), checks.real("noise", noise)
    operator = methods.operator(jacobian, eta, beta, updates, sizes)
    m = len(jacobian)
    if not m:
        raise ValueError(f"jacobian must have at least one row; got shape {jacobian.shape}")
    _check_covariance(noise, m)
    radius = np.abs(np.linalg.eigvals(operator)).max()
    if radius >= 1:
        raise ValueError(
            f"eta, beta must make the iteration stable; got {eta}, {beta} with radius {radius:.6g}"
        )
    # A round from the equilibrium with each unit vector for noise, by the rule that the operator follows.
    linear, start = games.linear(jacobian, sizes), np.zeros((m, m))
    noisy = games.Game(lambda omega: jacobian @ omega + np.eye(m), linear.jacobian, linear.sizes)
    kick = methods.step(noisy, start, start, eta, beta, updates)
    source = np.zeros_like(operator)
    source[:m, :m] = kick @ noise @ kick.T
    lost = f"eta, beta must leave a covariance that double precision resolves; got {eta}, {beta}"
    covariance, shown = np.zeros_like(operator), np.inf
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # as ill-conditioned
            # SciPy inverts F + I, which is nearly singular at momenta near −1: what it leaves is solved for again.
            for _ in range(SOLUTIONS):
                left = source + operator @ covariance @ operator.T - covariance
                correction = solve_discrete_lyapunov(operator, left)
                covariance = covariance + correction
                shown = np.abs(correction).max() / max(np.abs(covariance).max(), TINY)
    except (np.linalg.LinAlgError, RuntimeWarning) as reason:
        raise ValueError(lost) from reason
    if shown > LOST:
        raise ValueError(f"{lost}, with a relative error of {shown:.1g}")
    covariance = covariance[:m, :m]
    variances = np.linalg.eigvalsh(covariance)
    if variances[0] < -1e-6 * np.abs(variances).max():
        raise ValueError(f"{lost} with a variance {variances[0]:.3g}")
    return covariance


def small_error_momentum(jacobian: ArrayLike, noise: ArrayLike) -> float:
    r"""Return the limit of the best momentum as the error that is allowed tends to 0, among momenta away from ±1.

    .. math:: \beta_0=\frac{1-q_0}{1+q_0}, \qquad
              q_0^2=\frac{4\operatorname{tr}D}{\operatorname{tr}\Sigma}-1
              +\frac{2\operatorname{tr}C}{\operatorname{tr}\Sigma}\cdot\frac{y_0^2-x_0^2}{x_0}

    with :math:`JC+CJ^\top=\Sigma`, :math:`JD+DJ^\top=JCJ^\top`, and :math:`x_0+iy_0` the eigenvalue with the
    smallest real part, the largest imaginary part if there are several.

    Parameters
    ----------
    jacobian, noise
        As in :func:`best_at_error`; `noise` not zero.

    Returns
    -------
    float
        ``nan`` if :math:`q_0^2\le0`: then a larger momentum is better at this order.

    Raises
    ------
    ValueError
        As :func:`best_at_error`, or if `noise` is zero.

    Notes
    -----
    A momentum near 1 may be better at every small error; :func:`best_at_error` searches there too.

    Examples
    --------
    >>> game = [[1.0, -2.0], [2.0, 1.0]]
    >>> round(small_error_momentum(game, np.eye(2)), 6)
    -0.451416
    """
    jacobian, noise, lam = _game(jacobian, noise)
    strength = np.trace(noise)
    if strength <= 0:
        raise ValueError("noise must not be zero; got a matrix of zeros")
    first = solve_continuous_lyapunov(jacobian, noise)
    second = solve_continuous_lyapunov(jacobian, jacobian @ first @ jacobian.T)
    x = lam.real.min()
    # Rounding may part eigenvalues of one real part.
    y = np.abs(lam.imag[lam.real <= x * (1 + 1e-9)]).max()
    square = (4 * np.trace(second) + 2 * np.trace(first) * (y**2 - x**2) / x) / strength - 1
    return float((1 - np.sqrt(square)) / (1 + np.sqrt(square))) if square > 0 else np.nan


def best_at_error(jacobian: ArrayLike, noise: ArrayLike, error: float) -> tuple[float, float, float]:
    r"""Return the step size and momentum with the smallest radius at a stationary error that is allowed.

    .. math:: \min_{\eta>0,\,\beta}\ \max_k\max\{|\mu_+|,|\mu_-|\}(\beta,\eta,\lambda_k) \quad\text{such that}\quad
              \operatorname{tr}\Gamma(\eta,\beta)\le e

    with the stationary covariance :math:`\Gamma` of simultaneous updates.

    Parameters
    ----------
    jacobian : array_like, shape (m, m)
        Real, with eigenvalues of positive real part.
    noise : array_like, shape (m, m)
        As in :func:`stationary_covariance`.
    error : float
        The total variance e that is allowed, > 0.

    Returns
    -------
    eta, beta, radius : float
        `radius` is not squared.

    Raises
    ------
    ValueError
        If `jacobian` is not real and square or has an eigenvalue without a positive real part, `noise` is no
        covariance of its size, or `error` is not positive or so small that the radius rounds to 1.

    Notes
    -----
    At a fixed momentum the step is exact up to rounding: the radius is an increasing function of a convex one of
    :math:`\eta`, so it falls, may stay at its lowest value, and then rises, and :math:`\operatorname{tr}\Gamma`
    increases with :math:`\eta` for every Jacobian and noise. So the smaller of two steps is best: one with the lowest
    radius, and the one where the variance is e.

    Over the momentum it is a search. Since :math:`|\beta|\le R^2`, the radius without momentum bounds it; inside, a
    grid of equal steps in :math:`\log\frac{1-\beta}{1+\beta}` is refined around its lowest minima. A minimum
    narrower than the grid would be missed. Where the error does not bind, the result is that of
    :func:`negmom.tuning.best_step_and_momentum`, and no search.

    Where the eigenvectors of `jacobian` are nearly dependent, each trial solves a linear system for the :math:`m^2`
    entries of the covariance: a second for ten parameters, minutes for thirty.

    The derivation is in the book, `beyond/5-noise`.

    Examples
    --------
    >>> game = [[1.0, -2.0], [2.0, 1.0]]
    >>> [round(value, 4) for value in best_at_error(game, np.eye(2), 0.1)]
    [0.1217, -0.4751, 0.9235]
    """
    jacobian, noise, lam = _game(jacobian, noise)
    error = checks.number("error", error, checks.positive)
    total = _total_variance(jacobian, noise)
    free = tuning.best_step_and_momentum(lam)
    if total(*np.array(free[:2])) <= error:
        return free
    corners = lam[tuning.hull(lam)]

    def tried(log_q: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        beta = -np.tanh(log_q / 2)
        eta = _allowed_steps(total, error, beta, _best_steps(corners, beta))
        return _margin(eta, beta, corners), eta, beta

    plain, *_ = tried(np.zeros(1))
    widest = _widest(plain[0])
    grid = np.linspace(-widest, widest, GRID)
    margins, *_ = tried(grid)
    margin, eta, beta = max(_refined(tried, grid[n], grid[1] - grid[0], widest) for n in _peaks(margins))
    radius = float(np.sqrt(1 - margin))
    if radius >= 1:
        raise ValueError(f"error is too small for double precision; got {error}")
    return eta, beta, radius


def _widest(plain: float) -> float:
    """Return a bound of |log q|, q = (1 − β)/(1 + β), for the best momentum, from the margin without momentum.

    The best radius is at most R, that without momentum, so |β| ≤ R² ≤ R, and (1 + R)/(1 − R) = (1 + R)²/(1 − R²).
    """
    return np.log((1 + np.sqrt(1 - plain)) ** 2 / max(plain, NEAREST))


def _peaks(margins: np.ndarray) -> list[int]:
    """Return the indices of the highest local maxima, which are the lowest local minima of the radius."""
    padded = np.pad(margins, 1, constant_values=-np.inf)
    peaks = np.flatnonzero((margins >= padded[:-2]) & (margins >= padded[2:]))
    return sorted(peaks, key=lambda n: -margins[n])[:MINIMA]


def _refined(tried: Callable, center: float, width: float, widest: float) -> tuple[float, float, float]:
    """Return the largest margin within `width` of `center`, found on ever finer grids, its step and its momentum."""
    for _ in range(REFINEMENTS):
        finer = np.clip(center + np.linspace(-width, width, FINER), -widest, widest)
        margin, eta, beta = tried(finer)
        k = int(np.argmax(margin))
        center, width = finer[k], 2 * width / (FINER - 1)
    return float(margin[k]), float(eta[k]), float(beta[k])


def _check_covariance(noise: np.ndarray, m: int) -> None:
    """Raise if `noise` is no covariance of m numbers."""
    if noise.shape != (m, m):
        raise ValueError(f"noise must have shape {(m, m)}; got shape {noise.shape}")
    if not np.allclose(noise, noise.T, rtol=0, atol=1e-8 * np.abs(noise).max()):
        apart = np.abs(noise - noise.T).max()
        raise ValueError(f"noise must be symmetric; got entries that differ by {apart:.3g} from its transpose's")
    variances = np.linalg.eigvalsh(noise)
    if variances.min() < -1e-6 * np.abs(variances).max():
        raise ValueError(f"noise must be positive semidefinite; got an eigenvalue {variances.min():.3g}")


def _game(jacobian: ArrayLike, noise: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Check a Jacobian and a covariance; return both and the eigenvalues."""
    jacobian, noise = checks.square("jacobian", jacobian, checks.real), checks.real("noise", noise)
    if not jacobian.size:
        raise ValueError(f"jacobian must have at least one row; got shape {jacobian.shape}")
    _check_covariance(noise, len(jacobian))
    lam = np.linalg.eigvals(jacobian).astype(complex)
    if lam.real.min() <= 0:
        lowest = lam[np.argmin(lam.real)]
        raise ValueError(f"jacobian must have eigenvalues with a positive real part; got {lowest:.6g}")
    return jacobian, noise, lam


def _total_variance(jacobian: np.ndarray, noise: np.ndarray) -> Callable:
    """Return the total variance as a function of steps and momenta that are stable, which broadcasts."""
    lam, basis = np.linalg.eig(jacobian)
    if np.linalg.cond(basis) > CONDITION:
        return _solved_variance(jacobian, noise)
    inverse = np.linalg.inv(basis)
    weights = (inverse @ noise @ inverse.conj().T) * (basis.conj().T @ basis).T
    # The gain of a pair of eigenvalues: x and y of one, continued to complex numbers.
    x, y = (lam[:, None] + lam.conj()) / 2, (lam[:, None] - lam.conj()) / 2j

    def total(eta, beta):
        eta, beta = np.asarray(eta)[..., None, None], np.asarray(beta)[..., None, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = (weights * formulas.evaluate(formulas.noise_gain)(eta, beta, x, y)).sum(axis=(-2, -1)).real
        return np.where(np.isfinite(variance), variance, np.inf)  # at the rim of the stable pairs

    return total


def _solved_variance(jacobian: np.ndarray, noise: np.ndarray) -> Callable:
    """The same, from the equation of the size of the Jacobian, for eigenvectors that are nearly dependent."""
    m = len(jacobian)
    single, both = np.eye(m), np.kron(jacobian, jacobian)
    twice = np.kron(jacobian, single) + np.kron(single, jacobian)
    square = twice @ twice / 4

    def total(eta, beta):
        h, q = eta / (1 - beta), (1 - beta) / (1 + beta)
        equation = twice - h * (q * square + (both - square) / q)
        # Near β = ±1 a part that may be singular outgrows the rest: then no error is known to be kept.
        try:
            variance = np.trace(np.linalg.solve(equation, h * noise.ravel()).reshape(m, m))
        except np.linalg.LinAlgError:
            return np.inf
        return variance if np.isfinite(variance) else np.inf

    pairwise = np.vectorize(total, otypes=[float])

    def totals(eta, beta):
        with np.errstate(all="ignore"):
            return pairwise(eta, beta)

    return totals


def _margin(eta: np.ndarray, beta: np.ndarray, lam: np.ndarray) -> np.ndarray:
    r"""Return the margin, 1 minus the squared radius, over a spectrum for each pair, to full relative precision.

    It stands for the radius in the search: for a small error all radii are near 1, where rounding would make them
    equal. The roots are :math:`1-\nu` with :math:`\nu^2-(1-\beta+\eta\lambda)\nu+\eta\lambda=0`.
    """
    product = eta[:, None] * lam
    distances = np.stack(spectra.quadratic_roots(1 - beta[:, None] + product, product))
    margin = (2 * distances.real - np.abs(distances) ** 2).min(axis=(0, -1))
    return np.minimum(margin, 1 - np.abs(beta))  # the product of two roots is β


def _best_steps(lam: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Return the step with the smallest radius at each momentum."""
    bounds = formulas.evaluate(formulas.stability_bound)(beta[:, None], lam.real, lam.imag).min(axis=-1)
    # The radius is 1 at both ends of the stable steps, and falls, may stay lowest, and then rises between them. Near
    # momentum 1 it falls within steps of the order of (1 − β)².
    bracket = np.finfo(float).eps * (1 - beta) ** 2 * bounds, bounds / 2, bounds

    def lost(eta, beta, bound):
        return np.where(eta < bound, -_margin(eta, beta, lam), 0)

    return _found(elementwise.find_minimum(lost, bracket, args=(beta, bounds)), beta)


def _allowed_steps(total: Callable, error: float, beta: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Return the largest step up to `top` whose total variance is at most `error`, for each momentum.

    For one eigenvalue the reciprocal of the variance is affine in that of the step, so the root is sought in the two.
    """

    def room(reciprocal, beta):
        with np.errstate(divide="ignore"):  # without noise there is no variance
            return error / total(1 / reciprocal, beta) - 1

    eta, least = top.copy(), 1 / top
    binds = room(least, beta) < 0  # not total(top) > error: the search starts where rounding has put its end
    if binds.any():
        least = least[binds]
        ends = elementwise.bracket_root(room, least, 2 * least, xmin=least, args=(beta[binds],)).bracket
        eta[binds] = 1 / _found(elementwise.find_root(room, ends, args=(beta[binds],)), beta[binds])
    return eta


def _found(result, beta: np.ndarray) -> np.ndarray:
    """Return what SciPy found, or raise if at some momentum it found nothing."""
    if not result.success.all():
        raise RuntimeError(f"no step was found at the momentum {beta[~result.success][0]}")
    return result.x
