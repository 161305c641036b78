"""Stationary variance: closed form, Lyapunov equation, autocovariances by definition, bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negmom import formulas, methods, noise, spectra

momenta = st.floats(-0.9, 0.9)
parts = st.floats(0.05, 5)


def rotation(x, y):
    """A real game with the eigenvalues x ± iy; it is normal."""
    return np.array([[x, -y], [y, x]])


@settings(deadline=None)
@given(momenta, parts, st.floats(-5, 5), st.floats(0.02, 0.9))
def test_gain_is_the_sum_over_the_response_to_one_shock(beta, x, y, share):
    """E|z|²/E|ξ|² = η² Σ_t |c_t|² with the impulse response c_t of the iteration."""
    lam = x + 1j * y
    eta = share * formulas.evaluate(formulas.stability_bound)(beta, x, y)
    mu_plus, mu_minus = spectra.momentum_eigenvalues(eta, beta, lam)
    gain = float(noise.gain(eta, beta, lam))
    # Both sums are geometric: Σ|c_t|² from the operator's powers, through the Stein equation.
    operator = np.array([[1 - eta * lam + beta, -beta], [1, 0]])
    source = np.array([[eta**2, 0], [0, 0]])
    big = np.eye(4) - np.kron(operator, operator.conj())
    response = np.linalg.solve(big, source.ravel())[0]
    assert abs(mu_plus) < 1
    assert gain == pytest.approx(response.real, rel=1e-6)


@settings(deadline=None)
@given(momenta, parts, st.floats(-5, 5), st.floats(0.02, 0.9))
def test_lyapunov_equation_gives_the_closed_form(beta, x, y, share):
    eta = share * float(formulas.evaluate(formulas.stability_bound)(beta, x, y))
    found = noise.stationary_covariance(rotation(x, y), eta, beta, np.eye(2))
    expected = float(noise.gain(eta, beta, x + 1j * y)) * np.eye(2)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8 * expected[0, 0])


def test_covariance_repeats_itself():
    """One step of the noisy iteration leaves the covariance of the pair unchanged."""
    rng = np.random.default_rng(0)
    J = rng.normal(size=(4, 4)) / 2 + 2 * np.eye(4)
    root = rng.normal(size=(4, 4))
    eta, beta = 0.2, -0.3
    found = noise.stationary_covariance(J, eta, beta, root @ root.T)
    F = methods.operator(J, eta, beta)
    total, source = np.zeros((8, 8)), np.zeros((8, 8))
    source[:4, :4] = eta**2 * root @ root.T
    for _ in range(2000):
        total = F @ total @ F.T + source
    np.testing.assert_allclose(found, total[:4, :4], rtol=1e-10)


def test_noise_may_leave_directions_alone():
    direction = np.random.default_rng(1).normal(size=(5, 1))
    for covariance in (direction @ direction.T, np.zeros((5, 5))):
        found = noise.stationary_covariance(np.eye(5), 0.5, 0.0, covariance)
        np.testing.assert_allclose(found, covariance / 3, atol=1e-12)


def test_gain_is_infinite_where_the_iteration_is_not_stable():
    bound = float(formulas.evaluate(formulas.stability_bound)(-0.3, 1.0, 2.0))
    assert np.isfinite(noise.gain(0.999 * bound, -0.3, 1 + 2j))
    assert np.isinf(noise.gain(1.001 * bound, -0.3, 1 + 2j))
    assert np.isinf(noise.gain(0.1, [1.0, -1.0, 1.5], 1.0)).all()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (([[1.0]], 3.0, 0.0, [[1.0]]), "eta, beta must make the iteration stable"),
        (([[1.0]], 0.5, 0.0, np.eye(2)), r"noise must have shape \(1, 1\); got shape \(2, 2\)"),
        ((np.eye(2), 0.5, 0.0, [[1.0, 1.0], [0.5, 1.0]]), "noise must be symmetric; got .* differ by 0.5 "),
        (([[1.0]], 0.5, 0.0, [[-3.0]]), "noise must be positive semidefinite; got an eigenvalue -3$"),
        ((np.eye(2), 0.5, 0.0, [[1.0, 2.0], [2.0, 1.0]]), "semidefinite; got an eigenvalue -1$"),
        (([[1j]], 0.5, 0.0, [[1.0]]), "jacobian must be real"),
        (([[1.0]], -0.5, 0.0, [[1.0]]), "eta must be > 0"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        noise.stationary_covariance(*arguments)
