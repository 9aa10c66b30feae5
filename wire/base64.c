#include "wire/base64.h"

#include "wire/base64_table.h"

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

static const unsigned char values[256] = BASE64_TABLE('+', '/');

/* The last four characters, of which the last pads are padding; -1 unless they are canonical. */
static int decode_last(const char *text, unsigned pads, unsigned char *out)
{
	unsigned first = base64_value(values, text[0]), second = base64_value(values, text[1]);
	unsigned third = pads < 2 ? base64_value(values, text[2]) : 0;

	if (pads == 0)
		return base64_group(values, text, out);
	if ((first | second | third) > 63 || (pads == 2 ? second & 15 : third & 3))
		return -1;
	out[0] = (unsigned char)(first << 2 | second >> 4);
	if (pads == 1)
		out[1] = (unsigned char)(second << 4 | third >> 2);
	return 0;
}

ssize_t base64_decode(const char *text, size_t length, void *out, size_t room)
{
	unsigned pads = length < 4 || text[length - 1] != '=' ? 0 : text[length - 2] == '=' ? 2 : 1;
	size_t count = length / 4 * 3 - pads;
	unsigned char *bytes = out;

	if (length % 4 || count > room)
		return -1;
	for (; length > 4; text += 4, length -= 4, bytes += 3)
		if (base64_group(values, text, bytes) < 0)
			return -1;
	return length && decode_last(text, pads, bytes) < 0 ? -1 : (ssize_t)count;
}
