"""One cell on images: the residual players, trained on whatever device there is."""

import contextlib

import torch

from negmom.gan.data import scaled
from negmom.gan.losses import GENERATOR_LOSSES, discriminator_loss
from negmom.gan.networks import Discriminator, Generator, initialize
from negmom.gan.records import Record, provenance
from negmom.gan.train import fit, make_optimizer, seeds

#: How a step is run: one kernel after the other; recorded once as a CUDA graph and replayed;
#: the networks through torch.compile, and that as a CUDA graph. Off a GPU there are no graphs.
COMPILE = ("none", "graph", "inductor")

#: Samples in the grid of a record, and behind its scores.
SHOWN, SCORED = 64, 10_000

#: Where torch keeps the precision of a GPU's float32 products. Its older switches must not be used beside these.
_PRODUCTS = (torch.backends.cuda.matmul, torch.backends.cudnn.conv)


def set_precision(precision):
    """Set the process's precision of float32 products: exact for ``float32``, TF32 for the others.

    And let cuDNN take kernels alone that give the same result every time, so that a resumed cell ends as a whole one.
    """
    for products in _PRODUCTS:
        products.fp32_precision = "ieee" if precision == "float32" else "tf32"
    torch.backends.cudnn.deterministic = True


@contextlib.contextmanager
def exact_products():
    """Exact float32 products within, whatever the precision of a cell: for what is measured or scored."""
    before = [products.fp32_precision for products in _PRODUCTS]
    try:
        for products in _PRODUCTS:
            products.fp32_precision = "ieee"
        yield
    finally:
        for products, value in zip(_PRODUCTS, before):
            products.fp32_precision = value


class Game:
    """A generator against a discriminator; see :func:`negmom.gan.train.fit`.

    Batches are drawn with replacement, so the random generator's state is the whole position in the
    data.

    Parameters
    ----------
    cell : Cell
    images : Tensor of uint8, shape (n, channels, 32, 32)
        Training images, kept on the device.
    device : str
    compile : str
        One of :data:`COMPILE`.
    """

    columns = ("discriminator", "generator")

    def __init__(self, cell, images, device="cpu", compile="none"):
        set_precision(cell.precision)
        self.cells, self.cell, self.iterations, self.iteration = [cell], cell, cell.iterations, 0
        self.device, self.on_gpu = torch.device(device), torch.device(device).type == "cuda"
        if self.on_gpu and self.device.index is not None:
            torch.cuda.set_device(self.device)  # streams and captures are the current device's
        self.images = images.to(self.device)
        self.generator_loss = GENERATOR_LOSSES[cell.loss]

        channels = images.shape[1]
        initial, drawn = seeds(cell.seed)
        source = torch.Generator().manual_seed(initial)
        networks = (
            Generator(channels, cell.z, cell.width, cell.depth),
            Discriminator(channels, cell.width, cell.depth),
        )
        self.generator, self.discriminator = (
            initialize(network, source).to(self.device, memory_format=torch.channels_last) for network in networks
        )
        self.graphed = compile != "none" and self.on_gpu
        adam = {"capturable": self.graphed} | ({"fused": True} if self.on_gpu else {})
        self.g_optimizer = make_optimizer(cell, self.generator, cell.generator_beta, cell.generator_eta, **adam)
        self.d_optimizer = make_optimizer(cell, self.discriminator, cell.beta, cell.eta, **adam)
        self.source = torch.Generator(self.device).manual_seed(drawn)

        # A CUDA graph reads and writes fixed places; so does the plain step.
        self.index = torch.zeros(cell.batch, dtype=torch.int64, device=self.device)
        self.noise = torch.zeros(2, cell.batch, cell.z, device=self.device)
        self.losses = torch.zeros(2, device=self.device)
        self.graph, self.warmups = None, 3
        self.side = torch.cuda.Stream() if self.graphed else None
        self.generate, self.judge = self.generator, self.discriminator
        if compile == "inductor":
            # The discriminator sees two batch sizes; on a GPU each is worth its own kernels.
            shapes = {"dynamic": False} if self.on_gpu else {}
            self.generate, self.judge = (torch.compile(net, **shapes) for net in (self.generator, self.discriminator))

    def _autocast(self):
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.cell.precision == "bf16")

    def _logits(self, images):
        # A context of its own, since autocast keeps its copies of weights until it is left.
        with self._autocast():
            return self.judge(images).float()

    def _fake(self, noise):
        with self._autocast():
            return self.generate(noise).float()

    def _update(self):
        """Both players' steps on the batch and the noise at hand; see ``ensemble.Games``."""
        real = scaled(self.images[self.index])
        with torch.no_grad():
            fake = self._fake(self.noise[0])
        both = torch.cat([real, fake]).contiguous(memory_format=torch.channels_last)
        self.d_optimizer.zero_grad()
        self.g_optimizer.zero_grad()
        d_loss = discriminator_loss(*self._logits(both).chunk(2))
        d_loss.backward(inputs=list(self.discriminator.parameters()))
        if self.cell.updates == "alternating":
            self.d_optimizer.step()
        g_loss = self.generator_loss(self._logits(self._fake(self.noise[1])))
        g_loss.backward(inputs=list(self.generator.parameters()))
        if self.cell.updates == "simultaneous":
            self.d_optimizer.step()
        self.g_optimizer.step()
        self.losses.copy_(torch.stack([d_loss.detach(), g_loss.detach()]))

    def _step(self):
        self.index.random_(0, len(self.images), generator=self.source)
        self.noise.normal_(generator=self.source)
        if not self.graphed:
            self._update()
        elif self.warmups:  # the first steps, taken beside the main stream, prepare the capture
            self.warmups -= 1
            self.side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self.side):
                self._update()
            torch.cuda.current_stream().wait_stream(self.side)
        else:
            if self.graph is None:
                self.graph = torch.cuda.CUDAGraph()
                with torch.cuda.graph(self.graph, stream=self.side):
                    self._update()
            self.graph.replay()
        self.iteration += 1

    def advance(self, n):
        """Train n iterations; their losses, shape (n, 1, 2)."""
        losses = torch.empty(n, 1, 2, device=self.device)
        for k in range(n):
            self._step()
            losses[k, 0] = self.losses
        return losses

    def monitor(self):
        """Nothing: scores of images cost too much to be watched."""
        return torch.empty(1, 0)

    @torch.no_grad()
    def samples(self, n):
        """Images from a noise that is the same for every cell and device; uint8, on the CPU."""
        noise = torch.randn(n, self.cell.z, generator=torch.Generator().manual_seed(0))
        return torch.cat([self._sample(part) for part in noise.split(256)])

    def _sample(self, noise):
        with self._autocast():
            images = self.generator(noise.to(self.device)).float()
        return images.nan_to_num().add(1).mul(127.5).round().to(torch.uint8).contiguous().cpu()

    def state_dict(self):
        return {
            "iteration": self.iteration,
            "device": self.device.type,
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "g_optimizer": self.g_optimizer.state_dict(),
            "d_optimizer": self.d_optimizer.state_dict(),
            "source": self.source.get_state(),
        }

    def load_state_dict(self, state):
        """Take a state over, also one of another `compile`; a device's draws cannot go on on another.

        Raises
        ------
        ValueError
            If the state is that of another kind of device.
        """
        before = state["device"]
        if before != self.device.type:
            raise ValueError(f"device must be {before}, on which the training began; got {self.device.type}")
        self.iteration = state["iteration"]
        for name in ("generator", "discriminator"):
            getattr(self, name).load_state_dict(state[name])
        for optimizer, saved in ((self.g_optimizer, state["g_optimizer"]), (self.d_optimizer, state["d_optimizer"])):
            # torch would take over how the saved one was executed as well.
            groups = [
                group | {key: own[key] for key in ("capturable", "foreach", "fused") if key in own}
                for group, own in zip(saved["param_groups"], optimizer.param_groups)
            ]
            optimizer.load_state_dict(saved | {"param_groups": groups})
        self.source.set_state(state["source"])
        self.graph, self.warmups = None, 3  # a graph that was captured keeps writing to the old state


def train(cell, images, device="cpu", compile="none", scorer=None, score_samples=SCORED, **loop):
    """Train a cell on images and score it.

    Parameters
    ----------
    cell : Cell
    images : negmom.gan.data.Images
    device, compile : str
        See :class:`Game`.
    scorer : negmom.gan.scores.Scorer, optional
        Scores samples; without one the record has no scores.
    score_samples : int
        Samples to score.
    **loop
        ``report``, ``checkpoint`` and ``interval`` of :func:`negmom.gan.train.fit`.

    Returns
    -------
    Record
    """
    game = Game(cell, images.train, device, compile)
    history = fit(game, **loop)
    diverged = int(history.diverged[0]) or None
    scores = {} if diverged or scorer is None else scorer(game.samples(score_samples))
    curves = torch.stack(history.curves)[:, 0].T
    return Record(
        cell=cell,
        diverged=diverged,
        curves={"iteration": history.iterations, **dict(zip(game.columns, curves.tolist()))},
        scores=scores,
        real={} if scorer is None else scorer.real,
        seconds=history.seconds,
        starts=history.starts,
        provenance={
            **provenance(device),
            "compile": compile if game.graphed or compile == "inductor" else "none",
            "data": f"sha256 {images.checksum}",
            **({} if scorer is None else scorer.provenance),
        },
        samples=game.samples(SHOWN).numpy(),
    )
