"""The project's own files agree with each other."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import jupytext
import nbformat
import pytest
import yaml
from packaging.specifiers import SpecifierSet
from golden import GOLDEN, chapters, golden_path

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirements() -> set[str]:
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    parts = [extras[name] for name in extras if name != "dev"]
    return set(project["dependencies"]).union(*parts)


def test_conda_and_pip_ask_for_the_same_packages_and_bounds():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = environment["dependencies"]
    assert conda[1:] == ["pip"]
    version = re.fullmatch(r"python=(3\.\d+)", conda[0])[1]
    assert version in SpecifierSet(PYPROJECT["project"]["requires-python"])
    assert set(pip["pip"]) == requirements() | {"-e ."}


def test_every_requirement_is_locked():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    assert {re.match(r"[\w-]+", line)[0] for line in requirements()} <= locked
    assert "://" not in lock, "the lock must not name a registry"


WORKFLOWS = ROOT / ".github" / "workflows"


def test_the_workflows_are_sound():
    """Their schema, and what is known to be unsafe in them."""
    zizmor = shutil.which("zizmor", path=Path(sys.executable).parent)
    words = [zizmor, "--offline", "--no-progress", "--strict-collection", WORKFLOWS]
    run = subprocess.run(words, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_continuous_integration_runs_the_commands_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"^    (make [a-z]+) ", readme, re.MULTILINE))
    assert commands == {"make book", "make test"}
    workflow = yaml.safe_load((WORKFLOWS / "book.yml").read_text(encoding="utf-8"))
    for job in ("build-and-test", "newest-versions"):
        steps = {step.get("run") for step in workflow["jobs"][job]["steps"]}
        assert commands <= steps and steps <= commands | {None, "make lock", "sudo locale-gen tr_TR.UTF-8"}
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert set(re.findall(r"^make [a-z]+", script, re.MULTILINE)) == commands | {"make clean"}


def test_every_supported_python_is_tested():
    workflow = yaml.safe_load((WORKFLOWS / "book.yml").read_text(encoding="utf-8"))
    jobs = workflow["jobs"]["build-and-test"]["strategy"]["matrix"]["include"]
    assert [job["python"] for job in jobs] == ["3.11", "3.12", "3.13"]
    assert all(job["python"] in SpecifierSet(PYPROJECT["project"]["requires-python"]) for job in jobs)


@pytest.mark.parametrize("module", ["negmom", "negmom.spectra", "negmom.bilinear", "negmom.claims"])
def test_the_theory_imports_without_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.stem)
def test_golden_notebook_has_the_cells_of_its_chapter(chapter):
    golden = nbformat.read(golden_path(chapter), as_version=4)
    source = jupytext.read(chapter)
    cells = [[(cell.cell_type, cell.source) for cell in book.cells] for book in (golden, source)]
    assert cells[0] == cells[1], f"{chapter.name} was edited: run `make golden`"


def test_every_golden_notebook_has_a_chapter():
    assert set(GOLDEN.rglob("*.ipynb")) == {golden_path(chapter) for chapter in chapters()}


@pytest.mark.parametrize("page", sorted((ROOT / "book").rglob("*.md")), ids=lambda path: path.stem)
def test_a_page_with_code_has_the_header_without_which_it_is_not_executed(page):
    text = page.read_text(encoding="utf-8")
    if "{code-cell}" in text:
        assert re.match(r"---\njupytext:\n", text)
