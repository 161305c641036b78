#!/usr/bin/env bash
# Make the stored results again: bash book/results/train.sh DATA [NAME ...], from the top of the repository.
#
# DATA is a folder with torchvision's data sets, downloaded into it where they are missing. NAME is one of
# ring, fashion-mnist, cifar10; all of them by default. Training happens in results/NAME and goes on where it
# was interrupted; what a page needs is then copied to book/results/NAME and sealed.
#
# The size of the image runs comes from the environment. What is stored now was made with the values below.
# That of the paper's time: SIZE="--iterations 50000" DEVICE="--device cuda --compile graph --precision bf16"
# with the steps of your choice in ETA.
set -euo pipefail
PYTHON=${PYTHON:-.venv/bin/python}
SIZE=${SIZE:---generator-eta 1e-3 --width 8 --z 64 --iterations 1000 --score-samples 2500}
DEVICE=${DEVICE:---device cpu --threads 1 --compile inductor}
ETA=${ETA:-5e-4 1e-3 2e-3}
DATA=${1:?usage: train.sh DATA [NAME ...]}
shift
[ $# -gt 0 ] || set -- ring fashion-mnist cifar10

grid() {
  # shellcheck disable=SC2086 # SIZE, DEVICE and ETA are lists of words
  $PYTHON -m negmom.gan grid "$@"
}

images() { # NAME DATASET BETAS UNDAMPED-BETAS
  local common="--dataset $2 --root $DATA --seeds 0 1 2 --eta $ETA $SIZE $DEVICE --out results/$1"
  # shellcheck disable=SC2086
  grid $common --beta $3
  # shellcheck disable=SC2086
  [ -z "$4" ] || grid $common --optimizer adam-undamped --beta $4
}

for name in "$@"; do
  case $name in
    ring)
      common="--dataset gaussians --eta 1.25e-4 2.5e-4 5e-4 1e-3 --seeds 0 1 2 3 4 --iterations 8000 --device cpu --out results/ring"
      # shellcheck disable=SC2086
      grid $common --beta -0.8 -0.4 0 0.4 0.8
      # shellcheck disable=SC2086
      grid $common --optimizer adam-undamped --beta -0.8 -0.4 0.4 0.8 ;;
    fashion-mnist) images fashion-mnist fashion-mnist "-0.5 -0.2 0 0.2 0.5" "-0.5 0.5" ;;
    cifar10) images cifar10 "${CIFAR10:-cifar10}" "-0.5 0 0.5" "" ;;
    *) echo "train.sh: NAME must be ring, fashion-mnist or cifar10, got $name" >&2; exit 2 ;;
  esac
  target=book/results/$name
  rm -rf "$target"
  mkdir -p "$target"
  (cd "results/$name" && find . \( -name grid.json -o -name record.json -o -name 'samples.*' \) -print0 \
    | xargs -0 cp --parents -t "$OLDPWD/$target")
  $PYTHON -m negmom.gan seal "$target"
done
