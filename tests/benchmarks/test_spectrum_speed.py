"""The edge of a GAN's spectrum from products, beside the dense Jacobian and its eigenvalues.

Run with `pytest tests/benchmarks --benchmark-only`; plain runs skip it.
"""

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import jacrev

from negmom import spectrum
from negmom.gan import ring
from negmom.gan.losses import discriminator_loss, saturating_loss

WIDTH = 16


def perceptron(inputs, outputs):
    sizes = [inputs, WIDTH, WIDTH, WIDTH, outputs]
    layers = [nn.Linear(i, o) for i, o in zip(sizes, sizes[1:])]
    return nn.Sequential(*[part for layer in layers for part in (layer, nn.ReLU())][:-1])


def losses(generator, discriminator, batch):
    real, noise = batch
    fake = discriminator(generator(noise)).flatten()
    return discriminator_loss(discriminator(real).flatten(), fake), saturating_loss(fake)


@pytest.fixture(scope="module")
def game():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    source = torch.Generator().manual_seed(0)
    batch = ring.sample(128, source), torch.randn(128, 2, generator=source)
    return spectrum.LocalGame(perceptron(2, 2), perceptron(2, 1), losses, batch)


def arnoldi(game):
    return spectrum.arnoldi(game.jacobian(), 8).values


def products(game):
    return np.linalg.eigvals(game.jacobian() @ np.eye(game.dimension))


def reverse_mode(game):
    """What one would write first: torch's own dense Jacobian of the field."""
    omega = torch.cat([
        p.detach().double().reshape(-1)
        for player in (game._pair.discriminator, game._pair.generator)
        for p in player.parameters()
    ])  # fmt: skip
    return np.linalg.eigvals(jacrev(game._field, chunk_size=64)(omega).detach().numpy())


@pytest.mark.benchmark(group="leading eigenvalues of 1235 parameters")
@pytest.mark.parametrize("method", [arnoldi, products, reverse_mode])
def test_leading_eigenvalues(benchmark, game, method):
    result = benchmark.pedantic(method, args=(game,), rounds=3, warmup_rounds=1)
    leading = np.sort(np.abs(result))[::-1][:6]
    np.testing.assert_allclose(leading, np.sort(np.abs(arnoldi(game)))[::-1][:6], rtol=1e-6)
