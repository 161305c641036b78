r"""Scores of generated images, through torchmetrics, beside those of real test images.

On a feature network's class probabilities :math:`p(y | x)` and features with mean :math:`\mu` and
covariance :math:`\Sigma`,

.. math::
    \text{score} = \exp \mathbb{E}_x\, \mathrm{KL}(p(y | x) \,\|\, p(y)), \qquad
    \text{FID} = \|\mu - \mu_r\|^2 + \operatorname{tr}\bigl(\Sigma + \Sigma_r - 2 (\Sigma \Sigma_r)^{1/2}\bigr),

and KID is the squared maximum mean discrepancy of the features under a cubic kernel. The score is the
*inception score* only where the network is the Inception of Salimans et al. (2016); with a classifier
trained here it is the *classifier score*.
"""

import warnings
from pathlib import Path

import torch
from torch import nn
from torchmetrics.image.fid import FrechetInceptionDistance, NoTrainInceptionV3
from torchmetrics.image.inception import InceptionScore
from torchmetrics.image.kid import KernelInceptionDistance

from negmom.gan.images import SCORED, exact_products
from negmom.gan.records import reason


class _Features(nn.Module):
    """A function from images to features, in the form torchmetrics asks for."""

    def __init__(self, network, function, num_features):
        super().__init__()
        self.network, self.function, self.num_features = network, function, num_features

    def forward(self, images):
        return self.function(images)


def _outputs(network, function, sizes):
    """The two outputs of a network as modules; computed once for all metrics that ask for those of the same images."""
    last = [None, None]

    def output(k):
        def choose(images):
            if images is not last[0]:
                last[:] = images, function(images)
            return last[1][k]

        return _Features(network, choose, sizes[k])

    return output(0), output(1)


class Scorer:
    """Scores of images against real ones.

    Parameters
    ----------
    logits, features : Module
        Images as uint8 to logits and to features; ``features.num_features`` is their number.
    images : negmom.gan.data.Images
        The first training images are what FID and KID compare with.
    names : (str, str, str)
        Of the score, FID and KID.
    provenance : dict
        What a record says about the network.
    n : int
        Real images on either side.
    device : str

    Attributes
    ----------
    real : dict of float
        The scores of the data set's test images.
    """

    def __init__(self, logits, features, images, names, provenance, n=SCORED, device="cpu"):
        if n < 20:
            raise ValueError(f"score_samples must be at least 20; got {n}")
        self.names, self.device, self.provenance = names, device, provenance
        reference, test = images.train[:n], images.test[:n]
        subset = min(1000, n // 2, len(reference) // 2, len(test) // 2)
        with warnings.catch_warnings():
            # They keep all features of a batch of scores; at 10,000 samples that is 10 MB.
            warnings.filterwarnings("ignore", message="Metric `.*` will save all extracted features")
            self.score = InceptionScore(logits).to(device)
            self.fid = FrechetInceptionDistance(features, reset_real_features=False).to(device)
            self.kid = KernelInceptionDistance(
                features, subsets=20, subset_size=subset, reset_real_features=False
            ).to(device)
        self._update(reference, real=True)
        self.real = self(test)

    def _update(self, images, real):
        with exact_products():  # real and generated images alike, whatever cell was trained before
            for part in images.split(250):
                part = part.to(self.device)
                for metric in (self.fid, self.kid):
                    metric.update(part, real=real)
                if not real:
                    self.score.update(part)

    @torch.no_grad()
    def __call__(self, images):
        """Scores of images, uint8 (n, channels, 32, 32), as a dictionary of float.

        The deviation beside the score is over ten parts of the samples, beside KID over its subsets.
        """
        score, fid, kid = self.names
        self._update(images, real=False)
        # torchmetrics shuffles with the global generator: fixed here, and given back afterwards.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            (mean, deviation), distance = self.score.compute(), self.fid.compute()
            kid_mean, kid_deviation = self.kid.compute()
        for metric in (self.score, self.fid, self.kid):
            metric.reset()
        values = (mean, deviation, distance, kid_mean, kid_deviation)
        return dict(zip((score, f"{score} sd", fid, kid, f"{kid} sd"), map(float, values)))


def classifier_scorer(classifier, facts, images, n=SCORED, device="cpu"):
    """The scorer of a classifier trained here; none of its scores is called an inception score."""
    names = ("classifier score", "FID on classifier features", "KID on classifier features")

    def function(images):
        features = classifier.features(images)
        return classifier.output(features), features

    sizes = (classifier.output.out_features, classifier.num_features)
    provenance = {"classifier": f"test accuracy {facts['accuracy']:.4f}, sha256 {facts['sha256']}"}
    return Scorer(*_outputs(classifier, function, sizes), images, names, provenance, n, device)


def inception_scorer(weights, images, n=SCORED, device="cpu"):
    """The scorer of the Inception network whose weights are in a file.

    Raises
    ------
    ValueError
        If the file holds anything but tensors.
    """
    try:
        # torch-fidelity reads it as an unrestricted pickle: only a file that needs none gets there.
        torch.load(weights, weights_only=True)
    except Exception as error:
        raise ValueError(f"{weights} does not hold Inception weights: {reason(error)}") from error
    network = NoTrainInceptionV3("inception-v3-compat", ["logits_unbiased", "2048"], str(weights))

    def function(x):
        return network._torch_fidelity_forward(x.expand(-1, 3, -1, -1))

    names, provenance = ("inception score", "FID", "KID"), {"inception": Path(weights).name}
    return Scorer(*_outputs(network, function, (1008, 2048)), images, names, provenance, n, device)
