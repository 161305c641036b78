"""The ring of Gaussians and the batched training of its cells."""

import copy

import numpy as np
import pytest
import torch

from negmom.gan import ensemble, ring
from negmom.gan.cells import product
from negmom.gan.ensemble import Games
from negmom.gan.train import fit, seeds
from negmom.optim import SGD, Adam

SMALL = {"width": 8, "depth": 2, "batch": 16, "z": 3, "iterations": 12}
OPTIMIZERS = ["adam", "adam-undamped", "sgd"]
UPDATES = ["alternating", "simultaneous"]


def test_the_true_density_scores_as_said():
    scores = ring.scores(ring.sample(100_000, torch.Generator().manual_seed(0)))
    assert scores["modes covered"] == ring.TRUE_SCORES["modes covered"] == 8
    # Five standard deviations of the mean of 100,000 draws.
    assert abs(scores["within 3 sigma"] - ring.TRUE_SCORES["within 3 sigma"]) < 5 * 3.3e-4


def test_scores_of_collapsed_and_of_broken_samples():
    collapsed = ring.centers()[:1].expand(100, 2)
    broken = torch.full((100, 2), float("nan"))
    scores = ring.scores(torch.stack([collapsed, broken]))
    assert scores["modes covered"].tolist() == [1, 0]
    assert scores["within 3 sigma"].tolist() == [1, 0]


def test_a_sample_just_inside_and_just_outside_three_sigma():
    offset = torch.tensor([[0.999], [1.001]]) * torch.tensor([[3 * ring.SIGMA, 0.0]])
    assert ring.scores(ring.centers()[0] + offset)["within 3 sigma"] == 0.5


def plain_loop(cell):
    """One cell, with torch.nn players and negmom.optim: the slow reference of the batched program."""
    initial = torch.Generator().manual_seed(seeds(cell.seed)[0])

    def player(inputs, outputs):
        sizes, layers = [inputs, *[cell.width] * cell.depth, outputs], []
        for i, o in zip(sizes[:-1], sizes[1:]):
            layer = torch.nn.Linear(i, o)
            with torch.no_grad():
                layer.weight.copy_((torch.randn(i * o, generator=initial) * (2 / i) ** 0.5).view(i, o).T)
                layer.bias.zero_()
            layers += [layer, torch.nn.ReLU()]
        return torch.nn.Sequential(*layers[:-1])

    def optimizer(model, beta, eta):
        if cell.optimizer == "sgd":
            return SGD(model.parameters(), lr=eta, momentum=beta)
        undamped = cell.optimizer == "adam-undamped"
        return Adam(model.parameters(), lr=eta, betas=(beta, cell.beta2), undamped=undamped)

    g, d = player(cell.z, 2), player(2, 1)
    optimizers = optimizer(d, cell.beta, cell.eta), optimizer(g, cell.generator_beta, cell.generator_eta)
    source = torch.Generator().manual_seed(seeds(cell.seed)[1])
    return loop(cell, g, d, optimizers, source, cell.iterations)


def loop(cell, g, d, optimizers, source, iterations):
    """Losses of plain training and the norms of the generator's gradients."""
    softplus = torch.nn.functional.softplus
    d_optimizer, g_optimizer = optimizers
    measured = []
    for _ in range(iterations):
        real = ring.sample(cell.batch, source)
        noise = torch.randn(2, cell.batch, cell.z, generator=source)
        d_loss = softplus(-d(real)).mean() + softplus(d(g(noise[0]).detach())).mean()
        d_loss.backward(inputs=list(d.parameters()))
        if cell.updates == "alternating":
            d_optimizer.step()
        fake = d(g(noise[1]))
        g_loss = -softplus(fake).mean() if cell.loss == "saturating" else softplus(-fake).mean()
        g_loss.backward(inputs=list(g.parameters()))
        if cell.updates == "simultaneous":
            d_optimizer.step()
        g_optimizer.step()
        gradient = torch.cat([parameter.grad.flatten() for parameter in g.parameters()])
        g_optimizer.zero_grad()
        d_optimizer.zero_grad()
        measured.append([d_loss.item(), g_loss.item(), gradient.norm().item()])
    return np.array(measured)


@pytest.mark.parametrize("loss", ["saturating", "non-saturating"])
@pytest.mark.parametrize("updates", UPDATES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_batch_equals_the_loop_over_cells(optimizer, updates, loss):
    eta = 0.05 if optimizer == "sgd" else 2e-3
    cells = product(
        "gaussians", [-0.5, 0.0, 0.5], [eta, eta / 4], [0, 1], updates=[updates], optimizers=[optimizer],
        loss=loss, **SMALL,
    )
    measured = Games(cells).advance(SMALL["iterations"]).numpy()
    plain = np.stack([plain_loop(cell) for cell in cells], axis=1)
    np.testing.assert_allclose(measured, plain, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_cell_goes_on_as_torch_modules(optimizer):
    eta = 0.05 if optimizer == "sgd" else 2e-3
    cells = product("gaussians", [-0.5, 0.5], [eta], [0, 1], optimizers=[optimizer], **SMALL)
    game = Games(cells)
    for _ in range(2):  # from the start, and with moments
        source = torch.Generator()
        source.set_state(game.sources[1].get_state())
        went_on = loop(cells[3], *game.modules(3), source, 5)
        np.testing.assert_allclose(went_on, game.advance(5)[:, 3], rtol=2e-4, atol=2e-5)


def test_a_short_training_is_the_beginning_of_a_long_one():
    short, long = (
        Games(product("gaussians", [-0.5], [1e-2], [0], **SMALL | {"iterations": n})) for n in (6, 12)
    )
    assert torch.equal(short.advance(6), long.advance(12)[:6])


def test_a_cell_alone_takes_the_steps_it_takes_in_a_batch():
    cells = product("gaussians", [-0.5, 0.5], [1e-3, 1e-2], [0, 1], **SMALL)
    together = Games(cells).advance(12)
    alone = torch.cat([Games([cell]).advance(12) for cell in cells], dim=1)
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


def test_the_order_of_updates_matters_and_alternating_is_the_default():
    (alternating,), (simultaneous,) = (
        product("gaussians", [-0.5], [1e-2], [0], **SMALL, **updates)
        for updates in ({}, {"updates": ["simultaneous"]})
    )
    a, s = Games([alternating]).advance(2), Games([simultaneous]).advance(2)
    assert torch.equal(a[0, 0, 0], s[0, 0, 0])  # the discriminator's first loss
    assert not torch.equal(a[0, 0, 1], s[0, 0, 1])  # the generator's answer to it


class Memory:
    """A checkpoint that stays in memory, and stops training after a number of saves."""

    def __init__(self, saves):
        self.state, self.left = None, saves

    def load(self):
        return copy.deepcopy(self.state)

    def save(self, state):
        self.state, self.left = copy.deepcopy(state), self.left - 1
        if self.left == 0:
            raise KeyboardInterrupt


def test_resuming_is_the_uninterrupted_run_to_the_bit():
    cells = product("gaussians", [-0.5, 0.5], [1e-2], [0, 1], **SMALL)
    whole = fit(Games(cells))
    memory = Memory(saves=5)
    with pytest.raises(KeyboardInterrupt):
        fit(Games(cells), checkpoint=memory, interval=0.0)
    done = []
    game = Games(cells)
    resumed = fit(game, report=done.append, checkpoint=memory, interval=0.0)
    assert done[0] == 5 and sum(done) == game.iteration == 12
    assert resumed.iterations == whole.iterations
    assert all(torch.equal(a, b) for a, b in zip(resumed.curves, whole.curves, strict=True))


def test_divergence_is_recorded_and_the_other_cells_go_on():
    settings = SMALL | {"iterations": 40}
    calm, wild = product("gaussians", [0.5], [1e-3, 1e30], [0], optimizers=["sgd"], **settings)
    records = ensemble.train([wild, calm])
    assert records[0].diverged is not None and 1 <= records[0].diverged <= 40
    assert records[0].scores == {}
    assert records[1].diverged is None
    assert np.isfinite(records[1].curves["discriminator"]).all()
    # The curve and the recorded iteration agree: finite before, not after.
    curve = np.array(records[0].curves["discriminator"]) + np.array(records[0].curves["generator"])
    assert np.isfinite(curve[: records[0].diverged - 1]).all() and not np.isfinite(curve[-1])


def test_training_a_mixed_list_keeps_its_order():
    cells = product("gaussians", [-0.5, 0.5], [1e-3], [0], updates=UPDATES, **SMALL)[::-1]
    records = ensemble.train(cells)
    assert [record.cell for record in records] == cells
    assert records[0].cells_in_batch == 2
    assert set(records[0].scores) == set(ring.TRUE_SCORES)


def test_training_moves_the_samples_toward_the_ring():
    (cell,) = product("gaussians", [-0.5], [1e-3], [0], iterations=600)
    (record,) = ensemble.train([cell])
    radius = np.linalg.norm(record.samples, axis=1)
    assert abs(np.median(radius) - ring.RADIUS) < 0.5


def test_cells_that_do_not_belong_in_a_batch_are_refused():
    with pytest.raises(ValueError, match="differ in beta, eta and seed only"):
        Games(product("gaussians", [0.0], [1e-3], [0], updates=UPDATES))
    with pytest.raises(ValueError, match="dataset must be gaussians"):
        Games(product("cifar10", [0.0], [1e-3], [0]))
