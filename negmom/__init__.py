"""Shared code of the reproducible edition of "Negative Momentum for Improved Game Dynamics".

Importing :mod:`negmom` imports neither torch nor matplotlib; each submodule is imported by name.
"""

__version__ = "0.1.0"
