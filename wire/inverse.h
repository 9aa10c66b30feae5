/*
 * The inverse of a public number modulo the order of P-256, in a fifth of the library's time. The time depends on the
 * number: never for secrets. The caller checks the result by multiplying; nothing here is believed.
 */
#ifndef WIRE_INVERSE_H
#define WIRE_INVERSE_H

#include <stdbool.h>

#define INVERSE_BYTES 32 /* big-endian */

/* False if number is not within 1 .. order - 1. */
bool inverse_modulo_order(const unsigned char number[INVERSE_BYTES], unsigned char ret_inverse[INVERSE_BYTES]);

#endif
