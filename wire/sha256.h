/* SHA-256, safe on any thread. */
#ifndef WIRE_SHA256_H
#define WIRE_SHA256_H

#include <stddef.h>

#define SHA256_BYTES 32

void sha256(const void *bytes, size_t length, unsigned char hash[SHA256_BYTES]);

/* Of two parts, one after the other. */
void sha256_pair(const void *head, size_t head_length, const void *tail, size_t tail_length,
		 unsigned char hash[SHA256_BYTES]);

#endif
