"""The best pair for a spectrum: closed forms, symmetries, an independent search, exact certificates, bad input."""

from fractions import Fraction

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from negmom import spectra, tuning

eigenvalues = st.builds(
    lambda size, angle: size * np.exp(1j * angle),
    st.floats(1e-3, 1e3),
    st.floats(-1.55, 1.55),
)
spectra_drawn = st.lists(eigenvalues, min_size=1, max_size=8)


def radius_of(spectrum, eta, beta):
    return float(np.sqrt(spectra.rho(eta, beta, np.asarray(spectrum)).max()))


def draw(kind, m, rng):
    match kind:
        case "spread":
            return np.exp(rng.normal(size=m) + 1j * rng.uniform(-1.55, 1.55, m))
        case "real":
            return rng.uniform(0.1, 10, m)
        case "nearly one real part":
            return 1 + 1e-9 * rng.normal(size=m) + 1j * rng.normal(size=m)
        case "nearly imaginary":
            return rng.uniform(1e-4, 1, m) + 1j * rng.uniform(-5, 5, m)
        case "nearly real":
            return rng.uniform(0.1, 10, m) + 1e-7j * rng.normal(size=m)
        case "integers, with ties":
            return rng.integers(1, 5, m) + 1j * rng.integers(-4, 5, m)
    raise AssertionError(kind)


KINDS = [
    "spread", "real", "nearly one real part", "nearly imaginary", "nearly real", "integers, with ties",
]  # fmt: skip


@settings(deadline=None)
@given(eigenvalues)
def test_one_eigenvalue_has_the_closed_form(lam):
    expected = [float(part) for part in spectra.optimal_momentum(lam)]
    assert tuning.best_step_and_momentum([lam]) == pytest.approx(expected, rel=1e-12, abs=1e-15)
    pair = tuning.best_step_and_momentum([lam, np.conj(lam)])
    assert pair == pytest.approx(expected, rel=1e-12, abs=1e-15)


@settings(deadline=None)
@given(st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=8, unique=True))
def test_real_spectra_have_polyaks_optimum(values):
    low, high = np.sqrt(min(values)), np.sqrt(max(values))
    eta, beta, radius = tuning.best_step_and_momentum(values)
    rate = (high - low) / (high + low)
    assert radius == pytest.approx(rate, rel=1e-9, abs=1e-9)
    assert beta == pytest.approx(rate**2, rel=1e-9, abs=1e-9)
    assert eta == pytest.approx((2 / (high + low)) ** 2, rel=1e-9)


def test_one_real_part_is_decided_by_the_largest_argument():
    spectrum = 0.3 + 1j * np.linspace(-2, 1.5, 30)
    assert tuning.best_step_and_momentum(spectrum) == pytest.approx(
        [float(part) for part in spectra.optimal_momentum(0.3 + 2j)], rel=1e-12
    )


@pytest.mark.parametrize("kind", KINDS)
def test_certificates_close_the_gap(kind):
    """At a double root rounding of eta and beta costs the square root of the rounding error."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        spectrum = draw(kind, rng.integers(1, 12), rng)
        proof = tuning.certify(spectrum)
        assert 0 <= proof.lower <= proof.upper < proof.lower + 1e-6
        assert proof.lower <= tuning.best_step_and_momentum(spectrum)[2] <= proof.upper
        assert tuning.reaches(spectrum, proof.eta, proof.beta, proof.upper)
        assert tuning.excludes(spectrum, proof.indices, proof.weights, proof.lower)
        assert len(proof.indices) <= 4


def test_nothing_found_by_a_search_is_better():
    rng = np.random.default_rng(4)
    for kind in ("spread", "nearly imaginary", "integers, with ties"):
        for _ in range(3):
            spectrum = draw(kind, rng.integers(2, 9), rng)
            proof = tuning.certify(spectrum)
            plain, _ = spectra.best_step_size(spectrum)
            found = min(
                minimize(
                    lambda q: radius_of(spectrum, np.exp(q[0]), np.tanh(q[1])),
                    [np.log(plain) + rng.normal() / 2, rng.uniform(-1, 1)],
                    method="Nelder-Mead",
                    options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 1500},
                ).fun
                for _ in range(4)
            )
            assert proof.lower <= found <= proof.upper + 1e-3


def test_a_certificate_does_not_prove_too_much():
    spectrum = np.array([1 + 1j, 2 + 3j, 4, 3 + 0.5j])
    proof = tuning.certify(spectrum)
    assert not tuning.reaches(spectrum, proof.eta, proof.beta, proof.lower)
    assert not tuning.excludes(spectrum, proof.indices, proof.weights, proof.upper)
    others = [(0,), (1.0,)], [(0, 2), (0.5, 0.5)], [(1,), (1.0,)]
    assert not any(tuning.excludes(spectrum, *other, proof.upper) for other in others)
    assert not tuning.reaches(spectrum, 1.001 * proof.eta, proof.beta, proof.upper)
    assert not tuning.excludes(spectrum, (0, 1), (1.0, -0.5), 0.1)


@settings(deadline=None, max_examples=50)
@given(spectra_drawn, st.floats(1e-2, 1e2))
def test_scaling_and_conjugation(spectrum, scale):
    eta, beta, radius = tuning.best_step_and_momentum(spectrum)
    conjugate = tuning.best_step_and_momentum(np.conj(spectrum))
    assert conjugate == (eta, beta, radius)
    scaled = tuning.best_step_and_momentum(scale * np.array(spectrum))
    assert scaled[2] == pytest.approx(radius, rel=1e-7, abs=1e-7)
    assert -1 < beta < 1 and 0 <= radius < 1


@pytest.mark.parametrize("noise", [1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10])
def test_real_parts_that_are_equal_but_for_rounding(noise):
    """The ellipse is a vertical segment, or so thin that a search for its ratio loses all digits."""
    rng = np.random.default_rng(0)
    for _ in range(100):
        y = rng.uniform(0, 3, rng.integers(2, 30))
        spectrum = 0.1 * (1 + noise * rng.uniform(-1, 1, len(y))) + 1j * y
        eta, beta, radius = tuning.best_step_and_momentum(spectrum)
        alone = max(float(spectra.optimal_momentum(lam)[2]) for lam in spectrum)
        assert alone * (1 - 1e-12) <= radius
        assert radius_of(spectrum, eta, beta) == pytest.approx(radius, abs=1e-7)
        assert radius == pytest.approx(alone, rel=1e-9)


@pytest.mark.parametrize("split", [1e-13, 9e-12, 1e-10, 1e-8, 3e-8, 1e-6])
def test_two_tips_that_nearly_coincide(split):
    """The weights that prove the bound come from the one that is at its lowest point."""
    proof = tuning.certify([1 + 1j, 1 + split + 1j])
    assert proof.upper - proof.lower < 1e-7
    proof = tuning.certify([1, 1 + split + 1j])
    assert proof.upper - proof.lower < 1e-7
    assert proof.lower == pytest.approx(math.tan(math.pi / 8), rel=1e-6)


def test_tiny_eigenvalues_beside_a_large_one():
    spectrum = [7.7e-07 + 0.00188j, 1.73e-08 + 3.18e-08j, 14546 + 0.00069j, 6.1e-06 + 0.0011j]
    eta, beta, radius = tuning.best_step_and_momentum(spectrum)
    assert radius_of(spectrum, eta, beta) == pytest.approx(radius, abs=1e-12)


@pytest.mark.parametrize("exponent", [-1000, -560, 560, 1000])
def test_squares_that_are_no_floats(exponent):
    spectrum = np.array([1 + 0.1j, 2 + 3j, 3 + 0.1j])
    eta, beta, radius = tuning.best_step_and_momentum(spectrum)
    scaled = tuning.certify(spectrum * 2.0**exponent)
    assert (scaled.eta, scaled.beta) == (np.ldexp(eta, -exponent), beta)
    assert scaled.lower < radius < scaled.upper < scaled.lower + 1e-14


@settings(deadline=None, max_examples=50)
@given(spectra_drawn)
def test_never_worse_than_no_momentum_or_more_eigenvalues(spectrum):
    _, _, radius = tuning.best_step_and_momentum(spectrum)
    assert radius <= spectra.best_step_size(spectrum)[1] + 1e-12
    assert radius >= max(float(spectra.optimal_momentum(lam)[2]) for lam in spectrum) - 1e-12
    assert radius >= tuning.best_step_and_momentum(spectrum[1:] or spectrum)[2] - 1e-9


def test_only_the_corners_of_the_hull_matter():
    rng = np.random.default_rng(5)
    spectrum = draw("spread", 40, rng)
    corners = tuning.hull(spectrum)
    inside = rng.dirichlet(np.ones(len(corners)), 200) @ (
        spectrum.real[corners] + 1j * np.abs(spectrum.imag[corners])
    )
    assert len(corners) < 15
    for eta, beta in zip(rng.uniform(0.01, 2, 50), rng.uniform(-0.9, 0.9, 50)):
        assert radius_of(inside, eta, beta) <= radius_of(spectrum[corners], eta, beta) + 1e-12


@pytest.mark.parametrize("kappa", [1e8, 1e12, 1e16, 1e20, 1e30])
def test_wide_spectra_keep_their_digits(kappa):
    """Polyak's optimum."""
    eta, beta, radius = tuning.best_step_and_momentum([1, kappa])
    margin = 2 / (1 + math.sqrt(kappa))  # 1 − R
    assert radius == pytest.approx(1 - margin, rel=4e-16)
    assert beta == pytest.approx((1 - margin) ** 2, rel=4e-16)
    assert eta == pytest.approx(margin**2, rel=1e-12)


def test_moduli_equal_up_to_rounding():
    """The boundary of the class of monotone games: 1 − R ~ 4 / (3√3 κ^1.5)."""
    for kappa in (1e2, 1e3, 1e4):
        arc = np.exp(1j * np.linspace(0, np.arccos(1 / kappa), 4001))
        _, beta, radius = tuning.best_step_and_momentum(np.append(arc, 1 / kappa))
        assert (1 - radius) * kappa**1.5 == pytest.approx(4 / (3 * np.sqrt(3)), rel=0.01)
        assert beta < 0


def test_the_bound_is_strict_where_the_ellipse_is_a_segment():
    """At the optimum of {1, 9}, R = 1/2, the condition holds for every g > 0, but not in the limit."""
    assert tuning.reaches([1.0, 9.0], 0.25, 0.25, 0.5 + 1e-9)
    weights = [9.0, 1.0]
    assert not tuning.excludes([1.0, 9.0], [0, 1], weights, 0.5)
    assert tuning.excludes([1.0, 9.0], [0, 1], weights, 0.5 - 1e-12)
    # 3 + 4i: R = 1/2 as well, with a vertical segment.
    assert not tuning.excludes([3 + 4j], [0], [1.0], 0.5)
    assert tuning.excludes([3 + 4j], [0], [1.0], 0.5 - 1e-12)


def test_reaches_is_exact_at_the_boundary():
    # One real eigenvalue 1 and β = 0: the radius is |1 − η|.
    assert tuning.reaches([1.0], 0.5, 0.0, 0.5)
    assert not tuning.reaches([1.0], 0.5, 0.0, float(Fraction(1, 2) - Fraction(1, 2**54)))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: tuning.reaches([1.0], np.nan, 0.0, 0.5), "eta must be real and finite; got nan"),
        (lambda: tuning.reaches([1.0], -1.0, 0.0, 0.5), "eta must be > 0; got -1.0"),
        (lambda: tuning.reaches([1.0], 0.5, [0.0, 0.1], 0.5), r"beta must be one number; got shape \(2,\)"),
        (lambda: tuning.reaches([1.0], 0.5, 0.0, np.inf), "radius must be real and finite; got inf"),
        (lambda: tuning.excludes([1.0, 9.0], [], [], 0.5), r"indices must be .* from 0 to 1; got \[\]"),
        (lambda: tuning.excludes([1.0, 9.0], [0, 2], [1, 1], 0.5), r"indices must be .* to 1; got \[0, 2\]"),
        (lambda: tuning.excludes([1.0, 9.0], [0.5], [1], 0.5), r"indices must be .* to 1; got \[0.5\]"),
        (lambda: tuning.excludes([1.0, 9.0], [0], [1, 1], 0.5), r"weights must be one per index \(1\); got"),
        (lambda: tuning.excludes([1.0, 9.0], [0], [np.nan], 0.5), "weights must be real and finite; got nan"),
        (lambda: tuning.excludes([1.0, 9.0], [0], [1], np.nan), "radius must be real and finite; got nan"),
    ],
)
def test_bad_proofs_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "spectrum, message",
    [
        ([], "spectrum must have one axis"),
        ([[1.0]], "spectrum must have one axis"),
        ([1j], "spectrum must have a positive real part; got 1j"),
        ([np.nan], "spectrum must be a finite complex number"),
    ],
)
@pytest.mark.parametrize("function", [tuning.best_step_and_momentum, tuning.certify, tuning.hull])
def test_bad_input_is_named(function, spectrum, message):
    with pytest.raises(ValueError, match=message):
        function(spectrum)


@pytest.mark.parametrize("function", [tuning.best_step_and_momentum, tuning.certify])
def test_eigenvalues_too_small_beside_the_largest_are_named(function):
    with pytest.raises(ValueError, match="real parts that are floats beside .*; got 1e-300 beside 1e[+]300"):
        function([1e-300, 1e300])


def test_booleans_are_indices_and_no_mask():
    # As a mask they would weigh the eigenvalue 9 alone and "prove" a radius above the best one, 1/2.
    assert not tuning.excludes([1, 5, 9], [False, False, True], [0.1, 0.1, 0.8], 0.55)
