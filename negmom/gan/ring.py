r"""The ring of eight Gaussians: a two-dimensional data set whose density is known.

.. math:: p(x) = \frac18 \sum_{k=0}^{7} \mathcal{N}\bigl(x;\, R\,(\cos\tfrac{k\pi}{4}, \sin\tfrac{k\pi}{4}),\,
          \sigma^2 I\bigr), \qquad R = 2,\ \sigma = 0.1
"""

import math

import torch

MODES, RADIUS, SIGMA = 8, 2.0, 0.1

#: What the true density scores: P(|x - center| <= 3 sigma) = 1 - exp(-9/2) in two dimensions.
TRUE_SCORES = {"modes covered": float(MODES), "within 3 sigma": 1 - math.exp(-4.5)}


def centers():
    """Means of the components.

    Returns
    -------
    Tensor, shape (8, 2)

    Examples
    --------
    >>> centers()[0].tolist()
    [2.0, 0.0]
    """
    angle = torch.arange(MODES) * (2 * math.pi / MODES)
    return RADIUS * torch.stack([angle.cos(), angle.sin()], dim=1)


def sample(n, generator):
    """Draw from the ring.

    Parameters
    ----------
    n : int
    generator : torch.Generator
        On the CPU.

    Returns
    -------
    Tensor, shape (n, 2)

    Examples
    --------
    >>> sample(3, torch.Generator().manual_seed(0)).shape
    torch.Size([3, 2])
    """
    mode = torch.randint(MODES, (n,), generator=generator)
    return centers()[mode] + SIGMA * torch.randn(n, 2, generator=generator)


def scores(samples):
    r"""How much of the ring a set of samples covers, and how closely.

    A sample belongs to its nearest center if it lies within :math:`3\sigma` of it. A mode is covered
    if at least a tenth of its fair share :math:`n / 8` of the samples belong to it.

    Parameters
    ----------
    samples : Tensor, shape (..., n, 2)

    Returns
    -------
    dict of Tensor, shape (...)
        ``"modes covered"``, 0 to 8, and ``"within 3 sigma"``, the fraction of samples that belong to
        a mode. The true density has 8 and :math:`1 - e^{-9/2} = 0.989`.

    Examples
    --------
    >>> scores(centers()[:2])["modes covered"].item()
    2.0
    """
    distance, nearest = torch.cdist(samples, centers().to(samples)).min(-1)
    # Written as a comparison that NaN fails.
    belongs = (distance <= 3 * SIGMA).to(samples.dtype)
    share = torch.zeros(*samples.shape[:-2], MODES, dtype=samples.dtype, device=samples.device)
    share.scatter_add_(-1, nearest, belongs)
    covered = share >= samples.shape[-2] / MODES / 10
    return {"modes covered": covered.sum(-1).to(samples.dtype), "within 3 sigma": belongs.mean(-1)}
