"""The figures of a grid: drawing only, nothing here trains or scores."""

import matplotlib.pyplot as plt
import numpy as np

from negmom.gan import ring
from negmom.gan.grid import less_is_better, table

__all__ = ["heat_map"]


def heat_map(records, score):
    """Draw a grid as Fig. 3 does: a heat map of configurations, samples beside the best of each row.

    Parameters
    ----------
    records : list of Record
        Of one optimizer and one order of updates.
    score : str
        What the color says: its mean over the seeds; each cell shows mean and standard deviation.

    Returns
    -------
    matplotlib.figure.Figure
    """
    betas, etas, seeds, values = table(records, score)
    count = np.isfinite(values).sum(-1)
    with np.errstate(invalid="ignore"):
        mean = np.where(count > 0, np.nansum(values, -1) / np.maximum(count, 1), np.nan)
        spread = np.sqrt(np.nansum((values - mean[..., None]) ** 2, -1) / np.maximum(count - 1, 1))
    diverged = {(r.cell.beta, r.cell.eta) for r in records if r.diverged}
    sign = -1 if less_is_better(score) else 1

    figure = plt.figure(figsize=(2.2 + 1.1 * len(etas), 1 + 0.9 * len(betas)), layout="constrained")
    grid = figure.add_gridspec(len(betas), len(etas) + 1)
    axes = figure.add_subplot(grid[:, :-1])
    image = axes.imshow(mean, aspect="auto", cmap="viridis" if sign > 0 else "viridis_r")
    axes.set_xticks(range(len(etas)), [f"{eta:g}" for eta in etas])
    axes.set_yticks(range(len(betas)), [f"{beta:g}" for beta in betas])
    axes.set_xlabel(r"discriminator's step size $\eta$")
    axes.set_ylabel(r"discriminator's momentum $\beta$")
    axes.set_title(f"{score}, mean over {len(seeds)} seed{'s' * (len(seeds) > 1)}", fontsize="medium")
    for i, j in np.ndindex(mean.shape):
        if count[i, j] == 0:
            text = "diverged" if (betas[i], etas[j]) in diverged else "not run"
            color = "black"
        else:
            text = f"{mean[i, j]:.3g}" + (f"\n±{spread[i, j]:.2g}" if count[i, j] > 1 else "")
            if count[i, j] < len(seeds):
                text += f"\n{count[i, j]} of {len(seeds)}"
            dark = sum(image.cmap(image.norm(mean[i, j]))[:3]) < 1.5
            color = "white" if dark else "black"
        axes.text(j, i, text, ha="center", va="center", fontsize="small", color=color)

    places = {(r.cell.beta, r.cell.eta, r.cell.seed): r for r in records}
    for i, beta in enumerate(betas):
        beside = figure.add_subplot(grid[i, -1])
        beside.set_xticks([])
        beside.set_yticks([])
        if not count[i].any():
            continue
        j = int(np.nanargmax(sign * mean[i]))
        k = int(np.nanargmax(sign * values[i, j]))
        _draw_samples(beside, places[beta, etas[j], seeds[k]].samples)
        beside.set_title(rf"$\eta$ = {etas[j]:g}", fontsize="small")
    return figure


def _draw_samples(axes, samples):
    """Points beside the ring's centers, or the first 4 x 4 images of the grid of samples."""
    if samples.ndim == 2:
        axes.plot(*ring.centers().T.numpy(), "+", color="0.6")
        axes.plot(*samples[:400].T, ".", markersize=1)
        axes.set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
        return
    axes.imshow(samples[:, :128, :128].transpose(1, 2, 0))
