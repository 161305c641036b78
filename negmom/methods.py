r"""Gradient methods for games: the update (5), its trajectories and its operator (6).

Both update orders are one rule,

.. math:: \omega_{t+1} = \omega_t - \eta\, v(\cdot) + \beta\,(\omega_t - \omega_{t-1}),

applied player by player. *Simultaneous* updates evaluate :math:`v` at :math:`\omega_t` for every
player. *Alternating* updates let each player see what the players before it have just done.

The methods that others proposed for games are a :class:`Method` each: :func:`optimistic`,
:func:`extragradient`, :func:`consensus` and :func:`complex_momentum`. Their rules also accept SymPy
numbers, so that one and the same rule is run and has its characteristic polynomial taken.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from negmom import checks
from negmom.games import Game, linear

UPDATES = ("simultaneous", "alternating")


def step(
    game: Game,
    state: ArrayLike,
    previous: ArrayLike,
    eta: float | Sequence[float],
    beta: float | Sequence[float],
    updates: str,
) -> np.ndarray:
    r"""Return :math:`\omega_{t+1}` of (5) from :math:`\omega_t` and :math:`\omega_{t-1}`.

    Parameters
    ----------
    game : Game
    state, previous : array_like, shape (m,) or (m, n)
        :math:`\omega_t` and :math:`\omega_{t-1}`; each column is one state.
    eta, beta : float or one float per player
        Step size and momentum.
    updates : {"simultaneous", "alternating"}
        With the latter the players move in the order in which the state lists them.

    Raises
    ------
    ValueError
        If `updates` is unknown, `eta` or `beta` is not one number or one per player, `state` has not m rows, or
        `previous` has another shape.

    Examples
    --------
    >>> from negmom.games import bilinear
    >>> start = np.array([1.0, 1.0])
    >>> step(bilinear([[1.0]]), start, start, eta=0.5, beta=0.0, updates="simultaneous")
    array([1.5, 0.5])
    >>> step(bilinear([[1.0]]), start, start, eta=0.5, beta=0.0, updates="alternating")
    array([1.5 , 0.25])
    """
    # Times 1.0: integers would wrap round.
    state, previous = _rows("state", 1.0 * np.asarray(state), game), 1.0 * np.asarray(previous)
    if previous.shape != state.shape:
        raise ValueError(f"previous must have the shape of state, {state.shape}; got shape {previous.shape}")
    return _step(game, state, previous, *_spread(game, eta, beta, updates), updates)


def trajectory(
    game: Game,
    start: ArrayLike,
    eta: float | Sequence[float],
    beta: float | Sequence[float],
    updates: str,
    iterations: int,
) -> np.ndarray:
    r"""Return the states :math:`\omega_0, \dots, \omega_T` from a start at rest, :math:`\omega_{-1}=\omega_0`.

    Parameters
    ----------
    game, eta, beta, updates
        As in :func:`step`.
    start : array_like, shape (m,) or (m, n)
        :math:`\omega_0`; each column is one start.
    iterations : int
        T, at least 0.

    Returns
    -------
    numpy.ndarray, shape (T + 1,) + start.shape

    Raises
    ------
    ValueError
        As :func:`step`, or if `start` has not m rows, or `iterations` is not an integer >= 0.

    Examples
    --------
    >>> from negmom.games import bilinear
    >>> path = trajectory(bilinear([[1.0]]), [1.0, 1.0], 0.5, -0.2, "alternating", 500)
    >>> bool(np.linalg.norm(path[-1]) < 1e-6)
    True
    """
    start = np.asarray(start)
    start = (
        checks.finite_complex("start", start)
        if start.dtype.kind == "c"
        else checks.real("start", start)
    )
    start, iterations = _start(start, game, iterations)
    etas, betas = _spread(game, eta, beta, updates)
    path = np.empty((iterations + 1, *start.shape), dtype=np.result_type(start, game.v(start)))
    path[0] = previous = start
    for t in range(iterations):
        path[t + 1] = _step(game, path[t], previous, etas, betas, updates)
        previous = path[t]
    return path


def operator(
    jacobian: ArrayLike,
    eta: float | Sequence[float],
    beta: float | Sequence[float],
    updates: str = "simultaneous",
    sizes: Sequence[int] | None = None,
) -> np.ndarray:
    r"""Return the matrix of :math:`(\omega_t, \omega_{t-1}) \mapsto (\omega_{t+1}, \omega_t)`, (6).

    For a linear game this is the update itself; for any other, its derivative at a fixed point.

    Parameters
    ----------
    jacobian : array_like, shape (m, m)
        :math:`\nabla v(\omega^*)`.
    eta, beta, updates
        As in :func:`step`.
    sizes : sequence of int, optional
        Number of parameters of each player. One player by default.

    Returns
    -------
    numpy.ndarray, shape (2m, 2m)

    Raises
    ------
    ValueError
        As :func:`step` and :func:`negmom.games.linear`.

    Examples
    --------
    >>> operator([[2.0]], eta=0.5, beta=-0.1)
    array([[-0.1,  0.1],
           [ 1. ,  0. ]])
    """
    game = linear(jacobian, sizes)
    m = game.dimension
    identity, zero = np.eye(m), np.zeros((m, m))
    # The update is linear, so applying it to the columns of the identity gives its matrix.
    now, before = np.hstack([identity, zero]), np.hstack([zero, identity])
    return np.vstack([step(game, now, before, eta, beta, updates), now])


@dataclass(frozen=True)
class Method:
    r"""A method with memory: one step takes :math:`(\omega_t, m_t)` to :math:`(\omega_{t+1}, m_{t+1})`.

    The memory holds `memories` arrays of the shape of :math:`\omega`, all zero at the start.

    Parameters
    ----------
    memories : int
    advance : callable
        Takes a game and the list of :math:`\omega_t` and the memory; returns the next list.
    evaluations : int
        Evaluations of :math:`v`, or products with its Jacobian, in one step; gradients that the
        method remembers are not counted again.

    Examples
    --------
    >>> from negmom.games import bilinear
    >>> path = extragradient(0.5).trajectory(bilinear([[1.0]]), [1.0, 1.0], 200)
    >>> bool(np.linalg.norm(path[-1]) < 1e-6)
    True
    """

    memories: int
    advance: Callable[[Game, list[np.ndarray]], list[np.ndarray]]
    evaluations: int = 1

    def trajectory(self, game: Game, start: ArrayLike, iterations: int) -> np.ndarray:
        r"""Return the states :math:`\omega_0, \dots, \omega_T`, with an empty memory at the start.

        Parameters
        ----------
        game : Game
        start, iterations
            As in :func:`trajectory`; here `start` is real.

        Returns
        -------
        numpy.ndarray, shape (T + 1,) + start.shape

        Raises
        ------
        ValueError
            If `start` is not real or has not m rows, or `iterations` is not an integer >= 0.
        """
        state, iterations = _start(checks.real("start", start), game, iterations)
        memory = [state] + [np.zeros_like(state) for _ in range(self.memories)]
        path = [state]
        for _ in range(iterations):
            memory = self.advance(game, memory)
            path.append(memory[0])
        return np.stack(path)

    def operator(self, game: Game) -> np.ndarray:
        r"""Return the matrix of one step on a linear game, of shape (n m, n m) with n = 1 + `memories`.

        Examples
        --------
        >>> from negmom.games import bilinear
        >>> extragradient(0.5).operator(bilinear([[1.0]]))
        array([[ 0.75,  0.5 ],
               [-0.5 ,  0.75]])
        """
        m, n = game.dimension, 1 + self.memories
        # A SymPy game makes a matrix of SymPy numbers.
        identity = np.eye(n * m, dtype=game.jacobian(np.zeros(m)).dtype)
        return np.vstack(self.advance(game, np.split(identity, n)))


def optimistic(
    eta: float, beta: float | Sequence[float], delta: float | Sequence[float], updates: str
) -> Method:
    r"""Return the gradient method with momentum and optimism.

    .. math:: \omega_{t+1} = \omega_t + \beta(\omega_t-\omega_{t-1}) - \eta(g_t-\delta g_{t-1}),

    where :math:`g_t` is the gradient that each player sees. With :math:`\delta=0` it is (5); with
    :math:`\beta=0` and :math:`\delta=\frac12` optimistic gradient descent with the step
    :math:`\eta/2` (Daskalakis et al., 2018).

    Parameters
    ----------
    eta : float or sympy.Expr
        Step size, > 0.
    beta, delta : float or sympy.Expr, or one per player
        Momentum and optimism.
    updates : {"simultaneous", "alternating"}

    Raises
    ------
    ValueError
        If `updates` is unknown, `eta` is not positive, or `beta` or `delta` is not real; when the
        method meets a game, if it has not as many players as there are values.

    Examples
    --------
    >>> from negmom.games import bilinear
    >>> optimistic(0.5, 0.0, 0.5, "simultaneous").trajectory(bilinear([[1.0]]), [1.0, 1.0], 1)[-1]
    array([1.25, 0.75])
    """
    checks.choice("updates", updates, UPDATES)
    eta = _number("eta", eta, checks.positive)
    beta, delta = _numbers("beta", beta), _numbers("delta", delta)

    def advance(game, memory):
        state, moved_by = memory
        etas = np.full(game.dimension, eta)
        betas, deltas = per_player("beta", beta, game), per_player("delta", delta, game)
        after = _step(game, state, state - moved_by, etas, betas, updates, deltas)
        return [after, after - state]

    return Method(1, advance)


def extragradient(eta: float, extrapolation: float | None = None) -> Method:
    r"""Return the extragradient method (Korpelevich, 1976), which looks ahead before it steps.

    .. math:: \omega_{t+1} = \omega_t - \eta\,v(\omega_t - \gamma\,v(\omega_t))

    Parameters
    ----------
    eta : float or sympy.Expr
        Step size, > 0.
    extrapolation : float or sympy.Expr, optional
        :math:`\gamma > 0`; by default `eta`.

    Raises
    ------
    ValueError
        If a step is not positive.

    Examples
    --------
    >>> from negmom.games import bilinear
    >>> extragradient(0.5).trajectory(bilinear([[1.0]]), [1.0, 1.0], 1)[-1]
    array([1.25, 0.25])
    """
    eta = _number("eta", eta, checks.positive)
    gamma = eta if extrapolation is None else extrapolation
    gamma = _number("extrapolation", gamma, checks.positive)
    return Method(
        0, lambda game, memory: [memory[0] - eta * game.v(memory[0] - gamma * game.v(memory[0]))], 2
    )


def consensus(eta: float, gamma: float) -> Method:
    r"""Return consensus optimization (Mescheder et al., 2017), which also descends :math:`\frac12\|v\|^2`.

    .. math:: \omega_{t+1} = \omega_t - \eta\,(v(\omega_t) + \gamma\,\nabla v(\omega_t)^\top v(\omega_t))

    On a complex linear game the transpose is conjugate.

    Parameters
    ----------
    eta, gamma : float or sympy.Expr
        Step size and weight, > 0.

    Raises
    ------
    ValueError
        If `eta` or `gamma` is not positive.

    Examples
    --------
    >>> from negmom.games import bilinear
    >>> consensus(0.5, 0.5).trajectory(bilinear([[1.0]]), [1.0, 1.0], 1)[-1]
    array([1.25, 0.25])
    """
    eta = _number("eta", eta, checks.positive)
    gamma = _number("gamma", gamma, checks.positive)

    def advance(game, memory):
        (state,) = memory
        gradient = game.v(state)
        # A Jacobian is that of one state, so the columns take their turns.
        columns = zip(np.atleast_2d(state.T), np.atleast_2d(gradient.T))
        pulled = np.array([game.jacobian(x).conj().T @ g for x, g in columns]).T.reshape(state.shape)
        return [state - eta * (gradient + gamma * pulled)]

    return Method(0, advance, 2)


def complex_momentum(eta: float, beta: complex, updates: str) -> Method:
    r"""Return the method with complex momentum (Lorraine et al., 2022), whose steps are real.

    .. math:: m_{t+1} = \beta m_t - g_t, \qquad \omega_{t+1} = \omega_t + \eta\,\Re m_{t+1}

    Parameters
    ----------
    eta : float or sympy.Expr
        Step size, > 0.
    beta : complex or sympy.Expr
        Momentum; a real one makes this the method (5).
    updates : {"simultaneous", "alternating"}

    Raises
    ------
    ValueError
        If `updates` is unknown, `eta` is not positive or `beta` is not finite.

    Examples
    --------
    >>> from negmom.games import bilinear
    >>> complex_momentum(0.5, 0.5j, "simultaneous").trajectory(bilinear([[1.0]]), [1.0, 1.0], 1)[-1]
    array([1.5, 0.5])
    """
    checks.choice("updates", updates, UPDATES)
    eta = _number("eta", eta, checks.positive)
    if isinstance(beta, sp.Expr):
        real, imaginary = _number("beta", beta, checks.finite_complex).as_real_imag()
    else:
        beta = checks.finite_complex("beta", beta)
        real, imaginary = checks.number("beta", beta.real), checks.number("beta", beta.imag)

    # The memory is η m: its real part is the last displacement.
    def advance(game, memory):
        state, moved_by, imaginary_part = memory
        moved = state + real * moved_by - imaginary * imaginary_part
        after = _descend(game, moved, state, state, np.full(game.dimension, eta), updates)
        return [after, after - state, imaginary * moved_by + real * imaginary_part]

    return Method(2, advance)


def per_player(name: str, value: np.ndarray, game: Game) -> np.ndarray:
    """Return one number, or one per player, spread over the entries of a state: shape (m,).

    Parameters
    ----------
    name : str
        What an error calls the value.
    value : numpy.ndarray, shape () or (number of players,)
    game : Game
        Or anything else with ``sizes`` and ``dimension``.

    Raises
    ------
    ValueError
        If `value` has another shape.

    Examples
    --------
    >>> from negmom.games import bilinear
    >>> per_player("eta", np.array([0.5, 0.25]), bilinear([[1.0, 2.0]]))
    array([0.5 , 0.5 , 0.25])
    """
    if value.ndim == 0:
        return np.full(game.dimension, value)
    if value.shape != (len(game.sizes),):
        raise ValueError(
            f"{name} must be one number or one per player ({len(game.sizes)}); got shape {value.shape}"
        )
    return np.repeat(value, game.sizes)


def _spread(game, eta, beta, updates) -> tuple[np.ndarray, np.ndarray]:
    """Check the order of the updates and the step sizes and momenta; return these for every entry of a state."""
    checks.choice("updates", updates, UPDATES)
    etas = per_player("eta", checks.positive("eta", eta), game)
    return etas, per_player("beta", checks.real("beta", beta), game)


def _step(game, state, previous, etas, betas, updates, deltas=None) -> np.ndarray:
    moved = state + _columns(betas, state) * (state - previous)
    return _descend(game, moved, state, previous, etas, updates, deltas)


def _descend(game, moved, state, previous, etas, updates, deltas=None) -> np.ndarray:
    """Subtract the gradient steps, less the shares `deltas` of the last gradients, from `moved`."""
    optimistic = deltas is not None and np.any(deltas)
    if updates == "simultaneous":
        gradient = game.v(state)
        if optimistic:
            gradient = gradient - _columns(deltas, state) * game.v(previous)
        return moved - _columns(etas, state) * gradient
    seen, saw = state, previous  # what the next player sees, and what it saw one step before
    for player in game.players:
        gradient = game.v(seen)[player]
        if optimistic:
            gradient = gradient - _columns(deltas[player], state) * game.v(saw)[player]
            saw = _replaced(saw, player, state[player])
        seen = _replaced(seen, player, moved[player] - _columns(etas[player], state) * gradient)
    return seen


def _replaced(state: np.ndarray, player: slice, part: np.ndarray) -> np.ndarray:
    """Return a copy with other entries for one player, of a type that holds both: `part` may be complex or SymPy."""
    copy = state.astype(np.result_type(state, part))
    copy[player] = part
    return copy


# What SymPy may know of a number to be false, and what is then said of it.
_KNOWN = {
    checks.real: ("is_real", "real and finite"),
    checks.positive: ("is_positive", "> 0"),
    checks.finite_complex: ("is_finite", "a finite complex number"),
}


def _number(name: str, value, check=checks.real):
    """Check a parameter that is one number; a SymPy one stays as it is."""
    if isinstance(value, sp.Expr):
        known, rule = _KNOWN[check]
        if getattr(value, known) is False or value is sp.nan:
            raise ValueError(f"{name} must be {rule}; got {value}")
        return value
    return checks.number(name, value, check)


def _numbers(name: str, value) -> np.ndarray:
    """Check a parameter that is one number or one per player, SymPy ones too."""
    if isinstance(value, (tuple, list, np.ndarray)) and np.ndim(value):
        return np.array([_number(name, part) for part in value])
    return np.asarray(_number(name, value))


def _rows(name: str, state: np.ndarray, game: Game) -> np.ndarray:
    if state.ndim not in (1, 2) or len(state) != game.dimension:
        raise ValueError(f"{name} must have {game.dimension} rows; got shape {state.shape}")
    return state


def _start(start: np.ndarray, game: Game, iterations: int) -> tuple[np.ndarray, int]:
    return _rows("start", start, game), checks.integer("iterations", iterations, 0)


def _columns(values: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Shape one value per entry of a state so that it multiplies every column."""
    return values.reshape(-1, *[1] * (state.ndim - 1))
