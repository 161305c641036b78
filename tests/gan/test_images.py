"""The residual players on images: shapes, steps, precision, resuming."""

import numpy as np
import pytest
import torch

from negmom.gan import data, images
from negmom.gan.cells import Cell
from negmom.gan.images import Game
from negmom.gan.losses import discriminator_loss, non_saturating_loss, saturating_loss
from negmom.gan.networks import Discriminator, Generator, initialize
from negmom.gan.train import fit

SMALL = {"width": 4, "z": 5, "batch": 4, "iterations": 6}


def cell(**settings):
    return Cell("images", **{"beta": -0.5, "eta": 1e-3, **SMALL, **settings})


@pytest.fixture
def pixels():
    return torch.randint(256, (20, 1, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_the_losses_are_the_cross_entropies_they_name():
    real, fake = torch.randn(2, 3, 50, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    d_real, d_fake = torch.sigmoid(real), torch.sigmoid(fake)
    torch.testing.assert_close(
        discriminator_loss(real, fake), -d_real.log().mean(-1) - (1 - d_fake).log().mean(-1)
    )
    torch.testing.assert_close(saturating_loss(fake), (1 - d_fake).log().mean(-1))
    torch.testing.assert_close(non_saturating_loss(fake), -d_fake.log().mean(-1))


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_players_fit_together(channels, depth):
    fake = Generator(channels, z=5, width=4, depth=depth)(torch.randn(3, 5))
    assert fake.shape == (3, channels, 32, 32) and fake.abs().max() <= 1
    assert Discriminator(channels, width=4, depth=depth)(fake).shape == (3,)


def test_no_player_normalizes():
    names = {type(m).__name__ for net in (Generator(3), Discriminator(3)) for m in net.modules()}
    assert not any("Norm" in name for name in names)
    # The count of the paper's time: three up-blocks; two down-blocks and two plain ones.
    assert len(Generator(3).blocks) == 3 and len(Discriminator(3).blocks) == 4
    assert [b.resample for b in Discriminator(3).blocks] == ["down", "down", None, None]


def test_initial_weights_are_he_normal_and_leave_the_global_state_alone():
    network = torch.nn.Conv2d(64, 64, 3)
    state = torch.get_rng_state()
    initialize(network, torch.Generator().manual_seed(0))
    assert network.weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.02)
    assert not network.bias.any()
    assert torch.equal(state, torch.get_rng_state())


def reference(settings, pixels):
    """The plain loop over the same draws, as a reader would write it."""
    game = Game(settings, pixels)  # for its initial weights and draws only
    g, d, source = game.generator, game.discriminator, game.source
    g_optimizer, d_optimizer = game.g_optimizer, game.d_optimizer
    losses = []
    for _ in range(settings.iterations):
        index = torch.randint(len(pixels), (settings.batch,), generator=source)
        noise = torch.empty(2, settings.batch, settings.z).normal_(generator=source)
        real = pixels[index] / 127.5 - 1
        loss = torch.nn.functional.binary_cross_entropy_with_logits
        ones, zeros = torch.ones(settings.batch), torch.zeros(settings.batch)
        d_loss = loss(d(real), ones) + loss(d(g(noise[0]).detach()), zeros)
        d_gradient = torch.autograd.grad(d_loss, list(d.parameters()))
        for p, gradient in zip(d.parameters(), d_gradient):
            p.grad = gradient
        if settings.updates == "alternating":
            d_optimizer.step()
        g_loss = -loss(d(g(noise[1])), zeros)
        for p, gradient in zip(g.parameters(), torch.autograd.grad(g_loss, list(g.parameters()))):
            p.grad = gradient
        if settings.updates == "simultaneous":
            d_optimizer.step()
        g_optimizer.step()
        losses.append([d_loss.item(), g_loss.item()])
    return np.array(losses)


@pytest.mark.parametrize("updates", ["alternating", "simultaneous"])
@pytest.mark.parametrize("optimizer", ["adam", "adam-undamped", "sgd"])
def test_a_step_is_the_plain_loops_step(optimizer, updates, pixels):
    settings = cell(optimizer=optimizer, updates=updates)
    losses = Game(settings, pixels).advance(6)[:, 0].numpy()
    np.testing.assert_allclose(losses, reference(settings, pixels), rtol=1e-3, atol=1e-4)


def test_the_generators_momentum_is_not_the_discriminators(pixels):
    game = Game(cell(), pixels)
    assert game.d_optimizer.param_groups[0]["betas"] == (-0.5, 0.9)
    assert game.g_optimizer.param_groups[0]["betas"] == (0.5, 0.9)
    assert game.g_optimizer.param_groups[0]["lr"] == 1e-4


@pytest.mark.parametrize("precision", ["tf32", "bf16"])
@pytest.mark.parametrize("compile", ["none", "graph"])
def test_fast_paths_fall_back_on_a_cpu(precision, compile, pixels):
    losses = Game(cell(precision=precision), pixels, compile=compile).advance(2)
    exact = Game(cell(), pixels).advance(2)
    torch.testing.assert_close(losses, exact, rtol=0.1, atol=0.1)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # torch's compiler warns of its own doings
def test_a_compiled_step_is_the_plain_one(pixels):
    compiled = Game(cell(), pixels, compile="inductor").advance(3)
    torch.testing.assert_close(compiled, Game(cell(), pixels).advance(3), rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("optimizer", ["adam", "adam-undamped", "sgd"])
@pytest.mark.parametrize("compile, precision", [("graph", "float32"), ("graph", "bf16"), ("inductor", "float32")])
def test_a_cuda_graph_takes_the_plain_steps(optimizer, compile, precision, pixels):
    settings = cell(optimizer=optimizer, precision=precision, iterations=12)
    plain = Game(settings, pixels, "cuda").advance(12).cpu()
    graphed = Game(settings, pixels, "cuda", compile).advance(12).cpu()
    torch.testing.assert_close(graphed, plain, rtol=1e-2, atol=1e-3)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("first, then", [("graph", "graph"), ("none", "graph"), ("graph", "none")])
def test_on_a_gpu_training_goes_on_from_a_state(first, then, pixels):
    whole, half, rest = (Game(cell(), pixels, "cuda", compile) for compile in (first, first, then))
    losses = whole.advance(12)
    half.advance(6)
    rest.load_state_dict(half.state_dict())
    torch.testing.assert_close(rest.advance(6), losses[6:], rtol=1e-2, atol=1e-3)


def test_a_state_says_nothing_on_how_steps_are_executed(pixels):
    state = Game(cell(), pixels).state_dict()
    own = [dict(group) for group in state["d_optimizer"]["param_groups"]]
    for group in state["d_optimizer"]["param_groups"]:
        group.update(fused=True, capturable=True)
    game = Game(cell(), pixels)
    game.load_state_dict(state)
    assert game.d_optimizer.state_dict()["param_groups"] == own


def test_a_state_of_another_device_is_refused(pixels):
    state = Game(cell(), pixels).state_dict() | {"device": "cuda"}
    with pytest.raises(ValueError, match="device must be cuda, on which the training began; got cpu"):
        Game(cell(), pixels).load_state_dict(state)


def test_products_are_exact_within_and_a_cells_again_after(pixels):
    Game(cell(precision="tf32"), pixels)
    products = torch.backends.cuda.matmul
    with images.exact_products():
        assert products.fp32_precision == "ieee"
    assert products.fp32_precision == "tf32"
    Game(cell(), pixels)
    assert products.fp32_precision == "ieee"


def test_samples_come_from_a_fixed_noise(pixels):
    game = Game(cell(), pixels)
    assert game.samples(3).dtype == torch.uint8
    assert torch.equal(game.samples(3), game.samples(3))
    game.advance(3)
    assert not torch.equal(game.samples(3), Game(cell(), pixels).samples(3))


def test_divergence_stops_the_cell_at_its_iteration(npz):
    pixels = data.load(str(npz))
    record = images.train(cell(optimizer="sgd", eta=1e30, iterations=50), pixels)
    assert 1 <= record.diverged <= 5
    assert record.curves["iteration"][-1] < 50
    assert record.samples.dtype == np.uint8 and record.scores == {}


def test_a_state_dict_holds_everything(pixels):
    whole, half = Game(cell(), pixels), Game(cell(), pixels)
    losses = whole.advance(6)
    half.advance(3)
    rest = Game(cell(), pixels)
    rest.load_state_dict(half.state_dict())
    assert torch.equal(rest.advance(3), losses[3:])
    for a, b in zip(whole.generator.parameters(), rest.generator.parameters()):
        assert torch.equal(a, b)


def test_fit_stops_where_everything_diverged(pixels):
    game = Game(cell(optimizer="sgd", eta=1e30, iterations=400), pixels)
    history = fit(game)
    assert game.iteration < 400 and history.diverged[0] > 0
