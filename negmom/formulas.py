r"""Every formula of the paper, once, as a SymPy expression.

The chapters typeset these expressions, prove them and test them; the numeric modules evaluate
them, or an algebraically equal form that keeps its accuracy where the plain one cancels, and the
tests hold the two together.

An eigenvalue is written :math:`\lambda = x + iy` where a real form is needed. Numbers in
parentheses are the paper's equations.

Examples
--------
>>> stability_bound.subs({x: 1, y: 0, beta: 0})
2
>>> evaluate(half_plane_step)(3.0, 4.0)
0.12
"""

from collections.abc import Callable
from functools import cache

import sympy as sp

# --- symbols -------------------------------------------------------------------------------------
eta = sp.Symbol("eta", positive=True)  # step size
beta = sp.Symbol("beta", real=True)  # momentum
lam = sp.Symbol("lambda")  # an eigenvalue of the Jacobian of v
mu = sp.Symbol("mu")  # an eigenvalue of the Jacobian of an update operator
x = sp.Symbol("x", positive=True)  # Re λ
y = sp.Symbol("y", real=True)  # Im λ
s = sp.Symbol("s", positive=True)  # η_θ η_φ σ² in the bilinear game
beta1 = sp.Symbol("beta_1", real=True)  # momentum of the player that moves first
beta2 = sp.Symbol("beta_2", real=True)  # momentum of the other player
x1, x2 = sp.symbols("x_1 x_2", positive=True)  # real parts of two eigenvalues
y1, y2 = sp.symbols("y_1 y_2", real=True)  # their imaginary parts
r = sp.Symbol("r", positive=True)  # a spectral radius; the one without momentum where R is the one with it
margin = sp.Symbol("m", positive=True)  # 1 − r², which cancels for r near 1
delta = sp.Symbol("delta", real=True)  # optimism: the share of the last gradient that is taken back
g = sp.Symbol("g", positive=True)  # by how much the imaginary axis is compressed
R = sp.Symbol("R", positive=True)  # a radius with momentum
C = sp.Symbol("C", positive=True)  # center of an ellipse of eigenvalues
P, Q = sp.symbols("P Q", positive=True)  # its semi-axes along and across the real axis, P < C
mean = sp.Symbol("xbar", positive=True)  # weighted mean of the real parts of a spectrum
V, W = sp.symbols("V W", nonnegative=True)  # their variance; the mean square of the imaginary parts
# One plane of the bilinear game: where the players are, and where they were a step before.
phi, theta, phi_before, theta_before = sp.symbols("varphi theta varphi_- theta_-", real=True)

modulus = sp.sqrt(x**2 + y**2)  # |λ|

# --- §1: the bilinear game -----------------------------------------------------------------------
# Characteristic polynomials of the operators for one singular value σ, s = η_θ η_φ σ².
bilinear_simultaneous = (mu - 1) ** 2 * (mu - beta1) * (mu - beta2) + s * mu**2
bilinear_alternating = (mu - 1) ** 2 * (mu - beta1) * (mu - beta2) + s * mu**3

# The updates in one plane, with one momentum and σ = 1: φ moves first, θ sees where it was or is.
_moved = phi + eta * theta + beta * (phi - phi_before)
_unmoved = theta + beta * (theta - theta_before)
update_simultaneous = sp.Tuple(_moved, _unmoved - eta * phi)
update_alternating = sp.Tuple(_moved, _unmoved - eta * _moved)

_sum, _product = beta1 + beta2, beta1 * beta2
_inside = sp.And(beta1**2 < 1, beta2**2 < 1)
_pair = (1 - _product) * (2 * _product - _sum)
# For s > 0: exactly when every root lies in the open disk (converges), or in the closed disk with
# those on the circle simple (bounded). Polynomials with integer coefficients on either side.
simultaneous_converges = sp.false
simultaneous_bounded = sp.And(
    sp.Eq(_product, 1), _sum > -6, _sum <= -2, s > -4 * (2 + _sum), 4 * s < (2 - _sum) ** 2
)
alternating_converges = sp.And(_inside, s < 4 * (1 + beta1) * (1 + beta2), s * _product < _pair)
alternating_bounded = sp.And(
    _inside, s <= 4 * (1 + beta1) * (1 + beta2), s < 4 * (1 - _product), s * _product <= _pair
)
# The same with one momentum for both players, as in Table 1.
equal_simultaneous_bounded = sp.And(sp.Eq(beta, -1), s < 4)
equal_alternating_edge = 4 * (1 + beta) ** 2
equal_alternating_converges = sp.And(beta > -1, beta < 0, s < equal_alternating_edge)
equal_alternating_bounded = sp.Or(
    sp.And(beta > -1, beta < 0, s <= equal_alternating_edge), sp.And(sp.Eq(beta, 0), s < 4)
)
# For s = 0, where no player feels the other.
kernel_converges = _inside
kernel_bounded = sp.And(beta1 >= -1, beta1 < 1, beta2 >= -1, beta2 < 1)

# --- §2: one step size, no momentum --------------------------------------------------------------
contraction = (1 - eta * x) ** 2 + (eta * y) ** 2  # |1 − ηλ|²
half_plane_step = x / (x**2 + y**2)  # Re(1/λ), the step that minimizes `contraction`
sine_squared = y**2 / (x**2 + y**2)  # sin²ψ, the minimum of `contraction`
line = eta * (x**2 + y**2) - 2 * x  # (|1 − ηλ|² − 1)/η
crossing_step = 2 * (x2 - x1) / (x2**2 + y2**2 - x1**2 - y1**2)  # where |1 − ηλ₁| = |1 − ηλ₂|

# --- §3: momentum --------------------------------------------------------------------------------
a = 1 - eta * lam + beta
characteristic = mu**2 - a * mu + beta  # its roots are the eigenvalues of (7)
Delta = 1 - 4 * beta / a**2
mu_plus = a * (1 + sp.sqrt(Delta)) / 2  # (7)
mu_minus = a * (1 - sp.sqrt(Delta)) / 2  # (7)
rho = sp.Max(sp.Abs(mu_plus) ** 2, sp.Abs(mu_minus) ** 2)  # (8)

# dρ/dβ at β = 0, wherever 1 − ηλ ≠ 0. No two nearly equal numbers are subtracted as η → 0.
rho_slope = 2 * eta * (2 * eta * y**2 / contraction - x)
# The ends of I(λ), (9), with |Im λ| for Im λ; the lower end is multiplied out against cancellation.
interval_low = x / (modulus * (modulus + sp.Abs(y)))
interval_high = (modulus + sp.Abs(y)) / (modulus * x)
# The |Im λ| from which on a small negative momentum helps at the step η, for ηx < 2.
helping_height = sp.sqrt(x / (eta * (2 - eta * x))) * sp.Abs(1 - eta * x)

# The joint optimum over (η, β) for one eigenvalue; tan(ψ/2) = y / (|λ| + x).
half_tangent = y / (modulus + x)
optimal_eta = 2 / (modulus + x)
optimal_beta = -(half_tangent**2)
optimal_radius = sp.Abs(half_tangent)

# The iteration (5) contracts along λ if and only if |β| < 1 and η is below this bound.
stability_bound = (
    2 * x * (1 + beta) * (1 - beta) ** 2 / ((x * (1 - beta)) ** 2 + (y * (1 + beta)) ** 2)
)

# --- Momentum for a whole spectrum ---------------------------------------------------------------
# The step and momentum that keep the smallest radius on an ellipse, and that radius.
ellipse_eta = 2 / (C + sp.sqrt(C**2 - P**2 + Q**2))
ellipse_beta = ellipse_eta**2 * (P**2 - Q**2) / 4
ellipse_radius = ellipse_eta * (P + Q) / 2
# The best step η of Theorem 2 for the eigenvalues x + iy/g, and its radius r, give the best step,
# momentum and radius among the ellipses whose axes have the ratio g.
_root = 1 + sp.sqrt(margin + (g * r) ** 2)
tuned_eta = 2 * eta / _root
tuned_beta = (1 - g**2) * (r / _root) ** 2
tuned_radius = (1 + g) * r / _root
# No step and momentum reach the radius R if this is positive for all g > 0.
obstruction = (
    V * (1 + R**2 + (1 - R**2) * g) ** 2
    + W * (1 + R**2 + (1 - R**2) / g) ** 2
    - 4 * R**2 * (mean**2 + V + W)
)
# Of the sign of its derivative in g.
obstruction_slope = V * g**3 * (1 + R**2 + (1 - R**2) * g) - W * (1 - R**2 + (1 + R**2) * g)

# --- Gradient noise ------------------------------------------------------------------------------
# E|z|² / E|ξ|² of the stationary iteration; it is infinite at `stability_bound`.
noise_gain = eta / (
    (1 - beta) * (2 * x - eta * (x**2 / (1 + beta) + (1 + beta) * y**2 / (1 - beta) ** 2))
)
# Alternating updates of a bilinear game: the gains of a player's own noise and of the other's, in
# units of 1/σ² with equal steps. Their sum and their difference.
alternating_noise = 1 + 2 * (1 + beta) ** 3 / (-beta * (equal_alternating_edge - s))
alternating_noise_difference = -beta * s / (2 * (1 - beta) ** 2 * (1 + beta) + beta * s)

# --- beyond: the bilinear game, one method for a range of singular values ------------------------
# Momentum and optimism, ω + β(ω − ω₋) − η(g − δg₋), the same for both players; s as above.
optimistic_simultaneous = ((mu - 1) * (mu - beta)) ** 2 + s * (mu - delta) ** 2
optimistic_alternating = ((mu - 1) * (mu - beta)) ** 2 + s * mu * (mu - delta) ** 2
# Alternating updates keep every root in |μ| ≤ r for the singular values σ in [σ_min, σ_max] with
# this square of σ_max/σ_min at most, where the step is such that η_θ η_φ σ_max² is `range_step`,
# provided that 0 < (1 − r)(r − β)(r − δ) < 4r(rδ − β); else for no range.
range_step = ((1 + r) * (r + beta) / (r + delta)) ** 2 / r
range_square = (
    r
    * ((1 + r) * (r + beta) / ((r + delta) * (r**2 - beta))) ** 2
    * ((r - delta) * (r * delta - beta) / ((1 - r) * (r - beta)))
)
# The momentum that maximizes `range_square` for δ = 0.
range_beta = -2 * r**2 / (1 + 3 * r + sp.sqrt((1 + r) * (1 + 17 * r)))


@cache
def evaluate(expression: sp.Expr) -> Callable:
    """Return `expression` as a NumPy function of its free symbols, which broadcasts.

    Parameters
    ----------
    expression : sympy.Expr
        A formula of this module. λ has the unit of 1/η; all else is dimensionless.

    Returns
    -------
    callable
        Takes its arguments in the order of :func:`arguments`.

    Examples
    --------
    >>> arguments(contraction)
    (eta, x, y)
    >>> evaluate(contraction)(0.5, 1.0, 1.0)
    0.5
    """
    return sp.lambdify(arguments(expression), expression, "numpy", cse=True)


def arguments(expression: sp.Expr) -> tuple[sp.Symbol, ...]:
    """Return the free symbols of `expression` in one fixed order.

    Examples
    --------
    >>> arguments(interval_low)
    (x, y)
    """
    plane = (phi, theta, phi_before, theta_before)
    whole = (g, r, margin, delta, R, mean, V, W, C, P, Q)
    order = (mu, eta, beta, *plane, lam, x, y, s, beta1, beta2, x1, y1, x2, y2, *whole)
    return tuple(symbol for symbol in order if symbol in expression.free_symbols)
