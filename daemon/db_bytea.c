/* PostgreSQL's bytea, in parameters and results; see db.h. */
#include "daemon/db.h"

#include "wire/base.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

static void put32(unsigned char **at, uint32_t value)
{
	uint32_t big = htonl(value);

	memcpy(*at, &big, 4);
	*at += 4;
}

struct db_value db_bytea_array(const void *const *items, const size_t *lengths, size_t count)
{
	enum { BYTEA_OID = 17 };
	size_t size = 20;
	unsigned char *bytes, *at;

	for (size_t i = 0; i < count; i++)
		size += 4 + lengths[i];
	at = bytes = xmalloc(size);
	put32(&at, count > 0); /* dimensions */
	put32(&at, 0);         /* no NULLs */
	put32(&at, BYTEA_OID);
	if (count > 0) {
		put32(&at, (uint32_t)count);
		put32(&at, 1); /* lower bound */
	}
	for (size_t i = 0; i < count; i++) {
		put32(&at, (uint32_t)lengths[i]);
		memcpy(at, items[i], lengths[i]);
		at += lengths[i];
	}
	return (struct db_value){ .bytes = bytes, .length = (size_t)(at - bytes), .binary = true };
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

ssize_t db_result_bytea(const struct db_result *result, int row, int column, unsigned char *out, size_t room)
{
	size_t length, count;
	const char *text = db_result_text(result, row, column, &length);

	if (!text || length < 2 || length % 2 != 0 || text[0] != '\\' || text[1] != 'x')
		return -1;
	count = length / 2 - 1;
	for (size_t i = 0; i < count && count <= room; i++) {
		int high = digit(text[2 + 2 * i]), low = digit(text[3 + 2 * i]);

		if (high < 0 || low < 0)
			return -1;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return count <= room ? (ssize_t)count : -1;
}
