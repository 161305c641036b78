"""Image data sets, as uint8 tensors of 32 x 32 pixels, with the checksum that records carry."""

import dataclasses
import functools
import hashlib
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageOps
import torch

SIZE = 32

#: Where torchvision's data sets are.
ROOT = "data"

#: Names of torchvision's classes.
TORCHVISION = {"cifar10": "CIFAR10", "fashion-mnist": "FashionMNIST"}

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")


@dataclasses.dataclass(frozen=True, eq=False)
class Images:
    """A data set.

    Attributes
    ----------
    name : str
    train, test : Tensor of uint8, shape (n, channels, 32, 32)
    train_labels, test_labels : Tensor of int64, shape (n,), or None
    checksum : str
        SHA-256 of the pixels and labels.
    """

    name: str
    train: torch.Tensor
    test: torch.Tensor
    train_labels: torch.Tensor | None
    test_labels: torch.Tensor | None

    @functools.cached_property
    def checksum(self):
        digest = hashlib.sha256()
        for part in (self.train, self.test, self.train_labels, self.test_labels):
            if part is not None:
                digest.update(part.contiguous().numpy())
        return digest.hexdigest()


@functools.lru_cache(maxsize=1)
def load(dataset, root=ROOT):
    """Read a data set.

    Parameters
    ----------
    dataset : str
        ``"cifar10"``, ``"fashion-mnist"``: through torchvision, from ``root``, and downloaded there,
        checksum included, if missing. A path ending in ``.npz``: arrays ``train_images``,
        ``test_images``, ``train_labels``, ``test_labels``, or ``images`` and perhaps ``labels``; uint8,
        of shape (n, height, width) or (n, height, width, channels), and whole numbers from 0. The path of
        a folder: its image files, resized and cropped to 32 x 32. Where there are no test images, they are
        the last tenth.
    root : path
        Where torchvision's data sets are.

    Returns
    -------
    Images
        28 x 28 images are padded to 32 x 32 with black.

    Raises
    ------
    ValueError
        If the data set is unknown, missing or damaged, saying what to do.

    Examples
    --------
    >>> load("mnist")
    Traceback (most recent call last):
    ValueError: dataset must be cifar10, fashion-mnist, an .npz file or a folder, or gaussians in a grid; got 'mnist'
    """
    path = Path(dataset)
    if dataset in TORCHVISION:
        parts = _from_torchvision(dataset, root)
    elif path.suffix == ".npz" and path.is_file():
        parts = _from_npz(path)
    elif dataset and path.is_dir():  # an empty path would be the current folder
        parts = _split(_from_folder(path), None)
    else:
        raise ValueError(
            "dataset must be cifar10, fashion-mnist, an .npz file or a folder, or gaussians in a grid; "
            f"got {dataset!r}"
        )
    train, test, train_labels, test_labels = parts
    images = [_tensor(dataset, part) for part in (train, test)]
    if images[0].shape[1] != images[1].shape[1]:
        raise ValueError(f"{dataset}: training and test images must have the same channels")
    if (train_labels is None) != (test_labels is None):
        raise ValueError(f"{dataset}: there must be labels of both the training and the test images, or of neither")
    labels = [_labels(dataset, part, len(pixels)) for part, pixels in zip((train_labels, test_labels), images)]
    return Images(dataset, *images, *labels)


def scaled(images):
    """Pixels of uint8 as float32 in [-1, 1], the range of the generator.

    Parameters
    ----------
    images : Tensor of uint8

    Returns
    -------
    Tensor

    Examples
    --------
    >>> scaled(torch.tensor([0, 255], dtype=torch.uint8)).tolist()
    [-1.0, 1.0]
    """
    return images.float().div(127.5).sub(1)


def _from_torchvision(dataset, root):
    import torchvision  # takes seconds, and the ring and local files do without it

    make = getattr(torchvision.datasets, TORCHVISION[dataset])
    try:
        Path(root).mkdir(parents=True, exist_ok=True)
        train, test = (make(root, train=part, download=True) for part in (True, False))
    except (OSError, RuntimeError, ValueError, EOFError) as error:
        raise ValueError(
            f"{dataset} is missing or damaged under {root} and could not be downloaded ({error}). "
            "Give a writable root that holds its files in torchvision's layout, or connect to a network; "
            "remove damaged files first."
        ) from error
    return train.data, test.data, train.targets, test.targets


def _from_npz(path):
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except Exception as error:  # zipfile and zlib raise their own
        raise ValueError(f"{path} is not a readable .npz file: {error}") from error
    if "images" in arrays:
        return _split(arrays["images"], arrays.get("labels"))
    if "train_images" not in arrays or "test_images" not in arrays:
        raise ValueError(f"{path} must hold images, or train_images and test_images; it holds {sorted(arrays)}")
    names = ("train_images", "test_images", "train_labels", "test_labels")
    return tuple(arrays.get(name) for name in names)


def _from_folder(path):
    files = sorted(f for f in path.rglob("*") if f.suffix.lower() in SUFFIXES)
    if len(files) < 2:
        raise ValueError(f"{path} must hold two or more image files; got {len(files)}")
    return np.stack([_read_image(file) for file in files])


def _read_image(file):
    try:
        with PIL.Image.open(file) as image:
            return np.asarray(PIL.ImageOps.fit(image.convert("RGB"), (SIZE, SIZE)))
    except OSError as error:
        raise ValueError(f"{file} is not a readable image: {error}") from error


def _split(images, labels):
    """The last tenth as test images."""
    images, labels = np.atleast_1d(images), None if labels is None else np.atleast_1d(labels)
    cut = len(images) - max(1, len(images) // 10)
    if labels is None:
        return images[:cut], images[cut:], None, None
    return images[:cut], images[cut:], labels[:cut], labels[cut:]


def _labels(dataset, labels, n):
    """Labels of n images as int64, or None."""
    if labels is None:
        return None
    labels = np.asarray(labels)
    with np.errstate(invalid="ignore"):  # a cast of NaN
        whole = labels.dtype.kind in "biuf" and ((labels >= 0) & (labels.astype(np.int64) == labels)).all()
    if not whole or labels.shape != (n,):
        raise ValueError(
            f"{dataset}: there must be a label for each image, a whole number from 0, "
            f"got {labels.dtype} of shape {labels.shape}"
        )
    return torch.as_tensor(labels, dtype=torch.int64)


def _tensor(dataset, images):
    """Images (n, height, width[, channels]) as uint8 of shape (n, channels, 32, 32)."""
    images = np.asarray(images)
    side, channels = images.shape[1] if images.ndim > 2 else 0, images.shape[3:] or (1,)
    shaped = side in (28, SIZE) and images.shape[2] == side and channels in ((1,), (3,))
    if not shaped or images.dtype != np.uint8 or not len(images):
        raise ValueError(
            f"{dataset}: images must be uint8 of 28 x 28 or 32 x 32 pixels and 1 or 3 channels, "
            f"got {images.dtype} of shape {images.shape}"
        )
    images = torch.as_tensor(images)
    if images.ndim == 3:  # by torch: NumPy's strides of a new axis would choose other kernels, which round differently
        images = images[..., None]
    images = images.permute(0, 3, 1, 2)
    return torch.nn.functional.pad(images, [(SIZE - side) // 2] * 4).contiguous()
