"""Spectra along the training of a grid's cells on images, written beside their records.

The cells without momentum of the discriminator are trained again, and at chosen iterations
:mod:`negmom.spectrum` measures the game that the optimizers play there, in units of their present steps.
"""

import dataclasses
import json
from pathlib import Path

import numpy as np
import torch

from negmom import spectrum
from negmom.gan import data
from negmom.gan.checksums import SPECTRA, refuse_sealed
from negmom.gan.images import Game, exact_products
from negmom.gan.losses import GENERATOR_LOSSES, discriminator_loss
from negmom.gan.records import (
    finite, provenance, read_all, read_grid, refuse_difference, refuse_other_data, write_atomically,
)  # fmt: skip
from negmom.gan.train import recorded

#: Images and noises behind a measured Jacobian, the same for every cell; Arnoldi's tolerance.
SAMPLES, TOLERANCE = 64, 1e-3


def radius(game, steps, momenta, updates="alternating", *, long_run=False, tolerance=TOLERANCE):
    r"""Return the spectral radius of an iteration as it is run, **not** squared; one eigenvalue asked for.

    It is that of (6) with a step for each parameter, the discriminator's times :math:`1-\beta` if `long_run`.

    Parameters
    ----------
    game : negmom.spectrum.LocalGame
    steps : ndarray, shape (m,)
        Step sizes without momentum of the discriminator, m parameters in all.
    momenta : pair of float
        The discriminator's :math:`\beta` and the generator's.
    updates : {"alternating", "simultaneous"}
    long_run : bool
        Whether the discriminator's step under a constant gradient is held fixed, not its step in (5).
    tolerance : float
        Arnoldi's, relative.

    Returns
    -------
    float
        NaN if Arnoldi finds none.

    Raises
    ------
    ValueError
        As :func:`negmom.spectrum.update` and :func:`negmom.spectrum.arnoldi`.
    """
    longer = 1 - momenta[0] if long_run else 1.0
    scaled = steps * np.repeat([longer, 1.0], game.sizes)
    return spectrum.radius(game, 1.0, momenta, updates, scaled, k=1, tolerance=tolerance)


def measure(cell, images, after, momenta, *, device="cpu", compile="none"):
    """Train a cell and measure it on the way; one dictionary an iteration.

    Parameters
    ----------
    cell : Cell
        On images, without momentum of the discriminator.
    images : negmom.gan.data.Images
    after : sequence of int
        Iterations at which a record has its losses, in any order.
    momenta : sequence of float
        Momenta of the discriminator for which to find the radius of an iteration.
    device, compile : str
        See :class:`negmom.gan.images.Game`.

    Yields
    ------
    dict
        ``iteration``; ``losses``, as a record's curves have them there; ``values``, pairs of real and imaginary
        part, with their ``residuals``; ``radius``, by momentum.

    Raises
    ------
    ValueError
        If `cell` has momentum, an iteration is not one of the cell's, or a measurement fails, naming the cell.
    """
    if cell.beta:
        raise ValueError(f"beta must be 0 where spectra are measured; got {cell.beta}")
    points = recorded(cell.iterations)
    if not after or len(set(after)) < len(after) or not set(points).issuperset(after):
        raise ValueError(
            f"after must hold different multiples of {points[0]} up to {cell.iterations}; got {list(after)}"
        )
    source = torch.Generator().manual_seed(0)
    index = torch.randint(len(images.train), (SAMPLES,), generator=source)
    real = data.scaled(images.train[index]).to(device)
    batch = real, torch.randn(SAMPLES, cell.z, generator=source).to(device)

    def losses(generator, discriminator, batch):
        fake = discriminator(generator(batch[1]))
        return discriminator_loss(discriminator(batch[0]), fake), GENERATOR_LOSSES[cell.loss](fake)

    game = Game(cell, images.train, device, compile)
    for iteration in sorted(after):
        last = iteration % points[0] or points[0]  # the iterations that the record averages
        trained = game.advance(iteration - game.iteration)[-last:, 0]
        optimizers = game.d_optimizer, game.g_optimizer
        with exact_products():
            try:
                report = spectrum.analyze(
                    game.generator, game.discriminator, losses, batch,
                    steps=optimizers, k=1, tolerance=TOLERANCE, dtype=torch.float32,
                )  # fmt: skip
            except ValueError as error:
                raise ValueError(f"{cell.name}, iteration {iteration}: {error}") from error
            damped = cell.optimizer == "adam"  # its momentum leaves the step under a constant gradient alone
            radii = {
                f"{beta:g}": radius(
                    report.game, report.steps, (beta, cell.generator_beta), cell.updates, long_run=damped
                )
                for beta in momenta
            }
        yield {
            "iteration": iteration,
            "losses": trained.mean(0).tolist(),
            "values": [[value.real, value.imag] for value in report.values],
            "residuals": report.residuals.tolist(),
            "radius": radii,
        }


def run(folder, after, *, optimizer=None, root=data.ROOT, dataset=None, device="cpu", report=None):
    """Measure every cell of a grid that has no momentum of the discriminator, and write what was found.

    Cells that the file has already are not measured again. The momenta whose radii are compared are the mildest
    of the grid, of either sign.

    Parameters
    ----------
    folder : path
        The grid's; its ``spectra.json`` is written after each cell.
    after : sequence of int
        See :func:`measure`.
    optimizer : str, optional
        Only the cells that it trained.
    root, dataset, device : str
        Where torchvision's data sets are, where other images are now, and the device.
    report : callable, optional
        Called with the cell's name and its points after each cell.

    Returns
    -------
    dict
        What :func:`read` returns.

    Raises
    ------
    ValueError
        If the grid has no such cell or is not on images, the data are not its own, its ``grid.json`` is damaged,
        the file there is of other settings, or the folder is sealed and not measured.
    """
    folder, records = Path(folder), read_all(folder)
    plain = [
        record for record in records
        if record.cell.beta == 0 and record.cell.dataset != "gaussians" and optimizer in (None, record.cell.optimizer)
    ]  # fmt: skip
    if not plain:
        by = f" trained by {optimizer}" if optimizer else ""
        raise ValueError(f"folder must hold cells on images with beta 0{by}, {folder} has none")
    images = data.load(dataset or plain[0].cell.dataset, root)
    for record in plain:
        refuse_other_data(record, images)
    compile = read_grid(folder)["execution"]["compile"]
    settings = {"after": sorted(after), "compile": compile, "samples": SAMPLES, "tolerance": TOLERANCE}
    content = {"settings": settings, "cells": {}}
    if (folder / SPECTRA).exists():
        content = read(folder)
        refuse_difference(folder / SPECTRA, content["settings"], settings)
    missing = [record.cell for record in plain if record.cell.name not in content["cells"]]
    if missing:
        refuse_sealed(folder)
    for cell in missing:
        others = [abs(r.cell.beta) for r in records if r.cell.optimizer == cell.optimizer and r.cell.beta]
        momenta = [-min(others), min(others)] if others else []
        points = list(measure(cell, images, after, momenta, device=device, compile=compile))
        entry = {"cell": dataclasses.asdict(cell), "points": points, "provenance": provenance(device)}
        content["cells"][cell.name] = entry
        text = json.dumps(finite(content), indent=1, allow_nan=False)
        write_atomically(folder / SPECTRA, text.encode())
        if report:
            report(cell.name, points)
    return content


def read(folder):
    """Read the spectra of a grid.

    Parameters
    ----------
    folder : path

    Returns
    -------
    dict
        ``settings``, and ``cells``, by name, each with its ``cell``, its ``points`` and its ``provenance``.

    Raises
    ------
    ValueError
        If the file is missing or damaged.
    """
    path = Path(folder) / SPECTRA
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(content[name], dict) for name in ("settings", "cells")):
            raise ValueError("not what python -m negmom.gan measure writes")
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} must hold the spectra of a grid: {error}") from error
    return content
