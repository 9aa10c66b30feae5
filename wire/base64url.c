#include "wire/base64url.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The six bits of a character, and one more so that 0 is what none of the alphabet has. */
#define ROW(c, v) [c] = (v) + 1
#define EIGHT(c, v) \
	ROW(c, v), ROW(c + 1, v + 1), ROW(c + 2, v + 2), ROW(c + 3, v + 3), ROW(c + 4, v + 4), ROW(c + 5, v + 5), ROW(c + 6, v + 6), ROW(c + 7, v + 7)
static const unsigned char values[256] = {
	EIGHT('A', 0), EIGHT('I', 8), EIGHT('Q', 16), ROW('Y', 24), ROW('Z', 25),
	EIGHT('a', 26), EIGHT('i', 34), EIGHT('q', 42), ROW('y', 50), ROW('z', 51),
	EIGHT('0', 52), ROW('8', 60), ROW('9', 61), ROW('-', 62), ROW('_', 63),
};

static unsigned value_of(char c)
{
	return values[(unsigned char)c] - 1u; /* UINT_MAX: none */
}

void base64url_encode(const void *bytes, size_t length, char *out)
{
	const unsigned char *in = bytes;

	for (; length >= 3; in += 3, length -= 3) {
		uint32_t group = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];

		*out++ = alphabet[group >> 18];
		*out++ = alphabet[group >> 12 & 63];
		*out++ = alphabet[group >> 6 & 63];
		*out++ = alphabet[group & 63];
	}
	if (length) {
		uint32_t group = (uint32_t)in[0] << 16 | (length == 2 ? (uint32_t)in[1] << 8 : 0);

		*out++ = alphabet[group >> 18];
		*out++ = alphabet[group >> 12 & 63];
		if (length == 2)
			*out++ = alphabet[group >> 6 & 63];
	}
	*out = '\0';
}

/* The last two or three characters: one or two bytes, and spare bits that must be 0. */
static int decode_rest(const char *text, size_t length, unsigned char *bytes)
{
	unsigned first = value_of(text[0]), second = value_of(text[1]), third = length == 3 ? value_of(text[2]) : 0;

	if ((first | second | third) > 63 || (length == 2 ? second & 15 : third & 3))
		return -1;
	bytes[0] = (unsigned char)(first << 2 | second >> 4);
	if (length == 3)
		bytes[1] = (unsigned char)(second << 4 | third >> 2);
	return 0;
}

ssize_t base64url_decode(const char *text, size_t length, void *out, size_t room)
{
	unsigned char *bytes = out;
	size_t count = length / 4 * 3 + length % 4 * 3 / 4;

	if (length % 4 == 1 || count > room)
		return -1;
	for (; length >= 4; text += 4, length -= 4, bytes += 3) {
		unsigned first = value_of(text[0]), second = value_of(text[1]), third = value_of(text[2]), fourth = value_of(text[3]);

		if ((first | second | third | fourth) > 63)
			return -1;
		bytes[0] = (unsigned char)(first << 2 | second >> 4);
		bytes[1] = (unsigned char)(second << 4 | third >> 2);
		bytes[2] = (unsigned char)(third << 6 | fourth);
	}
	return length && decode_rest(text, length, bytes) < 0 ? -1 : (ssize_t)count;
}
