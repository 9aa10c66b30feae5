/*
 * What the fuzz targets share. Each file is one libFuzzer target (LLVMFuzzerTestOneInput): it gives the bytes to a parser and
 * aborts when something does not hold that must. tests/fuzz/run.py builds and runs them.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A property that must hold, whatever the bytes are. */
#define HOLDS(what)                                                                                                              \
	do {                                                                                                                     \
		if (!(what)) {                                                                                                   \
			fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #what);                           \
			abort();                                                                                                 \
		}                                                                                                                \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#endif
