"""A book of two short chapters with the project's own Makefile, settings and extensions, for quick builds."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOTEBOOK = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""
PAGES = {
    "index": "# A small book\n\nThe first chapter finds {glue:text}`one.md::answer:d`.\n",
    "one": NOTEBOOK
    + """\
# One

```{code-cell} ipython3
from myst_nb import glue
from negmom import formulas
glue("answer", formulas.ANSWER, display=False)
```

Here it is {glue:text}`answer`, and in [](two.md) something else.
""",
    "two": NOTEBOOK
    + """\
# Two

```{code-cell} ipython3
print("nothing", "from the package")
```
""",
}


class SmallBook:
    """A folder in which `make book` works, with a package of one module."""

    def __init__(self, folder: Path):
        self.folder = folder
        for name in ("Makefile", "_config.yml", "CITATION.cff", "pyproject.toml", "requirements.lock"):
            shutil.copy(ROOT / name, folder)
            os.utime(folder / name, (0, 0))  # older than the environment below: nothing to install
        for name in ("_ext", "_static", "_templates"):
            shutil.copytree(ROOT / "book" / name, folder / "book" / name)
        shutil.copy(ROOT / "book" / "references.bib", folder / "book")
        shutil.copytree(ROOT / "negmom", folder / "negmom", ignore=shutil.ignore_patterns("gan", "__pycache__"))
        with (folder / "negmom" / "formulas.py").open("a", encoding="utf-8") as file:
            file.write("\nANSWER = 41\n")
        (folder / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n- file: one\n- file: two\n")
        for name, text in PAGES.items():
            (folder / "book" / f"{name}.md").write_text(text, encoding="utf-8")
        # The tests' own environment, which `make` takes for one that it has installed.
        (folder / ".venv").mkdir()
        (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
        (folder / ".venv" / ".installed-default").touch()

    def replace(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def popen(self, *words: str, **options) -> subprocess.Popen:
        """Start make, with this folder's package before the installed one."""
        environment = os.environ | {"PYTHONPATH": str(self.folder), "TORCH_BACKEND": ""}
        return subprocess.Popen(
            ["make", *words], cwd=self.folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options,
        )  # fmt: skip

    def make(self, *words: str) -> tuple[int, str]:
        """Run make; its exit status and what it printed."""
        process = self.popen(*words)
        said, _ = process.communicate(timeout=300)
        return process.returncode, said

    def page(self, name: str) -> str:
        """The text of a built page, without its markup."""
        html = (self.folder / "_build" / "html" / f"{name}.html").read_text(encoding="utf-8")
        return re.sub(r"<[^>]*>", "", html)
