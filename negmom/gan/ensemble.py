r"""The ring of eight Gaussians: all cells of a grid trained as one batched program.

A leading axis of every tensor is the cell. The players are multilayer perceptrons whose weights,
one row a cell, are one flat tensor; a layer is one batched matrix product and an optimizer step a
few operations on the whole. :math:`\beta` and :math:`\eta` are columns, one entry a cell. Noise and
data depend on the seed alone, so cells with the same seed see the same batches, and a cell trained
alone takes the same steps as in a batch, up to rounding.

>>> from negmom.gan.cells import product
>>> cells = product("gaussians", betas=[-0.5, 0.5], etas=[1e-3], seeds=[0, 1], iterations=10)
>>> records = train(cells)
>>> records[0].cell.beta, records[0].samples.shape
(-0.5, (512, 2))
"""

import contextlib
import itertools

import torch
from torch import nn

from negmom.gan import ring
from negmom.gan.cells import batches
from negmom.gan.losses import GENERATOR_LOSSES, discriminator_loss
from negmom.gan.records import Record, provenance
from negmom.gan.train import INTERVAL, fit, make_optimizer, seeds

#: Samples behind a point of the monitored curves, behind the final scores, and kept in a record.
MONITORED, SCORED, SHOWN = 512, 2048, 512
EPSILON = 1e-8  # torch's default for Adam


class Player:
    r"""A perceptron and its optimizer state for every cell at once.

    Parameters
    ----------
    inputs, outputs : int
    cells : list of Cell
        Give what they share: width, depth and the optimizer's family.
    beta, eta : sequences of float
        Momentum and step size, one a cell.
    generators : list of torch.Generator
        Source of the initial weights, one a cell: He initialization, biases zero.
    """

    def __init__(self, inputs, outputs, cells, beta, eta, generators):
        sizes = [inputs] + [cells[0].width] * cells[0].depth + [outputs]
        self.shapes = list(itertools.pairwise(sizes))
        self.splits = [n for i, o in self.shapes for n in (i * o, o)]
        self.weights = torch.stack([self._initial(generator) for generator in generators])
        self.weights.requires_grad_()
        self.first = torch.zeros_like(self.weights)
        self.second = torch.zeros_like(self.weights)
        self.beta = torch.tensor(beta)[:, None]
        self.eta = torch.tensor(eta)[:, None]
        self.cell = cells[0]

    def _initial(self, generator):
        parts = []
        for i, o in self.shapes:
            parts += [torch.randn(i * o, generator=generator) * (2 / i) ** 0.5, torch.zeros(o)]
        return torch.cat(parts)

    def __call__(self, x):
        """Map (cells, batch, inputs) to (cells, batch, outputs)."""
        parts = iter(self.weights.split(self.splits, dim=1))
        for layer, (i, o) in enumerate(self.shapes):
            if layer:
                x = x.relu()
            weight, bias = next(parts).view(-1, i, o), next(parts).unsqueeze(1)
            x = torch.baddbmm(bias, x, weight)
        return x

    def gradient(self, losses):
        """Gradient of each cell's loss, shape (cells, weights)."""
        # The cells are independent: the gradient of the sum holds each one's own.
        (gradient,) = torch.autograd.grad(losses.sum(), self.weights)
        return gradient

    @torch.no_grad()
    def step(self, gradient, t):
        """Step t (from 1) of ``negmom.optim.SGD`` or ``Adam``, with a beta and an eta a cell."""
        beta2 = self.cell.beta2
        if self.cell.optimizer == "sgd":
            self.first.mul_(self.beta).add_(gradient)
            self.weights.sub_(self.eta * self.first)
            return
        self.first.lerp_(gradient, 1 - self.beta)
        self.second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        eta = self.eta / (1 - self.beta) if self.cell.optimizer == "adam-undamped" else self.eta
        scale = eta / (1 - self.beta.double() ** t).float()
        root = (self.second / (1 - beta2**t)).sqrt_().add_(EPSILON)
        self.weights.sub_(root.reciprocal_().mul_(self.first).mul_(scale))

    def module(self, k, t):
        """Cell k as a torch module and its optimizer, after t steps."""
        layers = [part for i, o in self.shapes for part in (nn.Linear(i, o), nn.ReLU())]
        network, beta, eta = nn.Sequential(*layers[:-1]), float(self.beta[k]), float(self.eta[k])
        optimizer = make_optimizer(self.cell, network, beta, eta)
        parts = [self._parameters(row[k].detach()) for row in (self.weights, self.first, self.second)]
        for parameter, weight, first, second in zip(network.parameters(), *parts):
            parameter.data = weight
            if t and self.cell.optimizer == "sgd":
                optimizer.state[parameter] = {"momentum_buffer": first}
            elif t:
                step = torch.tensor(float(t))
                optimizer.state[parameter] = {"step": step, "exp_avg": first, "exp_avg_sq": second}
        return network, optimizer

    def _parameters(self, row):
        """Copies of a cell's weights and biases, or of what belongs to them, in the shapes of torch."""
        parts = iter(row.split(self.splits))
        for i, o in self.shapes:
            yield next(parts).view(i, o).T.clone(memory_format=torch.contiguous_format)
            yield next(parts).clone()

    def state_dict(self):
        return {"weights": self.weights.detach(), "first": self.first, "second": self.second}

    @torch.no_grad()
    def load_state_dict(self, state):
        for name, value in state.items():
            getattr(self, name).copy_(value)


class Games:
    """Independent games on the ring, one a cell; see :func:`negmom.gan.train.fit`.

    Parameters
    ----------
    cells : list of Cell
        May differ in β, η and seed only.

    Raises
    ------
    ValueError
        If there are no cells, if one is not on ``gaussians``, or if they differ in anything else.
    """

    columns = ("discriminator", "generator", "generator gradient", "modes covered", "within 3 sigma")

    def __init__(self, cells):
        if not cells or len({cell.shared() for cell in cells}) > 1:
            raise ValueError("cells must be one or more that differ in beta, eta and seed only")
        if cells[0].dataset != "gaussians":
            raise ValueError(f"dataset must be gaussians for a batch of cells; got {cells[0].dataset!r}")
        self.cells, self.iterations, self.iteration = cells, cells[0].iterations, 0
        self.simultaneous = cells[0].updates == "simultaneous"
        self.generator_loss = GENERATOR_LOSSES[cells[0].loss]
        self.sources = {seed: torch.Generator().manual_seed(seeds(seed)[1]) for seed in self._seeds()}
        # Which of the seeds' draws a cell uses.
        order = list(self.sources)
        self.source = torch.tensor([order.index(cell.seed) for cell in cells])

        initial = [torch.Generator().manual_seed(seeds(cell.seed)[0]) for cell in cells]
        self.generator = Player(
            cells[0].z, 2, cells, [c.generator_beta for c in cells], [c.generator_eta for c in cells], initial
        )
        self.discriminator = Player(2, 1, cells, [c.beta for c in cells], [c.eta for c in cells], initial)

    def _seeds(self):
        return dict.fromkeys(cell.seed for cell in self.cells)

    def _draw(self, draw, generators=None):
        """What ``draw(generator)`` gives for each seed, spread over the cells."""
        drawn = torch.stack([draw(generator) for generator in generators or self.sources.values()])
        return drawn[self.source]

    def _logits(self, x):
        return self.discriminator(x).squeeze(-1)

    def _step(self):
        """One iteration: the discriminator's step, then the generator's.

        Alternating, the generator answers the discriminator's new weights; simultaneous, both
        gradients are taken at the old ones. Returned are the losses and the norm of the generator's gradient,
        shape (cells, 3).
        """
        cell = self.cells[0]
        real = self._draw(lambda source: ring.sample(cell.batch, source))
        noise = self._draw(lambda source: torch.randn(2, cell.batch, cell.z, generator=source))
        t = self.iteration + 1

        with torch.no_grad():
            fake = self.generator(noise[:, 0])
        logits = self._logits(torch.cat([real, fake], dim=1))
        d_losses = discriminator_loss(*logits.chunk(2, dim=1))
        d_gradient = self.discriminator.gradient(d_losses)
        if not self.simultaneous:
            self.discriminator.step(d_gradient, t)
        g_losses = self.generator_loss(self._logits(self.generator(noise[:, 1])))
        g_gradient = self.generator.gradient(g_losses)
        if self.simultaneous:
            self.discriminator.step(d_gradient, t)
        self.generator.step(g_gradient, t)
        self.iteration = t
        return torch.stack([d_losses.detach(), g_losses.detach(), g_gradient.norm(dim=1)], dim=1)

    def advance(self, n):
        """Train n iterations; what :meth:`_step` returns of each, shape (n, cells, 3)."""
        return torch.stack([self._step() for _ in range(n)])

    def modules(self, k):
        """Cell k at this iteration, as copies that torch can train on.

        Parameters
        ----------
        k : int
            A place in ``cells``.

        Returns
        -------
        generator, discriminator : torch.nn.Sequential
        optimizers : pair of negmom.optim.SGD or negmom.optim.Adam
            The discriminator's and the generator's, with their moments.
        """
        discriminator, first = self.discriminator.module(k, self.iteration)
        generator, second = self.generator.module(k, self.iteration)
        return generator, discriminator, (first, second)

    @torch.no_grad()
    def samples(self, n):
        """Samples from a noise that depends on the seed alone, shape (cells, n, 2)."""
        fixed = [torch.Generator().manual_seed(seed) for seed in self._seeds()]
        return self.generator(self._draw(lambda source: torch.randn(n, self.cells[0].z, generator=source), fixed))

    def monitor(self):
        """Scores of a few samples, shape (cells, 2)."""
        return torch.stack(list(ring.scores(self.samples(MONITORED)).values()), dim=1)

    def state_dict(self):
        return {
            "iteration": self.iteration,
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "sources": [source.get_state() for source in self.sources.values()],
        }

    def load_state_dict(self, state):
        self.iteration = state["iteration"]
        self.generator.load_state_dict(state["generator"])
        self.discriminator.load_state_dict(state["discriminator"])
        for source, value in zip(self.sources.values(), state["sources"]):
            source.set_state(value)

@contextlib.contextmanager
def _one_thread():
    """One thread for the small products of a batch, which gain little from more.

    A second thread on a busy core makes every operation wait for it, a hundredfold slowdown at worst;
    and with one the result does not depend on the machine's number of cores.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@_one_thread()
def train(cells, report=None, checkpoint=None, interval=INTERVAL):
    """Train cells on the ring and score them.

    Cells that differ in more than β, η and the seed train as several batches, one after the other;
    ``negmom.gan.grid`` gives them to several processes.

    Parameters
    ----------
    cells : list of Cell
        See :func:`negmom.gan.cells.product`.
    report, checkpoint, interval
        As for :func:`negmom.gan.train.fit`; a checkpoint needs cells of one batch.

    Returns
    -------
    list of Record
        In the order of ``cells``.
    """
    together = batches(cells)
    if checkpoint and len(together) > 1:
        raise ValueError(f"cells must form one batch to have a checkpoint; got {len(together)} batches")
    records = {}
    for batch in together:
        game = Games(batch)
        history = fit(game, report, checkpoint, interval)
        records |= {record.cell: record for record in _records(game, history)}
    return [records[cell] for cell in cells]


def _records(game, history):
    """One record a cell, scored on samples from a fixed noise."""
    samples = game.samples(SCORED)
    scores = ring.scores(samples)
    curves = torch.stack(history.curves, dim=-1)  # (cells, columns, points)
    for k, cell in enumerate(game.cells):
        diverged = int(history.diverged[k]) or None
        yield Record(
            cell=cell,
            diverged=diverged,
            curves={"iteration": history.iterations, **dict(zip(game.columns, curves[k].tolist()))},
            scores={} if diverged else {name: float(score[k]) for name, score in scores.items()},
            real=ring.TRUE_SCORES,
            seconds=history.seconds,
            starts=history.starts,
            provenance={**provenance(), "data": "drawn from the density"},
            cells_in_batch=len(game.cells),
            batch=[[cell.beta, cell.eta, cell.seed] for cell in game.cells],
            samples=samples[k, :SHOWN].numpy(),
        )
