"""A grid of four cells on images made by the tests, and what to ask of its records."""

import time

import numpy as np

LONG = 60  # iterations of a cell that is to be interrupted


def command(npz, out, *more, iterations=6):
    """Words of a 2 x 2 grid on images made by the tests."""
    words = ["grid", "--dataset", npz, "--out", out, "--root", npz.parent, "--device", "cpu", "--threads", 1]
    words += ["--width", 4, "--z", 4, "--batch", 8, "--iterations", iterations, "--score-samples", 0]
    return [str(word) for word in (*words, "--beta", -0.5, 0.5, "--eta", 1e-4, 1e-3, *more)]


def same(a, b):
    """Whether two records say the same, to the bit, of the same cell."""
    parts = ("cell", "diverged", "curves", "scores", "real")
    return all(getattr(a, p) == getattr(b, p) for p in parts) and np.array_equal(a.samples, b.samples)


def wait_for(happened, process=None):
    """Poll, for as long as the slowest machine may take."""
    end = time.monotonic() + 300
    while not happened():
        assert time.monotonic() < end and (process is None or process.poll() is None)
        time.sleep(0.01)
