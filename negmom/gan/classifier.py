"""The feature network behind the classifier score: a small classifier trained on the same data set."""

import hashlib
import io
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from negmom.gan.cells import checked_seed
from negmom.gan.data import scaled
from negmom.gan.networks import initialize
from negmom.gan.records import reason, write_atomically

#: Passes over the training images.
EPOCHS = 3


class Classifier(nn.Module):
    """Images as uint8 (n, channels, 32, 32) to logits (n, classes); :meth:`features` are 128-dimensional.

    Examples
    --------
    >>> Classifier(1, 10)(torch.zeros(2, 1, 32, 32, dtype=torch.uint8)).shape
    torch.Size([2, 10])
    """

    num_features = 128

    def __init__(self, channels, classes):
        super().__init__()
        widths = [channels, 32, 64, self.num_features]
        self.convolutions = nn.ModuleList(nn.Conv2d(i, o, 3, padding=1) for i, o in zip(widths, widths[1:]))
        self.hidden = nn.Linear(16 * self.num_features, self.num_features)
        self.output = nn.Linear(self.num_features, classes)

    def features(self, images):
        x = scaled(images)
        for convolution in self.convolutions:
            x = F.max_pool2d(F.relu(convolution(x)), 2)
        return F.relu(self.hidden(x.flatten(1)))

    def forward(self, images):
        return self.output(self.features(images))


def train(images, epochs=EPOCHS, seed=0, device="cpu", report=None):
    """Train a classifier on a data set's labels.

    Parameters
    ----------
    images : negmom.gan.data.Images
    epochs, seed : int
    device : str
    report : callable, optional
        Called with the images done since its last call.

    Returns
    -------
    (Classifier, float)
        The classifier in evaluation mode, and its accuracy on the test images, 0 to 1.

    Raises
    ------
    ValueError
        If the data set has no labels, test images have labels that no training image has, or torch does not take
        the seed.
    """
    if images.train_labels is None or images.test_labels is None:
        raise ValueError(f"{images.name} has no labels, so no classifier can be trained on it")
    unseen = sorted(set(images.test_labels.tolist()) - set(images.train_labels.tolist()))
    if unseen:
        raise ValueError(f"{images.name}: labels of the test images must be among those of training; got {unseen}")
    source = torch.Generator().manual_seed(checked_seed(seed))
    classes = int(images.train_labels.max()) + 1
    classifier = initialize(Classifier(images.train.shape[1], classes), source).to(device)
    optimizer = torch.optim.Adam(classifier.parameters(), lr=1e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(images.train), generator=source).split(128):
            loss = F.cross_entropy(
                classifier(images.train[batch].to(device)), images.train_labels[batch].to(device)
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if report:
                report(len(batch))
    classifier.eval().requires_grad_(False)
    guesses = torch.cat([classifier(part.to(device)).argmax(1).cpu() for part in images.test.split(500)])
    return classifier.cpu(), (guesses == images.test_labels).float().mean().item()


def save(path, classifier, accuracy, images):
    """Write a classifier with its test accuracy and the checksum of its data."""
    buffer = io.BytesIO()
    sizes = (classifier.convolutions[0].in_channels, classifier.output.out_features)
    content = {"sizes": sizes, "accuracy": accuracy, "data": images.checksum, "weights": classifier.state_dict()}
    torch.save(content, buffer)
    write_atomically(path, buffer.getvalue())


def load(path, images):
    """Read what :func:`save` wrote.

    Returns
    -------
    (Classifier, dict)
        The classifier, and its ``accuracy`` and ``sha256``.

    Raises
    ------
    ValueError
        If the file is missing or damaged, or was trained on other data.
    """
    try:
        raw = Path(path).read_bytes()
        content = torch.load(io.BytesIO(raw), weights_only=True)
        classifier = Classifier(*content["sizes"])
        classifier.load_state_dict(content["weights"])
        data, accuracy = content["data"], content["accuracy"]
    except FileNotFoundError:
        raise ValueError(f"{path} is missing: train it with python -m negmom.gan classifier") from None
    except Exception as error:  # torch.load raises whatever its parsers raise
        raise ValueError(f"{path} is no readable classifier ({reason(error)}); remove it and train again") from error
    if data != images.checksum:
        raise ValueError(f"{path} was trained on other data than {images.name}")
    facts = {"accuracy": accuracy, "sha256": hashlib.sha256(raw).hexdigest()}
    return classifier.eval().requires_grad_(False), facts
