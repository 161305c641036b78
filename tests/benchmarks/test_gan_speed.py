"""Speed of the GAN experiment against its plain forms, both measured in one run, on whatever device.

``pytest tests/benchmarks/test_gan_speed.py --benchmark-only --benchmark-verbose`` shows the times; the
ratios are each benchmark's ``extra_info``, and printed with ``-s``. Warm-up rounds are not counted.
"""

import statistics
import time

import pytest
import torch

from negmom.gan.cells import Cell, product
from negmom.gan.ensemble import Games
from negmom.gan.images import Game
from negmom.gan.losses import discriminator_loss, saturating_loss
from negmom.gan.networks import Discriminator, Generator

ON_GPU = torch.cuda.is_available()
DEVICE = "cuda" if ON_GPU else "cpu"


def seconds(work, rounds=3):
    """Median time of a call, after one that is not counted."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def note(benchmark, plain, **facts):
    """Put the ratio to the plain form beside the benchmark's own median."""
    facts |= {"times faster than plain": plain / benchmark.stats.stats.median}
    benchmark.extra_info.update(facts)
    print("\n", {name: fact if isinstance(fact, str) else round(fact, 3) for name, fact in facts.items()})


@pytest.mark.parametrize("cells_per_axis", [(5, 5, 5)], ids=["125 cells"])
def test_the_ring_as_one_batch_against_a_loop_over_cells(benchmark, cells_per_axis):
    torch.set_num_threads(1)
    betas, etas, seeds = cells_per_axis
    cells = product(
        "gaussians",
        [-0.8 + 0.3 * k for k in range(betas)],
        [1e-3 * (k + 1) for k in range(etas)],
        range(seeds),
    )
    n, batch, alone = 20, Games(cells), [Games([cell]) for cell in cells]
    benchmark.pedantic(batch.advance, args=(n,), rounds=5, warmup_rounds=1)
    loop = seconds(lambda: [game.advance(n) for game in alone])
    note(benchmark, loop, **{"ms an iteration of all cells": 1e3 * benchmark.stats.stats.median / n})


def plain_step(cell, images):
    """The eager float32 loop that a reader would write first."""
    g = Generator(images.shape[1], cell.z, cell.width).to(DEVICE)
    d = Discriminator(images.shape[1], cell.width).to(DEVICE)
    g_optimizer = torch.optim.Adam(g.parameters(), lr=1e-4, betas=(0.5, 0.9))
    d_optimizer = torch.optim.Adam(d.parameters(), lr=1e-4, betas=(0.5, 0.9))
    floats = images.float() / 127.5 - 1

    def step():
        real = floats[torch.randint(len(floats), (cell.batch,))].to(DEVICE)
        fake = g(torch.randn(cell.batch, cell.z, device=DEVICE)).detach()
        d_optimizer.zero_grad()
        discriminator_loss(d(real), d(fake)).backward()
        d_optimizer.step()
        g_optimizer.zero_grad()
        loss = saturating_loss(d(g(torch.randn(cell.batch, cell.z, device=DEVICE))))
        loss.backward()
        g_optimizer.step()
        return loss.item()

    return step


FAST = [("float32", "none")]
if ON_GPU:
    FAST += [("float32", "graph"), ("tf32", "graph"), ("bf16", "graph"), ("bf16", "inductor")]


@pytest.mark.filterwarnings("default")  # the compiler's
@pytest.mark.parametrize("precision, compile", FAST)
def test_the_image_step_against_the_plain_eager_loop(benchmark, precision, compile):
    torch.set_num_threads(1)
    width, n = (128, 50) if ON_GPU else (16, 5)
    cell = Cell("images", beta=0.5, eta=1e-4, width=width, precision=precision)
    images = torch.randint(256, (1000, 3, 32, 32), dtype=torch.uint8)

    torch.backends.cuda.matmul.fp32_precision = torch.backends.cudnn.conv.fp32_precision = "ieee"
    step = plain_step(cell, images)
    plain = seconds(lambda: [step() for _ in range(n)])

    game = Game(cell, images, DEVICE, compile)
    # .cpu() waits for the device.
    benchmark.pedantic(lambda: game.advance(n).cpu(), rounds=3, warmup_rounds=1)
    rate = n * cell.batch / benchmark.stats.stats.median
    note(benchmark, plain, width=width, precision=precision, compile=compile, **{"images a second": rate})
