/* Arrays in parameters and bytea in results; see db.h. */
#include "daemon/db.h"

#include "wire/base.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 20 /* dimensions, whether there are NULLs, type; of the one dimension its length and lower bound */
#define EMPTY 12  /* an array without items has no dimension */

static void put32(unsigned char *at, uint32_t value)
{
	uint32_t big = htonl(value);

	memcpy(at, &big, 4);
}

static unsigned char *grow(struct db_array *array, size_t more)
{
	unsigned char *at;

	if (array->length + more > array->room) {
		array->room = (array->length + more) * 2;
		array->bytes = xrealloc(array->bytes, array->room);
	}
	at = array->bytes + array->length;
	array->length += more;
	return at;
}

void db_array_init(struct db_array *array, enum db_type type)
{
	*array = (struct db_array){ .type = type };
	grow(array, HEADER);
}

void db_array_add(struct db_array *array, const void *item, size_t length)
{
	array->count++;
	if (!item) {
		array->nulls = true;
		put32(grow(array, 4), UINT32_MAX);
		return;
	}
	put32(grow(array, 4), (uint32_t)length);
	memcpy(grow(array, length), item, length);
}

void db_array_add_int8(struct db_array *array, int64_t value)
{
	uint64_t big = htobe64((uint64_t)value);

	db_array_add(array, &big, sizeof(big));
}

struct db_value db_array_value(struct db_array *array)
{
	put32(array->bytes, array->count > 0);
	put32(array->bytes + 4, array->nulls);
	put32(array->bytes + 8, array->type);
	put32(array->bytes + 12, array->count);
	put32(array->bytes + 16, 1);
	return (struct db_value){ .bytes = array->bytes, .length = array->count > 0 ? array->length : EMPTY, .binary = true };
}

void db_array_clear(struct db_array *array)
{
	free(array->bytes);
	array->bytes = NULL;
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
