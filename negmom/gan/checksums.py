"""Checksums of a stored grid: what was edited or damaged since it was sealed is refused by name.

``python -m negmom.gan seal FOLDER`` writes ``SHA256SUMS`` into the folder, in the format of ``sha256sum``;
:func:`negmom.gan.records.read_all` verifies a folder that has one. No torch here: the book reads it too.
"""

import hashlib
from pathlib import Path

#: Files of a grid's folder: of the grid, of a cell in a folder of its own, and of the spectra.
GRID, RECORD, SPECTRA = "grid.json", "record.json", "spectra.json"

#: The file of checksums, beside them.
NAME = "SHA256SUMS"

#: What is sealed: the results, not what training leaves beside them.
_RESULTS = (GRID, SPECTRA, f"*/{RECORD}", "*/samples.npz", "*/samples.png")


def _checksums(folder):
    paths = sorted(path for pattern in _RESULTS for path in folder.glob(pattern))
    for path in paths:
        if not str(path.relative_to(folder)).isprintable():  # a line of checksums ends where its name does
            raise ValueError(f"{folder} must hold cells with printable names; got {path.parent.name!r}")
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }


def refuse_links(folder):
    """Raise ``ValueError`` if the folder holds a symbolic link, which may lead out of it."""
    for path in Path(folder).rglob("*"):
        if path.is_symlink():
            raise ValueError(f"{folder} must hold no symbolic links, {path} is one")


def refuse_sealed(folder):
    """Raise ``ValueError`` if the folder is sealed: whatever is written into it would break the seal."""
    if (Path(folder) / NAME).exists():
        raise ValueError(
            f"{folder} is sealed and must not be added to: go on in a copy without {NAME}, or remove that file "
            f"and afterwards seal it again: python -m negmom.gan seal {folder}"
        )


def seal(folder):
    """Write the checksums of a grid's results.

    Parameters
    ----------
    folder : path
        The grid's folder.

    Returns
    -------
    int
        The number of files sealed.

    Raises
    ------
    ValueError
        If there is no finished cell or no ``grid.json``, or the folder holds a symbolic link.
    """
    folder = Path(folder)
    refuse_links(folder)
    sums = _checksums(folder)
    if GRID not in sums or not any(name.endswith(f"/{RECORD}") for name in sums):
        raise ValueError(f"{folder} must be a folder with {GRID} and finished cells")
    text = "".join(f"{checksum}  {name}\n" for name, checksum in sums.items())
    (folder / NAME).write_text(text, encoding="utf-8")
    return len(sums)


def verify(folder):
    """Compare a sealed folder with its checksums.

    Parameters
    ----------
    folder : path

    Raises
    ------
    ValueError
        If the folder is not sealed, or naming each file that was changed, removed or added.
    """
    folder = Path(folder)
    refuse_links(folder)
    try:
        lines = (folder / NAME).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise ValueError(f"{folder} must be sealed: python -m negmom.gan seal {folder}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{folder / NAME} must hold checksums, and cannot be read ({error}); restore it") from error
    sealed = {name: checksum for checksum, _, name in (line.partition("  ") for line in lines)}
    found = _checksums(folder)
    faults = [f"{name} is missing" for name in sorted(sealed.keys() - found.keys())]
    faults += [f"{name} was added" for name in sorted(found.keys() - sealed.keys())]
    faults += [f"{name} was changed" for name in sorted(sealed.keys() & found.keys()) if sealed[name] != found[name]]
    if faults:
        raise ValueError(
            f"{folder} is not as it was sealed: {'; '.join(faults)}. Restore it, or, if the change is meant, "
            f"seal it again: python -m negmom.gan seal {folder}"
        )
