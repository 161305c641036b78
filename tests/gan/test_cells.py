"""Configurations and their products."""

import pytest

from negmom.gan.cells import Cell, product


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
        ("beta", float("nan"), r"\(-1, 1\)"),
        ("generator_beta", -1.0, r"\(-1, 1\)"),
        ("eta", 0.0, "positive"),
        ("eta", float("inf"), "positive and finite"),
        ("eta", float("nan"), "positive"),
        ("beta2", 1.0, r"\[0, 1\)"),
        ("iterations", 0, "at least 1"),
        ("seed", -1, "0 or greater"),
        ("seed", 2**64, r"less than 2\*\*64"),
        ("updates", "sequential", "alternating, simultaneous"),
        ("loss", "wasserstein", "saturating, non-saturating"),
        ("optimizer", "rmsprop", "adam, adam-undamped, sgd"),
    ],
)
def test_bad_settings_are_refused_by_name_value_and_range(setting, value, allowed):
    with pytest.raises(ValueError, match=f"{setting} must .*{allowed}.* got '?{value}"):
        Cell(**{"dataset": "cifar10", "beta": 0.0, "eta": 1e-4, setting: value})


@pytest.mark.parametrize("betas", [[], [0.1, 0.1]])
def test_an_empty_or_repeated_axis_is_refused(betas):
    with pytest.raises(ValueError, match="beta must be a list of one or more different values"):
        product("cifar10", betas, [1e-4], [0])
