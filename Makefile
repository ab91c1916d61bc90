# The commands of this repository; `make help` lists them.
#   make demo   a real report from sample data, on a fresh Debian 12 with Swift 6.3 (root or sudo)
#   make test   the whole test suite

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# What the program links to and runs, and what its tests use besides.
PACKAGES      := libcurl4-openssl-dev libsqlite3-dev liblz4-dev libpcre2-dev zlib1g-dev pkg-config git
TEST_PACKAGES := bubblewrap strace python3 python3-jsonschema python3-venv python3-yaml openssl systemd-journal-remote
# One set of flags for every debug build, so that tests and demo share it.
BUILD := swift build --build-tests --enable-code-coverage
BINARY := $(CURDIR)/.build/debug/appliance

.PHONY: help deps test-deps validators build test e2e peers soak sanitize demo bundle bundle-check man lint format coverage clean

help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1\t/' | expand -t 18

deps: ## install the C libraries and git (Debian; root or sudo)
	@deploy/install-packages.sh $(PACKAGES)
	@command -v swift >/dev/null || { echo "Swift 6.3 is needed: https://www.swift.org/install/linux" >&2; exit 69; }

test-deps: deps
	@deploy/install-packages.sh $(TEST_PACKAGES)
	@deploy/validators.sh || echo "no validators from outside: their tests are skipped" >&2
	@deploy/clients.sh || echo "no clients from outside: their tests are skipped" >&2

validators: ## programs that check units, containers, clusters, rules, completions and the bill of materials (PyPI, Debian)
	@deploy/validators.sh

build: deps ## build (debug); the first time takes some minutes
	@echo "building (the first time takes about 6 minutes on 2 cores)"
	@$(BUILD) | deploy/build-progress.sh

test: test-deps build ## build and run the whole test suite
	@swift test --no-parallel --skip-build --enable-code-coverage

e2e: test-deps build ## the suite against a live Ollama endpoint: make e2e OLLAMA_HOST=127.0.0.1:11434
	@test -n "$${OLLAMA_HOST:-}" || { echo "set OLLAMA_HOST, e.g. make e2e OLLAMA_HOST=127.0.0.1:11434" >&2; exit 64; }
	@swift test --no-parallel --skip-build --enable-code-coverage --filter 'Live'

peers: ## install the engines that tests are run against where they can be had (ClickHouse's, from PyPI; 1 GB)
	@deploy/install-packages.sh python3 python3-venv systemd-journal-remote
	@test -x .build/peers/bin/python || { python3 -m venv .build/peers && .build/peers/bin/pip install -q chdb==4.4.0; }

# Whole modules are optimized, and tests reach into them; in a debug build a million inputs a parser take hours.
SOAK := -c release -Xswiftc -enable-testing
soak: test-deps ## the long forms of the tests, all of it optimized
	@echo "building, optimized (about 15 minutes on 2 cores)"
	@swift build $(SOAK) --build-tests | deploy/build-progress.sh
	@APPLIANCE_SOAK=1 APPLIANCE_BINARY="$(CURDIR)/.build/release/appliance" \
		swift test $(SOAK) --no-parallel --skip-build

# The commands that tests start are those of the same build.
sanitize: test-deps ## the suite under the sanitizers for addresses and for threads, in builds of their own
	@for kind in address thread; do \
		swift build --build-tests --sanitize $$kind --scratch-path .build/$$kind | deploy/build-progress.sh; \
		ASAN_OPTIONS=detect_leaks=0 APPLIANCE_BINARY="$(CURDIR)/.build/$$kind/debug/appliance" \
			swift test --sanitize $$kind --scratch-path .build/$$kind --no-parallel --skip-build; \
	done

demo: build ## run the appliance on sample data and show its report
	@deploy/demo.sh "$(BINARY)" "$(CURDIR)/.demo"

bundle: deps ## the installation bundle in .build/bundle: release binary, units, documents, licences, sums, signature
	@deploy/install-packages.sh binutils openssl python3
	@swift build -c release --static-swift-stdlib --product appliance | deploy/build-progress.sh
	@mkdir -p .build/bundle && strip -o .build/bundle/appliance .build/release/appliance
	@deploy/bundle/make.sh .build/bundle/appliance .build/bundle

bundle-check: ## install, use, upgrade and break the bundle that make bundle made, in a directory of its own
	@deploy/install-packages.sh python3 openssl binutils git
	@APPLIANCE_BUNDLE=.build/bundle python3 -B Tests/DeployTests/checks/bundle.py --verbose

man: build ## manual pages in .build/man; read one with: man .build/man/appliance.1
	@python3 deploy/bundle/manual.py "$(BINARY)" .build/man && ls .build/man | wc -l

lint: ## formatting, strict
	@swift format lint --strict -r Sources Tests Package.swift

format: ## format the sources in place
	@swift format -i -r Sources Tests Package.swift

coverage: ## line coverage of our targets, after make test
	@deploy/coverage.sh

clean: ## remove what was built and the demo
	@rm -rf .build .demo
