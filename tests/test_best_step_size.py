"""Theorem 2's step size against exact rational arithmetic, its bounds (4), symmetries, bad input."""

from fractions import Fraction
from itertools import combinations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negmom import formulas
from negmom.spectra import best_step_size, limiting_eigenvalues

EPS = np.finfo(float).eps


def exact(spectrum):
    """(eta_best, rho_max**2) as fractions: the best of all vertices and all crossings."""
    parts = {(Fraction(lam.real), Fraction(lam.imag)) for lam in map(complex, spectrum)}
    terms = sorted({(a, a * a + b * b) for a, b in parts})
    candidates = {a / c for a, c in terms}
    for (a, c), (b, d) in combinations(terms, 2):
        if (a - b) * (c - d) > 0:
            candidates.add(2 * (a - b) / (c - d))

    def squared(eta):
        return max(1 - 2 * eta * a + eta * eta * c for a, c in terms)

    eta = min(candidates, key=squared)
    return eta, squared(eta)


def assert_exact(spectrum, ulps=16):
    eta, rho = best_step_size(spectrum)
    eta_exact, squared = exact(spectrum)
    assert abs(Fraction(eta) - eta_exact) <= ulps * Fraction(EPS) * eta_exact
    with mpmath.workdps(60):
        rho_exact = mpmath.sqrt(mpmath.mpf(squared.numerator) / squared.denominator)
        assert abs(rho - rho_exact) <= ulps * EPS * rho_exact


LISTED = {
    "tangent, not at the smallest Re(1/lambda)": (
        [6, 1 + 2j, 1 - 2j],
        Fraction(1, 5),
        Fraction(4, 5),
    ),
    "tie of Re(1/lambda)": ([2, 1 + 1j, 1 - 1j], Fraction(1, 2), Fraction(1, 2)),
    "cut": ([1 + 1j, 1 - 1j, 2 + 3j, 2 - 3j], Fraction(2, 11), Fraction(85, 121)),
    "tie of the arguments": ([1 + 1j, 2 + 2j], Fraction(1, 3), Fraction(5, 9)),
    "one real": ([3], Fraction(1, 3), Fraction(0)),
    "one complex": ([3 + 4j], Fraction(3, 25), Fraction(16, 25)),
    "repeated": ([3 + 4j] * 3, Fraction(3, 25), Fraction(16, 25)),
    "real": ([1, 2, 3], Fraction(1, 2), Fraction(1, 4)),
    "one real part": ([1 + 1j, 1 + 2j, 1 + 3j], Fraction(1, 10), Fraction(9, 10)),
    "one modulus": ([3 + 4j, 4 + 3j, 5], Fraction(3, 25), Fraction(16, 25)),
    "three lines through one point": ([1, 2 + 1j, 3], Fraction(1, 2), Fraction(1, 4)),
}


@pytest.mark.parametrize(("spectrum", "eta", "squared"), LISTED.values(), ids=LISTED)
def test_listed_spectra(spectrum, eta, squared):
    assert exact(spectrum) == (eta, squared)
    assert_exact(spectrum, ulps=2)


def draw(kind, m, rng):
    """One random spectrum; the last three kinds are clusters, where differences cancel."""
    angle = 1j * rng.uniform(-1.57, 1.57, m)
    noise = rng.normal(size=m) + 1j * rng.normal(size=m)
    tiny = 10.0 ** rng.integers(-15, -4)
    match kind:
        case "moderate":
            return np.exp(rng.normal(size=m) + angle)
        case "1e-8 to 1e8":
            return np.exp(rng.uniform(-18.4, 18.4, m) + angle)
        case "1e-80 to 1e80":
            return np.exp(rng.uniform(-184, 184, m) + angle)
        case "parts from 1e-70 to 1e70":
            return 10.0 ** rng.uniform(-70, 70, m) + 1j * 10.0 ** rng.uniform(-70, 70, m)
        case "real":
            return rng.uniform(0.1, 10.0, m)
        case "integers, with ties":
            return rng.integers(1, 5, m) + 1j * rng.integers(-4, 5, m)
        case "almost imaginary":
            return rng.uniform(1e-9, 1e-8, m) + 1j * rng.uniform(1, 3, m)
        case "cluster, real":
            return 1 + tiny * noise
        case "cluster, complex":
            return (1 + 1j) * (1 + tiny * noise)
        case "two clusters":
            return np.concatenate([1 + 2j + tiny * noise, 4 + 0.5j + tiny * noise[::-1]])
    raise AssertionError(kind)


KINDS = [
    "moderate", "1e-8 to 1e8", "1e-80 to 1e80", "parts from 1e-70 to 1e70", "real", "integers, with ties",
    "almost imaginary",
    "cluster, real", "cluster, complex", "two clusters",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_against_fractions(kind):
    rng = np.random.default_rng(2019)
    for _ in range(150):
        assert_exact(draw(kind, rng.integers(1, 8), rng))


def curve(m, power):
    """Moduli over nine decades whose lines all touch their envelope, or nearly all."""
    c = np.exp(np.linspace(-20, 0, m))
    a = 0.9 * c**power
    return a + 1j * np.sqrt(c - a * a)


@pytest.mark.parametrize("power", [0.5, 0.55, 0.75, 0.95])
def test_many_pieces(power):
    """No eigenvalue is above the two that the exchange settles on, however many pieces there are."""
    spectrum = curve(100_000, power)
    eta, rho = best_step_size(spectrum)
    assert np.abs(1 - eta * spectrum).max() <= rho * (1 + 4 * EPS)
    pair = spectrum[limiting_eigenvalues(spectrum, tolerance=1e-14)]
    assert_exact(pair[[0, -1]])
    assert best_step_size(pair) == (eta, rho)


@pytest.mark.parametrize("mu", [1e-1, 1e-2, 1e-3, 1e-4])
@pytest.mark.parametrize("points", [3, 50, 4001])
def test_one_modulus_up_to_rounding(mu, points):
    """All of |λ| = 1 up to the last digit: the exchange must not take a wrong line for the steepest."""
    arc = np.exp(1j * np.linspace(0, np.arccos(mu), points))
    for spectrum in (arc, np.append(arc, mu), arc[::-1]):
        eta, rho = best_step_size(spectrum)
        assert np.abs(1 - eta * spectrum).max() <= rho * (1 + 4 * EPS)
        assert abs(rho - np.sqrt(1 - mu**2)) <= 4 * EPS


def test_real_spectrum_closed_form():
    rng = np.random.default_rng(1)
    for _ in range(100):
        low, high = np.sort(10 ** rng.uniform(-8, 8, 2))
        inside = rng.uniform(low, high, 10)
        eta, rho = best_step_size([high, *inside, low])
        assert eta == pytest.approx(2 / (low + high), rel=4 * EPS)
        assert rho == pytest.approx((high - low) / (high + low), rel=4 * EPS)


def test_same_as_the_formulas():
    x1, y1, x2, y2 = 1.0, 1.0, 2.0, 3.0
    cut = formulas.evaluate(formulas.crossing_step)(x1, y1, x2, y2)
    assert best_step_size([complex(x1, y1), complex(x2, y2)])[0] == pytest.approx(cut, rel=4 * EPS)
    eta, rho = best_step_size([complex(x2, y2)])
    assert eta == pytest.approx(formulas.evaluate(formulas.half_plane_step)(x2, y2), rel=4 * EPS)
    assert rho**2 == pytest.approx(formulas.evaluate(formulas.sine_squared)(x2, y2), rel=4 * EPS)
    assert formulas.evaluate(formulas.contraction)(eta, x2, y2) == pytest.approx(
        rho**2, rel=4 * EPS
    )
    assert formulas.evaluate(formulas.line)(eta, x2, y2) == pytest.approx(
        (rho**2 - 1) / eta, rel=4 * EPS
    )


magnitudes = st.floats(1e-8, 1e8)
eigenvalues = st.builds(
    complex, magnitudes, st.one_of(st.just(0.0), magnitudes, magnitudes.map(lambda y: -y))
)
spectra = st.lists(eigenvalues, min_size=1, max_size=6)


@given(spectra)
@settings(max_examples=200, deadline=None)
def test_any_spectrum_is_exact(spectrum):
    assert_exact(spectrum)


@given(spectra, st.integers(-60, 60))
@settings(max_examples=100, deadline=None)
def test_scaling(spectrum, exponent):
    """A power of two changes nothing but the exponent of the step size."""
    eta, rho = best_step_size(spectrum)
    assert best_step_size(np.array(spectrum) * 2.0**exponent) == (eta * 2.0**-exponent, rho)


@given(spectra, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_order_conjugates_and_copies_do_not_matter(spectrum, random):
    conjugates = [lam.conjugate() for lam in spectrum]
    again = random.sample(spectrum + conjugates, 2 * len(spectrum))
    assert best_step_size(again) == pytest.approx(best_step_size(spectrum), rel=8 * EPS, abs=1e-300)


@given(spectra)
@settings(max_examples=100, deadline=None)
def test_bounds(spectrum):
    """(4), its sharper right end, and no better step nearby."""
    lam = np.array(spectrum)
    eta, rho = best_step_size(lam)
    vertices = np.sort(lam.real / np.abs(lam) ** 2)
    sines = np.abs(lam.imag) / np.abs(lam)
    room = 1 + 16 * EPS
    assert vertices[0] <= eta * room
    assert eta <= min(vertices[-1], 2 * vertices[0]) * room
    assert sines.max() <= rho * room
    delta = (np.abs(lam) ** 2 * (2 * lam.real / np.abs(lam) ** 2 - vertices[0])).min()
    assert rho**2 <= 1 - vertices[0] * delta + 16 * EPS
    for factor in (0.5, 0.999, 1.001, 2.0):
        assert np.abs(1 - factor * eta * lam).max() >= rho - 4 * EPS


@given(spectra)
@settings(max_examples=100, deadline=None)
def test_limiting_eigenvalues(spectrum):
    """They are on the circle, and they alone have the same best step size."""
    lam = np.array(spectrum)
    eta, rho = best_step_size(lam)
    limiting = limiting_eigenvalues(lam)
    assert limiting.size
    assert np.abs(1 - eta * lam[limiting]) == pytest.approx(np.full(limiting.size, rho), abs=1e-11)
    assert best_step_size(lam[limiting]) == pytest.approx((eta, rho), rel=8 * EPS, abs=1e-300)


@pytest.mark.parametrize(
    ("spectrum", "expected"),
    [
        ([6, 1 + 2j, 1 - 2j], [1, 2]),
        ([2, 1 + 1j, 1 - 1j], [1, 2]),
        ([2 + 3j, 1, 1 + 1j, 1 - 1j, 2 - 3j], [0, 2, 3, 4]),
        ([3, 2, 1], [0, 2]),
        ([5], [0]),
        ([1e-8, 1.0, 1e8], [0, 2]),
        ([1 + 1j, 1 + 1j], [0, 1]),
        ([1, 2 + 1j, 3], [0, 1, 2]),
    ],
)
def test_limiting_indices(spectrum, expected):
    assert limiting_eigenvalues(spectrum).tolist() == expected


def test_returns_python_floats():
    assert [type(value) for value in best_step_size(np.array([1 + 1j, 3]))] == [float, float]


BAD = {
    "empty": ([], r"spectrum must have one axis and at least one entry; got shape \(0,\)"),
    "a matrix": ([[1.0, 2.0]], r"spectrum must have one axis .* got shape \(1, 2\)"),
    "a number": (2.0, r"spectrum must have one axis .* got shape \(\)"),
    "nan": ([1.0, np.nan], "spectrum must be a finite complex number; got .*nan"),
    "infinite": ([np.inf], "spectrum must be a finite complex number; got .*inf"),
    "text": (["one"], "spectrum must be a finite complex number; got .*one"),
    "zero": ([1.0, 0.0], "spectrum must have a positive real part; got 0"),
    "imaginary": ([1.0, 1j], "spectrum must have a positive real part; got 1j"),
    "left half-plane": ([-1 + 1j], r"spectrum must have a positive real part; got \(-1\+1j\)"),
}


@pytest.mark.parametrize("function", [best_step_size, limiting_eigenvalues])
@pytest.mark.parametrize(("spectrum", "message"), BAD.values(), ids=BAD)
def test_bad_spectrum(function, spectrum, message):
    with pytest.raises(ValueError, match=message):
        function(spectrum)


def test_bad_tolerance():
    with pytest.raises(ValueError, match="tolerance must be >= 0; got -1.0"):
        limiting_eigenvalues([1.0], tolerance=-1)
