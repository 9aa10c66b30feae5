#include "audit/canonical.h"

#include "audit/arena.h"
#include "wire/base.h"
#include "wire/json.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct reader {
	const unsigned char *at, *end;
	unsigned depth;
};

static json_t *read_value(struct reader *reader);

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Bytes of the UTF-8 sequence (not ASCII) at a place, 0 if it is none: RFC 3629 section 4. */
static size_t sequence(const unsigned char *at, size_t left)
{
	if (left >= 2 && at[0] >= 0xc2 && at[0] <= 0xdf && is_continuation(at[1]))
		return 2;
	if (left >= 3 && (at[0] & 0xf0) == 0xe0 && is_continuation(at[1]) && is_continuation(at[2]) && !(at[0] == 0xe0 && at[1] < 0xa0) &&
	    !(at[0] == 0xed && at[1] > 0x9f))
		return 3;
	if (left >= 4 && at[0] >= 0xf0 && at[0] <= 0xf4 && is_continuation(at[1]) && is_continuation(at[2]) && is_continuation(at[3]) &&
	    !(at[0] == 0xf0 && at[1] < 0x90) && !(at[0] == 0xf4 && at[1] > 0x8f))
		return 4;
	return 0;
}

/* After the opening quote: the text up to the closing one, which is taken too. Only text without escapes. */
static const unsigned char *take_text(struct reader *reader, size_t *ret_length)
{
	const unsigned char *start = reader->at, *at = start;

	while (at < reader->end && *at != '"') {
		size_t length = *at < 0x80 ? *at >= 0x20 && *at != 0x7f && *at != '\\' : sequence(at, (size_t)(reader->end - at));

		if (!length)
			return NULL;
		at += length;
	}
	if (at == reader->end)
		return NULL;
	*ret_length = (size_t)(at - start);
	reader->at = at + 1;
	return start;
}

static json_t *read_string(struct reader *reader)
{
	size_t length = 0;
	const unsigned char *text;

	reader->at++;
	text = take_text(reader, &length);
	return text ? json_stringn_nocheck((const char *)text, length) : NULL;
}

static json_t *read_integer(struct reader *reader)
{
	bool negative = *reader->at == '-';
	const unsigned char *start = reader->at += negative;
	int64_t number = 0;

	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9' && reader->at - start < 17)
		number = 10 * number + (*reader->at++ - '0');
	if (reader->at == start || number > JSON_INTEGER_MAX || (*start == '0' && (reader->at - start > 1 || negative)))
		return NULL;
	return json_integer(negative ? -number : number);
}

/* Whether a further item follows: takes the comma, or the end. */
static bool more(struct reader *reader, unsigned char end, bool *ret_more)
{
	if (reader->at == reader->end || (*reader->at != ',' && *reader->at != end))
		return false;
	*ret_more = *reader->at++ == ',';
	return true;
}

static bool read_items(struct reader *reader, json_t *array)
{
	bool again = true;

	if (reader->at < reader->end && *reader->at == ']') {
		reader->at++;
		return true;
	}
	while (again) {
		json_t *value = read_value(reader);

		if (!value || json_array_append_new(array, value) < 0 || !more(reader, ']', &again))
			return false;
	}
	return true;
}

struct name {
	const unsigned char *text;
	size_t length;
};

/* Names come in the order of their bytes, and are printable ASCII. */
static bool take_name(struct reader *reader, struct name *last)
{
	struct name name;
	int order;

	if (reader->end - reader->at < 2 || *reader->at++ != '"')
		return false;
	name.text = take_text(reader, &name.length);
	if (!name.text || reader->at == reader->end || *reader->at++ != ':')
		return false;
	for (size_t i = 0; i < name.length; i++)
		if (name.text[i] >= 0x80)
			return false;
	if (last->text) {
		order = memcmp(last->text, name.text, last->length < name.length ? last->length : name.length);
		if (order > 0 || (order == 0 && last->length >= name.length))
			return false;
	}
	*last = name;
	return true;
}

static bool read_members(struct reader *reader, json_t *object)
{
	struct name name = {0};
	bool again = true;

	if (reader->at < reader->end && *reader->at == '}') {
		reader->at++;
		return true;
	}
	while (again) {
		json_t *value = take_name(reader, &name) ? read_value(reader) : NULL;

		if (!value || json_object_setn_new_nocheck(object, (const char *)name.text, name.length, value) < 0 || !more(reader, '}', &again))
			return false;
	}
	return true;
}

static json_t *read_container(struct reader *reader, json_t *container, bool (*read)(struct reader *reader, json_t *container))
{
	bool good;

	reader->at++;
	good = ++reader->depth <= JSON_DEPTH_MAX && read(reader, container);
	reader->depth--;
	if (good)
		return container;
	json_decref(container);
	return NULL;
}

static json_t *read_word(struct reader *reader, const char *word, json_t *value)
{
	size_t length = strlen(word);

	if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0)
		return NULL;
	reader->at += length;
	return value;
}

static json_t *read_value(struct reader *reader)
{
	if (reader->at == reader->end)
		return NULL;
	switch (*reader->at) {
	case '{':
		return read_container(reader, json_object(), read_members);
	case '[':
		return read_container(reader, json_array(), read_items);
	case '"':
		return read_string(reader);
	case 't':
		return read_word(reader, "true", json_true());
	case 'f':
		return read_word(reader, "false", json_false());
	case 'n':
		return read_word(reader, "null", json_null());
	default:
		return read_integer(reader);
	}
}

/* By writing it again: for text with escapes, and to tell why not. */
static json_t *read_slowly(const char *bytes, size_t length, const char **ret_fault, json_t **ret_other)
{
	json_t *value = json_parse(bytes, length, ret_fault);
	_cleanup_free_ char *again = value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	if (!value || (again && strlen(again) == length && memcmp(again, bytes, length) == 0))
		return value;
	*ret_fault = CANONICAL_NOT;
	if (ret_other)
		*ret_other = value;
	else
		json_decref(value);
	return NULL;
}

json_t *canonical_read(const char *bytes, size_t length, const char **ret_fault, json_t **ret_other)
{
	struct reader reader = {.at = (const unsigned char *)bytes, .end = (const unsigned char *)bytes + length};
	json_t *value = length && *bytes == '{' ? read_value(&reader) : NULL;
	struct arena *arena;

	if (ret_other)
		*ret_other = NULL;
	if (value && reader.at == reader.end)
		return value;
	arena_decref(value);
	arena = arena_use(NULL); /* what it writes is freed by others than jansson */
	value = read_slowly(bytes, length, ret_fault, ret_other);
	arena_use(arena);
	return value;
}
