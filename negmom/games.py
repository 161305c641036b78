r"""Differentiable games: the gradient vector field :math:`v` and its Jacobian :math:`\nabla v`, (2).

A state :math:`\omega` stacks the parameters of the players, in the paper's order
:math:`(\varphi, \theta)`: for a GAN the discriminator comes first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from negmom import checks

# What SymPy leaves in the derivatives of what has none: of Abs, Max or an unknown function, say.
_NO_FUNCTION = (sp.Derivative, sp.Subs, sp.DiracDelta, sp.I, sp.nan, sp.oo, sp.zoo)


@dataclass(frozen=True)
class Game:
    r"""A differentiable game, seen through its vector field.

    Parameters
    ----------
    v : callable
        :math:`v(\omega)`, the stacked gradients of the players' own losses. Takes and returns arrays
        of shape ``(m,)`` or ``(m, n)``; with the latter each column is one state.
    jacobian : callable
        :math:`\nabla v(\omega)`: ``(m,)`` to ``(m, m)``.
    sizes : tuple of int
        Number of parameters of each player, in the order of the state; they add up to ``m``.

    Examples
    --------
    >>> game = bilinear([[2.0]])
    >>> game.v(np.array([1.0, 3.0]))
    array([-6.,  2.])
    """

    v: Callable[[np.ndarray], np.ndarray]
    jacobian: Callable[[np.ndarray], np.ndarray]
    sizes: tuple[int, ...]

    @property
    def dimension(self) -> int:
        """The length m of a state."""
        return sum(self.sizes)

    @property
    def players(self) -> list[slice]:
        """The entries of the state that belong to each player."""
        ends = np.cumsum(self.sizes)
        return [slice(int(end - size), int(end)) for end, size in zip(ends, self.sizes)]


def linear(jacobian: ArrayLike, sizes: Sequence[int] | None = None) -> Game:
    r"""Return the game :math:`v(\omega) = J\omega`, the behavior of any game near an equilibrium.

    Parameters
    ----------
    jacobian : array_like, shape (m, m)
        The matrix J, real or complex.
    sizes : sequence of int, optional
        Number of parameters of each player. One player by default.

    Raises
    ------
    ValueError
        If `jacobian` is not square or not finite, or `sizes` do not add up to m.

    Examples
    --------
    >>> linear([[1.0, -2.0], [2.0, 1.0]]).v(np.array([1.0, 0.0]))
    array([1., 2.])
    """
    matrix = checks.square("jacobian", jacobian)
    if not matrix.imag.any():
        matrix = matrix.real
    sizes = (len(matrix),) if sizes is None else tuple(sizes) if np.ndim(sizes) == 1 else sizes
    whole = np.ndim(sizes) == 1 and all(checks.is_integer(size, 0) for size in sizes)
    if not whole or sum(sizes) != len(matrix):
        raise ValueError(f"sizes must be integers >= 0 and add up to {len(matrix)}; got {sizes}")
    return Game(v=lambda omega: matrix @ omega, jacobian=lambda omega: matrix, sizes=sizes)


def bilinear(matrix: ArrayLike) -> Game:
    r"""Return the game :math:`\min_\theta \max_\varphi \theta^\top A \varphi`.

    .. math:: v(\varphi, \theta) = \begin{bmatrix} -A^\top\theta \\ A\varphi \end{bmatrix}

    Parameters
    ----------
    matrix : array_like, shape (d_theta, d_phi)
        The matrix A, real.

    Raises
    ------
    ValueError
        If `matrix` is not a real, finite matrix.

    Examples
    --------
    >>> bilinear([[1.0, 2.0]]).sizes
    (2, 1)
    """
    A = checks.real("matrix", matrix)
    if A.ndim != 2:
        raise ValueError(f"matrix must have two axes; got shape {A.shape}")
    rows, columns = A.shape
    jacobian = np.block([[np.zeros((columns, columns)), -A.T], [A, np.zeros((rows, rows))]])
    return linear(jacobian, sizes=(columns, rows))


def from_losses(losses: Sequence[sp.Expr], players: Sequence[Sequence[sp.Symbol]]) -> Game:
    r"""Return the game of the given losses, differentiated by SymPy.

    .. math:: v(\omega) = (\nabla_{\varphi}\mathcal L^{(\varphi)}, \nabla_{\theta}\mathcal L^{(\theta)})

    Parameters
    ----------
    losses : sequence of sympy.Expr
        One loss per player, each to be minimized by its player.
    players : sequence of sequences of sympy.Symbol
        The parameters of each player, in the order of the state.

    Raises
    ------
    ValueError
        If there is not one loss per player, no player has a symbol, two share one, or a loss has one that
        belongs to no player or a derivative that is no real, finite function, or none that SciPy evaluates.

    Examples
    --------
    >>> p, t = sp.symbols("phi theta")
    >>> game = from_losses([-p * t, p * t], [[p], [t]])
    >>> game.jacobian(np.array([5.0, 7.0]))
    array([[ 0., -1.],
           [ 1.,  0.]])
    """
    if isinstance(losses, sp.Basic):
        raise ValueError(f"losses must be a sequence of expressions; got {losses}")
    if len(losses) != len(players):
        raise ValueError(f"losses must be one per player; got {len(losses)} for {len(players)}")
    losses = [sp.sympify(loss) for loss in losses]
    if not all(isinstance(loss, sp.Expr) for loss in losses):
        raise ValueError(f"losses must be expressions; got {losses}")
    if any(isinstance(player, sp.Symbol) for player in players):
        raise ValueError(f"players must be sequences of symbols; got {players}")
    state = [symbol for player in players for symbol in player]
    if not state:
        raise ValueError(f"players must have a symbol; got {players}")
    if len(set(state)) < len(state):
        raise ValueError(f"players must not share a symbol; got {state}")
    unknown = set().union(*(loss.free_symbols for loss in losses)) - set(state)
    if unknown:
        raise ValueError(
            f"losses must depend on the players alone; got {sorted(map(str, unknown))}"
        )
    field = sp.Matrix([sp.diff(loss, q) for loss, player in zip(losses, players) for q in player])
    derivatives = field.jacobian(state)
    for entry in (*field, *derivatives):
        if entry.has(*_NO_FUNCTION):
            raise ValueError(f"losses must have real, finite derivatives up to the second; got {entry}")
    v = sp.lambdify([state], list(field), ["scipy", "numpy"], cse=True)
    jacobian = sp.lambdify([state], derivatives.tolist(), ["scipy", "numpy"], cse=True)
    try:
        with np.errstate(all="ignore"):
            v(np.ones(len(state))), jacobian(np.ones(len(state)))
    except NameError as error:
        raise ValueError(f"losses must have derivatives that SciPy can evaluate; got {error}") from error
    return Game(  # times 1.0: integers would wrap round
        v=lambda omega: np.stack([np.broadcast_to(entry, omega.shape[1:]) for entry in v(1.0 * omega)]),
        jacobian=lambda omega: np.array(jacobian(1.0 * omega), dtype=float),
        sizes=tuple(len(player) for player in players),
    )
