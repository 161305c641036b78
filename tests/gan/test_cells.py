"""Configurations and their products."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from negmom.gan.cells import Cell, product

RESULTS = Path(__file__).parents[2] / "book" / "results"


def test_the_defaults_are_the_papers_and_the_original_codes():
    cell = Cell("cifar10", beta=-0.5, eta=1e-4)
    assert (cell.generator_beta, cell.generator_eta, cell.beta2) == (0.5, 1e-4, 0.9)
    assert (cell.batch, cell.z, cell.iterations, cell.width) == (64, 128, 50_000, 128)
    assert (cell.loss, cell.updates) == ("saturating", "alternating")


def test_a_product_runs_over_every_axis_once():
    cells = product("cifar10", [-0.5, 0], [1e-4, 2e-4], [0, 1, 2], optimizers=["adam", "sgd"])
    assert len(set(cells)) == len({cell.name for cell in cells}) == 24


@pytest.mark.parametrize(
    "setting, value, allowed",
    [
        ("beta", 1.0, r"\(-1, 1\)"),
        ("beta", float("nan"), "real and finite"),
        ("beta", "0.5", "real and finite"),
        ("beta2", [0.9], "one number"),
        ("generator_beta", -1.0, r"\(-1, 1\)"),
        ("eta", 0.0, "> 0"),
        ("eta", float("inf"), "real and finite"),
        ("generator_eta", float("nan"), "real and finite"),
        ("generator_eta", -1.0, "> 0"),
        ("beta2", 1.0, r"\[0, 1\)"),
        ("iterations", 0, "integer >= 1"),
        ("iterations", 2.5, "integer >= 1"),
        ("batch", 8.0, "integer >= 1"),
        ("seed", -1, "integer >= 0"),
        ("seed", 0.5, "integer >= 0"),
        ("seed", "0", "integer >= 0"),
        ("seed", 2**64, r"less than 2\*\*64"),
        ("updates", "sequential", "alternating, simultaneous"),
        ("loss", "wasserstein", "saturating, non-saturating"),
        ("optimizer", "rmsprop", "adam, adam-undamped, sgd"),
    ],
)
def test_bad_settings_are_refused_by_name_value_and_range(setting, value, allowed):
    with pytest.raises(ValueError, match=f"^{setting} must .*{allowed}.*; got "):
        Cell(**{"dataset": "cifar10", "beta": 0.0, "eta": 1e-4, setting: value})


@pytest.mark.parametrize(
    "given",
    [
        {"beta": 0, "eta": 1}, {"beta": -0.0, "eta": 1.0}, {"beta": False, "eta": True, "seed": False},
        {"beta": np.float64(0), "eta": np.int64(1), "seed": np.int64(0), "iterations": np.int32(2000)},
        {"beta": 0, "eta": 1, "generator_beta": 0, "generator_eta": 1},
    ],
)  # fmt: skip
def test_equal_cells_have_one_name_and_one_configuration(given):
    """A cell is found again by its name, and its checkpoint by what JSON makes of it."""
    settings = {"generator_beta": 0.0, "generator_eta": 1.0, "iterations": 2000}
    cell, expected = Cell("gaussians", **settings | given), Cell("gaussians", 0.0, 1.0, **settings)
    assert cell == expected and cell.name == expected.name and cell.name.endswith("beta=0.0,eta=1.0,seed=0")
    assert json.dumps(dataclasses.asdict(cell)) == json.dumps(dataclasses.asdict(expected))


def test_stored_cells_keep_their_names():
    paths = list(RESULTS.glob("*/*/record.json"))
    assert paths
    for path in paths:
        stored = json.loads(path.read_text(encoding="utf-8"))["cell"]
        cell = Cell(**stored)
        assert cell.name == path.parent.name and json.dumps(dataclasses.asdict(cell)) == json.dumps(stored)


@pytest.mark.parametrize("betas", [[], [0.1, 0.1], [0, 0.0], [1, True]])
def test_an_empty_or_repeated_axis_is_refused(betas):
    with pytest.raises(ValueError, match="beta must be a list of one or more different values"):
        product("cifar10", betas, [1e-4], [0])
