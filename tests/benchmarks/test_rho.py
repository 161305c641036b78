"""The radius over a map of (η, β): the closed form beside batched eigenvalues.

Run with `pytest tests/benchmarks --benchmark-only`; plain runs skip it.
"""

import numpy as np
import pytest

from negmom import spectra

ETA, BETA, LAM = np.linspace(0.01, 3, 1000)[:, None], np.linspace(-1, 1, 1000), 0.7 + 1.2j


def closed_form():
    return spectra.rho(ETA, BETA, LAM)


def batched_eigenvalues():
    companion = np.zeros((1000, 1000, 2, 2), dtype=complex)
    companion[..., 0, 0] = 1 - ETA * LAM + BETA
    companion[..., 0, 1] = -BETA
    companion[..., 1, 0] = 1
    return np.square(np.abs(np.linalg.eigvals(companion)).max(axis=-1))


@pytest.mark.benchmark(group="rho on a 1000 × 1000 map")
@pytest.mark.parametrize("method", [closed_form, batched_eigenvalues])
def test_rho_map(benchmark, method):
    result = benchmark.pedantic(method, rounds=7, warmup_rounds=1)
    np.testing.assert_allclose(result, closed_form(), rtol=1e-6)
