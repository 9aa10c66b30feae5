#include "wire/base64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_encode(const void *bytes, size_t length, char *out)
{
	const unsigned char *in = bytes;
	unsigned spare = 0, bits = 0;

	for (size_t i = 0; i < length; i++) {
		spare = (spare << 8 | in[i]) & 0xffff;
		for (bits += 8; bits >= 6; bits -= 6)
			*out++ = alphabet[spare >> (bits - 6) & 63];
	}
	if (bits)
		*out++ = alphabet[spare << (6 - bits) & 63];
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
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

ssize_t base64url_decode(const char *text, size_t length, void *out, size_t room)
{
	unsigned char *bytes = out;
	unsigned spare = 0, bits = 0;
	size_t count = 0;

	if (length % 4 == 1 || length / 4 * 3 + length % 4 * 3 / 4 > room)
		return -1;
	for (size_t i = 0; i < length; i++) {
		int value = value_of(text[i]);

		if (value < 0)
			return -1;
		spare = (spare << 6 | (unsigned)value) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			bytes[count++] = (unsigned char)(spare >> bits);
		}
	}
	return spare & ((1u << bits) - 1) ? -1 : (ssize_t)count;
}
