"""For tests and doctests alike: no figure outlives the test that drew it."""

import sys

import pytest


@pytest.fixture(autouse=True)
def no_open_figures():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
