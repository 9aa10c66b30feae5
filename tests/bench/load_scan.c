#include "tests/bench/load_scan.h"

#include "wire/json.h"

#include <string.h>

/* Behind the string that begins at a quote, or NULL. A quote ends it unless an odd number of backslashes stands before. */
static const char *skip_string(const char *at, const char *end)
{
	const char *quote = at;

	for (;;) {
		const char *before;

		quote = memchr(quote + 1, '"', (size_t)(end - quote - 1));
		if (!quote)
			return NULL;
		for (before = quote; before[-1] == '\\'; before--)
			;
		if ((quote - before) % 2 == 0)
			return quote + 1;
	}
}

/* Behind a number or a word, or NULL when there is none. */
static const char *skip_plain(const char *at, const char *end)
{
	const char *start = at;

	while (at < end && ((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') || *at == '-'))
		at++;
	return at > start ? at : NULL;
}

static const char *skip_value(const char *at, const char *end, unsigned depth);

/* Behind an object or an array. */
static const char *skip_container(const char *at, const char *end, unsigned depth)
{
	bool object = *at == '{';
	char close = object ? '}' : ']';

	if (depth == JSON_DEPTH_MAX || at + 1 == end)
		return NULL;
	if (at[1] == close)
		return at + 2;
	do {
		at++;
		if (object && (at == end || *at != '"' || !(at = skip_string(at, end)) || at == end || *at++ != ':'))
			return NULL;
		at = skip_value(at, end, depth + 1);
	} while (at && at < end && *at == ',');
	return at && at < end && *at == close ? at + 1 : NULL;
}

static const char *skip_value(const char *at, const char *end, unsigned depth)
{
	if (at == end)
		return NULL;
	if (*at == '"')
		return skip_string(at, end);
	return *at == '{' || *at == '[' ? skip_container(at, end, depth) : skip_plain(at, end);
}

static int compare(struct text a, struct text b)
{
	int order = memcmp(a.at, b.at, a.length < b.length ? a.length : b.length);

	return order ? order : (a.length > b.length) - (a.length < b.length);
}

/* A member's name and value at *at, which is moved behind it. */
static bool take_member(const char **at, const char *end, struct text *name, struct text *value)
{
	const char *start = *at, *behind = start < end && *start == '"' ? skip_string(start, end) : NULL;

	if (!behind || behind == end || *behind != ':')
		return false;
	*name = (struct text){ start + 1, (size_t)(behind - start - 2) };
	value->at = behind + 1;
	*at = skip_value(value->at, end, 0);
	value->length = *at ? (size_t)(*at - value->at) : 0;
	return *at;
}

int scan_object(struct text object, struct member *members, size_t count)
{
	const char *at = object.at, *end = object.at + object.length;
	struct text before = { "", 0 }, name, value;
	size_t next = 0;

	for (size_t i = 0; i < count; i++)
		members[i].value = (struct text){ NULL, 0 };
	if (object.length < 2 || *at != '{')
		return -1;
	if (at[1] == '}')
		return object.length == 2 ? 0 : -1;
	do {
		at++;
		if (!take_member(&at, end, &name, &value) || compare(name, before) <= 0)
			return -1;
		before = name;
		while (next < count && compare((struct text){ members[next].name, strlen(members[next].name) }, name) < 0)
			next++;
		if (next < count && text_is(name, members[next].name))
			members[next].value = value;
	} while (at < end && *at == ',');
	return at + 1 == end && *at == '}' ? 0 : -1;
}

int scan_next(struct text array, const char **at, struct text *ret)
{
	const char *end = array.at + array.length, *behind;

	if (array.length < 2 || *array.at != '[')
		return -1;
	if (*at && **at == ']')
		return *at + 1 == end ? 0 : -1;
	if (!*at && array.at[1] == ']')
		return array.length == 2 ? 0 : -1;
	ret->at = *at ? *at + 1 : array.at + 1;
	behind = skip_value(ret->at, end, 0);
	if (!behind || behind == end || (*behind != ',' && *behind != ']'))
		return -1;
	ret->length = (size_t)(behind - ret->at);
	*at = behind;
	return 1;
}

bool scan_string(struct text value, struct text *ret)
{
	if (value.length < 2 || *value.at != '"' || memchr(value.at, '\\', value.length))
		return false;
	*ret = (struct text){ value.at + 1, value.length - 2 };
	return true;
}

bool scan_number(struct text value, uint64_t *ret)
{
	uint64_t number = 0;

	if (!value.length || value.length > 16 || (*value.at == '0' && value.length > 1))
		return false;
	for (size_t i = 0; i < value.length; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(value.at[i] - '0');
	}
	*ret = number;
	return number <= JSON_INTEGER_MAX;
}

bool text_is(struct text text, const char *expected)
{
	return text.at && strlen(expected) == text.length && memcmp(text.at, expected, text.length) == 0;
}
