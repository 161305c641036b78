"""The commit that a record names."""

import subprocess
from pathlib import Path

from negmom.provenance import commit


def test_a_changed_folder_is_marked_by_any_path(tmp_path, monkeypatch):
    def git(*words):
        subprocess.run(["git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=b", *words], check=True)

    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "module.py").write_text("value = 1\n")
    git("init", "-q")
    git("add", "package")
    git("commit", "-q", "-m", "first")
    monkeypatch.chdir(tmp_path)
    clean = commit(folder)
    assert len(clean) == 40 and commit(Path("package")) == clean
    (folder / "module.py").write_text("value = 2\n")
    assert commit(folder) == commit(Path("package")) == clean + " with changes"


def test_outside_a_repository_there_is_none(tmp_path):
    assert commit(tmp_path) is None
