"""Data sets: what is read, what is refused, and how plainly."""

import numpy as np
import PIL.Image
import pytest
import torch
import torchvision

from negmom.gan import data


@pytest.fixture(autouse=True)
def fresh():
    data.load.cache_clear()


def test_an_npz_is_padded_and_has_a_checksum(npz):
    images = data.load(str(npz))
    assert images.train.shape == (240, 1, 32, 32) and images.test.shape == (60, 1, 32, 32)
    assert not images.train[:, :, :2].any() and not images.train[..., -2:].any()
    data.load.cache_clear()
    assert data.load(str(npz)).checksum == images.checksum and len(images.checksum) == 64


def test_images_of_one_channel_have_the_strides_that_choose_the_kernels_of_the_stored_runs(npz):
    images = data.load(str(npz))
    assert images.train.stride() == images.test.stride() == (1024, 1, 32, 1)


def test_the_checksum_sees_one_changed_pixel(npz, tmp_path):
    with np.load(npz) as archive:
        arrays = dict(archive)
    arrays["train_images"][0, 0, 0] ^= 1
    np.savez(tmp_path / "changed.npz", **arrays)
    assert data.load(str(tmp_path / "changed.npz")).checksum != data.load(str(npz)).checksum


def test_a_folder_of_images(tmp_path):
    for k in range(20):
        PIL.Image.new("RGB", (50, 40), (10 * k,) * 3).save(tmp_path / f"{k:02}.png")
    images = data.load(str(tmp_path))
    assert images.train.shape == (18, 3, 32, 32) and images.test.shape == (2, 3, 32, 32)
    assert images.train_labels is None
    assert images.train[1].unique().tolist() == [10]


def test_fashion_mnist_from_a_local_root(tmp_path, monkeypatch):
    class Fake:
        def __init__(self, root, train, download):
            assert root == str(tmp_path) and download
            n = 20 if train else 10
            self.data = torch.zeros(n, 28, 28, dtype=torch.uint8)
            self.targets = torch.zeros(n, dtype=torch.int64)

    monkeypatch.setattr(torchvision.datasets, "FashionMNIST", Fake)
    assert data.load("fashion-mnist", str(tmp_path)).train.shape == (20, 1, 32, 32)


def test_a_missing_data_set_says_what_to_do(tmp_path, monkeypatch):
    def unreachable(root, train, download):
        raise RuntimeError("Error downloading")

    monkeypatch.setattr(torchvision.datasets, "CIFAR10", unreachable)
    with pytest.raises(ValueError, match="cifar10 is missing or damaged under .*Give a writable root"):
        data.load("cifar10", str(tmp_path))


def test_bad_files_are_refused(npz, tmp_path):
    broken = tmp_path / "broken.npz"
    broken.write_bytes(npz.read_bytes()[:5000])
    with pytest.raises(ValueError, match="broken.npz"):
        data.load(str(broken))
    objects = tmp_path / "objects.npz"
    np.savez(objects, images=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="objects.npz is not a readable"):
        data.load(str(objects))
    other = tmp_path / "other.npz"
    np.savez(other, pictures=np.zeros(3))
    with pytest.raises(ValueError, match="must hold images, or train_images and test_images; it holds"):
        data.load(str(other))
    sized = tmp_path / "sized.npz"
    np.savez(sized, images=np.zeros((20, 30, 30), np.uint8))
    with pytest.raises(ValueError, match="28 x 28 or 32 x 32"):
        data.load(str(sized))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ValueError, match="two or more image files; got 0"):
        data.load(str(empty))
    (empty / "a.png").write_bytes(b"no image")
    (empty / "b.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match="a.png is not a readable image"):
        data.load(str(empty))


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["a"] * 20), np.array(3), np.array([-1] + [0] * 19), np.linspace(0, 1, 20), np.full(20, np.nan),
        np.full(20, np.inf), np.zeros(19, int), np.zeros((20, 1), int),
    ],
    ids=["strings", "one for all", "negative", "fractions", "nan", "infinite", "too few", "two axes"],
)  # fmt: skip
def test_labels_that_are_none_are_refused(tmp_path, labels):
    np.savez(tmp_path / "labels.npz", images=np.zeros((20, 28, 28), np.uint8), labels=labels)
    with pytest.raises(ValueError, match=r"labels\.npz: there must be a label for each image, a whole number from 0"):
        data.load(str(tmp_path / "labels.npz"))


@pytest.mark.parametrize("labels", [np.arange(20.0), np.arange(20) % 2 == 0, np.arange(20, dtype=np.uint8)])
def test_labels_of_any_type_of_numbers(tmp_path, labels):
    np.savez(tmp_path / "labels.npz", images=np.zeros((20, 28, 28), np.uint8), labels=labels)
    images = data.load(str(tmp_path / "labels.npz"))
    assert [*images.train_labels.tolist(), *images.test_labels.tolist()] == labels.tolist()


@pytest.mark.parametrize("part", ["train", "test"])
def test_labels_of_one_part_alone_are_refused(npz, tmp_path, part):
    with np.load(npz) as archive:
        arrays = {name: array for name, array in archive.items() if name != f"{part}_labels"}
    np.savez(tmp_path / "half.npz", **arrays)
    with pytest.raises(ValueError, match="labels of both the training and the test images, or of neither"):
        data.load(str(tmp_path / "half.npz"))


@pytest.mark.parametrize("images", [np.array(7, np.uint8), np.array(["a", "b"]), np.zeros((2, 28, 28), bool)])
def test_arrays_that_are_no_images_are_refused(tmp_path, images):
    np.savez(tmp_path / "images.npz", images=images)
    with pytest.raises(ValueError, match=r"images\.npz: images must be uint8 of 28 x 28"):
        data.load(str(tmp_path / "images.npz"))


@pytest.mark.parametrize("name", ["imagenet", "gaussians", ""])
def test_what_is_no_data_set_of_images_is_refused(name):
    with pytest.raises(ValueError, match=f"dataset must be cifar10, .* or gaussians in a grid; got '{name}'"):
        data.load(name)
