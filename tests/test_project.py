"""The project's own files agree with each other."""

import ast
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
from golden import GOLDEN, chapters, golden_path
from packaging.specifiers import SpecifierSet

import negmom

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
    for entry in re.split(r"\n(?=\S)", lock):
        if "==" in entry.partition("\n")[0]:
            assert "--hash=sha256:" in entry, f"no hash: {entry}"


@pytest.mark.parametrize("module", sorted((ROOT / "negmom").rglob("*.py")), ids=lambda path: path.stem)
def test_no_file_that_is_read_can_run(module):
    """No pickle; torch and NumPy are told to refuse what they would unpickle."""
    safe = {"torch.load": "weights_only=True", "np.load": "allow_pickle=False"}
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            assert not re.search(r"\b(pickle|shelve|marshal|dill|joblib)\b", ast.unparse(node))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in safe:
            assert safe[ast.unparse(node.func)] in map(ast.unparse, node.keywords)


def test_one_version_is_cited():
    """pyproject.toml takes it from the package."""
    assert PYPROJECT["project"]["dynamic"] == ["version"]
    assert PYPROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "negmom.__version__"}
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == negmom.__version__


def test_code_and_text_have_their_licenses():
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert "Creative Commons" in (ROOT / "LICENSE-TEXT").read_text(encoding="utf-8")


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
        assert commands <= steps and steps <= commands | {None, "make lock", "make slow", "sudo locale-gen tr_TR.UTF-8"}
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert set(re.findall(r"^make [a-z]+", script, re.MULTILINE)) == commands | {"make clean"}


def test_every_supported_python_is_tested():
    workflow = yaml.safe_load((WORKFLOWS / "book.yml").read_text(encoding="utf-8"))
    jobs = workflow["jobs"]["build-and-test"]["strategy"]["matrix"]["include"]
    assert [job["python"] for job in jobs] == ["3.11", "3.12", "3.13", "3.14"]
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


def test_a_golden_notebook_that_differs_fails_with_the_command_that_mends_it(tmp_path):
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    stream = nbformat.v4.new_output("stream", name="stdout", text="1\n")
    cell = nbformat.v4.new_code_cell("print(2)", execution_count=1, outputs=[stream])
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), tmp_path / "chapter.ipynb")
    words = [sys.executable, "-m", "pytest", "--nbval", "--rootdir", tmp_path, "-c", "/dev/null", tmp_path]
    run = subprocess.run(words, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 1
    assert "If they are meant: make golden" in run.stdout
