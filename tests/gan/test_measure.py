"""Spectra along the training of a grid: equal to those measured by hand, resumed, refused."""

import json

import numpy as np
import pytest
import torch
from small_grid import command

from negmom import spectrum
from negmom.gan import checksums, data, measure, records
from negmom.gan.__main__ import main
from negmom.gan.cells import Cell
from negmom.gan.images import Game
from negmom.gan.losses import discriminator_loss, saturating_loss

AFTER = ["--after", "2", "6"]


@pytest.fixture(autouse=True)
def few_samples(monkeypatch):
    monkeypatch.setattr(measure, "SAMPLES", 8)


def train(npz, out, *betas):
    """A grid at width 1, so that matrices can be formed."""
    assert main(command(npz, out, "--beta", *betas, "--eta", 1e-3, "--width", 1, "--z", 2)) == 0
    return out


@pytest.fixture
def trained(npz, tmp_path):
    """Without momentum, and so without radii to compare."""
    return train(npz, tmp_path / "out", 0)


def words(out, npz, *more):
    return ["measure", str(out), "--dataset", str(npz), "--device", "cpu", "--threads", "1", *(more or AFTER)]


def test_what_is_written_is_what_is_measured_by_hand(npz, tmp_path, capsys):
    trained = train(npz, tmp_path / "out", -0.5, 0, 0.5)
    capsys.readouterr()
    assert main(words(trained, npz, "--after", "2")) == 0
    assert "1 cells in" in capsys.readouterr().out
    content = measure.read(trained)
    ((name, entry),) = content["cells"].items()
    assert entry["cell"]["beta"] == 0 and content["settings"]["after"] == [2]
    record = next(r for r in records.read_all(trained) if r.cell.name == name)

    images = data.load(str(npz))
    game = Game(record.cell, images.train)
    game.advance(2)
    source = torch.Generator().manual_seed(0)
    index = torch.randint(len(images.train), (8,), generator=source)
    batch = images.train[index] / 127.5 - 1, torch.randn(8, 2, generator=source)

    def losses(generator, discriminator, batch):
        fake = discriminator(generator(batch[1]))
        return discriminator_loss(discriminator(batch[0]), fake), saturating_loss(fake)

    local = spectrum.LocalGame(game.generator, game.discriminator, losses, batch)
    steps = spectrum.step_sizes((game.discriminator, game.generator), (game.d_optimizer, game.g_optimizer))
    matrix = local.jacobian(steps) @ np.eye(local.dimension)
    everything = np.linalg.eigvals(matrix)
    (first,) = entry["points"]
    scale = np.abs(everything).max()
    found = np.array([complex(*value) for value in first["values"]])
    assert np.abs(np.abs(found).max() - scale) < 1e-3 * scale
    assert np.abs(found[:, None] - everything).min(axis=1).max() < 5e-3 * scale

    for beta in (-0.5, 0.5):  # damped Adam: the discriminator's step of (5) is 1 - beta times as long
        scaled = steps * np.repeat([1 - beta, 1.0], local.sizes)
        iterate = spectrum.update(local, 1.0, (beta, 0.5), "alternating", scaled)
        exact = np.abs(np.linalg.eigvals(iterate @ np.eye(2 * local.dimension))).max()
        assert first["radius"][f"{beta:g}"] == pytest.approx(exact, rel=2 * measure.TOLERANCE)

    place = record.curves["iteration"].index(2)  # the same training as that of the record
    assert first["losses"] == [record.curves[player][place] for player in ("discriminator", "generator")]


def test_measured_cells_are_kept_and_sealed(trained, npz):
    assert main(words(trained, npz)) == 0
    path = trained / checksums.SPECTRA
    content = json.loads(path.read_text())
    ((name, entry),) = content["cells"].items()
    entry["points"][0]["iteration"] = 3  # a mark that a second measurement would remove
    path.write_text(json.dumps(content))
    assert main(words(trained, npz)) == 0
    assert measure.read(trained)["cells"][name]["points"][0]["iteration"] == 3
    checksums.seal(trained)
    assert main(words(trained, npz)) == 0
    checksums.verify(trained)
    path.write_text(path.read_text().replace('"after"', '"before"'))
    with pytest.raises(ValueError, match=r"spectra\.json was changed"):
        checksums.verify(trained)


def test_a_sealed_grid_is_not_measured(trained, npz, capsys):
    checksums.seal(trained)
    assert main(words(trained, npz)) == 2
    assert f"{trained} is sealed and must not be added to" in capsys.readouterr().err
    checksums.verify(trained)


def test_a_cell_has_its_own_provenance(npz, tmp_path):
    trained = train(npz, tmp_path / "out", 0)
    assert main(words(trained, npz)) == 0
    path = trained / checksums.SPECTRA
    content = json.loads(path.read_text())
    ((name, entry),) = content["cells"].items()
    assert entry["provenance"]["torch"] == torch.__version__
    entry["provenance"]["torch"] = "another"
    path.write_text(json.dumps(content))
    assert main(command(npz, trained, "--beta", 0, "--eta", 1e-3, "--width", 1, "--z", 2, "--seeds", 0, 1)) == 0
    assert main(words(trained, npz)) == 0
    versions = {key: entry["provenance"]["torch"] for key, entry in measure.read(trained)["cells"].items()}
    assert len(versions) == 2 and versions.pop(name) == "another" and torch.__version__ in versions.values()


def test_other_settings_of_the_measurement_are_refused(trained, npz, monkeypatch, capsys):
    assert main(words(trained, npz)) == 0
    there = measure.SAMPLES
    monkeypatch.setattr(measure, "SAMPLES", there + 1)
    capsys.readouterr()
    assert main(words(trained, npz)) == 2
    assert f"samples is {there} there and {there + 1} here" in capsys.readouterr().err


def test_what_cannot_be_measured_is_refused_by_name(trained, npz, tmp_path, capsys):
    def refused(*words):
        capsys.readouterr()
        assert main(list(words)) == 2
        return capsys.readouterr().err

    assert "after must hold different multiples of 1 up to 6; got [7]" in refused(*words(trained, npz, "--after", "7"))
    assert "got [2, 2]" in refused(*words(trained, npz, "--after", "2", "2"))
    sgd = words(trained, npz, "--after", "2", "--optimizer", "sgd")
    assert "cells on images with beta 0 trained by sgd" in refused(*sgd)
    assert not (trained / checksums.SPECTRA).exists()
    assert main(words(trained, npz)) == 0
    assert "after is [2, 6] there and [2] here" in refused(*words(trained, npz, "--after", "2"))
    other = tmp_path / "other.npz"
    archive = dict(np.load(npz))
    archive["images" if "images" in archive else next(iter(archive))][0] += 1
    np.savez(other, **archive)
    assert "dataset must be the one of the grid" in refused(*words(trained, other))
    no_zero = tmp_path / "no-zero"
    assert main(command(npz, no_zero)) == 0
    assert "folder must hold cells on images with beta 0" in refused(*words(no_zero, npz))
    for content in ("[]", "{}", '{"settings": {}, "cells": []}', '{"settings": null, "cells": {}}'):
        (trained / checksums.SPECTRA).write_text(content)
        assert "must hold the spectra of a grid" in refused(*words(trained, npz))


@pytest.mark.parametrize("content", ["", "[]", '{"fixed": {}}', '{"fixed": {}, "execution": {}}'])
def test_a_damaged_grid_file_is_named(trained, npz, content):
    (trained / "grid.json").write_text(content)
    with pytest.raises(ValueError, match=r"grid\.json must say what the grid is, and cannot be read"):
        measure.run(trained, [2], dataset=str(npz))
    assert not (trained / checksums.SPECTRA).exists()


def test_a_cell_with_momentum_is_refused(npz):
    cell = Cell(str(npz), beta=0.5, eta=1e-3)
    with pytest.raises(ValueError, match="beta must be 0"):
        next(measure.measure(cell, data.load(str(npz)), [1], []))
