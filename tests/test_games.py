"""Vector fields and Jacobians."""

import math

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from negmom.games import bilinear, from_losses, linear

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 4)


@given(seed=seeds, rows=sizes, columns=sizes)
@settings(deadline=None)
def test_bilinear_is_the_game_of_its_losses(seed, rows, columns):
    rng = np.random.default_rng(seed)
    matrix, omega = rng.normal(size=(rows, columns)), rng.normal(size=rows + columns)
    phi, theta = sp.symbols(f"phi:{columns}"), sp.symbols(f"theta:{rows}")
    loss = (sp.Matrix(theta).T * sp.Matrix(matrix) * sp.Matrix(phi))[0]
    expected, game = from_losses([-loss, loss], [phi, theta]), bilinear(matrix)
    assert game.sizes == expected.sizes == (columns, rows)
    np.testing.assert_allclose(game.v(omega), expected.v(omega), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        game.jacobian(omega), expected.jacobian(omega), rtol=1e-12, atol=1e-12
    )


@given(seed=seeds, rows=sizes, columns=sizes)
@settings(deadline=None)
def test_the_field_of_a_zero_sum_bilinear_game_is_orthogonal_to_the_state(seed, rows, columns):
    rng = np.random.default_rng(seed)
    game, omega = bilinear(rng.normal(size=(rows, columns))), rng.normal(size=rows + columns)
    assert omega @ game.v(omega) == pytest.approx(0, abs=1e-12)


def test_jacobian_of_a_nonlinear_game_against_finite_differences():
    p, q, t = sp.symbols("p q t")
    game = from_losses([p**2 * t + sp.sin(q) * t**2, p * sp.exp(t) + q * t], [[p, q], [t]])
    omega, h = np.array([0.3, -0.7, 0.4]), 1e-6
    differences = [(game.v(omega + h * e) - game.v(omega - h * e)) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(game.jacobian(omega), np.transpose(differences), rtol=1e-8)
    assert game.sizes == (2, 1) and game.dimension == 3
    assert game.players == [slice(0, 2), slice(2, 3)]


def test_the_field_takes_states_as_columns():
    p, t = sp.symbols("p t")
    states = np.arange(10.0).reshape(2, 5)
    for game in (bilinear([[2.0]]), from_losses([sp.Integer(1) * p, p * t], [[p], [t]])):
        columns = np.stack([game.v(state) for state in states.T], axis=1)
        np.testing.assert_array_equal(game.v(states), columns)


def test_linear_takes_a_complex_matrix_and_keeps_a_real_one_real():
    assert linear([[1j]]).v(np.array([2.0]))[0] == 2j
    assert linear([[1.0 + 0j]]).jacobian(np.zeros(1)).dtype == float


p = sp.Symbol("p")


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: linear([1.0, 2.0]), r"jacobian must be a square matrix; got shape \(2,\)"),
        (lambda: linear([[1.0, 2.0]]), r"jacobian must be a square matrix; got shape \(1, 2\)"),
        (lambda: linear([[np.nan]]), "jacobian must be a finite complex number; got"),
        (lambda: linear(np.eye(3), [1, 1]), r"sizes must be integers >= 0 and add up to 3; got \(1, 1\)"),
        (lambda: linear(np.eye(3), [4, -1]), r"sizes must be integers >= 0 and add up to 3; got \(4, -1\)"),
        (lambda: linear(np.eye(2), [0.5, 1.5]), r"sizes must be integers >= 0 and add up to 2; got \(0.5, 1.5\)"),
        (lambda: linear(np.eye(2), 2), "sizes must be integers >= 0 and add up to 2; got 2"),
        (lambda: from_losses([], []), r"players must have a symbol; got \[\]"),
        (lambda: from_losses([p**2], [p]), r"players must be sequences of symbols; got \[p\]"),
        (lambda: from_losses([None], [[p]]), r"losses must be expressions; got \[None\]"),
        (lambda: from_losses(p**2, [[p]]), r"losses must be a sequence of expressions; got p\*\*2"),
        (lambda: from_losses([sp.hyper([p], [2], p)], [[p]]), "losses must have .*; got"),
        (lambda: from_losses([p > 0], [[p]]), r"losses must be expressions; got \[p > 0\]"),
        (lambda: from_losses([p**2, 3 * p], [[p], [p]]), r"players must not share a symbol; got \[p, p\]"),
        (lambda: bilinear([1.0, 2.0]), r"matrix must have two axes; got shape \(2,\)"),
        (lambda: bilinear([[1j]]), "matrix must be real and finite; got"),
        (lambda: bilinear([[np.inf]]), "matrix must be real and finite; got inf"),
        (lambda: bilinear([["a"]]), "matrix must be real and finite; got"),
        (
            lambda: from_losses([sp.Symbol("p")], [[sp.Symbol("p")], []]),
            "losses must be one per player; got 1 for 2",
        ),
        (
            lambda: from_losses([sp.Symbol("z")], [[sp.Symbol("p")]]),
            r"losses must depend on the players alone; got \['z'\]",
        ),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "loss",
    [sp.Abs(x) for x in (p, sp.Symbol("p", real=True))]
    + [sp.Max(p, 0), sp.floor(p), sp.Function("f")(p), sp.I * p, sp.oo * p],
)
def test_a_loss_without_derivatives_is_refused(loss):
    with pytest.raises(ValueError, match="losses must have real, finite derivatives up to the second; got"):
        from_losses([loss], [sorted(loss.free_symbols, key=str)])


def test_integers_do_not_wrap_round():
    game = from_losses([p**8], [[p]])
    for kind in (np.int32, np.int64):
        assert game.v(np.array([[300, 1000]], kind)).tolist() == [[8 * 300.0**7, 8 * 1000.0**7]]
        assert game.jacobian(np.array([1000], kind))[0, 0] == 56 * 1000.0**6


def test_losses_of_special_functions():
    """p Γ(p): the derivatives are those of differences."""
    game = from_losses([p * sp.gamma(p)], [[p]])
    f, h = (lambda x: x * math.gamma(x)), 1e-4
    assert game.v(np.array([2.5]))[0] == pytest.approx((f(2.5 + h) - f(2.5 - h)) / (2 * h), rel=1e-6)
    assert game.jacobian(np.array([2.5]))[0, 0] == pytest.approx((f(2.5 + h) - 2 * f(2.5) + f(2.5 - h)) / h**2, rel=1e-5)


def test_a_loss_of_pieces_has_the_derivatives_of_its_pieces():
    game = from_losses([sp.Piecewise((p**2, p > 0), (-p, True))], [[p]])
    for x, v, slope in ((2.0, 4.0, 2.0), (-1.0, -1.0, 0.0)):
        assert game.v(np.array([x]))[0] == v and game.jacobian(np.array([x]))[0, 0] == slope
