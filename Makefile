# Everything that a newcomer or CI needs. Each target makes its own virtual environment first.
#
#   make demo     install into .venv, train on real digits, draw every filter
#   make test     all checks and tests (CI calls this); of the longest tables of tests those rows whose turn it is with this commit
#   make test-long  the same with all rows
#   make bench    side by side with PyTorch, Keras, ONNX Runtime, OpenVINO, LiteRT and MNN, in .venv-bench
#                 (ROWS=1,4 some rows, QUICK=1 few rounds, JSON=file all numbers, and a picture beside it; BF16=1 bfloat16)
#   make guard    this checkout against a kept build of an earlier commit, in turns: speed, import, megabytes, bits; fails above
#                 3% (QUICK=1 few rounds, JSON=file all numbers; GUARD_COMMIT=... another commit to compare with)
#   make scaling  what a training step costs as batch, images, channels and threads grow (QUICK=1, JSON=file)
#   make exact    how much of the peak the direct kernels reach (ROWS=1,4 some rows, JSON=file all numbers)
#   make accuracy Keras 1's mnist_cnn on MNIST, five seeds, beside Keras and PyTorch (DATA=folder with the four files, JSON=file)
#   make cifar    CIFAR-10 to 94%: examples/cifar10_94.py beside the same recipe in PyTorch (DATA=folder with CIFAR-10, else it
#                 is downloaded; SEEDS=5, HOLD_OUT=5000 tests on the last images of training, JSON=file, and a picture beside it)
#   make mnist    examples/mnist_99.py, five seeds, each a process of its own: accuracy, and seconds from a cold start; fails
#                 below 99.0% and above 10 s (DATA=folder with the four files, SEEDS=3, JSON=file all numbers)
#   make overhead what fit costs beside the core's own loop, and metrics, weights and clipping in a step; fails above
#                 5% and 3% (QUICK=1 few rounds, ROWS=1,4 other networks than 1, 4 and 6, JSON=file all numbers)
#   make looking  what the maps of all layers cost beside a prediction, and what no way of computing them goes below
#                 (QUICK=1 few rounds, ROWS=1,9 other networks than 1, 4, 5, 8 and 9, JSON=file all numbers)
#   make tf-keras .h5 files of every layer are read by tf.keras itself, and the predictions compared
#   make ladder   one convolution in five ways, from plain loops to Winograd's method (JSON=file all numbers)
#   make book     docs/learn: the pages of the eighteen questions, made anew, with their pictures
#   make film     docs/images/explorer.png and explorer.gif, from the running page in Chromium
#   make dev      an editable install in .venv for working on Pellucid

PYTHON ?= python3
ROWS ?= all
PIP = -m pip install --quiet --disable-pip-version-check
SOURCES = pyproject.toml CMakeLists.txt $(shell find src native -type f -not -name '*.pyc')
JOBS = $(shell nproc 2>/dev/null || echo 2)
BUILDING = Installing Pellucid into .venv: downloads some libraries, and compiles the C++ engine for each instruction set (1 to 3 minutes)
BUILD = build
GUARD = $(BUILD)/guard
GUARD_COMMIT = 1c38482

# For `ladder`: the kernels it uses, compiled as CMakeLists.txt does for the widest instruction set of this machine.
KERNELS = conv_forward fma_peak microkernel pairs_choice winograd_choice winograd_convolution \
	$(if $(filter avx512,$(LEVEL)),pairs)
LADDER = benchmarks/ladder.cc $(KERNELS:%=native/kernels/%.cc) native/runtime/thread_pool.cc
MACROS = $(shell $(CXX) -march=native -dM -E -x c++ /dev/null)
LEVEL = $(or $(if $(findstring __AVX512VL__,$(MACROS)),avx512),$(if $(findstring __AVX2__,$(MACROS)),avx2),\
	$(if $(findstring __x86_64__,$(MACROS)),sse2),neon)
FLAGS_avx512 = -march=x86-64-v4 -mavx512bf16 -mprefer-vector-width=512 -DPELLUCID_VECTOR_FLOATS=16
FLAGS_avx2 = -mavx2 -mfma -DPELLUCID_VECTOR_FLOATS=8
FLAGS_sse2 = -DPELLUCID_VECTOR_FLOATS=4
FLAGS_neon = -DPELLUCID_VECTOR_FLOATS=4

.PHONY: chromium demo test test-long check bench guard scaling exact accuracy cifar mnist overhead looking tf-keras ladder book film dev clean

# The browser in which the explorer's page is tested; without it those tests are skipped, and say so.
chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		echo "Installing Chromium, for the tests of the explorer's page" && \
		apt-get update --quiet --quiet && \
		DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends chromium >/dev/null; } || \
		echo "Without Chromium the explorer's page is not tested: install it (Debian: apt install chromium)"

demo: .venv/installed
	@.venv/bin/pellucid train digits

test: export PELLUCID_SAMPLE_TESTS = 1
test test-long: export EXPLORER_PICTURES = $(CURDIR)/$(BUILD)/explorer
test test-long: .venv/tested check chromium
	.venv/bin/python -m pytest -n $(JOBS) --dist loadfile tests
	.venv/bin/python -m pytest -p tests.fresh_examples --doctest-modules --pyargs pellucid -q -p no:cacheprovider

check: .venv/tested
	.venv/bin/ruff check src tests benchmarks
	.venv/bin/ruff format --check src tests benchmarks
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: .venv-bench/installed
	.venv-bench/bin/python benchmarks/compare.py --rows $(ROWS) $(if $(QUICK),--quick) $(if $(BF16),--bfloat16) $(if $(JSON),--json $(JSON))

guard: $(GUARD)/$(GUARD_COMMIT)/installed $(GUARD)/checkout/installed
	$(GUARD)/checkout/environment/bin/python benchmarks/guard.py $(GUARD)/$(GUARD_COMMIT) $(GUARD)/checkout \
		$(if $(QUICK),--quick) $(if $(JSON),--json $(JSON))

scaling: .venv-bench/installed
	.venv-bench/bin/python benchmarks/scaling.py $(if $(QUICK),--quick) $(if $(JSON),--json $(JSON))

exact: .venv-bench/installed
	.venv-bench/bin/python benchmarks/exact.py --rows $(ROWS) $(if $(JSON),--json $(JSON))

accuracy: .venv-bench/installed
	.venv-bench/bin/python benchmarks/accuracy.py --data $(DATA) --frameworks all $(if $(JSON),--json $(JSON))

cifar: .venv-bench/installed
	.venv-bench/bin/python benchmarks/cifar.py --seeds $(or $(SEEDS),1) $(if $(FRAMEWORKS),--frameworks "$(FRAMEWORKS)") $(if $(DATA),--data $(DATA)) \
		$(if $(HOLD_OUT),--hold-out $(HOLD_OUT)) $(if $(EPOCHS),--epochs $(EPOCHS)) $(if $(JSON),--json $(JSON))

mnist: .venv/installed
	.venv/bin/python benchmarks/cold_start.py $(if $(DATA),--data $(DATA)) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(JSON),--json $(JSON))

overhead: .venv-bench/installed
	.venv-bench/bin/python benchmarks/overhead.py $(if $(filter-out all,$(ROWS)),--rows $(ROWS)) $(if $(QUICK),--rounds 3) $(if $(JSON),--json $(JSON))

looking: .venv-bench/installed
	.venv-bench/bin/python benchmarks/looking.py $(if $(filter-out all,$(ROWS)),--rows $(ROWS)) $(if $(QUICK),--rounds 20) $(if $(JSON),--json $(JSON))

tf-keras: .venv-bench/installed
	.venv-bench/bin/python benchmarks/tf_keras_files.py

book: .venv/installed
	.venv/bin/python docs/make_book.py

film: .venv/tested chromium
	.venv/bin/python docs/make_film.py

ladder: $(BUILD)/ladder
	$(BUILD)/ladder 5 $(JSON)

dev: .venv/bin/python
	.venv/bin/python $(PIP) "scikit-build-core>=0.10" "nanobind>=2.0" cmake ninja
	.venv/bin/python $(PIP) --no-build-isolation --editable ".[test]"

clean:
	rm -rf .venv .venv-bench build

.venv/bin/python .venv-bench/bin/python:
	@$(PYTHON) native/check_build.py
	@echo "Making a virtual environment in $(patsubst %/bin/python,%,$@)"
	@$(PYTHON) -m venv $(dir $(@D))

.venv/installed: $(SOURCES) | .venv/bin/python
	@$(PYTHON) native/check_build.py
	@echo "$(BUILDING)"
	@.venv/bin/python $(PIP) .
	@touch $@

.venv/tested: $(SOURCES) | .venv/bin/python
	@$(PYTHON) native/check_build.py
	@echo "$(BUILDING), with Keras, JAX and PyTorch (2 GB)"
	.venv/bin/python $(PIP) ".[test]"
	@touch $@ .venv/installed

# For `guard`: on either side a wheel, and an environment that has this wheel and what it needs, no pip and no setuptools.
$(GUARD)/tools/bin/python:
	$(PYTHON) -m venv $(GUARD)/tools

$(GUARD)/$(GUARD_COMMIT)/source:
	mkdir -p $@.part
	git archive $(GUARD_COMMIT) | tar --extract --directory $@.part
	mv $@.part $@

$(GUARD)/$(GUARD_COMMIT)/installed: | $(GUARD)/$(GUARD_COMMIT)/source
$(GUARD)/checkout/installed: $(SOURCES)
$(GUARD)/%/installed: | $(GUARD)/tools/bin/python
	@echo "guard: building the wheel of $* (minutes)"
	rm -rf $(@D)/wheel $(@D)/environment
	$(GUARD)/tools/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir $(@D)/wheel $(if $(filter checkout,$*),.,$(@D)/source)
	$(PYTHON) -m venv --without-pip $(@D)/environment
	$(GUARD)/tools/bin/python -m pip --python $(@D)/environment install --quiet --disable-pip-version-check $(@D)/wheel/*.whl
	@touch $@

$(BUILD)/ladder: $(LADDER) $(wildcard native/include/*.h native/kernels/*.h benchmarks/ladder_*.h)
	@mkdir -p $(@D)
	$(CXX) -std=c++20 -O3 -fno-math-errno -fno-trapping-math -ffp-contract=fast -Wall -Wextra -Wno-psabi \
		-DPELLUCID_ISA=$(LEVEL) $(FLAGS_$(LEVEL)) -Inative/include -Inative/kernels $(LADDER) -pthread -o $@

.venv-bench/installed: $(SOURCES) | .venv-bench/bin/python
	.venv-bench/bin/python $(PIP) . torch==2.13.0 tensorflow-cpu "keras>=3.5" tf-keras jax \
		onnx onnxscript onnxruntime openvino ai-edge-litert MNN
	@touch $@
