#include "wire/base64.h"

#include <stdbool.h>
#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *bytes, size_t length, char *out)
{
	const unsigned char *in = bytes;

	for (; length >= 3; length -= 3, in += 3) {
		*out++ = alphabet[in[0] >> 2];
		*out++ = alphabet[(in[0] << 4 | in[1] >> 4) & 63];
		*out++ = alphabet[(in[1] << 2 | in[2] >> 6) & 63];
		*out++ = alphabet[in[2] & 63];
	}
	if (length) {
		unsigned second = length == 2 ? in[1] : 0;

		*out++ = alphabet[in[0] >> 2];
		*out++ = alphabet[((unsigned)in[0] << 4 | second >> 4) & 63];
		*out++ = length == 2 ? alphabet[second << 2 & 63] : '=';
		*out++ = '=';
	}
	*out = '\0';
}

/* The six bits of a character, -1 if it is none of the alphabet. */
static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Four characters of which the last pads are padding; false unless they are canonical. */
static bool decode_four(const char *text, unsigned pads, unsigned char *out)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < 4; i++) {
		int value = i < 4 - pads ? value_of(text[i]) : 0;

		if (value < 0 || (i >= 4 - pads && text[i] != '='))
			return false;
		bits = bits << 6 | (uint32_t)value;
	}
	for (unsigned i = 0; i < 3 - pads; i++)
		out[i] = (unsigned char)(bits >> (16 - 8 * i));
	return !(bits & ((1u << 8 * pads) - 1));
}

ssize_t base64_decode(const char *text, size_t length, void *out, size_t room)
{
	unsigned pads = length < 4 || text[length - 1] != '=' ? 0 : text[length - 2] == '=' ? 2 : 1;
	size_t count = length / 4 * 3 - pads;

	if (length % 4 || count > room)
		return -1;
	for (size_t at = 0; at < length / 4; at++)
		if (!decode_four(text + 4 * at, at + 1 < length / 4 ? 0 : pads, (unsigned char *)out + 3 * at))
			return -1;
	return (ssize_t)count;
}
