"""A grid meets a damaged file, a full disk, Ctrl-C, another grid: it ends, says what to do, and goes on."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from small_grid import LONG, command, same, wait_for

from negmom.gan import classifier, records
from negmom.gan.__main__ import main


def ring(out, *more, iterations=4):
    """Words of a grid of one cell on the ring."""
    words = ["grid", "--dataset", "gaussians", "--beta", "-0.5", "--eta", "1e-3", "--width", "16", "--interval", "0"]
    return [*words, "--iterations", str(iterations), "--out", str(out), *more]


@pytest.fixture
def finished(tmp_path):
    assert main(ring(tmp_path / "grid")) == 0
    return tmp_path / "grid"


def truncate(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def said(capsys):
    return capsys.readouterr().err.strip().splitlines()[-1]


def test_a_truncated_checkpoint_is_refused_and_training_can_start_over(finished, capsys):
    (record,), (checkpoint,) = finished.glob("*/record.json"), finished.glob("*/checkpoint.pt")
    before = records.read(record.parent)
    record.unlink()
    truncate(checkpoint)
    assert main(ring(finished)) == 1
    error = capsys.readouterr().err
    assert f"{checkpoint} is no readable checkpoint" in error and "remove it and training starts over" in error
    assert "run the same command again" in error
    checkpoint.unlink()
    assert main(ring(finished)) == 0
    assert same(records.read(record.parent), before)


@pytest.mark.parametrize(
    "content, said",
    [
        (lambda whole: b"", "(EOFError)"),
        (lambda whole: print, "(Weights only load failed)"),
        (lambda whole: {"state": whole["state"]}, "(no 'configuration')"),
        (lambda whole: whole | {"configuration": [None]}, "('NoneType' object is not iterable)"),
        (lambda whole: whole | {"state": {"history": whole["state"]["history"]}}, "(no 'game')"),
        (lambda whole: whole | {"state": {"game": {"iteration": 4}}}, "(no 'generator')"),
        (lambda whole: whole | {"state": whole["state"] | {"history": {"points": []}}}, "unexpected keyword argument"),
    ],
)
def test_a_checkpoint_of_another_kind_is_refused_by_name(finished, content, said, capsys):
    (record,), (checkpoint,) = finished.glob("*/record.json"), finished.glob("*/checkpoint.pt")
    record.unlink()
    whole = content(torch.load(checkpoint, weights_only=True))
    checkpoint.write_bytes(whole) if isinstance(whole, bytes) else torch.save(whole, checkpoint)
    assert main(ring(finished)) == 1
    (line,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("failed: "))
    assert f"{checkpoint} is no readable checkpoint (" in line and said in line
    assert line.endswith("remove it and training starts over")


@pytest.mark.parametrize("name", ["record.json", "samples.npz"])
def test_a_truncated_record_is_refused_and_can_be_made_again(finished, name, capsys):
    (path,) = finished.glob(f"*/{name}")
    truncate(path)
    assert main(ring(finished)) == 2
    line = said(capsys)
    assert f"{path.parent} holds no readable record" in line and "remove the folder and train the cell again" in line
    shutil.rmtree(path.parent)
    assert main(ring(finished)) == 0


def test_a_record_without_its_samples_is_refused(finished, capsys):
    (path,) = finished.glob("*/samples.npz")
    path.unlink()
    assert main(["show", str(finished)]) == 2
    line = said(capsys)
    assert f"{path.parent} holds no readable record" in line and "samples.npz" in line


def test_a_truncated_grid_file_is_refused(finished, capsys):
    truncate(finished / "grid.json")
    for words in (ring(finished), ["rerun", str(finished), "--cell", "seed=0"]):
        assert main(words) == 2
        assert f"{finished / 'grid.json'} must say what the grid is, and cannot be read" in said(capsys)


def test_what_a_kill_left_half_written_is_removed(tmp_path):
    assert main(ring(tmp_path)) == 0
    (record,) = tmp_path.glob("*/record.json")
    record.unlink()
    half = record.parent / ".checkpoint.pt.x1y2z3"
    half.write_bytes(b"half")
    assert main(ring(tmp_path)) == 0
    assert not half.exists()


def test_links_that_lead_out_of_the_folder_are_not_followed(finished, tmp_path, capsys):
    precious = tmp_path / "precious"
    precious.write_text("keep")
    (finished / "lock").unlink()
    (finished / "lock").symlink_to(precious)
    for words in (ring(finished), ["show", str(finished)], ["rerun", str(finished), "--cell", "seed=0"]):
        assert main(words) == 2
        assert f"no symbolic links, {finished / 'lock'} is one" in said(capsys)
    with pytest.raises(OSError, match="symbolic links"), records.lock(finished / "lock"):
        pass
    assert precious.read_text() == "keep"


def test_paths_in_a_grid_file_are_not_followed(finished, tmp_path):
    file = finished / "grid.json"
    content = json.loads(file.read_text())
    for name in ("root", "classifier", "inception"):
        content["execution"][name] = str(tmp_path / "elsewhere")
    file.write_text(json.dumps(content))
    assert main(["rerun", str(finished), "--cell", "seed=0", "--device", "cpu"]) == 0
    assert not (tmp_path / "elsewhere").exists()


def test_a_rerun_on_other_images_is_refused(npz, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(command(npz, out, iterations=1)) == 0
    with np.load(npz) as archive:
        other = dict(archive)
    other["train_images"] = other["train_images"][::-1]
    np.savez(tmp_path / "other.npz", **other)
    words = ["rerun", str(out), "--cell", "beta=-0.5,eta=1e-4", "--device", "cpu", "--dataset"]
    assert main([*words, str(tmp_path / "other.npz")]) == 2
    assert "dataset must be the one of the grid, sha256 " in said(capsys)


def test_a_full_disk_stops_the_grid_and_nothing_is_lost(tmp_path, capsys):
    """On a small file system of its own; `mount` needs root."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def mount(options):
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk]
        return subprocess.run(words, check=False, capture_output=True).returncode == 0

    if not mount("size=24k"):
        pytest.skip("not permitted to mount a file system")
    try:
        assert main(ring(disk / "grid")) == 1
        error = capsys.readouterr().err
        assert "No space left on device" in error and "run the same command again" in error
        assert not list(disk.rglob("*/record.json")) and not list(disk.rglob(".*"))
        assert mount("remount,size=4m")
        assert main(ring(disk / "grid")) == 0
        assert main(ring(tmp_path / "whole")) == 0
        a, b = records.read_all(disk / "grid"), records.read_all(tmp_path / "whole")
        assert same(a[0], b[0])
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_classifier_that_cannot_be_written_is_refused_before_it_is_trained(npz, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(classifier, "train", None)
    words = ["classifier", "--dataset", str(npz), "--device", "cpu", "--out"]
    for out in (tmp_path, "/dev/null/classifier.pt"):
        assert main([*words, str(out)]) == 2
        assert f"classifier must be a file that can be written, {out}: " in said(capsys)
    assert main(command(npz, tmp_path / "out", "--root", "/dev/null", "--score-samples", 40)) == 2
    assert "classifier must be a file that can be written, /dev/null/classifier-stripes.pt: " in said(capsys)


def test_a_second_grid_into_one_folder_is_refused(tmp_path, capsys):
    with records.lock(tmp_path / "lock"):
        assert main(ring(tmp_path)) == 2
    assert "no other grid is writing to" in said(capsys)
    assert main(ring(tmp_path)) == 0


@pytest.mark.parametrize("command, said", [("classifier", "stopped"), ("grid", "stopped; the same command goes on")])
def test_ctrl_c_promises_what_there_is(command, said, npz, tmp_path, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(classifier, "train", stop)
    words = {"grid": ["--beta", "0", "--eta", "1", "--root", str(tmp_path)], "classifier": []}[command]
    assert main([command, "--dataset", str(npz), "--device", "cpu", "--out", str(tmp_path / "out"), *words]) == 130
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line.startswith(said) and ("goes on" in line) == ("goes on" in said)


def test_ctrl_c_stops_at_once_and_the_same_command_goes_on(npz, tmp_path):
    words = command(npz, tmp_path, "--interval", 0, "--workers", 2, iterations=LONG)
    run = [sys.executable, "-m", "negmom.gan", *words]
    process = subprocess.Popen(
        run, stderr=subprocess.PIPE, text=True, start_new_session=True,
        # A shell starts its background jobs with Ctrl-C ignored, and their children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    wait_for(lambda: list(tmp_path.glob("*/checkpoint.pt")), process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error.strip().endswith("stopped; the same command goes on from the last checkpoint")
    assert len(list(tmp_path.glob("*/record.json"))) < 4
    assert main(command(npz, tmp_path, iterations=LONG)) == 0
    found = records.read_all(tmp_path)
    assert len(found) == 4 and max(record.starts for record in found) == 2
    assert not list(Path(tmp_path).rglob(".checkpoint*"))
