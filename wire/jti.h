/*
 * The number of a command (protocol.md, section 5), for those who make one: a UUID of version 7 (RFC 9562, section 5.7), which is the time in
 * milliseconds since 1970 UTC, its fraction in 12 bits (section 6.2, method 3) and 62 random bits. New numbers stand behind old ones, so that the
 * ledger finds and enters them where the last one was in its index of all that were ever posted. It takes any 16 bytes.
 */
#ifndef WIRE_JTI_H
#define WIRE_JTI_H

#include <stdint.h>

#define JTI_BYTES 16

void jti_new(unsigned char ret_jti[JTI_BYTES]);

/* Makes a number of the time (microseconds since 1970 UTC, not before) out of 16 random bytes. */
void jti_stamp(unsigned char jti[JTI_BYTES], int64_t now);

#endif
