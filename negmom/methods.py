r"""Gradient methods for games: the update (5), its trajectories and its operator (6).

Both update orders are one rule,

.. math:: \omega_{t+1} = \omega_t - \eta\, v(\cdot) + \beta\,(\omega_t - \omega_{t-1}),

applied player by player. *Simultaneous* updates evaluate :math:`v` at :math:`\omega_t` for every
player. *Alternating* updates let each player see what the players before it have just done.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from negmom import checks
from negmom.games import Game, linear

UPDATES = ("simultaneous", "alternating")


def step(
    game: Game,
    state: np.ndarray,
    previous: np.ndarray,
    eta: float | Sequence[float],
    beta: float | Sequence[float],
    updates: str,
) -> np.ndarray:
    r"""Return :math:`\omega_{t+1}` of (5) from :math:`\omega_t` and :math:`\omega_{t-1}`.

    Parameters
    ----------
    game : Game
    state, previous : numpy.ndarray, shape (m,) or (m, n)
        :math:`\omega_t` and :math:`\omega_{t-1}`; each column is one state.
    eta, beta : float or one float per player
        Step size and momentum.
    updates : {"simultaneous", "alternating"}
        With the latter the players move in the order in which the state lists them.

    Raises
    ------
    ValueError
        If `updates` is unknown, or `eta` or `beta` is not one number or one per player.

    Examples
    --------
    >>> from negmom.games import bilinear
    >>> start = np.array([1.0, 1.0])
    >>> step(bilinear([[1.0]]), start, start, eta=0.5, beta=0.0, updates="simultaneous")
    array([1.5, 0.5])
    >>> step(bilinear([[1.0]]), start, start, eta=0.5, beta=0.0, updates="alternating")
    array([1.5 , 0.25])
    """
    checks.choice("updates", updates, UPDATES)
    etas = _per_player("eta", checks.positive("eta", eta), game)
    betas = _per_player("beta", checks.real("beta", beta), game)
    return _step(game, state, previous, etas, betas, updates)


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
    if start.ndim not in (1, 2) or len(start) != game.dimension:
        raise ValueError(f"start must have {game.dimension} rows; got shape {start.shape}")
    if not isinstance(iterations, (int, np.integer)) or iterations < 0:
        raise ValueError(f"iterations must be an integer >= 0; got {iterations!r}")
    checks.choice("updates", updates, UPDATES)
    etas = _per_player("eta", checks.positive("eta", eta), game)
    betas = _per_player("beta", checks.real("beta", beta), game)
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


def _step(game, state, previous, etas, betas, updates) -> np.ndarray:
    moved = state + _columns(betas, state) * (state - previous)
    if updates == "simultaneous":
        return moved - _columns(etas, state) * game.v(state)
    seen = np.array(state, dtype=np.result_type(state, game.v(state)))
    for player in game.players:
        update = moved[player] - _columns(etas[player], state) * game.v(seen)[player]
        seen[player] = update
    return seen


def _per_player(name: str, value: np.ndarray, game: Game) -> np.ndarray:
    """Spread one number, or one per player, over the entries of a state: shape (m,)."""
    if value.ndim == 0:
        return np.full(game.dimension, float(value))
    if value.shape != (len(game.sizes),):
        raise ValueError(
            f"{name} must be one number or one per player ({len(game.sizes)}); got shape {value.shape}"
        )
    return np.repeat(value, game.sizes)


def _columns(values: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Shape one value per entry of a state so that it multiplies every column."""
    return values.reshape(-1, *[1] * (state.ndim - 1))
