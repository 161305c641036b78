"""What a cell leaves on disk: its record, its samples, its checkpoint, none of them ever half-written.

A cell's folder holds ``record.json``, ``samples.npz`` or ``samples.png``, and ``checkpoint.pt``. The
checkpoint is read with ``weights_only=True``: nothing in it can run.
"""

import contextlib
import dataclasses
import fcntl
import functools
import importlib.metadata
import io
import itertools
import json
import math
import os
import platform
import re
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import PIL.Image
import torch

import negmom
from negmom.gan import checksums
from negmom.gan.cells import Cell
from negmom.provenance import commit, processor


def write_atomically(path, content):
    """Write bytes so that a reader, or a crash at any moment, sees the old file or the new one.

    Parameters
    ----------
    path : path
    content : bytes
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # open() rather than tempfile, whose files nobody but their owner may read.
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def refuse_unwritable(name, path):
    """Raise ``ValueError`` if :func:`write_atomically` cannot write there: asked before long work, not after it."""
    path = Path(path)
    try:
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise ValueError(f"{name} must be a file that can be written, {path}: {error}") from error


@contextlib.contextmanager
def lock(path, wait=False):
    """Hold a lock file; the system frees it when the process ends, however it ends.

    Parameters
    ----------
    path : path
        The lock file, created if missing; its content is the process that holds it, or held it last.
    wait : bool
        Wait for whoever holds it, or refuse.

    Raises
    ------
    BlockingIOError
        If another process holds it and ``wait`` is false.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    # Emptied below: never through a link to a file elsewhere.
    with open(path, "a", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW)) as file:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


class Checkpoint:
    """A dictionary of tensors and plain values in a file, tied to the configuration it belongs to.

    Parameters
    ----------
    path : path
    configuration : list of dict
        The cells; :meth:`load` refuses a file that belongs to others.
    """

    def __init__(self, path, configuration):
        self.path, self.configuration = Path(path), configuration

    def save(self, state):
        """Write ``state``, replacing what was there."""
        buffer = io.BytesIO()
        torch.save({"configuration": self.configuration, "state": state}, buffer)
        write_atomically(self.path, buffer.getvalue())

    def load(self):
        """What was saved last, or None.

        Raises
        ------
        ValueError
            If the file is damaged, or belongs to another configuration, saying what differs.
        """
        if not self.path.exists():
            return None
        try:
            content = torch.load(self.path, map_location="cpu", weights_only=True)
            configuration, state = [dict(cell) for cell in content["configuration"]], content["state"]
        except Exception as error:  # torch.load raises whatever its parsers raise
            raise self.damaged(error) from error
        for saved, wanted in itertools.zip_longest(configuration, self.configuration, fillvalue={}):
            refuse_difference(self.path, saved, wanted)
        return state

    def damaged(self, error):
        """The ``ValueError`` that says what to do about a file that cannot be gone on from."""
        return ValueError(
            f"{self.path} is no readable checkpoint ({reason(error)}); remove it and training starts over"
        )


def reason(error):
    """What an error of ``torch.load`` says, without its advice on how to read files that are not safe.

    >>> reason(KeyError("state")), reason(RuntimeError("Weights only load failed. In PyTorch 2.6, we changed"))
    ("no 'state'", 'Weights only load failed')
    """
    if isinstance(error, KeyError):
        return f"no {error}"
    return re.split(r"\.\s|\n", str(error))[0] or type(error).__name__


def refuse_difference(path, saved, wanted):
    """Raise ``ValueError`` if two configurations differ, naming each setting that does."""
    different = [
        f"{name} is {saved.get(name)!r} there and {wanted.get(name)!r} here"
        for name in sorted(saved.keys() | wanted.keys())
        if saved.get(name) != wanted.get(name)
    ]
    if different:
        raise ValueError(f"{path} was written by another configuration: {'; '.join(different)}")


def refuse_other_data(record, images):
    """Raise ``ValueError`` if these images are not those that a record's cell was trained on."""
    stored, given = record.provenance.get("data"), f"sha256 {images.checksum}"
    if given != stored:
        raise ValueError(f"dataset must be the one of the grid, {stored}; got {given}")


def provenance(device="cpu"):
    """Versions of the code and of its libraries, the device and its threads, as a dictionary."""
    return _installed(device) | {"threads": torch.get_num_threads()}


@functools.cache
def _installed(device):
    device = torch.device(device)
    return {
        "commit": commit(),
        "negmom": negmom.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        # Asked of the installation: importing them takes seconds.
        **{name: importlib.metadata.version(name) for name in ("torchvision", "torchmetrics")},
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else processor(),
    }


@dataclasses.dataclass
class Record:
    """The result of a cell.

    Attributes
    ----------
    cell : Cell
    diverged : int or None
        The iteration, counted from 1, at which a loss was first not finite.
    curves : dict of list of float
        ``"iteration"`` and, at those iterations, the losses and what the game monitors.
    scores : dict of float
        Scores of the samples; empty for a cell that diverged.
    real : dict of float
        The same scores of real data.
    seconds : float
        Wall time of training; of the whole batch where ``cells_in_batch`` cells trained as one.
    provenance : dict
        Commit, versions, device, checksum of the data.
    cells_in_batch : int
        Cells that trained as one batch, itself among them.
    starts : int
        1, and 1 for every time that training went on from a checkpoint.
    batch : list or None
        ``[beta, eta, seed]`` of the cells that trained as one batch on the ring, itself among them; None where that
        was not noted.
    samples : ndarray
        From a fixed noise: (n, 2) points, or (n, channels, 32, 32) images as uint8.
    """

    cell: Cell
    diverged: int | None
    curves: dict
    scores: dict
    real: dict
    seconds: float
    provenance: dict
    cells_in_batch: int = 1
    starts: int = 1
    batch: list | None = None
    samples: np.ndarray | None = None

    def write(self, folder):
        """Write the samples, then the record: a folder with a record is complete."""
        folder = Path(folder)
        if self.samples.ndim == 2:
            buffer = io.BytesIO()
            np.savez_compressed(buffer, samples=self.samples)
            write_atomically(folder / "samples.npz", buffer.getvalue())
        else:
            write_atomically(folder / "samples.png", _png(self.samples))
        content = {**vars(self), "cell": dataclasses.asdict(self.cell)}
        del content["samples"]
        text = json.dumps(finite(content), indent=1, allow_nan=False)
        write_atomically(folder / checksums.RECORD, text.encode())


def _png(images):
    """A PNG of images (n, channels, height, width), eight a row; n a multiple of eight."""
    n, channels, height, width = images.shape
    grid = images.reshape(n // 8, 8, channels, height, width).transpose(0, 3, 1, 4, 2)
    grid = grid.reshape(n // 8 * height, 8 * width, channels)
    buffer = io.BytesIO()
    PIL.Image.fromarray(grid.squeeze()).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


def finite(value):
    """The same structure with None for numbers that JSON does not have."""
    if isinstance(value, dict):
        return {name: finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def read(folder):
    """Read the record of a cell's folder, with its samples.

    Images come back as one grid, (3, height, width).

    Raises
    ------
    ValueError
        If a file is missing or damaged.
    """
    folder = Path(folder)
    try:
        content = json.loads((folder / checksums.RECORD).read_text())
        if (folder / "samples.png").exists():
            with PIL.Image.open(folder / "samples.png") as image:
                samples = np.asarray(image).transpose(2, 0, 1)
        else:
            with open(folder / "samples.npz", "rb") as file, np.load(file, allow_pickle=False) as archive:
                samples = archive["samples"]
        record = Record(**{**content, "cell": Cell(**content["cell"]), "samples": samples})
        for field in dataclasses.fields(record):
            if not isinstance(getattr(record, field.name), field.type):
                raise ValueError(f"{field.name} is {getattr(record, field.name)!r}")
        for scores in (record.scores, record.real):  # what is not finite was written as null
            scores.update({name: math.nan for name, value in scores.items() if value is None})
        return record
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{folder} holds no readable record: {error}; restore it, or remove the folder and train the cell again"
        ) from error


def read_all(folder):
    """Records of all the complete cells of a grid, in the order of their axes.

    Parameters
    ----------
    folder : path
        The grid's folder; verified where it is sealed, see :mod:`negmom.gan.checksums`.

    Returns
    -------
    list of Record

    Raises
    ------
    ValueError
        If there is none, one is damaged, or the folder is not as it was sealed.
    """
    if (Path(folder) / checksums.NAME).exists():
        checksums.verify(folder)
    return read_unverified(folder)


def read_unverified(folder):
    """What :func:`read_all` returns, of a folder that may differ from what was sealed: before it is sealed again."""
    checksums.refuse_links(folder)
    folders = sorted(path.parent for path in Path(folder).glob(f"*/{checksums.RECORD}"))
    if not folders:
        raise ValueError(f"{folder} holds no finished cell")
    records = [read(path) for path in folders]
    return sorted(records, key=lambda r: (r.cell.optimizer, r.cell.updates, r.cell.beta, r.cell.eta, r.cell.seed))


def read_grid(folder):
    """What a grid's ``grid.json`` says.

    Parameters
    ----------
    folder : path
        The grid's folder.

    Returns
    -------
    dict of dict
        ``fixed``, what all its cells share, and ``execution``, how the last start trained them.

    Raises
    ------
    ValueError
        If the file is missing or damaged.
    """
    file = Path(folder) / checksums.GRID
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        content = {name: dict(content[name]) for name in ("fixed", "execution")}
        if not content["execution"].keys() >= {"compile", "score_samples"}:
            raise ValueError("compile or score_samples is missing")
        return content
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{file} must say what the grid is, and cannot be read ({error}); restore it") from error
