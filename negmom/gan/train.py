"""What images and the ring share of training: seeds, optimizers, and the loop with its curves and checkpoints."""

import dataclasses
import time

import numpy as np
import torch

from negmom.optim import SGD, Adam

#: A loss curve has at least so many points, and less than twice as many; fewer iterations are all points. At each the
#: loop looks at its losses, and may stop.
POINTS = 200

#: Seconds between checkpoints.
INTERVAL = 60.0


def seeds(seed):
    """Independent seeds of the initial weights and of everything drawn in training.

    Returns
    -------
    (int, int)

    Examples
    --------
    >>> seeds(0) == seeds(0), seeds(0)[0] != seeds(0)[1]
    (True, True)
    """
    return tuple(int(state) for state in np.random.SeedSequence(seed).generate_state(2))


def make_optimizer(cell, network, beta, eta, **adam):
    """A player's optimizer, of the cell's family; `adam` are further options of Adam's."""
    if cell.optimizer == "sgd":  # not fused: see negmom.optim.SGD
        return SGD(network.parameters(), lr=eta, momentum=beta)
    undamped = cell.optimizer == "adam-undamped"
    return Adam(network.parameters(), lr=eta, betas=(beta, cell.beta2), undamped=undamped, **adam)


def recorded(iterations):
    """The iterations at which the curves of a training of so many have their points.

    Returns
    -------
    list of int

    Examples
    --------
    >>> recorded(500)[:2], recorded(501)[-2:]
    ([2, 4], [500, 501])
    """
    apart = max(1, iterations // POINTS)
    return [*range(apart, iterations, apart), iterations]


@dataclasses.dataclass
class History:
    """What a game went through, thinned to about :data:`POINTS` points.

    Attributes
    ----------
    iterations : list of int
        Where the points are.
    curves : list of Tensor, shape (cells, columns)
        The columns of ``game.columns``: the losses and what else ``advance`` returns, averaged since the last
        point, and what the game monitors.
    diverged : Tensor of int, shape (cells,)
        The first iteration, counted from 1, with a loss that is not finite; 0 where there is none.
    seconds : float
        Wall time of training, over all starts.
    starts : int
        How often training began: 1, and 1 for every time it went on from a checkpoint.
    """

    iterations: list
    curves: list
    diverged: torch.Tensor
    seconds: float = 0.0
    starts: int = 1


def fit(game, report=None, checkpoint=None, interval=INTERVAL):
    """Train a game to its last iteration, or until all of its cells have diverged.

    Parameters
    ----------
    game : object
        Has ``cells``, ``iteration``, ``iterations``, ``advance(n)`` (trains n iterations and returns their two
        losses, and after them what else it measures, shape (n, cells, 2 or more)), ``monitor()`` (shape (cells, m)),
        ``state_dict()`` and ``load_state_dict()``.
    report : callable, optional
        Called with the iterations done since its last call.
    checkpoint : Checkpoint, optional
        Has ``load()``, which returns a dictionary or None, ``save(dictionary)``, and ``damaged(error)``, the
        error to raise for a dictionary of another kind. Training goes on from what it loads, and ends as it would
        have without the interruption.
    interval : float
        Seconds between checkpoints.

    Returns
    -------
    History
    """
    history = History([], [], torch.zeros(len(game.cells), dtype=torch.int64))
    saved = checkpoint.load() if checkpoint else None
    if saved:
        try:
            game.load_state_dict(saved["game"])
            history = History(**saved["history"])
        except (AttributeError, IndexError, KeyError, TypeError) as error:  # read, but not what is saved below
            raise checkpoint.damaged(error) from error
        history.starts += 1
        if report:
            report(game.iteration)

    def save():
        checkpoint.save({"game": game.state_dict(), "history": dataclasses.asdict(history)})

    ahead = [point for point in recorded(game.iterations) if point > game.iteration]
    last = time.monotonic()
    saved_at = last
    for point in ahead:
        if history.diverged.all():
            break
        start = game.iteration
        measured = game.advance(point - start).cpu()
        _note_divergence(history, measured[..., :2], start)
        history.iterations.append(game.iteration)
        history.curves.append(torch.cat([measured.mean(0), game.monitor().cpu()], dim=1))
        now = time.monotonic()
        history.seconds += now - last
        last = now
        if checkpoint and now - saved_at >= interval:
            save()
            saved_at = now
        if report:
            report(game.iteration - start)
    if checkpoint:
        save()
    return history


def _note_divergence(history, losses, start):
    """Note, for cells that had none, the first iteration whose losses are not finite."""
    bad = ~losses.isfinite().all(-1)
    first = torch.where(bad.any(0), start + 1 + bad.int().argmax(0), 0)
    history.diverged = torch.where(history.diverged > 0, history.diverged, first)
