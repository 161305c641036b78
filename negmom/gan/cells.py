r"""Configurations of the experiment: one cell, and grids of them.

The discriminator's momentum :math:`\beta` and step size :math:`\eta` are the axes of Fig. 3; the
generator's own, 0.5 and 1e-4 in the paper, are named ``generator_beta`` and ``generator_eta``.
"""

import dataclasses
import itertools
import math

from negmom import checks

#: What a grid is a product of, slowest first.
AXES = ("optimizer", "updates", "beta", "eta", "seed")

#: The values that settings with names may take.
CHOICES = {
    "optimizer": ("adam", "adam-undamped", "sgd"),
    "updates": ("alternating", "simultaneous"),
    "loss": ("saturating", "non-saturating"),
    "precision": ("float32", "tf32", "bf16"),
}

#: The ring needs far smaller players than images do, and a generator that moves faster.
_RING = {"iterations": 2000, "batch": 64, "z": 2, "width": 32, "depth": 3, "generator_eta": 1e-3}


def checked_seed(seed):
    """Return a seed as int; ``ValueError`` if torch's generators do not take it."""
    if not checks.is_integer(seed, 0) or seed >= 2**64:
        raise ValueError(f"seed must be an integer >= 0 and less than 2**64; got {seed!r}")
    return int(seed)


def defaults(dataset):
    """Settings that differ from :class:`Cell`'s own defaults for a data set.

    >>> defaults("cifar10")
    {}
    """
    return dict(_RING) if dataset == "gaussians" else {}


@dataclasses.dataclass(frozen=True)
class Cell:
    r"""One configuration; everything that its result depends on but the machine.

    Parameters
    ----------
    dataset : str
        ``"gaussians"``, ``"cifar10"``, ``"fashion-mnist"``, or the path of an ``.npz`` or a folder.
    beta, eta : float
        The discriminator's momentum (:math:`\beta_1` of Adam) in (-1, 1) and its step size > 0.
    seed : int
        Seed of the initial weights, the batches and the noise.
    updates, optimizer, loss, precision : str
        One of :data:`CHOICES`.
    iterations, batch : int
        Discriminator-generator iterations; samples of each kind in a step.
    z, width, depth : int
        Noise dimension; filters (hidden units); blocks a resolution (hidden layers).
    beta2 : float
        Second-moment coefficient of Adam, both players.
    generator_beta, generator_eta : float
        The generator's momentum and step size.

    Raises
    ------
    ValueError
        Naming the setting, its value and what is allowed.

    Examples
    --------
    >>> cell = Cell("cifar10", beta=-0.5, eta=1e-4)
    >>> cell.name
    'optimizer=adam,updates=alternating,beta=-0.5,eta=0.0001,seed=0'
    """

    dataset: str
    beta: float
    eta: float
    seed: int = 0
    updates: str = "alternating"
    optimizer: str = "adam"
    loss: str = "saturating"
    precision: str = "float32"
    iterations: int = 50_000
    batch: int = 64
    z: int = 128
    width: int = 128
    depth: int = 1
    beta2: float = 0.9
    generator_beta: float = 0.5
    generator_eta: float = 1e-4

    def __post_init__(self):
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}; got {getattr(self, name)!r}")
        # Equal values by one type each: 1 and 1.0, or -0.0 and 0.0, would be two names of one cell.
        for field in dataclasses.fields(self):
            name, value = field.name, getattr(self, field.name)
            if name == "seed":
                value = checked_seed(value)
            elif field.type is int:
                value = checks.integer(name, value, 1)
            elif field.type is float:
                value = checks.number(name, value) + 0.0
            object.__setattr__(self, name, value)
        for name in ("beta", "generator_beta"):
            if not -1 < getattr(self, name) < 1:
                raise ValueError(f"{name} must lie in (-1, 1); got {getattr(self, name)}")
        if not 0 <= self.beta2 < 1:
            raise ValueError(f"beta2 must lie in [0, 1); got {self.beta2}")
        for name in ("eta", "generator_eta"):
            checks.positive(name, getattr(self, name))

    @property
    def name(self):
        """The cell's place in its grid, also the name of its folder."""
        return ",".join(f"{axis}={getattr(self, axis)}" for axis in AXES)

    def shared(self):
        """Everything but β, η and the seed, as a tuple: cells that agree can train as one batch."""
        return dataclasses.astuple(dataclasses.replace(self, beta=0.0, eta=1.0, seed=0))


def product(dataset, betas, etas, seeds, *, updates=(Cell.updates,), optimizers=(Cell.optimizer,), **settings):
    """All cells of a grid, in the order of :data:`AXES`.

    Parameters
    ----------
    dataset : str
    betas, etas, seeds, updates, optimizers : sequences
        The axes. A value given twice is an error, since two cells would share a folder.
    **settings
        Any other setting of :class:`Cell`; what is left out is as in :func:`defaults`.

    Returns
    -------
    list of Cell

    Raises
    ------
    ValueError
        If an axis is empty or holds a value twice, or a setting is not allowed.

    Examples
    --------
    >>> [cell.beta for cell in product("gaussians", betas=[-0.5, 0.5], etas=[1e-3], seeds=[0])]
    [-0.5, 0.5]
    """
    axes = {"optimizer": optimizers, "updates": updates, "beta": betas, "eta": etas, "seed": seeds}
    for axis, values in axes.items():
        if not len(values) or len(set(values)) < len(values):
            raise ValueError(f"{axis} must be a list of one or more different values; got {list(values)}")
    settings = defaults(dataset) | settings
    return [
        Cell(dataset=dataset, **dict(zip(axes, point)), **settings)
        for point in itertools.product(*axes.values())
    ]


def options(cells):
    """The options of ``python -m negmom.gan grid`` that make these cells, one list for each run.

    One run makes a product of axes; cells that are no product are split along the first axis that varies.

    Parameters
    ----------
    cells : list of Cell
        Different from each other, alike but for their axes.

    Returns
    -------
    list of list of str

    Examples
    --------
    >>> [" ".join(words) for words in options(product("gaussians", [-0.5, 0.5], [1e-3], [0], width=64))]
    ['--dataset gaussians --optimizer adam --updates alternating --beta -0.5 0.5 --eta 0.001 --seeds 0 --width 64']
    """
    first = cells[0]
    axes = {axis: sorted({getattr(cell, axis) for cell in cells}) for axis in AXES}
    if math.prod(map(len, axes.values())) != len(cells):
        axis = next(axis for axis in AXES if len(axes[axis]) > 1)
        parts = [[cell for cell in cells if getattr(cell, axis) == value] for value in axes[axis]]
        return [words for part in parts for words in options(part)]
    words = ["--dataset", first.dataset]
    for axis, values in axes.items():
        words += ["--seeds" if axis == "seed" else f"--{axis}", *map(str, values)]
    usual = Cell(first.dataset, first.beta, first.eta, **defaults(first.dataset))
    for name, value in dataclasses.asdict(first).items():
        if name not in AXES and value != getattr(usual, name):
            words += [f"--{name.replace('_', '-')}", str(value)]
    return [words]


def batches(cells):
    """Cells grouped by what they share, so that each group can train as one batch.

    Examples
    --------
    >>> [len(batch) for batch in batches(product("gaussians", [0.0, 0.5], [1e-3], [0, 1]))]
    [4]
    """
    groups = {}
    for cell in cells:
        groups.setdefault(cell.shared(), []).append(cell)
    return list(groups.values())
