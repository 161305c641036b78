"""Images made by the tests: stripes of ten widths, learnable and small."""

import numpy as np
import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread():
    """The test machine's cores may be busy: a second thread would only wait."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def npz(tmp_path_factory):
    """Path of 300 labeled 28 x 28 images, 60 of them for testing."""
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=300)
    rows = np.arange(28)[None, :, None]
    stripes = 120 + 100 * np.sin(rows * (labels[:, None, None] + 1) * 0.5) + np.zeros((300, 28, 28))
    images = np.clip(stripes + rng.normal(scale=10, size=(300, 28, 28)), 0, 255).astype(np.uint8)
    path = tmp_path_factory.mktemp("images") / "stripes.npz"
    np.savez(
        path,
        train_images=images[:240],
        train_labels=labels[:240],
        test_images=images[240:],
        test_labels=labels[240:],
    )
    return path
