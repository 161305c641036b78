"""The residual generator and discriminator at 32 x 32, without normalization.

A block is two 3 x 3 convolutions with ReLU and a shortcut; blocks of the generator up-sample, blocks
of the discriminator down-sample, as in the residual networks of Gulrajani et al. (2017) with
normalization left out.
"""

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    r"""A residual block.

    .. math:: x \mapsto \text{shortcut}(x) + \text{conv}(\text{relu}(\text{conv}(\text{relu}(x))))

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    resample : {"up", "down", None}
        Nearest-neighbor up-sampling before the first convolution, average pooling after the second, or
        neither; the shortcut does the same.
    first : bool
        The block sees the image itself, so its first ReLU is left out.
    """

    def __init__(self, inputs, outputs, resample=None, first=False):
        super().__init__()
        self.resample, self.first = resample, first
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x):
        branch = x if self.first else F.relu(x)
        if self.resample == "up":
            branch = F.interpolate(branch, scale_factor=2.0)
        branch = self.conv2(F.relu(self.conv1(branch)))
        # A 1 x 1 convolution commutes with resampling: done at the lower resolution it costs a quarter.
        if self.resample == "up":
            return F.interpolate(self.shortcut(x), scale_factor=2.0) + branch
        if self.resample == "down":
            return self.shortcut(F.avg_pool2d(x, 2)) + F.avg_pool2d(branch, 2)
        return self.shortcut(x) + branch


class Generator(nn.Module):
    """Noise (n, z) to images (n, channels, 32, 32) in [-1, 1].

    Parameters
    ----------
    channels : int
        Of the images.
    z, width, depth : int
        Noise dimension, filters, blocks at each of the resolutions 8, 16 and 32.

    Examples
    --------
    >>> Generator(channels=3, z=8, width=4)(torch.zeros(2, 8)).shape
    torch.Size([2, 3, 32, 32])
    """

    def __init__(self, channels, z=128, width=128, depth=1):
        super().__init__()
        self.width = width
        self.linear = nn.Linear(z, 16 * width)
        stage = ["up"] + [None] * (depth - 1)
        self.blocks = nn.Sequential(*(Block(width, width, resample) for resample in stage * 3))
        self.output = nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, z):
        x = self.blocks(self.linear(z).view(-1, self.width, 4, 4))
        return torch.tanh(self.output(F.relu(x)))


class Discriminator(nn.Module):
    """Images (n, channels, 32, 32) to logits (n,).

    Parameters
    ----------
    channels, width, depth : int
        As for :class:`Generator`; two down-sampling blocks, each followed by ``depth - 1`` plain ones,
        then ``2 * depth`` plain ones at 8 x 8.

    Examples
    --------
    >>> Discriminator(channels=1, width=4)(torch.zeros(2, 1, 32, 32)).shape
    torch.Size([2])
    """

    def __init__(self, channels, width=128, depth=1):
        super().__init__()
        plain = [None] * (depth - 1)
        resamples = ["down", *plain, "down", *plain, *[None] * (2 * depth)]
        self.blocks = nn.Sequential(
            *(Block(width if k else channels, width, r, first=k == 0) for k, r in enumerate(resamples))
        )
        self.linear = nn.Linear(width, 1)

    def forward(self, x):
        return self.linear(F.relu(self.blocks(x)).mean((2, 3))).squeeze(1)


def initialize(network, generator):
    """Draw He-normal weights and set biases to zero, in place.

    Parameters
    ----------
    network : Module
    generator : torch.Generator
        On the CPU; the global random state is left alone.

    Returns
    -------
    Module
        The network.

    References
    ----------
    He et al. (2015).
    """
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(module.bias)
    return network
