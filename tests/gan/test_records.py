"""Records, checkpoints and locks: nothing half-written, nothing unsafe read."""

import dataclasses
import json
import multiprocessing
import os

import numpy as np
import pytest
import torch

from negmom.gan import ensemble, records
from negmom.gan.cells import product
from negmom.gan.records import Checkpoint, lock, provenance, read, write_atomically

SMALL = {"width": 4, "depth": 1, "batch": 8, "iterations": 4}


@pytest.fixture(scope="module")
def record():
    return ensemble.train(product("gaussians", [-0.5], [1e-3], [0], **SMALL))[0]


def test_a_record_comes_back_as_it_was(record, tmp_path):
    record.write(tmp_path)
    back = read(tmp_path)
    np.testing.assert_array_equal(back.samples, record.samples)
    for name in ("cell", "diverged", "curves", "scores", "real", "provenance", "cells_in_batch", "batch"):
        assert getattr(back, name) == getattr(record, name)


def test_numbers_that_are_not_finite_become_null(record, tmp_path):
    record.write(tmp_path)
    broken = read(tmp_path)
    broken.curves["generator"][-1] = float("nan")
    broken.write(tmp_path)
    assert "NaN" not in (tmp_path / "record.json").read_text()
    assert read(tmp_path).curves["generator"][-1] is None


def test_a_damaged_record_is_a_plain_message(record, tmp_path):
    record.write(tmp_path)
    (tmp_path / "record.json").write_text("{")
    with pytest.raises(ValueError, match="holds no readable record"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["scores", "real", "curves", "provenance", "seconds", "cells_in_batch", "cell"])
def test_a_field_that_is_null_makes_a_damaged_record(record, tmp_path, name):
    record.write(tmp_path)
    file = tmp_path / "record.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {name: None}))
    with pytest.raises(ValueError, match="holds no readable record"):
        read(tmp_path)


def test_a_score_that_is_not_finite_comes_back_as_nan(record, tmp_path):
    file = tmp_path / "record.json"
    dataclasses.replace(record, scores={"FID": float("nan")}, real={"FID": float("inf")}).write(tmp_path)
    assert '"FID": null' in file.read_text()
    assert np.isnan([read(tmp_path).scores["FID"], read(tmp_path).real["FID"]]).all()


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, b"old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_written_file_is_readable_by_whom_other_new_files_are(tmp_path):
    other = tmp_path / "other"
    other.touch()
    write_atomically(tmp_path / "file", b"")
    assert (tmp_path / "file").stat().st_mode == other.stat().st_mode


def test_a_checkpoint_of_another_configuration_is_refused(tmp_path):
    path = tmp_path / "checkpoint.pt"
    Checkpoint(path, [{"beta": 0.5, "eta": 0.1}]).save({"x": torch.ones(2)})
    assert torch.equal(Checkpoint(path, [{"beta": 0.5, "eta": 0.1}]).load()["x"], torch.ones(2))
    with pytest.raises(ValueError, match="another configuration: beta is 0.5 there and -0.5 here"):
        Checkpoint(path, [{"beta": -0.5, "eta": 0.1}]).load()
    with pytest.raises(ValueError, match="another configuration: beta is None there and 0.7 here"):
        Checkpoint(path, [{"beta": 0.5, "eta": 0.1}, {"beta": 0.7, "eta": None}]).load()
    torch.save({"weights": torch.ones(2)}, path)
    with pytest.raises(ValueError, match="no readable checkpoint"):
        Checkpoint(path, []).load()


class Trap:
    def __reduce__(self):
        return (os.mkdir, ("sprung",))


def test_nothing_in_a_checkpoint_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"configuration": [], "state": Trap()}, tmp_path / "checkpoint.pt")
    with pytest.raises(ValueError, match=r"checkpoint.pt is no readable checkpoint \(Weights only load failed\)"):
        Checkpoint(tmp_path / "checkpoint.pt", []).load()
    assert not (tmp_path / "sprung").exists()


def _hold(path, ready, release):
    with lock(path):
        ready.set()
        release.wait(timeout=600)


def test_a_lock_is_one_process_at_a_time_and_ends_with_it(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(tmp_path / "lock", ready, release))
    holder.start()
    assert ready.wait(timeout=120)
    with pytest.raises(BlockingIOError), lock(tmp_path / "lock"):
        pass
    holder.kill()
    holder.join()
    with lock(tmp_path / "lock"):
        pass


def test_provenance_names_versions_and_device():
    facts = provenance()
    assert facts["torch"] == torch.__version__ and facts["device"].startswith("CPU ")


def test_provenance_counts_the_threads_of_now():
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            assert provenance()["threads"] == threads
    finally:
        torch.set_num_threads(before)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no finished cell"):
        records.read_all(tmp_path)
