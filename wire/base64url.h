/* base64url without padding (RFC 4648 section 5), strict: canonical encodings only. */
#ifndef WIRE_BASE64URL_H
#define WIRE_BASE64URL_H

#include <stddef.h>
#include <sys/types.h>

/* Encoded length of n bytes, without the NUL. */
#define BASE64URL_LENGTH(n) (((n) * 4 + 2) / 3)

/* Writes BASE64URL_LENGTH(length) characters and a NUL. */
void base64url_encode(const void *bytes, size_t length, char *out);

/* Number of bytes written, or -1: bad character, impossible length, non-zero spare bits, or more than room. */
ssize_t base64url_decode(const char *text, size_t length, void *out, size_t room);

#endif
