"""The figures of a grid: drawing only, nothing here trains or scores."""

import matplotlib.pyplot as plt
import numpy as np

from negmom.figures import HIGHLIGHT, NEGATIVE, POSITIVE, ZERO
from negmom.gan import ring
from negmom.gan.tables import less_is_better, table


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
    values = np.ma.masked_invalid(values)
    count, mean, spread = values.count(-1), values.mean(-1), values.std(-1, ddof=1)
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
        j = (sign * mean[i]).argmax()
        k = (sign * values[i, j]).argmax()
        _draw_samples(beside, places[beta, etas[j], seeds[k]].samples)
        beside.set_title(rf"$\eta$ = {etas[j]:g}", fontsize="small")
    return figure


def _draw_samples(axes, samples):
    """Points beside the ring's centers, or the first 3 x 3 images of the grid of samples."""
    if samples.ndim == 2:
        axes.plot(*ring.centers().T.numpy(), "+", color="0.6")
        axes.plot(*samples[:400].T, ".", markersize=1, rasterized=True)
        axes.set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
        return
    # The images' own pixels: resampled they would weigh more than the rest of the page.
    axes.imshow(samples[:, :96, :96].transpose(1, 2, 0), interpolation="none")


def differences(comparisons, score):
    """Draw what negative momentum adds to a score: a point and its 95 % interval a step size.

    Parameters
    ----------
    comparisons : dict of str to list of Comparison
        One panel each; see :func:`negmom.gan.comparison.compare`.
    score : str
        Names the axis.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = max(map(len, comparisons.values()))
    figure, panels = plt.subplots(
        1, len(comparisons), figsize=(7, 0.8 + 0.4 * rows), layout="constrained", squeeze=False
    )
    for axes, (title, compared) in zip(panels[0], comparisons.items()):
        axes.axvline(0, color="0.7", linewidth=1)
        for place, row in enumerate(compared):
            color = NEGATIVE if row.low > 0 else POSITIVE if row.high < 0 else ZERO
            axes.plot([row.low, row.high], [place, place], color=color)
            axes.plot(row.difference, place, "D" if row.eta is None else "o", color=color)
        names = ["all" if row.eta is None else f"{row.eta:g}" for row in compared]
        axes.set_yticks(range(len(compared)), names)
        axes.invert_yaxis()
        axes.set_title(title)
        axes.set_xlabel(rf"{score}, $\beta < 0$ less $\beta > 0$")
    panels[0, 0].set_ylabel(r"step size $\eta$")
    return figure


def histories(records, column, ylabel, level=None):
    r"""Draw a curve of the records through training, a panel a step size, a line a momentum.

    Parameters
    ----------
    records : list of Record
        Of one optimizer and one order of updates. A line is the mean over the seeds.
    column : str
        A name in their ``curves``.
    ylabel : str
    level : float, optional
        A value to mark, that of the equilibrium for instance.

    Returns
    -------
    matplotlib.figure.Figure
    """
    betas, etas = (sorted({getattr(r.cell, axis) for r in records}) for axis in ("beta", "eta"))
    figure, panels = plt.subplots(
        1, len(etas), figsize=(7, 2.6), layout="constrained", sharey=True, squeeze=False
    )
    shades = plt.get_cmap("coolwarm")
    largest = max(map(abs, betas)) or 1
    for axes, eta in zip(panels[0], etas):
        if level is not None:
            axes.axhline(level, color=HIGHLIGHT, linewidth=1, linestyle="--")
        for beta in betas:
            chosen = [r for r in records if (r.cell.beta, r.cell.eta) == (beta, eta)]
            # One that diverged has a shorter curve, and no place in a mean.
            whole = [r.curves for r in chosen if r.diverged is None]
            if whole:
                mean = np.mean([curves[column] for curves in whole], axis=0)
                color = "0.45" if beta == 0 else shades(0.5 + beta / largest / 2)
                axes.plot(whole[0]["iteration"], mean, color=color, linewidth=1.2, label=rf"{beta:g}")
        axes.set_title(rf"$\eta$ = {eta:g}")
        axes.set_xlabel("iteration")
    panels[0, 0].set_ylabel(ylabel)
    panels[0, -1].legend(title=r"$\beta$", fontsize="small")
    return figure
