#include "wire/base64url.h"

#include "wire/base64_table.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static const unsigned char values[256] = BASE64_TABLE('-', '_');

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
	unsigned first = base64_value(values, text[0]), second = base64_value(values, text[1]);
	unsigned third = length == 3 ? base64_value(values, text[2]) : 0;

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
	for (; length >= 4; text += 4, length -= 4, bytes += 3)
		if (base64_group(values, text, bytes) < 0)
			return -1;
	return length && decode_rest(text, length, bytes) < 0 ? -1 : (ssize_t)count;
}
