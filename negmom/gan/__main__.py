"""Train and show the GAN grid: ``python -m negmom.gan --help``."""

import argparse
import dataclasses
import math
import sys
from pathlib import Path

import numpy as np
import torch

from negmom.gan import cells, checksums, comparison, grid, images, measure, records, tables
from negmom.gan import classifier as classifiers

#: What a grid's cells share, beside the data set: an option each, with the default of the data set.
SETTINGS = [field for field in dataclasses.fields(cells.Cell) if field.name not in ("dataset", *cells.AXES)]


def parser():
    main = argparse.ArgumentParser(prog="python -m negmom.gan", description=__doc__)
    commands = main.add_subparsers(dest="command", required=True)
    usual = grid.Execution

    def execution(command, again=False):
        kinds = "gaussians, cifar10, fashion-mnist, an .npz or a folder"
        command.add_argument(
            "--dataset", required=not again, help="where your own images are now" if again else kinds
        )
        where = "where torchvision's data sets are (default: %(default)s)"
        command.add_argument("--root", default=usual.root, help=where)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        command.add_argument("--device", default=device, help="default: %(default)s; the ring trains on the CPU")
        command.add_argument("--threads", type=int, help="threads of torch on the CPU")

    def networks(command):
        command.add_argument("--classifier", help="file of the feature network (default: beside the data)")
        command.add_argument("--inception", help="file of the Inception weights (default: torch's cache)")

    train = commands.add_parser("grid", help="train a grid of cells, or go on with one")
    execution(train)
    train.add_argument("--beta", type=float, nargs="+", required=True, help="the discriminator's momenta")
    train.add_argument("--eta", type=float, nargs="+", required=True, help="the discriminator's step sizes")
    train.add_argument("--seeds", type=int, nargs="+", default=[0])
    for name in ("optimizer", "updates"):
        default, choices = [getattr(cells.Cell, name)], ", ".join(cells.CHOICES[name])
        train.add_argument(f"--{name}", nargs="+", default=default, help=f"of {choices}")
    for field in SETTINGS:
        allowed = cells.CHOICES.get(field.name)
        train.add_argument(
            f"--{field.name.replace('_', '-')}", type=field.type, help=allowed and "one of " + ", ".join(allowed)
        )
    train.add_argument("--compile", choices=images.COMPILE, default=usual.compile, help="how a step runs on a GPU")
    train.add_argument("--out", required=True, help="folder of the results")
    scored = "images to score; 0 for no scores"
    train.add_argument("--score-samples", type=int, default=usual.score_samples, help=scored)
    networks(train)
    train.add_argument("--interval", type=float, default=usual.interval, help="seconds between checkpoints")
    train.add_argument("--workers", type=int, default=0, help="processes (default: this one)")
    train.add_argument("--scheduler", help="address of a Dask scheduler")

    show = commands.add_parser("show", help="print the table of a grid and draw its figure")
    show.add_argument("folder")
    show.add_argument("--score", help="default: the first one")

    rerun = commands.add_parser("rerun", help="train a cell of a grid again and compare")
    rerun.add_argument("folder")
    rerun.add_argument("--cell", required=True, help="for example beta=-0.5,eta=1e-4,seed=0")
    execution(rerun, again=True)
    networks(rerun)

    measured = commands.add_parser("measure", help="measure the spectra along the training of a grid's cells on images")
    measured.add_argument("folder")
    measured.add_argument("--after", type=int, nargs="+", required=True, help="iterations")
    measured.add_argument("--optimizer", choices=cells.CHOICES["optimizer"], help="only the cells that it trained")
    execution(measured, again=True)

    seal = commands.add_parser("seal", help="write the checksums of a grid that is to be stored")
    seal.add_argument("folder")

    classifier = commands.add_parser("classifier", help="train the feature network of a data set")
    execution(classifier)
    classifier.add_argument("--epochs", type=int, default=classifiers.EPOCHS)
    classifier.add_argument("--seed", type=int, default=0)
    classifier.add_argument("--out", help="its file (default: beside the data)")
    return main


def _execution(options):
    names = {field.name for field in dataclasses.fields(grid.Execution)}
    execution = grid.Execution(**{name: value for name, value in vars(options).items() if name in names})
    device, present = torch.device(execution.device), torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= present:
        raise ValueError(f"device must be one that is present; got {execution.device!r} with {present} GPUs")
    return execution


def train(options):
    given = {field.name: getattr(options, field.name) for field in SETTINGS}
    settings = {name: value for name, value in given.items() if value is not None}
    chosen = cells.product(
        options.dataset, options.beta, options.eta, options.seeds,
        optimizers=options.optimizer, updates=options.updates, **settings,
    )  # fmt: skip
    if options.workers < 0:
        raise ValueError(f"workers must be 0 or more; got {options.workers}")
    failures = grid.run(chosen, options.out, _execution(options), options.workers, options.scheduler)
    if failures:
        for name, error in failures.items():
            print(f"failed: {name}: {error}", file=sys.stderr)
        print("mend this and run the same command again: it goes on from the last checkpoints", file=sys.stderr)
        return 1
    wanted = set(chosen)
    finished = [record for record in records.read_all(options.out) if record.cell in wanted]
    diverged = sum(record.diverged is not None for record in finished)
    print(f"{len(finished)} cells in {options.out}, {diverged} of them diverged")
    return 0


def show(options):
    from negmom.gan.figures import heat_map

    groups = {}
    for record in records.read_all(options.folder):
        groups.setdefault((record.cell.optimizer, record.cell.updates), []).append(record)
    for (optimizer, updates), group in groups.items():
        scored = next((record for record in group if record.scores), None)
        print(f"\n{group[0].cell.dataset}, {optimizer}, {updates}")
        for record in group:
            if record.diverged:
                print(f"diverged at iteration {record.diverged}: {record.cell.name}")
        if scored is None:
            print("no scores")
            continue
        score = options.score or next(iter(scored.scores))
        betas, etas, seeds, values = tables.table(group, score)
        print(f"{score}; real data: {scored.real.get(score, math.nan):.4g}; seeds: {len(seeds)}")
        print("beta \\ eta" + "".join(f"{eta:>18g}" for eta in etas))
        for beta, row in zip(betas, values):
            print(f"{beta:>10g}" + "".join(f"{_summary(entry):>18}" for entry in row))
        _print_comparison(group, score)
        path = Path(options.folder) / f"figure-{optimizer}-{updates}.png"
        heat_map(group, score).savefig(path, dpi=150)
        print(f"figure: {path}")
    return 0


def _print_comparison(group, score):
    """Whether negative momentum scores better, where the grid is large enough to tell."""
    try:
        rows = comparison.compare(group, score)
    except ValueError as error:
        print(f"negative against positive beta: not compared ({error})")
        return
    print("negative less positive beta, 95% interval over seeds; p of a trend toward negative beta")
    for row in rows:
        place = "all eta" if row.eta is None else f"{row.eta:g}"
        print(f"{place:>10}{row.difference:>10.3g} [{row.low:.3g}, {row.high:.3g}]  p = {row.p:.2g}")


def _summary(values):
    """Mean, and deviation and number where there are several, of the finite values."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return "-"
    if len(finite) == 1:
        return f"{finite[0]:.4g} (1)" if len(values) > 1 else f"{finite[0]:.4g}"
    return f"{finite.mean():.4g}±{finite.std(ddof=1):.2g} ({len(finite)})"


def rerun(options):
    pairs = [part.partition("=") for part in options.cell.split(",")]
    choice = {axis: value for axis, _, value in pairs}
    if len(choice) < len(pairs):
        raise ValueError(f"cell must name an axis once; got {options.cell!r}")
    stored, again, difference = grid.rerun(options.folder, choice, _execution(options), options.dataset)
    print(stored.cell.name)
    for name, value in stored.scores.items():
        print(f"{name}: {value:.6g} stored, {again.scores.get(name, math.nan):.6g} again")
    print(f"device: {stored.provenance['device']} stored, {again.provenance['device']} again")
    if stored.cells_in_batch != again.cells_in_batch:
        print(f"cells in a batch: {stored.cells_in_batch} stored, {again.cells_in_batch} again; it rounds differently")
    print(f"diverged: {stored.diverged} stored, {again.diverged} again")
    print("loss curves: " + ("identical" if difference == 0 else f"largest difference {difference:.3g}"))
    return 0


def measure_spectra(options):
    execution = _execution(options)
    if execution.threads:
        torch.set_num_threads(execution.threads)

    def report(name, points):
        for point in points:
            leading = complex(*point["values"][0])
            print(f"{name}, iteration {point['iteration']}: leading eigenvalue {leading:.3g}", flush=True)

    content = measure.run(
        options.folder, options.after, optimizer=options.optimizer,
        root=execution.root, dataset=options.dataset, device=execution.device, report=report,
    )  # fmt: skip
    print(f"{len(content['cells'])} cells in {Path(options.folder) / checksums.SPECTRA}")
    return 0


def seal(options):
    records.read_grid(options.folder)
    records.read_unverified(options.folder)  # a damaged record would be sealed with its damage
    print(f"{checksums.seal(options.folder)} files sealed in {Path(options.folder) / checksums.NAME}")
    return 0


def classifier(options):
    if options.epochs < 1:
        raise ValueError(f"epochs must be at least 1; got {options.epochs}")
    path = options.out or grid.default_classifier(options.dataset, options.root)
    accuracy = grid.train_classifier(options.dataset, path, _execution(options), options.epochs, options.seed)
    print(f"{path}: test accuracy {accuracy:.4f}")
    return 0


def main(arguments=None):
    """Run a command; its exit status: 0, 1 if a cell failed, 2 for wrong use, 130 if stopped."""
    options = parser().parse_args(arguments)
    run = {
        "grid": train, "show": show, "rerun": rerun, "measure": measure_spectra, "seal": seal, "classifier": classifier,
    }[options.command]  # fmt: skip
    try:
        return run(options)
    except (ValueError, OSError, RuntimeError) as error:
        print(f"python -m negmom.gan: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        goes_on = {"grid": "from the last checkpoint", "measure": "with the cells that are left"}.get(options.command)
        print("stopped" + (f"; the same command goes on {goes_on}" if goes_on else ""), file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
