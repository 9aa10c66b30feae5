# lovebank: make help lists what there is.
#
# MODE=debug (default), release, asan (with UBSan), tsan, cov, fuzz (clang and libFuzzer). Each mode builds in a folder of its own;
# debug is build/ itself, so that the binaries are build/lovebankd and build/lovebank.

MODE    ?= debug
DESTDIR ?=
PREFIX  ?= /usr
CC      ?= cc

OUT := build$(if $(filter-out debug,$(MODE)),/$(MODE))

warnings := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wundef \
	-Wformat=2 -Wpointer-arith -Wcast-align -Wwrite-strings
ifeq ($(filter release fuzz,$(MODE)),)
warnings += -Werror
endif
flags_debug   := -O1 -g
flags_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE -fstack-clash-protection
flags_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
flags_tsan    := -O1 -g -fsanitize=thread
flags_cov     := -O0 -g --coverage
flags_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
link_release  := -pie -Wl,-z,relro,-z,now
ifeq ($(flags_$(MODE)),)
$(error MODE=$(MODE) is none of debug, release, asan, tsan, cov, fuzz)
endif

packages_wire     := jansson libcrypto
packages_daemon   := libevent libnghttp2 libssl libpq $(packages_wire)
packages_lovebank := libcurl libssl smartcols libutf8proc $(packages_wire)
pkg = $(shell pkg-config $(1) $(2))
cflags_wire     := $(call pkg,--cflags,$(packages_wire))
cflags_daemon   := $(call pkg,--cflags,$(packages_daemon))
cflags_client   := $(call pkg,--cflags,$(packages_lovebank))
cflags_audit    := $(cflags_wire)
cflags_tests    := $(cflags_client)

# make V=1 shows the whole commands.
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1) $@')

version := $(shell cat VERSION)
CPPFLAGS += -I. -D_GNU_SOURCE -DVERSION='"$(version)"' -DSHAREDIR='"$(PREFIX)/share/lovebank"' -DLOCALEDIR='"$(PREFIX)/share/locale"' \
	-DSOURCEDIR='"$(CURDIR)"' $(if $(filter release,$(MODE)),-DNDEBUG_FAULTS)
CFLAGS += -std=c17 $(warnings) $(flags_$(MODE)) -pthread
LDFLAGS += $(filter -fsanitize=% --coverage,$(flags_$(MODE))) $(link_$(MODE)) -pthread

wire   := $(patsubst %.c,$(OUT)/%.o,$(wildcard wire/*.c))
daemon := $(patsubst %.c,$(OUT)/%.o,$(wildcard daemon/*.c))
audit  := $(patsubst %.c,$(OUT)/%.o,$(wildcard audit/*.c))
client := $(patsubst %.c,$(OUT)/%.o,$(wildcard client/*.c))
units  := $(patsubst tests/unit/%.c,$(OUT)/tests/unit/%,$(wildcard tests/unit/test_*.c))
load   := $(patsubst %.c,$(OUT)/%.o,$(wildcard tests/bench/load*.c))
fuzzers := $(patsubst tests/fuzz/%.c,$(OUT)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c)) $(OUT)/tests/fuzz/planted
po     := $(wildcard packaging/po/*.po)
mo     := $(patsubst packaging/po/%.po,$(OUT)/locale/%/LC_MESSAGES/lovebank.mo,$(po))

all: $(OUT)/lovebankd $(OUT)/lovebank $(mo)  ## the two programs and their translations

# Objects are made again when the flags change.
stamp := $(OUT)/flags
flags_now := $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
ifneq ($(file <$(stamp)),$(flags_now))
$(shell mkdir -p $(OUT))
$(file >$(stamp),$(flags_now))
endif

$(OUT)/%.o: %.c $(stamp)
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(cflags_$(firstword $(subst /, ,$<))) -MMD -MP -c -o $@ $<

$(OUT)/libwire.a: $(wire)
	$(call say,AR  )
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OUT)/lovebankd: $(daemon) $(OUT)/libwire.a
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,--libs,$(packages_daemon))
$(OUT)/libaudit.a: $(audit)
	$(call say,AR  )
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OUT)/lovebank: $(client) $(OUT)/libaudit.a $(OUT)/libwire.a
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,--libs,$(packages_lovebank))

$(OUT)/locale/%/LC_MESSAGES/lovebank.mo: packaging/po/%.po
	@mkdir -p $(@D)
	$(call say,MSG )
	$(Q)msgfmt -c -o $@ $<

# A unit test links everything of its side but the program's main.
client_parts = $(filter-out $(OUT)/client/main.o,$(client))
$(OUT)/tests/unit/%: $(OUT)/tests/unit/%.o $(OUT)/libaudit.a $(OUT)/libwire.a
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(OUT)/libaudit.a $(OUT)/libwire.a $(call pkg,--libs,cmocka libevent $(packages_lovebank))
$(addprefix $(OUT)/tests/unit/test_,csv args render receipt): $(client_parts)
$(OUT)/tests/unit/test_leaf_lines: $(addprefix $(OUT)/daemon/,leaf_lines.o buffer.o)
$(OUT)/tests/unit/test_pool: $(OUT)/daemon/pool.o
$(OUT)/tests/bench/%: $(OUT)/tests/bench/%.o $(OUT)/libwire.a
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,--libs,$(packages_wire))
$(OUT)/tests/bench/load: $(load) $(OUT)/libwire.a
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,--libs,libnghttp2 libssl $(packages_wire))

# libFuzzer's targets, with MODE=fuzz; planted is the control, in which the fuzzer must find a fault.
$(OUT)/tests/fuzz/planted.o: tests/fuzz/fuzz_proof.c $(stamp)
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(CC) $(CPPFLAGS) -DPLANTED $(CFLAGS) $(cflags_tests) -MMD -MP -c -o $@ $<
$(OUT)/tests/fuzz/%: $(OUT)/tests/fuzz/%.o $(OUT)/libwire.a
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %audit.a,$^) $(OUT)/libwire.a $(call pkg,--libs,$(packages_wire))
$(OUT)/tests/fuzz/fuzz_leaf: $(OUT)/libaudit.a

fuzzers: $(fuzzers)
units: $(units)
check-unit: $(units)  ## the C unit tests
	@status=0; for t in $(units); do $$t || status=1; done; exit $$status

check: all  ## every test: the same as sh tests/run
	sh tests/run

kill-run: all  ## a long run with PostgreSQL and the daemon killed under load
	/usr/bin/python3 tests/fault/kill_run.py --build $(OUT) --seconds 1200 --kills 200

tampering: all  ## every kind of damage to a ledger, found by its audit
	LOVEBANK_BUILD=$(CURDIR)/$(OUT) /usr/bin/python3 tests/e2e/run.py tampering

LEDGERS ?= 100
clean-ledgers: all  ## so many ledgers of random business (LEDGERS=100), audited without one alarm
	LOVEBANK_BUILD=$(CURDIR)/$(OUT) /usr/bin/python3 tests/e2e/clean_ledgers.py --ledgers $(LEDGERS)

lint:  ## what the tree's rules say: includes, lists, warnings of the analysers
	@for t in tests/lint/*; do sh $$t || exit 1; done

FUZZ_SECONDS ?= 60
fuzz:  ## the fuzz targets, each for FUZZ_SECONDS seconds (60)
	$(MAKE) MODE=fuzz CC=clang OUT=build/fuzz fuzzers
	/usr/bin/python3 tests/fuzz/run.py --build build/fuzz --seconds $(FUZZ_SECONDS)

# BENCH=full: a large ledger of ten million postings; YARDSTICKS=folder: other SQL ledgers to compare with. See docs/performance.md.
bench:  ## speed, as ratios to PostgreSQL's own benchmark and other yardsticks, into build/bench.json
	$(MAKE) MODE=release all build/release/tests/bench/load build/release/tests/bench/signatures
	/usr/bin/python3 tests/bench/run.py

install: all  ## into DESTDIR
	install -D -m 755 $(OUT)/lovebankd $(DESTDIR)$(PREFIX)/sbin/lovebankd
	install -D -m 755 $(OUT)/lovebank $(DESTDIR)$(PREFIX)/bin/lovebank
	find schema -name '*.sql' -exec install -D -m 644 {} $(DESTDIR)$(PREFIX)/share/lovebank/{} \;
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/lovebank/verify packaging/verify/verify.html packaging/verify/README.txt
	cd $(OUT) && find locale -name '*.mo' -exec install -D -m 644 {} $(DESTDIR)$(PREFIX)/share/{} \;

clean:  ## removes what was built
	rm -rf build

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: all units fuzzers fuzz check-unit check kill-run tampering clean-ledgers lint bench install clean help
.SECONDARY:
-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
