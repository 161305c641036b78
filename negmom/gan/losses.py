r"""Losses of the two players on the discriminator's logits.

With :math:`D = \operatorname{sigmoid}(\text{logit})`, :math:`-\log D = \operatorname{softplus}(-\text{logit})`
and :math:`-\log(1 - D) = \operatorname{softplus}(\text{logit})`. All functions average over the last
axis and keep the others, so that a batch of independent games gets one loss a game.
"""

from torch.nn.functional import softplus


def discriminator_loss(real, fake):
    r"""Cross entropy of real against generated samples.

    .. math:: -\mathbb{E} \log D(x) - \mathbb{E} \log(1 - D(G(z)))

    Parameters
    ----------
    real, fake : Tensor, shape (..., batch)
        Logits.

    Returns
    -------
    Tensor, shape (...)

    Examples
    --------
    >>> import torch
    >>> round(discriminator_loss(torch.zeros(4), torch.zeros(4)).item(), 4)
    1.3863
    """
    return softplus(-real).mean(-1) + softplus(fake).mean(-1)


def saturating_loss(fake):
    r"""The generator's loss in the zero-sum game, the paper's choice.

    .. math:: \mathbb{E} \log(1 - D(G(z)))

    Parameters
    ----------
    fake : Tensor, shape (..., batch)
        Logits.

    Returns
    -------
    Tensor, shape (...)

    References
    ----------
    Goodfellow et al. (2014), the minimax form of the game.

    Examples
    --------
    >>> import torch
    >>> round(saturating_loss(torch.zeros(4)).item(), 4)
    -0.6931
    """
    return -softplus(fake).mean(-1)


def non_saturating_loss(fake):
    r"""The generator's loss that keeps its gradient where the discriminator wins.

    .. math:: -\mathbb{E} \log D(G(z))

    Parameters
    ----------
    fake : Tensor, shape (..., batch)
        Logits.

    Returns
    -------
    Tensor, shape (...)

    References
    ----------
    Goodfellow et al. (2014), section 3.

    Examples
    --------
    >>> import torch
    >>> round(non_saturating_loss(torch.zeros(4)).item(), 4)
    0.6931
    """
    return softplus(-fake).mean(-1)


#: By the name that a cell's ``loss`` gives.
GENERATOR_LOSSES = {"saturating": saturating_loss, "non-saturating": non_saturating_loss}
