"""A grid of cells: trained through any ``concurrent.futures`` executor, resumed, tabulated.

Cells are independent. A task is one cell on images, or one batch of cells on the ring. Tasks write
into the grid's folder, which all workers must see; the executor only says where they run.
"""

import concurrent.futures
import contextlib
import dataclasses
import functools
import hashlib
import json
import math
import multiprocessing
import multiprocessing.connection
import os
import re
import tempfile
import threading
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from negmom.gan import data, ensemble, images
from negmom.gan import classifier as classifiers
from negmom.gan.cells import AXES, batches
from negmom.gan.checksums import GRID, RECORD, refuse_links, refuse_sealed
from negmom.gan.records import (
    Checkpoint, lock, read, read_all, read_grid, refuse_difference, refuse_other_data, refuse_unwritable,
    write_atomically,
)  # fmt: skip
from negmom.gan.train import INTERVAL

#: Addresses that Dask can try: host and port, or a scheduler in this process.
_ADDRESS = re.compile(r"(\w+://)?[^/\s]+:\d+|inproc://\S+")


@dataclasses.dataclass(frozen=True)
class Execution:
    """How cells are trained and scored, as opposed to what they are.

    Attributes
    ----------
    root : str
        Where torchvision's data sets are.
    device, compile : str
        See :class:`negmom.gan.images.Game`.
    threads : int or None
        Threads of torch on the CPU; its own choice where None.
    score_samples : int
        Generated images to score; 0 for no scores.
    classifier : str or None
        The file of the feature network; ``default_classifier`` where None.
    inception : str or None
        The file of the Inception weights; torch's cache where None.
    interval : float
        Seconds between checkpoints.

    Raises
    ------
    ValueError
        Naming the setting, its value and what is allowed.
    """

    root: str = data.ROOT
    device: str = "cpu"
    compile: str = "none"
    threads: int | None = None
    score_samples: int = images.SCORED
    classifier: str | None = None
    inception: str | None = None
    interval: float = INTERVAL

    def __post_init__(self):
        try:
            torch.device(self.device)
        except RuntimeError:
            raise ValueError(f"device must be one that torch knows, such as cpu or cuda; got {self.device!r}") from None
        if self.threads is not None and self.threads < 1:
            raise ValueError(f"threads must be at least 1; got {self.threads}")
        if not 0 <= self.interval < math.inf:
            raise ValueError(f"interval must be 0 or greater and finite; got {self.interval}")


def default_classifier(dataset, root):
    """Where the classifier of a data set is: beside the data."""
    return Path(root) / f"classifier-{Path(dataset).stem}.pt"


def default_inception():
    """Where torch-fidelity keeps the Inception weights once they are downloaded."""
    return Path(torch.hub.get_dir()) / "checkpoints" / "weights-inception-2015-12-05-6726825d.pth"


@functools.lru_cache(maxsize=1)
def scorer(dataset, execution):
    """The scorer of a data set, its real side done once a process; None where there is none."""
    if not execution.score_samples:
        return None
    from negmom.gan import scores  # torchmetrics takes seconds to import

    pixels = data.load(dataset, execution.root)
    n, device = execution.score_samples, execution.device
    weights = Path(execution.inception or default_inception())
    if weights.exists():
        return scores.inception_scorer(weights, pixels, n, device)
    if execution.inception:
        raise ValueError(f"inception must be a file with the Inception weights, {weights} does not exist")
    if pixels.train_labels is None and not execution.classifier:
        return None
    path = execution.classifier or default_classifier(dataset, execution.root)
    return scores.classifier_scorer(*classifiers.load(path, pixels), pixels, n, device)


_gpu_is_lost = False


@contextlib.contextmanager
def _ending_a_worker_without_gpu():
    """Note an error after which CUDA refuses this process; a worker ends there, and another takes the next task."""
    global _gpu_is_lost
    if _gpu_is_lost and multiprocessing.parent_process():
        os._exit(1)
    try:
        yield
    except RuntimeError as error:
        _gpu_is_lost = "CUDA error" in str(error)
        raise


@_ending_a_worker_without_gpu()
def run_task(cells, folder, execution, report=None):
    """Train the cells of one task that have no record yet, and write their records.

    Parameters
    ----------
    cells : list of Cell
        One cell on images, or cells of one batch on the ring.
    folder : path
        The grid's folder.
    execution : Execution
    report : callable, optional
        Called with the iterations done; without it they are written to a file, which :func:`run` reads.
    """
    if execution.threads:
        torch.set_num_threads(execution.threads)
    place = _place(cells, folder)
    # Whoever was given the same task again, after a lost worker perhaps, waits and finds it done.
    with lock(place / "lock", wait=True):
        for half in place.glob(".checkpoint.pt.*"):  # what a kill in the middle of a write has left
            half.unlink()
        if all(_is_done(cell, folder) for cell in cells):
            return
        checkpoint = Checkpoint(place / "checkpoint.pt", [dataclasses.asdict(cell) for cell in cells])
        loop = {
            "report": report or _FileReport(place / "progress"),
            "checkpoint": checkpoint,
            "interval": execution.interval,
        }
        for record in _train(cells, execution, loop):
            if not _is_done(record.cell, folder):  # a batch that has grown trains its finished cells along
                record.write(Path(folder) / record.cell.name)


def _train(cells, execution, loop):
    if cells[0].dataset == "gaussians":
        return ensemble.train(cells, **loop)
    (cell,) = cells
    return [
        images.train(
            cell,
            data.load(cell.dataset, execution.root),
            device=execution.device,
            compile=execution.compile,
            scorer=scorer(cell.dataset, execution),
            score_samples=execution.score_samples,
            **loop,
        )
    ]


def _place(cells, folder):
    """Folder of a task's checkpoint: the cell's own, or that of a batch."""
    if len(cells) == 1:
        return Path(folder) / cells[0].name
    names = hashlib.sha256("\n".join(cell.name for cell in cells).encode()).hexdigest()
    return Path(folder) / f"batch-{names[:12]}"


class _FileReport:
    """Iterations done, in a file that another process reads."""

    def __init__(self, path):
        self.path, self.done = path, 0

    def __call__(self, n):
        self.done += n
        self.path.write_text(str(self.done))

    @staticmethod
    def read(path):
        try:
            return int(path.read_text())
        except (OSError, ValueError):  # not there yet, or being written
            return 0


class _Serial(concurrent.futures.Executor):
    """Runs a task where it is submitted."""

    def submit(self, function, /, *arguments, **options):
        future = concurrent.futures.Future()
        try:
            future.set_result(function(*arguments, **options))
        except Exception as error:
            future.set_exception(error)
        return future


def _end_with_parent():
    """End this worker when its parent ends, even one that was killed."""

    def watch():
        multiprocessing.connection.wait([multiprocessing.parent_process().sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def executor(workers=0, scheduler=None):
    """The executor of a grid: this process, processes, or a Dask cluster.

    Parameters
    ----------
    workers : int
        Processes; 0 for this one.
    scheduler : str, optional
        Address of a Dask scheduler; its workers need one thread each and the grid's folder.

    Yields
    ------
    concurrent.futures.Executor
    """
    if scheduler:
        try:
            from distributed import Client
        except ImportError:
            raise ValueError("scheduler needs the package distributed: pip install 'negmom[cluster]'") from None
        try:
            client = Client(scheduler, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ValueError(
                f"scheduler must be the address of a Dask scheduler; got {scheduler!r}: {error}"
            ) from None
        with client, client.get_executor(pure=False) as pool:
            try:
                yield pool
            except KeyboardInterrupt:  # cells under way end on their workers, the others are not begun
                pool.shutdown(wait=False)
                raise
    elif workers:
        context = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(workers, context, _end_with_parent) as pool:
            try:
                yield pool
            except KeyboardInterrupt:  # which the workers get too; without this they would take the next cells
                pool.shutdown(cancel_futures=True)
                raise
    else:
        yield _Serial()


def run(cells, folder, execution=None, workers=0, scheduler=None, progress=True):
    """Train a grid; what is finished already stays, what was interrupted goes on.

    Parameters
    ----------
    cells : list of Cell
        On one data set.
    folder : path
    execution : Execution, optional
    workers : int
    scheduler : str, optional
        See :func:`executor`.
    progress : bool
        Show a progress bar.

    Returns
    -------
    dict
        Name of a cell or batch to what went wrong, for those that failed.

    Raises
    ------
    ValueError
        If the folder holds another grid or links, is in use, sealed or cannot be written, or the data are missing.
    """
    folder, execution = Path(folder).absolute(), execution or Execution()
    if any(cell.dataset == "gaussians" for cell in cells):  # whose batched program is for the CPU
        execution = dataclasses.replace(execution, device="cpu")
    if scheduler and not _ADDRESS.fullmatch(scheduler):  # for any other Dask waits a minute
        raise ValueError(f"scheduler must be the address of a Dask scheduler, host:port; got {scheduler!r}")
    fixed = {json.dumps(_fixed(cell)) for cell in cells}
    if len(fixed) != 1:
        raise ValueError(f"cells must be one or more that differ in {', '.join(AXES)} only; got {list(cells)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        refuse_links(folder)
        complete = all(_is_done(cell, folder) for cell in cells)
        if not complete:
            refuse_sealed(folder)
        with lock(folder / "lock"):
            _prepare(cells[0], folder, execution, complete)
            return _run(cells, folder, execution, workers, scheduler, progress)
    except BlockingIOError:
        raise ValueError(f"out must be a folder that no other grid is writing to, {folder} is in use") from None
    except OSError as error:
        raise ValueError(f"out must be a folder that can be written to, {folder}: {error}") from error


def _fixed(cell):
    """What all cells of a grid share."""
    return {name: value for name, value in dataclasses.asdict(cell).items() if name not in AXES}


def _prepare(cell, folder, execution, complete):
    """Refuse a folder of another configuration; unless it is complete, load the data, train a missing classifier."""
    fixed = _fixed(cell) | {"score_samples": execution.score_samples}
    if cell.dataset != "gaussians":
        pixels = data.load(cell.dataset, execution.root)
        fixed |= {"data": pixels.checksum}
    file = folder / GRID
    if file.exists():
        refuse_difference(file, read_grid(folder)["fixed"], fixed)
        if complete:  # and perhaps sealed: the file stays as those who trained the cells have left it
            return
    content = {"fixed": fixed, "execution": dataclasses.asdict(execution)}
    write_atomically(file, json.dumps(content, indent=1).encode())
    if cell.dataset == "gaussians" or not execution.score_samples:
        return
    path = default_classifier(cell.dataset, execution.root)
    scored = execution.classifier or execution.inception or path.exists() or default_inception().exists()
    if not scored and pixels.train_labels is not None:
        train_classifier(cell.dataset, path, execution)
    scorer(cell.dataset, execution)


def train_classifier(dataset, path, execution, epochs=classifiers.EPOCHS, seed=0):
    """Train the classifier of a data set and write it, with a progress bar.

    Parameters
    ----------
    dataset : str
        See :func:`negmom.gan.data.load`; with labels.
    path : path
        The classifier's file.
    execution : Execution
        Where the data are, the device, the threads.
    epochs, seed : int

    Returns
    -------
    float
        Its accuracy on the test images, 0 to 1.

    Raises
    ------
    ValueError
        If the data are missing or have no labels, or the file cannot be written.
    """
    if execution.threads:
        torch.set_num_threads(execution.threads)
    pixels = data.load(dataset, execution.root)
    refuse_unwritable("classifier", path)
    with tqdm(total=epochs * len(pixels.train), desc="classifier", unit="image") as bar:
        network, accuracy = classifiers.train(pixels, epochs, seed, execution.device, bar.update)
    classifiers.save(path, network, accuracy, pixels)
    return accuracy


def tasks(cells):
    """Cells by task: each on its own, or all that can train as one batch on the ring."""
    if cells[0].dataset != "gaussians":
        return [[cell] for cell in cells]
    return batches(sorted(cells, key=lambda cell: (cell.beta, cell.eta, cell.seed)))


def _is_done(cell, folder):
    return (Path(folder) / cell.name / RECORD).exists()


def _run(cells, folder, execution, workers, scheduler, progress):
    def unfinished(task):
        return not all(_is_done(cell, folder) for cell in task)

    remaining = [task for task in tasks(cells) if unfinished(task)]
    failures, restarts = {}, 0
    total = sum(task[0].iterations for task in remaining)
    serial = not (workers or scheduler)
    with tqdm(total=total, unit="it", smoothing=0.05, disable=not progress) as bar:
        while remaining:
            try:
                with executor(workers, scheduler) as pool:
                    futures = {}
                    for task in remaining:
                        bar.set_postfix_str(_cells_done(cells, folder))
                        report = bar.update if serial else None
                        futures[pool.submit(run_task, task, folder, execution, report)] = task
                    _watch(futures, cells, folder, None if serial else bar, failures)
                break
            except concurrent.futures.BrokenExecutor:
                # A worker process was killed and took the pool with it: go on where it was.
                restarts += 1
                remaining = [t for t in remaining if unfinished(t) and _place(t, folder).name not in failures]
                if restarts > 3:
                    return failures | {_place(t, folder).name: "its worker was killed" for t in remaining}
        bar.set_postfix_str(_cells_done(cells, folder))
    return failures


def _cells_done(cells, folder):
    done = sum(_is_done(cell, folder) for cell in cells)
    return f"{done}/{len(cells)} cells"


def _watch(futures, cells, folder, bar, failures):
    """Wait for the futures, note failures, move the bar."""
    pending = set(futures)
    while pending:
        done, pending = concurrent.futures.wait(pending, 1.0, concurrent.futures.FIRST_COMPLETED)
        for future in sorted(done, key=lambda f: isinstance(f.exception(), concurrent.futures.BrokenExecutor)):
            error = future.exception()
            if isinstance(error, concurrent.futures.BrokenExecutor):
                raise error
            if error:
                failures[_place(futures[future], folder).name] = f"{type(error).__name__}: {error}"
        if bar is not None:
            bar.n = sum(_FileReport.read(_place(task, folder) / "progress") for task in futures.values())
            bar.set_postfix_str(_cells_done(cells, folder))


def rerun(folder, choice, execution=None, dataset=None):
    """Train a cell of a stored grid again, elsewhere, and compare; on the ring, its whole batch.

    Parameters
    ----------
    folder : path
        The grid's folder.
    choice : dict of str
        Axis to value; must single out one cell.
    execution : Execution, optional
        Where the data and the feature networks are, and the device. Paths in the folder's own files are not
        followed: they are those of the machine that trained, or of whoever wrote the files.
    dataset : str, optional
        Where the images are now, if they are none of torchvision's.

    Returns
    -------
    stored, again : Record
    difference : float
        Largest difference of the loss curves; NaN if one diverges where the other does not.

    Raises
    ------
    ValueError
        If there is no such cell, or several, or the data are not those of the grid.
    """
    stored_records = read_all(folder)
    found = [r for r in stored_records if all(_matches(r.cell, axis, x) for axis, x in choice.items())]
    if len(found) != 1:
        names = "; ".join(record.cell.name for record in found) or "none"
        raise ValueError(f"cell must single out one cell of {folder}; got {choice}, which fits {names}")
    (stored,) = found
    again_of = dataclasses.replace(stored.cell, dataset=_dataset_for_rerun(stored.cell.dataset, dataset))
    execution, before = execution or Execution(), read_grid(folder)["execution"]
    execution = dataclasses.replace(execution, **{name: before[name] for name in ("score_samples", "compile")})
    if again_of.dataset != "gaussians":
        refuse_other_data(stored, data.load(again_of.dataset, execution.root))
    again = [again_of]
    if stored.cell.dataset == "gaussians":
        again = _trained_together(stored, stored_records)
    with tempfile.TemporaryDirectory() as place:
        failures = run(again, place, execution)
        if failures:
            raise ValueError("; ".join(failures.values()))
        again = read(Path(place) / stored.cell.name)
    losses = ("discriminator", "generator")
    a, b = (np.array([r.curves[column] for column in losses], dtype=float) for r in (stored, again))
    if a.shape != b.shape or (np.isnan(a) != np.isnan(b)).any():
        return stored, again, np.nan
    return stored, again, float(np.nanmax(np.abs(a - b), initial=0.0))


def _trained_together(stored, others):
    """The batch of a cell on the ring: in another it rounds differently, and the game amplifies that."""
    if stored.batch:
        axes = ("beta", "eta", "seed")
        return [dataclasses.replace(stored.cell, **dict(zip(axes, place))) for place in stored.batch]
    if stored.cells_in_batch == 1:
        return [stored.cell]
    return [record.cell for record in others if record.cell.shared() == stored.cell.shared()]


def _dataset_for_rerun(stored, given):
    if stored == "gaussians" or stored in data.TORCHVISION:
        return stored
    if given is None:
        raise ValueError(f"dataset must say where the images are now; the grid was trained on {stored!r}")
    return str(given)


def _matches(cell, axis, value):
    if axis not in AXES:
        raise ValueError(f"cell must name axes among {', '.join(AXES)}; got {axis!r}")
    own = getattr(cell, axis)
    try:
        return own == type(own)(value)
    except ValueError:
        kind = "an integer" if isinstance(own, int) else "a number"
        raise ValueError(f"{axis} must be {kind}; got {value!r}") from None
