/* base64 with padding (RFC 4648 section 4), as notes and proofs hold it; strict: canonical encodings only. */
#ifndef WIRE_BASE64_H
#define WIRE_BASE64_H

#include <stddef.h>
#include <sys/types.h>

/* Encoded length of n bytes, without the NUL. */
#define BASE64_LENGTH(n) (((n) + 2) / 3 * 4)

/* Writes BASE64_LENGTH(length) characters and a NUL. */
void base64_encode(const void *bytes, size_t length, char *out);

/* Number of bytes written, or -1: bad character, impossible length, non-zero spare bits, or more than room. */
ssize_t base64_decode(const char *text, size_t length, void *out, size_t room);

#endif
