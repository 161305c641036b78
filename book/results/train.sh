#!/usr/bin/env bash
# Make the stored results again: bash book/results/train.sh DATA [NAME ...], from the top of the repository.
#
# DATA is a folder with torchvision's data sets, downloaded into it where they are missing. NAME is one of
# NAMES below; all of them by default. Training happens in results/NAME
# and goes on where it was interrupted; what the pages read is then copied to book/results/NAME and sealed.
#
# SIZE and DEVICE are those of the stored runs. A larger run sets them in the environment, for instance
#   SIZE="--iterations 50000" DEVICE="--device cuda --compile graph --precision bf16"
# and edits the axes below. CIFAR10 names another copy of that data set; the stored run read an .npz in which 98
# images of CIFAR-10 come from a JPEG copy.
set -euo pipefail
DATA=${1:?usage: train.sh DATA [NAME ...]}
shift
NAMES="ring ring-sgd-slow ring-sgd-fast fashion-mnist fashion-mnist-bf16 fashion-mnist-longer cifar10 cifar10-longer"
# shellcheck disable=SC2086 # a list of words
[ $# -gt 0 ] || set -- $NAMES
PYTHON=${PYTHON:-.venv/bin/python}
SIZE=${SIZE:---generator-eta 1e-3 --width 8 --z 64 --iterations 1000 --score-samples 2500}
DEVICE=${DEVICE:---device cpu --threads 1 --compile inductor}
CIFAR10=${CIFAR10:-cifar10}

# The spectra along training are measured on the same machine: a game amplifies rounding.
measure() { "$PYTHON" -m negmom.gan measure "$out" --root "$DATA" --threads 1 "$@"; }
grid() { "$PYTHON" -m negmom.gan grid "$@"; }

# shellcheck disable=SC2086 # SIZE and DEVICE are lists of words
images() { grid --root "$DATA" $SIZE $DEVICE "$@"; }

for name in "$@"; do
  out=results/$name
  case $name in
    ring)
      for run in "adam -0.8 -0.4 0 0.4 0.8" "adam-undamped -0.8 -0.4 0 0.4 0.8"; do
        # shellcheck disable=SC2086
        grid --dataset gaussians --optimizer ${run%% *} --beta ${run#* } --eta 1.25e-4 2.5e-4 5e-4 1e-3 \
          --seeds 0 1 2 3 4 --iterations 8000 --device cpu --out "$out"
      done ;;
    ring-sgd-slow | ring-sgd-fast) # slow and fast: the generator
      case $name in *-slow) step=0.01 ;; *) step=0.1 ;; esac
      grid --dataset gaussians --optimizer sgd --generator-eta $step --beta -0.4 0 0.4 --eta 0.01 0.03 0.1 0.3 \
        --seeds 0 1 2 3 4 --iterations 8000 --device cpu --out "$out" ;;
    fashion-mnist)
      images --dataset fashion-mnist --beta -0.5 -0.2 0 0.2 0.5 --eta 5e-4 1e-3 2e-3 --seeds 0 1 2 --out "$out"
      images --dataset fashion-mnist --optimizer adam-undamped --beta -0.5 0 0.5 --eta 5e-4 1e-3 2e-3 --seeds 0 1 2 --out "$out"
      measure --after 100 1000 ;;
    fashion-mnist-bf16)
      images --dataset fashion-mnist --precision bf16 --beta -0.5 0 0.5 --eta 1e-3 --seeds 0 1 2 --out "$out" ;;
    fashion-mnist-longer)
      images --dataset fashion-mnist --beta -0.5 0 0.5 --eta 1e-3 --seeds 0 1 2 3 4 5 --iterations 5000 --out "$out" ;;
    cifar10)
      images --dataset "$CIFAR10" --beta -0.5 0 0.5 --eta 5e-4 1e-3 2e-3 --seeds 0 1 2 --out "$out"
      measure --dataset "$CIFAR10" --after 100 1000 ;;
    cifar10-longer)
      images --dataset "$CIFAR10" --beta -0.5 0 0.5 --eta 1e-3 --seeds 0 1 2 3 4 5 --iterations 5000 --out "$out" ;;
    *) echo "train.sh: NAME must be one of $NAMES; got $name" >&2; exit 2 ;;
  esac
  stored=book/results/$name
  rm -rf "$stored"
  mkdir -p "$stored"
  (cd "$out" && find . \( -name grid.json -o -name spectra.json -o -name record.json -o -name 'samples.*' \) -exec cp --parents -t "$OLDPWD/$stored" {} +)
  "$PYTHON" -m negmom.gan seal "$stored"
done
