r"""Noisy gradients: the stationary covariance of the iteration (5) on a linear game, exactly.

The noise :math:`\xi_t` is added to :math:`v(\omega_t)`; it has mean 0, a covariance :math:`\Sigma`, and is independent
from step to step.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_discrete_lyapunov

from negmom import checks, formulas, methods


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


def stationary_covariance(
    jacobian: ArrayLike, eta: float, beta: float, noise: ArrayLike
) -> np.ndarray:
    r"""Return the covariance of the state of the noisy iteration (5) once it is stationary.

    .. math:: \Gamma = F\Gamma F^\top + \begin{bmatrix}\eta^2\Sigma & 0\\ 0 & 0\end{bmatrix}

    for the pair :math:`(\omega_t,\omega_{t-1})`, with F the operator (6); simultaneous updates.

    Parameters
    ----------
    jacobian : array_like, shape (m, m)
        Real.
    eta, beta : float
        Step size and momentum of all players.
    noise : array_like, shape (m, m)
        The covariance :math:`\Sigma` of the gradient noise: symmetric and positive semidefinite.

    Returns
    -------
    numpy.ndarray, shape (m, m)
        The upper left block of :math:`\Gamma`, the covariance of :math:`\omega_t`.

    Raises
    ------
    ValueError
        If a matrix is not real and square, the two do not have one size, `noise` is not symmetric or has a
        negative eigenvalue, beyond rounding, or the iteration is not stable.

    Examples
    --------
    >>> stationary_covariance([[1.0]], eta=0.5, beta=0.0, noise=[[3.0]]).round(6)
    array([[1.]])
    """
    jacobian, noise = checks.real("jacobian", jacobian), checks.real("noise", noise)
    operator = methods.operator(jacobian, eta, beta)
    m = len(jacobian)
    if noise.shape != (m, m):
        raise ValueError(f"noise must have shape {(m, m)}; got shape {noise.shape}")
    if not np.allclose(noise, noise.T):
        apart = np.abs(noise - noise.T).max()
        raise ValueError(f"noise must be symmetric; got entries that differ by {apart:.3g} from its transpose's")
    variances = np.linalg.eigvalsh(noise)
    if variances.min() < -1e-6 * np.abs(variances).max():
        raise ValueError(f"noise must be positive semidefinite; got an eigenvalue {variances.min():.3g}")
    radius = np.abs(np.linalg.eigvals(operator)).max()
    if radius >= 1:
        raise ValueError(
            f"eta, beta must make the iteration stable; got {eta}, {beta} with radius {radius:.6g}"
        )
    source = np.zeros_like(operator)
    source[:m, :m] = eta**2 * noise
    return solve_discrete_lyapunov(operator, source)[:m, :m]
