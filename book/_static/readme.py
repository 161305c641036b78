"""Draw the README's picture, Fig. 1 of chapter 1: `make picture`."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from negmom import figures, games, methods

MOMENTA = (-0.3, 0.0, 0.3)

figures.use_style()
paths = {
    updates: [
        methods.trajectory(games.bilinear([[1.0]]), [1.0, 0.6], 0.3, momentum, updates, 200)
        for momentum in MOMENTA
    ]
    for updates in methods.UPDATES
}
distances = {updates: [np.linalg.norm(p, axis=1) for p in paths[updates]] for updates in paths}
figures.bilinear_dynamics(MOMENTA, paths, distances, 2.5)
plt.savefig(Path(__file__).with_suffix(".svg"), metadata={"Date": None})
