"""Sphinx extension: when a chapter is executed, and which pages are read and written again.

A chapter's outputs follow from its *inputs*: its code, the package, the stored results and the environment.
They are kept in ``_build/executed`` with the checksums of these inputs and reused while all are the same; the
build says so for each chapter. The package counts as one input, and so do the results: that is coarse, but
no list of who reads what can be wrong. This stands in for the jupyter-cache of myst-nb, which looks at the
code alone and does not survive a kill in the middle of a write.

Pages quote each other (badges, counts, numbers, times). So a change of anything that pages share has every
page read again, and a change of any page has every page written again.
"""

import hashlib
import os
import sys
import time
from functools import partial
from importlib.metadata import distributions
from pathlib import Path

import myst_nb.core.execute
import nbformat
from myst_nb.core.execute.base import ExecutionError, NotebookClientBase
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from sphinx.application import Sphinx
from sphinx.util import logging

import negmom

LOGGER = logging.getLogger(__name__)


def checksum(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(b"%d:" % len(content) + content)  # its length first: ("a", "b") is not ("ab",)
    return digest.hexdigest()


def of_folder(folder: Path, left_out: str | None = None) -> str:
    """Checksum of the names and contents of a folder's files, bytecode and one kind of file left out."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    kept = [path for path in files if path.suffix != left_out]
    return checksum(*[part for path in kept for part in (str(path.relative_to(folder)), path.read_bytes())])


class Store:
    """The executed chapters.

    Each is a notebook whose metadata hold the checksums of its inputs, when it was executed and how many
    seconds that took.
    """

    def __init__(self, book: Path):
        self.book, self.folder = book, book.parent / "_build" / "executed"
        installed = sorted({f"{package.name} {package.version}" for package in distributions()})
        self.shared = {
            "the package": of_folder(Path(negmom.__file__).parent),
            "the stored results": of_folder(book / "results"),
            "the environment": checksum(sys.version, *installed),
        }
        self.said = set()

    def inputs(self, notebook: nbformat.NotebookNode) -> dict[str, str]:
        """Checksums of what the outputs follow from; tags count, since some change how a cell runs."""
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        code = repr([(cell.source, cell.metadata.get("tags", [])) for cell in cells])
        settings = repr(sorted((k, v) for k, v in notebook.metadata.items() if k != "source_map"))
        return {"its code": checksum(code, settings), **self.shared}

    def path(self, chapter: Path) -> Path:
        return (self.folder / chapter.relative_to(self.book)).with_suffix(".ipynb")

    def load(self, chapter: Path, inputs: dict[str, str]) -> tuple[nbformat.NotebookNode | None, str]:
        """The executed chapter, or None, and why."""
        try:
            stored = nbformat.read(self.path(chapter), as_version=4)
            before = stored.metadata.execution.inputs
        except FileNotFoundError:
            return None, "it has no stored outputs"
        except Exception:  # whatever the parsers of a damaged file raise
            return None, "its stored outputs are damaged"
        changed = [name for name, value in inputs.items() if before.get(name) != value]
        if changed:
            return None, f"{' and '.join(changed)} changed"
        return stored, "its inputs are unchanged"

    def save(self, chapter: Path, notebook: nbformat.NotebookNode) -> None:
        path = self.path(chapter)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".part")
        nbformat.write(notebook, half)
        os.replace(half, path)  # a build that is killed leaves the old file or the new one

    def say(self, chapter: Path | str, what: str) -> None:
        name = Path(chapter).relative_to(self.book).with_suffix("").as_posix()
        self.said.add(name)
        LOGGER.info(f"{name}: {what}")


class Client(NotebookClientBase):
    """What myst-nb asks for the outputs of a chapter."""

    def __init__(self, *arguments, store: Store, **options):
        super().__init__(*arguments, **options)
        self.store = store

    def start_client(self):
        inputs = self.store.inputs(self.notebook)
        stored, why = self.store.load(self.path, inputs)
        if stored is None:
            self.store.say(self.path, f"executed, {why}")
            stored = self.execute(inputs)
        else:
            self.store.say(self.path, f"reused, {why}")
        executed = iter(cell for cell in stored.cells if cell.cell_type == "code")
        for cell in self.notebook.cells:
            if cell.cell_type == "code":
                other = next(executed)
                cell.outputs, cell.execution_count = other.outputs, other.execution_count
        for name in ("language_info", "widgets"):
            if name in stored.metadata:
                self.notebook.metadata[name] = stored.metadata[name]
        self.exec_metadata = {
            "mtime": stored.metadata.execution.at,
            "runtime": stored.metadata.execution.seconds,
            "method": "cache",
            "succeeded": True,
            "error": None,
            "traceback": None,
        }

    def execute(self, inputs: dict[str, str]) -> nbformat.NotebookNode:
        """Run the chapter in a fresh kernel and store it."""
        notebook = nbformat.from_dict(self.notebook)
        client = NotebookClient(
            notebook,
            timeout=self.nb_config.execution_timeout,
            resources={"metadata": {"path": self.path.parent}},
        )
        start = time.perf_counter()
        try:
            client.execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            self.logger.warning(f"executing the chapter failed: {error}", subtype="exec")
            raise ExecutionError(str(self.path)) from error
        seconds = time.perf_counter() - start
        notebook.metadata.execution = {"inputs": inputs, "at": time.time(), "seconds": seconds}
        self.store.save(self.path, notebook)
        return notebook


def start(app: Sphinx) -> None:
    app.store = Store(Path(app.srcdir))
    myst_nb.core.execute.NotebookClientCache = partial(Client, store=app.store)


def find_outdated(app: Sphinx, env, added, changed, removed) -> list[str]:
    """Pages that were not read from what they would be read from now."""
    book = Path(app.srcdir)
    settings = [book.parent / name for name in ("_config.yml", "_toc.yml")]
    # All that is in the book and no page: extensions, style, references, results.
    shared = [*app.store.shared.values(), of_folder(book, left_out=".md"), *map(Path.read_bytes, settings)]
    now = {name: checksum(Path(env.doc2path(name)).read_bytes(), *shared) for name in env.found_docs}
    before = getattr(env, "read_from", {})
    env.read_from = now
    return [name for name, value in now.items() if before.get(name) != value]


def forget_glued(app: Sphinx, env, docname: str) -> None:
    """Other pages must not find numbers that a chapter no longer computes."""
    (Path(env.mystnb_config.output_folder) / f"{docname}.glue.json").unlink(missing_ok=True)


def note_reading(app: Sphinx, env, docnames: list[str]) -> None:
    app.store.reading = bool(docnames)


def write_all_or_none(app: Sphinx, env) -> set[str]:
    return env.found_docs if app.store.reading else set()


def say_the_rest(app: Sphinx, exception) -> None:
    """Speak of the chapters that Sphinx had no reason to read."""
    if exception is None:
        for name in sorted(getattr(app.env, "nb_metadata", {})):
            if "exec_data" in app.env.nb_metadata[name] and name not in app.store.said:
                app.store.say(app.env.doc2path(name), "reused, its inputs are unchanged")


def setup(app: Sphinx) -> dict:
    app.connect("builder-inited", start)
    app.connect("env-get-outdated", find_outdated)
    app.connect("env-purge-doc", forget_glued)
    app.connect("env-before-read-docs", note_reading)
    app.connect("env-updated", write_all_or_none)
    app.connect("build-finished", say_the_rest)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
