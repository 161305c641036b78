"""The bilinear game's exact verdicts, against roots found without the inequalities."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from negmom import formulas
from negmom.bilinear import (
    best_momentum,
    best_momentum_and_optimism,
    converges,
    is_bounded,
    spectral_radius,
)
from negmom.methods import UPDATES, operator

momenta = st.floats(-2.5, 2.5, allow_nan=False).filter(lambda b: b == 0 or abs(b) > 1e-6)
steps = st.floats(1e-4, 20)
# Dyadic numbers are floats without rounding, and often hit a boundary.
dyadic_momenta = st.integers(-12, 12).map(lambda k: Fraction(k, 8))
dyadic_steps = st.integers(0, 160).map(lambda k: Fraction(k, 16))


def exact_verdicts(s, b1, b2, updates):
    """Convergence and boundedness from the roots, apart from any stability criterion.

    The roots whose inverse is a root too are split off exactly; those of them on the circle are
    counted exactly (Sturm). No other root is on the circle, so 40 digits tell on which side it is.
    """
    mu = sp.Symbol("mu")
    expression = (
        formulas.bilinear_simultaneous
        if updates == "simultaneous"
        else formulas.bilinear_alternating
    )
    values = {formulas.s: s, formulas.beta1: b1, formulas.beta2: b2}
    values = {k: sp.Rational(v.numerator, v.denominator) for k, v in values.items()}
    p = sp.Poly(expression.subs(values).subs(formulas.mu, mu), mu, domain="QQ")
    while p.eval(0) == 0:  # roots at 0 never matter
        p = p.quo(sp.Poly(mu, mu))
    reciprocal = sp.Poly(p.all_coeffs()[::-1], mu, domain="QQ")
    paired = p.gcd(
        reciprocal
    )  # roots μ whose inverse 1/μ is a root as well, those on the circle among them
    rest = p.quo(paired)
    with mpmath.workdps(40):
        inside = all(abs(root) < 1 for root in _roots(rest))
    on_circle = _roots_on_circle(paired, mu)
    simple = on_circle == paired.degree() and paired.gcd(paired.diff()).degree() == 0
    simple = simple and paired.gcd(rest).degree() == 0
    return inside and paired.degree() == 0, inside and simple


def _roots(p):
    if p.degree() == 0:
        return []
    distinct = p.quo(p.gcd(p.diff()))
    return mpmath.polyroots(
        [mpmath.mpf(c.p) / c.q for c in distinct.all_coeffs()], maxsteps=500, extraprec=200
    )


def _roots_on_circle(p, mu):
    """Count the distinct roots on the unit circle exactly: μ = (t + i)/(t − i), t real, or μ = 1."""
    t = sp.Symbol("t", real=True)
    n = p.degree()
    moved = sp.Poly(sum(c * (t + sp.I) ** k * (t - sp.I) ** (n - k) for (k,), c in p.terms()), t)
    parts = [sp.Poly(part, t, domain="QQ") for part in sp.expand(moved.as_expr()).as_real_imag()]
    common = parts[0].gcd(parts[1])
    return (common.count_roots() if common.degree() > 0 else 0) + (
        1 if n > 0 and p.eval(1) == 0 else 0
    )


@given(s=dyadic_steps, b1=dyadic_momenta, b2=dyadic_momenta, updates=st.sampled_from(UPDATES))
@settings(max_examples=150, deadline=None)
def test_verdicts_are_exact_on_rational_parameters(s, b1, b2, updates):
    assume(s > 0)
    got = (
        converges(float(s), float(b1), float(b2), updates),
        is_bounded(float(s), float(b1), float(b2), updates),
    )
    assert got == exact_verdicts(s, b1, b2, updates)


BOUNDARY = [
    # s, beta1, beta2, updates, converges, bounded
    ("1", "-1/2", "-1/2", "alternating", False, True),  # μ = −1 simple
    ("4", "0", "0", "alternating", False, False),  # μ = −1 double
    ("63/16", "0", "0", "alternating", False, True),
    ("9/4", "-1/4", "-1/4", "alternating", False, True),
    ("1/16", "-7/8", "-7/8", "alternating", False, True),
    ("1", "-1", "-1", "alternating", False, False),
    ("3/8", "1/2", "-1/2", "alternating", False, False),
    ("7/2", "1/2", "-1/2", "alternating", False, False),
    ("2", "0", "-1/2", "alternating", False, True),  # 4 (1 + β₂), one momentum zero
    ("15/4", "1/4", "-1/4", "alternating", False, True),  # one momentum positive
    ("7/4", "3/4", "-3/4", "alternating", False, False),  # μ = −1, and a pair outside
    ("4", "-1", "-1", "simultaneous", False, False),  # ±i double
    ("2", "-1", "-1", "simultaneous", False, True),
    ("2", "-2", "-1/2", "simultaneous", False, False),  # μ = −1 double
    ("3", "-2", "-1/2", "simultaneous", False, True),
    ("81/16", "-2", "-1/2", "simultaneous", False, False),
    ("1", "1", "-1", "simultaneous", False, False),
    ("1", "1", "1", "simultaneous", False, False),
]


@pytest.mark.parametrize("s, b1, b2, updates, convergent, bounded", BOUNDARY)
def test_boundaries(s, b1, b2, updates, convergent, bounded):
    s, b1, b2 = map(Fraction, (s, b1, b2))
    assert exact_verdicts(s, b1, b2, updates) == (convergent, bounded)
    assert converges(float(s), float(b1), float(b2), updates) == convergent
    assert is_bounded(float(s), float(b1), float(b2), updates) == bounded


@pytest.mark.parametrize("beta", [-0.5, -0.25, -0.875])
def test_neighboring_floats_of_a_boundary_are_told_apart(beta):
    edge = 4 * (1 + beta) ** 2  # no rounding: beta is a short binary fraction
    below, above = np.nextafter(edge, 0), np.nextafter(edge, 9)
    assert converges([below, edge, above], beta, beta, "alternating").tolist() == [
        True,
        False,
        False,
    ]
    assert is_bounded([below, edge, above], beta, beta, "alternating").tolist() == [
        True,
        True,
        False,
    ]


def test_a_tiny_momentum_of_either_sign_is_not_taken_for_zero():
    assert converges(1.0, [-1e-200, 0, 1e-200], [-1e-200, 0, 1e-200], "alternating").tolist() == [
        True,
        False,
        False,
    ]
    assert is_bounded(1.0, [-1e-200, 0, 1e-200], [-1e-200, 0, 1e-200], "alternating").tolist() == [
        True,
        True,
        False,
    ]


@given(s=steps, b1=momenta, b2=momenta, updates=st.sampled_from(UPDATES))
@settings(deadline=None)
def test_verdicts_agree_with_the_radius_away_from_one(s, b1, b2, updates):
    radius = float(spectral_radius(s, b1, b2, updates))
    assume(abs(radius - 1) > 1e-6)
    assert converges(s, b1, b2, updates) == is_bounded(s, b1, b2, updates) == (radius < 1)


@given(s=steps, b1=momenta, b2=momenta, updates=st.sampled_from(UPDATES))
@settings(deadline=None)
def test_converging_is_bounded_and_order_does_not_matter(s, b1, b2, updates):
    assert not converges(s, b1, b2, updates) or is_bounded(s, b1, b2, updates)
    assert converges(s, b1, b2, updates) == converges(s, b2, b1, updates)
    assert is_bounded(s, b1, b2, updates) == is_bounded(s, b2, b1, updates)
    assert not converges(s, b1, b2, "simultaneous")


@given(s=steps, b1=momenta, b2=momenta, updates=st.sampled_from(UPDATES), split=st.floats(0.1, 10))
@settings(deadline=None)
def test_radius_is_that_of_the_assembled_operator(s, b1, b2, updates, split):
    assembled = operator([[0, -1], [1, 0]], [s * split, 1 / split], [b1, b2], updates, sizes=(1, 1))
    radius = np.max(np.abs(np.linalg.eigvals(assembled)))
    # eigvals knows a multiple root to the square root of its precision alone
    assert spectral_radius(s, b1, b2, updates) == pytest.approx(radius, rel=1e-6)


def test_radius_to_full_precision():
    rng = np.random.default_rng(3)
    s, b1, b2 = 10 ** rng.uniform(-40, 3, 200), rng.uniform(-2, 2, 200), rng.uniform(-2, 2, 200)
    # As s tends to 0 equal momenta have two double roots and momenta near 1 three or four close ones.
    b1[50:100] = b2[50:100]
    b1[100:150] = 1 - 10 ** rng.uniform(-17, 0, 50)
    b1[150:] = b2[150:] = 1 - 10 ** rng.uniform(-17, 0, 50)
    for updates, power in zip(UPDATES, (2, 3)):
        got = spectral_radius(s, b1, b2, updates)
        for k in range(200):
            with mpmath.workdps(50):
                S, B1, B2 = map(mpmath.mpf, (float(s[k]), float(b1[k]), float(b2[k])))
                p = [
                    1,
                    -(B1 + B2 + 2),
                    1 + 2 * (B1 + B2) + B1 * B2,
                    -(B1 + B2) - 2 * B1 * B2,
                    B1 * B2,
                ]
                p[4 - power] += S
                roots = mpmath.polyroots(p, maxsteps=1000, extraprec=400)
                exact = max(abs(root) for root in roots)
                # where the two largest roots are near each other they are ill-conditioned
                largest = max(roots, key=abs)
                gap = min(abs(largest - root) for root in roots if root is not largest)
                assert abs(got[k] - exact) <= 1e-12 * exact * max(
                    1, 1e-2 / gap if s[k] > 1e-3 else 1
                )


def test_radius_at_a_double_root_is_accurate_to_the_square_root():
    assert spectral_radius(4.0, 0.0, 0.0, "alternating") == pytest.approx(1, abs=3e-8)


def test_kernel_directions():
    beta = np.array([-1.5, -1, -0.5, 0, 0.5, 1, 1.5])
    for updates in UPDATES:
        assert converges(0, beta, beta, updates).tolist() == [
            False,
            False,
            True,
            True,
            True,
            False,
            False,
        ]
        assert is_bounded(0, beta, beta, updates).tolist() == [
            False,
            True,
            True,
            True,
            True,
            False,
            False,
        ]
        np.testing.assert_array_equal(
            spectral_radius(0, beta, 0, updates), np.maximum(1, np.abs(beta))
        )


def test_broadcasting():
    s, beta = np.linspace(0, 4, 5)[:, None], np.linspace(-1, 1, 3)
    for function in (spectral_radius, converges, is_bounded):
        for updates in UPDATES:
            got = function(s, beta, 0.25, updates)
            assert got.shape == (5, 3)
            assert got[3, 0] == function(s[3, 0], beta[0], 0.25, updates)
            assert function(np.empty((0,)), 0, 0, updates).shape == (0,)


@pytest.mark.parametrize("function", [spectral_radius, converges, is_bounded])
@pytest.mark.parametrize(
    "arguments, message",
    [
        ((-1, 0, 0, "alternating"), r"^s must be >= 0; got -1\.0$"),
        ((np.nan, 0, 0, "alternating"), r"^s must be real and finite; got nan$"),
        (([1, np.inf], 0, 0, "alternating"), r"^s must be real and finite; got inf$"),
        ((1, 1j, 0, "alternating"), r"^beta1 must be real and finite; got 1j$"),
        ((1, np.nan, 0, "alternating"), r"^beta1 must be real and finite; got nan$"),
        ((1, 0, "x", "alternating"), r"^beta2 must be real and finite; got 'x'$"),
        ((1, 0, None, "alternating"), r"^beta2 must be real and finite; got None$"),
        ((1, 0, 0, "both"), r"^updates must be 'simultaneous' or 'alternating'; got 'both'$"),
        (
            ([1, 2], [1, 2, 3], 0, "alternating"),
            r"^s, beta1, beta2 must have shapes that broadcast; got \(2,\), \(3,\), \(\)$",
        ),
    ],
)
def test_bad_input(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


def test_radius_of_an_overflowing_polynomial():
    with pytest.raises(
        ValueError, match="must be small enough for finite coefficients; got up to 1e"
    ):
        spectral_radius(1, 1e200, 1e200, "alternating")
    assert not is_bounded(1, 1e200, 1e200, "alternating")


def range_radius(s_max, condition, beta, delta, points=400):
    """The largest modulus of a root over a range of singular values, from the polynomials."""
    steps = s_max * np.geomspace(condition**-2, 1, points)
    square = np.polymul(np.poly([1, 1]), np.poly([beta, beta]))
    pull = np.polymul([1, 0], np.poly([delta, delta]))
    return max(np.abs(np.roots(np.polyadd(square, s * pull))).max() for s in steps)


@pytest.mark.parametrize("condition", [1, 1.01, 1.5, 4, 30])
def test_the_best_momentum_of_a_range_has_its_radius_and_is_not_beaten(condition):
    s_max, beta, radius = best_momentum(condition)
    # a root of multiplicity j is accurate to the 1/j-th power: two on the circle, three at κ = 1
    accuracy = 1e-5 if condition == 1 else 1e-7
    assert range_radius(s_max, condition, beta, 0) == pytest.approx(radius, abs=accuracy)
    rng = np.random.default_rng(3)
    for scale in (0.3, 0.03, 0.003):
        for _ in range(40):
            other, step = beta + scale * rng.normal(), s_max * np.exp(scale * rng.normal())
            assert range_radius(step, condition, other, 0, 40) > radius - 1e-7


def test_the_best_momentum_of_one_singular_value():
    s_max, beta, radius = best_momentum(1)
    root = 3**0.5
    # the radius grows like a square root from κ = 1
    assert radius == pytest.approx(2 * root - 3, abs=1e-8)
    assert beta == pytest.approx(4 * root - 7, abs=1e-8)
    assert s_max == pytest.approx(64 / 9 * (2 * root - 3), abs=1e-7)


def test_the_best_momentum_of_a_wide_range():
    condition = 10.0 ** np.arange(3, 7)
    s_max, beta, radius = best_momentum(condition)
    np.testing.assert_allclose((1 - radius) * condition**2, 8 / 27, rtol=1e-3)
    np.testing.assert_allclose(beta, -1 / 5, atol=1e-6)
    np.testing.assert_allclose(s_max, (8 / 5) ** 2, rtol=1e-6)
    assert best_momentum(np.ones((2, 0)))[0].shape == (2, 0)
    assert best_momentum(1e200) == pytest.approx(((8 / 5) ** 2, -1 / 5, 1.0))


@pytest.mark.parametrize("condition", [1, 1.5, 4, 30])
def test_momentum_and_optimism_reach_their_radius_and_are_not_beaten(condition):
    s_max, beta, delta, radius = best_momentum_and_optimism(condition)
    accuracy = 1e-4 if condition == 1 else 1e-6  # four roots meet at κ = 1
    assert range_radius(s_max, condition, beta, delta) == pytest.approx(radius, abs=accuracy)
    rng = np.random.default_rng(4)
    for scale in (0.1, 0.01):
        for _ in range(60):
            nearby = np.array([beta, delta]) + scale * rng.normal(size=2)
            step = s_max * np.exp(scale * rng.normal())
            assert range_radius(step, condition, *nearby, 40) > radius - 1e-6


@given(
    radius=st.floats(0.5, 0.97),
    share=st.floats(-0.95, 0.95),
    place=st.floats(0.05, 0.95),
)
@settings(deadline=None, max_examples=60)
def test_the_range_that_a_radius_allows(radius, share, place):
    beta = share * radius**2
    delta = max(beta / radius, -radius) * (1 - place) + radius * place
    square = formulas.evaluate(formulas.range_square)(beta, radius, delta)
    s_max = formulas.evaluate(formulas.range_step)(beta, radius, delta)
    assume(square > 1.02)
    # formulas hold where the roots that leave as s falls are no real ones, cos²φ < 1
    pair = (1 - radius) * (radius - beta) * (radius - delta) / (radius * delta - beta)
    assume(pair / (4 * radius) < 0.98)
    assert range_radius(s_max, square**0.5, beta, delta, 60) == pytest.approx(radius, abs=1e-6)
    for wider in (0.97, 1 / square / 1.03), (1, 1 / square / 1.03), (1.03, 1 / square):
        steps = s_max * np.array(wider)
        assert range_radius(steps[0], (steps[0] / steps[1]) ** 0.5, beta, delta, 60) > radius


@pytest.mark.parametrize("function", [best_momentum, best_momentum_and_optimism])
@pytest.mark.parametrize(
    "condition, message",
    [
        (0.5, r"^condition must be >= 1; got 0\.5$"),
        ([2, np.nan], r"^condition must be real and finite; got nan$"),
        (2j, r"^condition must be real and finite; got 2j$"),
    ],
)
def test_bad_conditions(function, condition, message):
    with pytest.raises(ValueError, match=message):
        function(condition)
