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
BOOK := $(BIN)/jupyter-book build book --config _config.yml --toc $(CURDIR)/_toc.yml --path-output . -W --keep-going

# Where this is set, each command compiles some two thousand modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: book pdf test slow golden chapter picture lock clean help
.DELETE_ON_ERROR:

# Where a build failed or was killed, the next one reads every page again: it would take the warnings of pages
# read before for old news. Executed chapters are kept (book/_ext/execution.py).
book: $(INSTALLED)  ## execute every chapter that changed and build _build/html/index.html
	@test -f _build/.complete || rm -rf _build/.doctrees _build/html _build/jupyter_execute
	@mkdir -p _build && rm -f _build/.complete
	@$(BOOK) || { echo "make: the book has errors or warnings, see above; mend them and run make book again" >&2; exit 1; }
	@touch _build/.complete

pdf: book  ## print the whole book with a browser, _build/negative-momentum.pdf
	@$(BIN)/python book/_pdf/make.py

test: $(INSTALLED)  ## run all tests, notebooks included, but for the slow ones
	@$(BIN)/pytest

slow: $(INSTALLED)  ## run the slow tests: chapters with other parameters, a build killed twenty times
	@$(BIN)/pytest -m slow tests

golden: $(INSTALLED)  ## execute the chapters and store their outputs for the notebook tests
	@$(BIN)/python tests/golden.py

chapter: $(INSTALLED)  ## build one chapter alone: make chapter C=3-negative-momentum
	@test -f book/$(C).md || { echo "make: no chapter book/$(C).md" >&2; exit 1; }
	@mkdir -p _build/chapter && printf 'format: jb-book\nroot: %s\n' '$(C)' > _build/chapter/_toc.yml
	@# References to other chapters cannot resolve here, so warnings pass; errors do not.
	@$(BIN)/jupyter-book build book --config _config.yml --toc $(CURDIR)/_build/chapter/_toc.yml --path-output _build/chapter > _build/chapter/log 2>&1 || { cat _build/chapter/log >&2; exit 1; }
	@grep -a '^$(C): ' _build/chapter/log || true  # a page without code has no such line
	@echo "built _build/chapter/_build/html/$(C).html"

picture: $(INSTALLED)  ## draw the README's picture
	@$(BIN)/python book/_static/readme.py

lock: $(INSTALLED)  ## renew requirements.lock: the newest versions that pyproject.toml allows
	@$(UV) pip compile --quiet pyproject.toml --extra dev --universal --generate-hashes --python-version 3.11 -o requirements.lock --no-header --no-annotate --upgrade

clean:  ## remove everything that was built, the environment apart
	@rm -rf _build

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@sed -n 's/^# \([A-Z_]*=.*\)/  \1/p' $(MAKEFILE_LIST)

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
