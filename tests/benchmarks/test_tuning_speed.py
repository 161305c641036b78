"""The best step and momentum of a thousand eigenvalues, and its proof in exact arithmetic.

Run with `pytest tests/benchmarks --benchmark-only`; plain runs skip it.
"""

import numpy as np
import pytest

from negmom import tuning

RNG = np.random.default_rng(0)
SPECTRUM = 1.3 + np.sqrt(RNG.uniform(size=1000)) * np.exp(2j * np.pi * RNG.uniform(size=1000))


@pytest.mark.benchmark(group="1000 eigenvalues")
@pytest.mark.parametrize("function", [tuning.best_step_and_momentum, tuning.certify])
def test_thousand_eigenvalues(benchmark, function):
    benchmark.pedantic(function, args=(SPECTRUM,), rounds=5, warmup_rounds=1)
