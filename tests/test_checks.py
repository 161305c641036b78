"""The messages of the argument checks."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from negmom import checks


@pytest.mark.parametrize("check", [checks.real, checks.positive, checks.nonnegative])
@pytest.mark.parametrize(
    "value", [np.nan, np.inf, [1, -np.inf], 1j, "x", None, [[1], [1, 2]], Fraction(1, 2)]
)
def test_real_checks_reject_what_is_not_real_and_finite(check, value):
    with pytest.raises(ValueError, match="^name must be real and finite; got "):
        check("name", value)


@pytest.mark.parametrize("check", [checks.finite_complex, checks.right_half_plane])
@pytest.mark.parametrize("value", [np.nan, complex(0, np.inf), "x", None, [[1], [1, 2]]])
def test_complex_checks_reject_what_is_not_finite(check, value):
    with pytest.raises(ValueError, match="^name must be a finite complex number; got "):
        check("name", value)


@pytest.mark.parametrize(
    "check, value, message",
    [
        (checks.positive, [1, 0], r"^name must be > 0; got 0\.0$"),
        (checks.nonnegative, [1, -2], r"^name must be >= 0; got -2\.0$"),
        (checks.right_half_plane, [1, -2j], r"^name must have a positive real part; got"),
    ],
)
def test_the_culprit_is_named(check, value, message):
    with pytest.raises(ValueError, match=message):
        check("name", value)


def test_values_pass_unchanged():
    np.testing.assert_array_equal(checks.real("name", [True, 2]), [1.0, 2.0])
    np.testing.assert_array_equal(checks.nonnegative("name", [0, 2]), [0.0, 2.0])
    np.testing.assert_array_equal(checks.positive("name", [[1], [2]]), [[1.0], [2.0]])
    np.testing.assert_array_equal(checks.right_half_plane("name", [1 + 1j]), [1 + 1j])
    assert checks.real("name", 3).shape == () and checks.real("name", []).shape == (0,)


@pytest.mark.parametrize("value", [3, np.int32(3), sp.Integer(3)])
def test_integers_of_every_kind_pass_as_an_int(value):
    assert checks.integer("name", value, 3) == 3 and type(checks.integer("name", value, 3)) is int


@pytest.mark.parametrize("value", [2, 3.0, np.float64(3), "3", None, [3], np.nan])
def test_what_is_no_integer_or_too_small_is_refused(value):
    assert not checks.is_integer(value, 3)
    with pytest.raises(ValueError, match="^name must be an integer >= 3; got "):
        checks.integer("name", value, 3)


def test_a_square_matrix_passes_the_check_asked_for():
    assert checks.square("name", [[1]]).dtype == complex
    assert checks.square("name", [[1]], checks.real).dtype == float
    with pytest.raises(ValueError, match="^name must be real and finite; got "):
        checks.square("name", [[1j]], checks.real)
    for value in (1, [1], [[1], [2]]):
        with pytest.raises(ValueError, match=r"^name must be a square matrix; got shape \("):
            checks.square("name", value)


def test_choice():
    assert checks.choice("name", "a", ("a", "b")) == "a"
    for value in ("c", None, 1):
        with pytest.raises(ValueError, match="^name must be 'a' or 'b'; got "):
            checks.choice("name", value, ("a", "b"))


def test_broadcast():
    first, second = checks.broadcast(a=np.zeros((3, 1)), b=np.zeros(2))
    assert first.shape == second.shape == (3, 2)
    with pytest.raises(
        ValueError, match=r"^a, b must have shapes that broadcast; got \(2,\), \(3,\)$"
    ):
        checks.broadcast(a=np.zeros(2), b=np.zeros(3))
