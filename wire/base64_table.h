/* For wire/base64.c and wire/base64url.c alone: the six bits of each character of an alphabet, which differ in the last two. */
#ifndef WIRE_BASE64_TABLE_H
#define WIRE_BASE64_TABLE_H

/* One more than the six bits, so that 0 is what no character of the alphabet has. */
#define BASE64_ROW(c, v) [c] = (v) + 1
#define BASE64_EIGHT(c, v)                                                                                                                   \
	BASE64_ROW(c, v), BASE64_ROW(c + 1, v + 1), BASE64_ROW(c + 2, v + 2), BASE64_ROW(c + 3, v + 3), BASE64_ROW(c + 4, v + 4),            \
		BASE64_ROW(c + 5, v + 5), BASE64_ROW(c + 6, v + 6), BASE64_ROW(c + 7, v + 7)
#define BASE64_TABLE(last_but_one, last)                                                                                                     \
	{                                                                                                                                    \
		BASE64_EIGHT('A', 0), BASE64_EIGHT('I', 8), BASE64_EIGHT('Q', 16), BASE64_ROW('Y', 24), BASE64_ROW('Z', 25),                 \
		BASE64_EIGHT('a', 26), BASE64_EIGHT('i', 34), BASE64_EIGHT('q', 42), BASE64_ROW('y', 50), BASE64_ROW('z', 51),               \
		BASE64_EIGHT('0', 52), BASE64_ROW('8', 60), BASE64_ROW('9', 61), BASE64_ROW(last_but_one, 62), BASE64_ROW(last, 63),         \
	}

/* The six bits of a character, UINT_MAX when the alphabet does not have it. */
static inline unsigned base64_value(const unsigned char table[256], char c)
{
	return table[(unsigned char)c] - 1u;
}

/* Three bytes of four characters; 0, or -1 when the alphabet does not have them all. */
static inline int base64_group(const unsigned char table[256], const char *text, unsigned char *bytes)
{
	unsigned first = base64_value(table, text[0]), second = base64_value(table, text[1]);
	unsigned third = base64_value(table, text[2]), fourth = base64_value(table, text[3]);

	if ((first | second | third | fourth) > 63)
		return -1;
	bytes[0] = (unsigned char)(first << 2 | second >> 4);
	bytes[1] = (unsigned char)(second << 4 | third >> 2);
	bytes[2] = (unsigned char)(third << 6 | fourth);
	return 0;
}

#endif
