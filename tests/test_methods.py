"""Update rules, trajectories and operators."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from negmom.games import Game, bilinear, from_losses, linear
from negmom.methods import (
    UPDATES,
    complex_momentum,
    consensus,
    extragradient,
    operator,
    optimistic,
    step,
    trajectory,
)

seeds = st.integers(0, 2**32 - 1)
updates = st.sampled_from(UPDATES)


def random_linear(rng, sizes):
    return linear(rng.normal(size=(sum(sizes), sum(sizes))), sizes)


@given(
    seed=seeds,
    updates=updates,
    sizes=st.lists(st.integers(0, 3), min_size=1, max_size=3).filter(sum),
)
@settings(deadline=None)
def test_trajectory_is_the_power_of_the_operator(seed, updates, sizes):
    rng = np.random.default_rng(seed)
    game = random_linear(rng, sizes)
    etas, betas = rng.uniform(0.1, 0.5, len(sizes)), rng.uniform(-1, 1, len(sizes))
    start = rng.normal(size=game.dimension)
    path = trajectory(game, start, etas, betas, updates, 6)
    matrix = operator(game.jacobian(start), etas, betas, updates, sizes)
    state = np.concatenate([start, start])
    for omega in path[1:]:
        state = matrix @ state
        np.testing.assert_allclose(omega, state[: game.dimension], rtol=1e-9, atol=1e-9)


@given(seed=seeds)
@settings(deadline=None)
def test_updates_from_their_definitions(seed):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(3, 2))
    phi, theta, phi0, theta0 = (rng.normal(size=n) for n in (2, 3, 2, 3))
    (e1, e2), (b1, b2) = rng.uniform(0.1, 1, 2), rng.uniform(-1, 1, 2)
    new_phi = phi + e1 * A.T @ theta + b1 * (phi - phi0)
    for updates, seen in zip(UPDATES, (phi, new_phi)):
        new_theta = theta - e2 * A @ seen + b2 * (theta - theta0)
        got = step(bilinear(A), np.r_[phi, theta], np.r_[phi0, theta0], [e1, e2], [b1, b2], updates)
        np.testing.assert_allclose(got, np.r_[new_phi, new_theta], rtol=1e-12, atol=1e-12)


@given(seed=seeds, updates=updates)
@settings(deadline=None)
def test_columns_are_independent_states(seed, updates):
    rng = np.random.default_rng(seed)
    p, t = sp.symbols("p t")
    for game in (
        bilinear(rng.normal(size=(1, 1))),
        from_losses([p**2 * t, sp.sin(p) * t], [[p], [t]]),
    ):
        starts = rng.normal(size=(2, 4))
        together = trajectory(game, starts, 0.01, -0.3, updates, 5)
        for k in range(4):
            alone = trajectory(game, starts[:, k], 0.01, -0.3, updates, 5)
            np.testing.assert_allclose(together[..., k], alone, rtol=1e-12, atol=1e-14)


def test_simultaneous_operator_is_equation_6():
    rng = np.random.default_rng(1)
    J, eta, beta, eye, zero = rng.normal(size=(3, 3)), 0.3, -0.4, np.eye(3), np.zeros((3, 3))
    expected = (
        np.block([[eye, zero], [eye, zero]])
        - eta * np.block([[J, zero], [zero, zero]])
        + beta * np.block([[eye, -eye], [zero, zero]])
    )
    np.testing.assert_allclose(operator(J, eta, beta), expected, rtol=1e-14, atol=1e-15)


def test_one_player_sees_no_difference_between_the_updates():
    J = np.arange(4.0).reshape(2, 2)
    np.testing.assert_array_equal(
        operator(J, 0.1, 0.2, "alternating"), operator(J, 0.1, 0.2, "simultaneous")
    )


def test_arguments_are_left_as_they_were():
    start = np.array([1.0, 2.0])
    for updates in UPDATES:
        path = trajectory(bilinear([[1.0]]), start, 0.5, 0.5, updates, 3)
        np.testing.assert_array_equal(start, [1.0, 2.0])
        np.testing.assert_array_equal(path[0], start)


@pytest.mark.parametrize("updates", UPDATES)
def test_integer_states_step_like_floats(updates):
    """Losses of SymPy without a float give integer gradients of integer states."""
    game = from_losses([-p * t, p * t], [[p], [t]])
    whole = np.array([1, 1])
    got = step(game, whole, whole, 0.5, 0.0, updates)
    np.testing.assert_array_equal(got, step(game, 1.0 * whole, 1.0 * whole, 0.5, 0.0, updates))
    short = np.array([1, 2], np.uint8), np.array([2, 3], np.uint8)
    wide = [1.0 * part for part in short]
    np.testing.assert_array_equal(step(game, *short, 0.5, -0.5, updates), step(game, *wide, 0.5, -0.5, updates))


def test_numbers_of_numpy_are_numbers():
    game, start = bilinear([[1.0]]), np.ones(2)
    paths = [
        optimistic(0.1, number(-0.1), number(0.5), "simultaneous").trajectory(game, start, np.uint8(255))
        for number in (float, np.float64, np.array)
    ]
    assert len(paths[0]) == 256 and all(np.array_equal(path, paths[0]) for path in paths)
    assert len(trajectory(game, start, 0.1, 0.0, "simultaneous", np.int8(127))) == 128


def test_complex_starts_and_games():
    path = trajectory(linear([[1j]]), [1.0], 0.5, 0.0, "simultaneous", 2)
    np.testing.assert_allclose(path[:, 0], [(1 - 0.5j) ** k for k in range(3)])
    assert trajectory(bilinear([[1.0]]), [1j, 0], 0.5, 0.0, "alternating", 0).shape == (1, 2)


p, t = sp.symbols("p t")
CURVED = from_losses([sp.sin(p) * t + p**2, sp.cos(p * t) + t**2], [[p], [t]])
METHODS = {
    "optimistic, simultaneous": optimistic(0.2, 0.3, 0.4, "simultaneous"),
    "optimistic, alternating": optimistic(0.2, -0.3, 0.4, "alternating"),
    "extragradient": extragradient(0.2, 0.3),
    "consensus": consensus(0.2, 0.3),
    "complex, simultaneous": complex_momentum(0.2, 0.3 + 0.2j, "simultaneous"),
    "complex, alternating": complex_momentum(0.2, 0.3 + 0.2j, "alternating"),
}


@pytest.mark.parametrize("updates", UPDATES)
def test_without_optimism_or_an_imaginary_part_it_is_the_gradient_method_with_momentum(updates):
    expected = trajectory(CURVED, [0.5, 0.2], 0.1, -0.3, updates, 8)
    for method in optimistic(0.1, -0.3, 0, updates), complex_momentum(0.1, -0.3, updates):
        np.testing.assert_allclose(method.trajectory(CURVED, [0.5, 0.2], 8), expected, rtol=1e-12)


@pytest.mark.parametrize("updates", UPDATES)
@pytest.mark.parametrize("delta", [0.7, (0.7, 0.0), (0.0, 0.4)])
@pytest.mark.parametrize("beta", [0.2, (0.2, -0.3)])
def test_optimism_takes_back_a_share_of_the_gradient_that_the_player_saw_last(updates, delta, beta):
    eta = 0.1
    betas, deltas = np.broadcast_to(beta, 2), np.broadcast_to(delta, 2)
    now, before = np.array([0.5, 0.2]), np.array([0.5, 0.2])
    gradient = [CURVED.v(now)[0], CURVED.v(now)[1]]  # nothing moved before the start
    path = [now]
    for _ in range(5):
        after = now.copy()
        for player in range(2):
            seen = now if updates == "simultaneous" else np.array([after[0], now[1]])
            fresh = CURVED.v(seen if player else now)[player]
            moved = now[player] + betas[player] * (now[player] - before[player])
            after[player] = moved - eta * (fresh - deltas[player] * gradient[player])
            gradient[player] = fresh
        now, before = after, now
        path.append(now)
    got = optimistic(eta, beta, delta, updates).trajectory(CURVED, [0.5, 0.2], 5)
    np.testing.assert_allclose(got, path, rtol=1e-12)


def test_extragradient_and_consensus_from_their_definitions():
    start = np.array([0.5, 0.2])
    ahead = start - 0.3 * CURVED.v(start)
    got = METHODS["extragradient"].trajectory(CURVED, start, 1)[-1]
    np.testing.assert_allclose(got, start - 0.2 * CURVED.v(ahead), rtol=1e-14)
    half_square = CURVED.jacobian(start).T @ CURVED.v(start)
    got = METHODS["consensus"].trajectory(CURVED, start, 1)[-1]
    np.testing.assert_allclose(got, start - 0.2 * (CURVED.v(start) + 0.3 * half_square), rtol=1e-14)


def test_consensus_on_a_complex_game_is_that_on_the_real_one_it_stands_for():
    real, start = linear([[0.3, -1.0], [1.0, 0.3]]), np.array([0.5, 0.2])
    expected = METHODS["consensus"].trajectory(real, start, 5)
    # A normal game of two dimensions is one number, an eigenvalue, whose conjugate is that of the transpose.
    turned = np.linalg.matrix_power(METHODS["consensus"].operator(linear([[0.3 + 1j]])), 5) @ [0.5 + 0.2j]
    np.testing.assert_allclose([turned[0].real, turned[0].imag], expected[-1], rtol=1e-12)


@pytest.mark.parametrize("updates", UPDATES)
def test_complex_momentum_from_its_definition(updates):
    eta, beta = 0.2, 0.3 + 0.2j
    state, buffer = np.array([0.5, 0.2]), np.zeros(2, complex)
    path = [state]
    for _ in range(5):
        after = state.copy()
        for player in range(2):
            gradient = CURVED.v(state if updates == "simultaneous" else after)[player]
            buffer[player] = beta * buffer[player] - gradient
            after[player] = state[player] + eta * buffer[player].real
        state = after
        path.append(state)
    got = METHODS[f"complex, {updates}"].trajectory(CURVED, path[0], 5)
    np.testing.assert_allclose(got, path, rtol=1e-12)


@pytest.mark.parametrize("name", METHODS)
def test_trajectories_of_methods_are_powers_of_their_operators(name):
    rng = np.random.default_rng(2)
    game, method = random_linear(rng, (2, 1)), METHODS[name]
    starts = rng.normal(size=(3, 2))
    path = method.trajectory(game, starts, 5)
    state = np.vstack([starts] + [np.zeros_like(starts)] * method.memories)
    for omega in path[1:]:
        state = method.operator(game) @ state
        np.testing.assert_allclose(omega, state[:3], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", METHODS)
def test_columns_are_independent_states_of_every_method(name):
    starts = np.random.default_rng(3).normal(size=(2, 4))
    together = METHODS[name].trajectory(CURVED, starts, 5)
    for k in range(4):
        alone = METHODS[name].trajectory(CURVED, starts[:, k], 5)
        np.testing.assert_allclose(together[..., k], alone, rtol=1e-12, atol=1e-14)


def test_rules_accept_sympy_numbers():
    eta, u, w = sp.Symbol("eta", positive=True), *sp.symbols("u w", real=True)
    J = np.array([[0, sp.Integer(-1)], [sp.Integer(1), 0]], dtype=object)
    plane = Game(v=lambda omega: J @ omega, jacobian=lambda omega: J, sizes=(1, 1))
    for updates in UPDATES:
        for symbolic, number in (
            (optimistic(eta, u, w, updates), optimistic(0.2, 0.3, 0.1, updates)),
            (optimistic(eta, (u, 0), (w, u), updates), optimistic(0.2, (0.3, 0), (0.1, 0.3), updates)),
            (complex_momentum(eta, u + sp.I * w, updates), complex_momentum(0.2, 0.3 + 0.1j, updates)),
        ):
            matrix = sp.Matrix(symbolic.operator(plane)).subs({eta: 0.2, u: 0.3, w: 0.1})
            np.testing.assert_allclose(
                np.array(matrix, float), number.operator(bilinear([[1.0]])), rtol=1e-12
            )


game = bilinear([[1.0]])
start = np.ones(2)


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: step(game, start, start, 0.1, 0, "both"),
            "updates must be 'simultaneous' or 'alternating'; got 'both'",
        ),
        (lambda: step(game, start, start, 0, 0, "alternating"), r"eta must be > 0; got 0\.0"),
        (
            lambda: step(game, start, start, 0.1, np.nan, "alternating"),
            "beta must be real and finite; got nan",
        ),
        (
            lambda: step(game, start, start, [0.1] * 3, 0, "alternating"),
            r"eta must be one number or one per player \(2\); got shape \(3,\)",
        ),
        (
            lambda: step(game, start, start, 0.1, [[0, 0]], "alternating"),
            r"beta must be one number or one per player \(2\); got shape \(1, 2\)",
        ),
        (lambda: trajectory(game, start, -1, 0, "alternating", 1), r"eta must be > 0; got -1\.0"),
        (
            lambda: trajectory(game, start, 1, 1j, "alternating", 1),
            "beta must be real and finite; got 1j",
        ),
        (
            lambda: trajectory(game, start, 1, 0, None, 1),
            "updates must be 'simultaneous' or 'alternating'; got None",
        ),
        (
            lambda: trajectory(game, np.ones(3), 1, 0, "alternating", 1),
            r"start must have 2 rows; got shape \(3,\)",
        ),
        (
            lambda: trajectory(game, 1.0, 1, 0, "alternating", 1),
            r"start must have 2 rows; got shape \(\)",
        ),
        (
            lambda: trajectory(game, [np.nan, 0], 1, 0, "alternating", 1),
            "start must be real and finite; got nan",
        ),
        (
            lambda: trajectory(game, start, 1, 0, "alternating", -1),
            "iterations must be an integer >= 0; got -1",
        ),
        (
            lambda: trajectory(game, start, 1, 0, "alternating", 1.5),
            r"iterations must be an integer >= 0; got 1\.5",
        ),
        (
            lambda: operator([[1.0, 2.0]], 1, 0),
            r"jacobian must be a square matrix; got shape \(1, 2\)",
        ),
        (
            lambda: operator(np.eye(2), 1, 0, "alternating", [3]),
            r"sizes must be .*>= 0 and add up to 2; got \(3,\)",
        ),
        (lambda: operator(np.eye(2), np.inf, 0), "eta must be real and finite; got inf"),
        (lambda: optimistic(0, 0, 0, "alternating"), r"eta must be > 0; got 0\.0"),
        (lambda: optimistic([1, 2], 0, 0, "alternating"), r"eta must be one number; got shape \(2,\)"),
        (lambda: optimistic(1, 0, np.nan, "alternating"), "delta must be real and finite; got nan"),
        (lambda: optimistic(1, 0, (0, np.nan), "alternating"), "delta must be real and finite; got nan"),
        (
            lambda: optimistic(1, 0, (1, 0, 0), "alternating").trajectory(game, start, 1),
            r"delta must be one number or one per player \(2\); got shape \(3,\)",
        ),
        (lambda: optimistic(1, 0, 0, "both"), "updates must be .* got 'both'"),
        (lambda: extragradient(1, -1), r"extrapolation must be > 0; got -1\.0"),
        (lambda: consensus(1, 0), r"gamma must be > 0; got 0\.0"),
        (
            lambda: complex_momentum(1, np.inf, "alternating"),
            r"beta must be a finite complex number; got \(inf\+0j\)",
        ),
        (lambda: complex_momentum(1, 0, 1), "updates must be .* got 1"),
        (
            lambda: step(game, start, np.ones((2, 3)), 0.1, 0, "alternating"),
            r"previous must have the shape of state, \(2,\); got shape \(2, 3\)",
        ),
        (
            lambda: step(game, np.ones(3), np.ones(3), 0.1, 0, "alternating"),
            r"state must have 2 rows; got shape \(3,\)",
        ),
        # What SymPy knows to be wrong of its own numbers and symbols.
        (lambda: extragradient(sp.Rational(-1, 2)), "eta must be > 0; got -1/2"),
        (lambda: extragradient(1, sp.Symbol("g", negative=True)), "extrapolation must be > 0; got g"),
        (lambda: consensus(1, sp.nan), "gamma must be > 0; got nan"),
        (lambda: optimistic(1, (0, sp.I), 0, "alternating"), "beta must be real and finite; got I"),
        (lambda: optimistic(1, sp.Tuple(0, 1), 0, "alternating"), r"beta must be real and finite; got \(0, 1\)"),
        (lambda: extragradient(p > 0), "eta must be real and finite; got p > 0"),
        (lambda: complex_momentum(1, sp.oo, "alternating"), "beta must be a finite complex number; got oo"),
        (lambda: complex_momentum(1, [0, 1j], "alternating"), r"beta must be one number; got shape \(2,\)"),
        (
            lambda: extragradient(1).trajectory(game, np.ones(3), 1),
            r"start must have 2 rows; got shape \(3,\)",
        ),
        (
            lambda: extragradient(1).trajectory(game, start, -1),
            "iterations must be an integer >= 0; got -1",
        ),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
