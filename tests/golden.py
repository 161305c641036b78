"""Execute the chapters and store their outputs, pictures left out, as tests/golden/*.ipynb."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"


def chapters() -> list[Path]:
    """Return the pages of the book that are notebooks with code."""
    pages = sorted((ROOT / "book").rglob("*.md"))
    return [page for page in pages if "{code-cell}" in page.read_text(encoding="utf-8")]


def golden_path(chapter: Path) -> Path:
    return (GOLDEN / chapter.relative_to(ROOT / "book")).with_suffix(".ipynb")


def execute(chapter: Path) -> nbformat.NotebookNode:
    """Run a chapter in a fresh kernel; each picture becomes a word, as nbval's settings do."""
    notebook = jupytext.read(chapter)
    NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": chapter.parent}}
    ).execute()
    notebook.metadata.pop("language_info", None)
    for cell in notebook.cells:
        cell.pop("id", None)
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            for mime in output.get("data", {}):
                if mime.startswith("image/"):
                    output["data"][mime] = "PICTURE"
    notebook.nbformat_minor = 4  # no cell ids, which would differ at every run
    return notebook


def refresh(chapter: Path) -> None:
    notebook = execute(chapter)
    path = golden_path(chapter)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    pages = {page.stem: page for page in chapters()}
    wanted = sys.argv[1:] or list(pages)
    if unknown := sorted(set(wanted) - set(pages)):
        sys.exit(f"chapters must be among {', '.join(pages)}; got {', '.join(unknown)}")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(refresh, [pages[name] for name in wanted]))
