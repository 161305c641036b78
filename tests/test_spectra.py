"""Eigenvalues and radii against 50-digit arithmetic, assembled operators and the formulas."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negmom import formulas, spectra
from negmom.methods import operator

mpmath.mp.dps = 50
EPS = np.finfo(float).eps

etas = st.floats(1e-3, 10)
betas = st.floats(-2, 2)
reals = st.floats(1e-3, 10)
imaginaries = st.floats(-10, 10)


def exact_roots(eta: float, beta: float, lam: complex) -> tuple:
    """The eigenvalues (7) of the given doubles in 50-digit arithmetic, the larger first."""
    eta, beta, lam = mpmath.mpf(eta), mpmath.mpf(beta), mpmath.mpc(lam)
    a = 1 - eta * lam + beta
    root = mpmath.sqrt(a * a - 4 * beta)
    along = mpmath.re(root * mpmath.conj(a))
    if along < 0 or (along == 0 and mpmath.im(root * mpmath.conj(a)) < 0):
        root = -root
    return (a + root) / 2, (a - root) / 2


def random_arguments(count: int):
    rng = np.random.default_rng(0)
    eta, beta = rng.uniform(0.01, 3, count), rng.uniform(-1, 1, count)
    lam = rng.uniform(0, 3, count) * np.exp(1j * rng.uniform(-np.pi / 2, np.pi / 2, count))
    return eta, beta, lam


def test_eigenvalues_agree_with_50_digits_on_random_arguments():
    eta, beta, lam = random_arguments(2000)
    pairs = zip(*spectra.momentum_eigenvalues(eta, beta, lam))
    for computed, arguments in zip(pairs, zip(eta, beta, lam)):
        for value, exact in zip(computed, exact_roots(*arguments)):
            assert abs(mpmath.mpc(value) - exact) <= 1e-12 * abs(exact)


def test_rho_agrees_with_50_digits_on_random_arguments():
    eta, beta, lam = random_arguments(2000)
    for value, *arguments in zip(spectra.rho(eta, beta, lam), eta, beta, lam):
        exact = abs(exact_roots(*arguments)[0]) ** 2
        assert abs(mpmath.mpf(value) - exact) <= 1e-12 * exact


def degenerate_arguments() -> list[tuple[float, float, complex]]:
    """Arguments at and around a double root, and around 1 − ηλ + β = 0."""
    found = []
    for beta in (-0.75, -0.1, -1e-12, 1e-12, 0.1, 0.25, 0.75):
        center, focus = 1 + beta, 2 * np.sqrt(complex(beta))
        for shift in (0.0, 1e-15, 1e-12, 1e-8, 1e-4, 1e-12j, 1e-8j):
            found.append((0.5, beta, 2 * (center + shift)))  # a ≈ 0
            found.append((1.0, beta, center - focus + shift))  # a ≈ 2√β
    return found


@pytest.mark.parametrize("eta, beta, lam", degenerate_arguments())
def test_degenerate_eigenvalues_solve_a_nearby_equation(eta, beta, lam):
    # No algorithm can do better than the conditioning: at a double root, a relative error ε in the
    # arguments moves the roots by √ε. So measure the backward error.
    for mu in spectra.momentum_eigenvalues(eta, beta, lam):
        m, e, b, z = mpmath.mpc(mu), mpmath.mpf(eta), mpmath.mpf(beta), mpmath.mpc(lam)
        residual = abs(m * m - (1 - e * z + b) * m + b)
        terms = abs(m) ** 2 + abs(m) * (1 + abs(e * z) + abs(b)) + abs(b)
        assert residual <= 4 * EPS * terms


@pytest.mark.parametrize("eta, beta, lam", degenerate_arguments())
def test_degenerate_rho_is_as_good_as_its_conditioning(eta, beta, lam):
    exact = abs(exact_roots(eta, beta, lam)[0]) ** 2
    nearby = [
        abs(exact_roots(eta, beta * (1 + sign * 4 * EPS), lam * (1 + turn * 4 * EPS))[0]) ** 2
        for sign in (-1, 1)
        for turn in (-1, 1, -1j, 1j)
    ]
    allowed = 1e-12 * exact + max(abs(value - exact) for value in nearby)
    assert abs(mpmath.mpf(spectra.rho(eta, beta, lam)) - exact) <= allowed


@given(etas, betas, reals, imaginaries)
def test_rho_is_the_larger_squared_modulus(eta, beta, re, im):
    mu_plus, mu_minus = spectra.momentum_eigenvalues(eta, beta, complex(re, im))
    assert abs(mu_plus) >= abs(mu_minus) * (1 - 1e-12)
    np.testing.assert_allclose(
        spectra.rho(eta, beta, complex(re, im)), abs(mu_plus) ** 2, rtol=1e-9
    )


@given(etas, betas, reals, imaginaries)
def test_eigenvalues_have_sum_a_and_product_beta(eta, beta, re, im):
    mu_plus, mu_minus = spectra.momentum_eigenvalues(eta, beta, complex(re, im))
    np.testing.assert_allclose(mu_plus + mu_minus, 1 - eta * complex(re, im) + beta, atol=1e-12)
    np.testing.assert_allclose(mu_plus * mu_minus, beta, atol=1e-12)


def test_the_branch_is_that_of_the_paper():
    # Footnote 3: for Δ < 0 the root is +i√−Δ.
    mu_plus, mu_minus = spectra.momentum_eigenvalues(1.0, 0.5, 1.0)  # a = 1/2, Δ = −7
    assert mu_plus == pytest.approx(0.25 * (1 + 1j * np.sqrt(7)))
    assert mu_minus == pytest.approx(0.25 * (1 - 1j * np.sqrt(7)))


@pytest.mark.parametrize("beta", [-0.5, 0.0, 0.5])
def test_where_the_formula_is_0_over_0_the_limit_is_taken(beta):
    mu_plus, mu_minus = spectra.momentum_eigenvalues(1.0, beta, 1 + beta)
    assert mu_plus == pytest.approx(np.sqrt(complex(-beta)))
    assert mu_minus == pytest.approx(-np.sqrt(complex(-beta)))


def test_numeric_functions_equal_the_formulas():
    eta, beta, lam = random_arguments(200)
    plus, minus = spectra.momentum_eigenvalues(eta, beta, lam)
    for expression, values in (formulas.mu_plus, plus), (formulas.mu_minus, minus):
        expected = formulas.evaluate(expression)(eta, beta, lam)
        np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-12)
    expected = formulas.evaluate(formulas.rho)(eta, beta, lam)
    np.testing.assert_allclose(spectra.rho(eta, beta, lam), expected, rtol=1e-9)


@pytest.mark.parametrize("m", [1, 2, 7, 50])
def test_eigenvalues_are_those_of_the_assembled_operator(m):
    rng = np.random.default_rng(m)
    jacobian = rng.normal(size=(m, m)) / np.sqrt(m)
    for eta, beta in (0.3, -0.4), (0.7, 0.2):
        pairs = spectra.momentum_eigenvalues(eta, beta, np.linalg.eigvals(jacobian))
        ours, assembled = np.concatenate(pairs), np.linalg.eigvals(operator(jacobian, eta, beta))
        distance = np.abs(ours[:, None] - assembled)
        assert distance.min(axis=0).max() < 1e-8 and distance.min(axis=1).max() < 1e-8


def test_rho_derivative_agrees_with_50_digit_differences():
    eta, _, lam = random_arguments(300)
    h = mpmath.mpf(10) ** -20
    for slope, e, z in zip(spectra.rho_derivative(eta, lam), eta, lam):
        ahead, behind = (abs(exact_roots(e, sign * h, z)[0]) ** 2 for sign in (1, -1))
        difference = (ahead - behind) / (2 * h)
        assert abs(slope - difference) <= 1e-10 * (1 + abs(difference))


def test_rho_derivative_is_a_number_where_squares_are_not():
    assert spectra.rho_derivative(1.0, [1 + 1e200j, 1 + 1e-200j]).tolist() == [2.0, 2.0]


def test_rho_derivative_is_nan_exactly_at_the_kink():
    assert np.isnan(spectra.rho_derivative(0.5, 2.0))
    assert np.isfinite(spectra.rho_derivative(0.5, 2.0 + 1e-6j))


@given(reals, st.floats(1e-3, 10))
def test_slope_is_positive_exactly_inside_the_interval(re, im):
    for lam in complex(re, im), complex(re, -im):
        low, high = spectra.improving_step_sizes(lam)
        assert 0 < low < high
        inside, outside = np.linspace(low, high, 7)[1:-1], [low * 0.99, high * 1.01]
        assert np.all(spectra.rho_derivative(inside, lam) > 0)
        assert np.all(spectra.rho_derivative(outside, lam) < 0)


def test_interval_of_a_real_eigenvalue_is_empty():
    assert spectra.improving_step_sizes(4.0) == (0.25, 0.25)


@given(reals, imaginaries, st.floats(0.2, 5), st.floats(-0.99, 0.99))
def test_nothing_beats_the_closed_form_optimum(re, im, factor, beta):
    lam = complex(re, im)
    eta, momentum, radius = spectra.optimal_momentum(lam)
    assert spectra.rho(eta * factor, beta, lam) >= radius**2 * (1 - 1e-12)
    # A double root: the radius there carries the square root of a rounding error.
    assert np.sqrt(spectra.rho(eta, momentum, lam)) == pytest.approx(radius, abs=1e-6)


@pytest.mark.parametrize("exponent", [-900, -600, 0, 600, 900])
def test_sizes_whose_square_is_no_float(exponent):
    lam, scale = np.array([3 + 4j, 1 - 1j, 2, 1 + 1e-9j]), np.ldexp(1.0, exponent)
    eta, beta, radius = spectra.optimal_momentum(lam)
    expected = eta / scale, beta, radius
    np.testing.assert_array_equal(spectra.optimal_momentum(scale * lam), expected)
    expected = np.array(spectra.improving_step_sizes(lam)) / scale
    np.testing.assert_array_equal(spectra.improving_step_sizes(scale * lam), expected)


def test_functions_broadcast():
    eta, beta, lam = np.ones((4, 1, 1)), np.zeros((3, 1)), np.array([1 + 1j, 2])
    assert spectra.rho(eta, beta, lam).shape == (4, 3, 2)
    assert spectra.momentum_eigenvalues(eta, beta, lam)[0].shape == (4, 3, 2)
    assert spectra.rho_derivative(np.ones((4, 1)), lam).shape == (4, 2)
    assert spectra.optimal_momentum(lam)[0].shape == (2,)
    assert spectra.rho(np.ones(0), 0.0, 1.0).shape == (0,)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: spectra.rho(0, 0, 1), "eta must be > 0; got 0.0"),
        (lambda: spectra.rho(1, np.nan, 1), "beta must be real and finite; got nan"),
        (lambda: spectra.rho(1, 1j, 1), "beta must be real and finite; got 1j"),
        (lambda: spectra.rho(1, 0, np.inf), "lam must be a finite complex number; got"),
        (lambda: spectra.rho([1, 1], 0, [1, 1, 1]), "shapes that broadcast; got"),
        (lambda: spectra.momentum_eigenvalues(-1, 0, 1), "eta must be > 0; got -1.0"),
        (
            lambda: spectra.momentum_eigenvalues(1, 0, "x"),
            "lam must be a finite complex number; got 'x'",
        ),
        (lambda: spectra.rho_derivative(0, 1), "eta must be > 0; got 0.0"),
        (lambda: spectra.rho_derivative(1, np.nan), "lam must be a finite complex number; got"),
        (lambda: spectra.improving_step_sizes(-1 + 1j), "lam must have a positive real part; got"),
        (lambda: spectra.improving_step_sizes(1j), "lam must have a positive real part; got 1j"),
        (lambda: spectra.optimal_momentum(0), "lam must have a positive real part; got 0j"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(").replace("+", r"\+")):
        call()
