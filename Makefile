# make book · make test · make help
#
# TORCH_BACKEND=cpu   install the small CPU build of torch instead of the registry's default
# PYTHON=python3.12   make the environment with another interpreter
# C=3-negative-momentum   the chapter that `make chapter` builds

PYTHON ?= python3
TORCH_BACKEND ?=
C ?= 3-negative-momentum

BIN := .venv/bin
UV := $(shell command -v uv || echo $(BIN)/uv)
INSTALLED := .venv/.installed-$(or $(TORCH_BACKEND),default)
BOOK := $(BIN)/jupyter-book build book --config _config.yml -W --keep-going

# Outputs are reused only while everything that chapters run on is unchanged: the package, the Sphinx
# extension, the stored results and the locked environment. Their checksum names the build.
INPUTS := $(sort $(shell find negmom book/_ext book/results -name __pycache__ -prune -o -type f -print 2>/dev/null)) requirements.lock _config.yml _toc.yml
KEY := _build/.key-$(shell cat $(INPUTS) | cksum | tr ' ' '-')
PAGES := $(wildcard book/*.md book/*/*.md book/references.bib book/_static/* book/_interactive/*)

.PHONY: book test golden chapter picture clean help
.DELETE_ON_ERROR:

book: _build/.built  ## execute every chapter and build _build/html/index.html

test: $(INSTALLED)  ## run all tests, notebooks included
	@$(BIN)/pytest

golden: $(INSTALLED)  ## execute the chapters and store their outputs for the notebook tests
	@$(BIN)/python tests/golden.py

chapter: $(INSTALLED) $(KEY)  ## build one chapter alone: make chapter C=3-negative-momentum
	@test -f book/$(C).md || { echo "make: no chapter book/$(C).md" >&2; exit 1; }
	@mkdir -p _build/chapter && printf 'format: jb-book\nroot: %s\n' '$(C)' > _build/chapter/_toc.yml
	@# References to other chapters cannot resolve here, so warnings are off; errors are not.
	@$(BIN)/jupyter-book build -qq book --config _config.yml --toc $(CURDIR)/_build/chapter/_toc.yml --path-output _build/chapter > _build/chapter/log 2>&1 || { cat _build/chapter/log >&2; exit 1; }
	@echo "built _build/chapter/_build/html/$(C).html"

picture: $(INSTALLED)  ## draw the README's picture
	@$(BIN)/python book/_static/readme.py

clean:  ## remove everything that was built, the environment apart
	@rm -rf _build

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@sed -n 's/^# \([A-Z_]*=.*\)/  \1/p' $(MAKEFILE_LIST)

# A failed build forgets the pages it has read, or the next one would take their warnings for old news.
_build/.built: $(INSTALLED) $(KEY) $(PAGES)
	@$(BOOK) --toc $(CURDIR)/_toc.yml --path-output . || { rm -rf _build/.doctrees; echo "make: the book has errors or warnings, see above" >&2; exit 1; }
	@touch $@

$(KEY):
	@rm -rf _build && mkdir -p _build && touch $@

$(INSTALLED): pyproject.toml requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON) found; set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: Python 3.11 or newer is needed, $(PYTHON) is older; set PYTHON=..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; echo "make: $(PYTHON) cannot make environments; install its venv module (python3-venv on Debian)" >&2; exit 1; }
	@command -v $(UV) >/dev/null || $(BIN)/python -m pip install --quiet uv || { echo "make: cannot install uv; is the package registry reachable?" >&2; exit 1; }
ifeq ($(TORCH_BACKEND),)
	@VIRTUAL_ENV=.venv $(UV) pip sync --quiet requirements.lock || { echo "make: cannot install the locked packages; is the package registry reachable?" >&2; exit 1; }
else
	@# The lock's hashes are those of the default build, so they cannot hold for another one.
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --torch-backend $(TORCH_BACKEND) --no-verify-hashes --constraints requirements.lock --editable '.[dev]' || { echo "make: cannot install the $(TORCH_BACKEND) build of torch; is its index reachable?" >&2; exit 1; }
endif
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@rm -f .venv/.installed-* && touch $@
