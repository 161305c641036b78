"""A stored grid: whatever was edited or damaged since it was sealed is refused by name."""

import shutil
import subprocess

import pytest

from negmom.gan import checksums, records
from negmom.gan.__main__ import main


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A sealed grid of two cells on the ring."""
    folder = tmp_path_factory.mktemp("stored")
    words = ["grid", "--dataset", "gaussians", "--beta", "-0.5", "0.5", "--eta", "1e-3", "--width", "4"]
    assert main([*words, "--iterations", "4", "--out", str(folder)]) == 0
    assert main(["seal", str(folder)]) == 0
    return folder


@pytest.fixture
def copy(stored, tmp_path):
    return shutil.copytree(stored, tmp_path / "copy")


def test_a_sealed_grid_is_read_and_sha256sum_agrees(copy):
    assert len(records.read_all(copy)) == 2
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--quiet", "--check", checksums.NAME], cwd=copy, check=True)


def edit(folder):
    path = next(folder.glob("*beta=-0.5*/record.json"))
    path.write_text(path.read_text().replace('"seconds": ', '"seconds": 1'))


def truncate(folder):
    path = next(folder.glob("*beta=-0.5*/samples.npz"))
    path.write_bytes(path.read_bytes()[:100])


def remove(folder):
    shutil.rmtree(next(folder.glob("*beta=-0.5*")))


def add(folder):
    place = next(folder.glob("*beta=-0.5*"))
    shutil.copytree(place, folder / place.name.replace("-0.5", "-0.75"))


@pytest.mark.parametrize(
    "damage, said",
    [
        (edit, r"beta=-0.5,eta=0.001,seed=0/record.json was changed"),
        (truncate, r"beta=-0.5,eta=0.001,seed=0/samples.npz was changed"),
        (remove, r"beta=-0.5,eta=0.001,seed=0/record.json is missing"),
        (add, r"beta=-0.75,eta=0.001,seed=0/record.json was added"),
        (lambda folder: (folder / "grid.json").write_text("{}"), "grid.json was changed"),
    ],
    ids=["edited", "truncated", "removed", "added", "the grid's own file"],
)
def test_what_is_not_as_it_was_sealed_is_refused_by_name(copy, damage, said, capsys):
    damage(copy)
    with pytest.raises(ValueError, match=said):
        records.read_all(copy)
    assert main(["show", str(copy)]) == 2
    error = capsys.readouterr().err
    assert f"python -m negmom.gan seal {copy}" in error and error.count("\n") == 1


def test_a_change_that_is_meant_is_sealed_again(copy):
    edit(copy)
    checksums.seal(copy)
    assert len(records.read_all(copy)) == 2


def grow(folder, *betas):
    words = ["grid", "--dataset", "gaussians", "--beta", *betas, "--eta", "1e-3", "--width", "4"]
    return main([*words, "--iterations", "4", "--out", str(folder), "--threads", "1"])


def test_a_sealed_grid_is_not_added_to_and_a_complete_one_is_left_as_it_is(copy, capsys):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    assert grow(copy, "-0.5", "0.25") == 2
    assert f"{copy} is sealed and must not be added to: go on in a copy without" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before
    assert grow(copy, "-0.5") == 0  # in another way than at first, which the grid's file would say
    assert len(records.read_all(copy)) == 2
    (copy / checksums.NAME).unlink()
    assert grow(copy, "-0.5", "0.25") == 0
    assert len(records.read_all(copy)) == 3


def test_checksums_that_are_no_text_are_refused_by_name(copy, capsys):
    (copy / checksums.NAME).write_bytes(b"\xff\xfe\x00")
    assert main(["show", str(copy)]) == 2
    assert f"{copy / checksums.NAME} must hold checksums, and cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("damage", [truncate, lambda folder: (folder / "grid.json").write_text("{}")])
def test_what_cannot_be_read_is_not_sealed(copy, damage, capsys):
    (copy / checksums.NAME).unlink()
    damage(copy)
    assert main(["seal", str(copy)]) == 2
    assert "restore it" in capsys.readouterr().err
    assert not (copy / checksums.NAME).exists()


def test_a_name_that_is_no_line_is_not_sealed(copy):
    next(copy.glob("*beta=-0.5*")).rename(copy / "two\nlines")
    with pytest.raises(ValueError, match=r"printable names; got 'two\\nlines'"):
        checksums.seal(copy)


def test_what_is_not_sealed_does_not_pass_as_stored(copy):
    (copy / checksums.NAME).unlink()
    with pytest.raises(ValueError, match="must be sealed: python -m negmom.gan seal"):
        checksums.verify(copy)
    assert len(records.read_all(copy)) == 2  # a grid under way


def test_links_out_of_the_folder_are_refused(copy, tmp_path):
    record = next(copy.glob("*beta=-0.5*/record.json"))
    record.rename(tmp_path / "elsewhere.json")
    record.symlink_to(tmp_path / "elsewhere.json")
    for read in (records.read_all, checksums.verify, checksums.seal):
        with pytest.raises(ValueError, match=f"no symbolic links, {record} is one"):
            read(copy)


def test_a_folder_that_is_no_grid_is_not_sealed(tmp_path, capsys):
    assert main(["seal", str(tmp_path)]) == 2
    assert f"{tmp_path / 'grid.json'} must say what the grid is" in capsys.readouterr().err
    with pytest.raises(ValueError, match="must be a folder with grid.json and finished cells"):
        checksums.seal(tmp_path)
    assert not list(tmp_path.iterdir())
