#include "wire/base.h"
#include "wire/json.h"
#include "wire/op.h"
#include "wire/problem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The characters of a query that stand for themselves (RFC 3986 section 3.4); '+' is a plus. */
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$'()*+,;=:@/?"

static json_t *integer_from_text(const char *text)
{
	const char *digits = text + (*text == '-');
	long long number;

	if (!*digits || digits[strspn(digits, "0123456789")] || (*digits == '0' && (digits[1] || *text == '-')))
		return NULL;
	errno = 0;
	number = strtoll(text, NULL, 10);
	return errno || number > JSON_INTEGER_MAX || number < -JSON_INTEGER_MAX ? NULL : json_integer(number);
}

static json_t *flag_from_text(const char *text)
{
	if (!strcmp(text, "true"))
		return json_true();
	return strcmp(text, "false") ? NULL : json_false();
}

json_t *json_from_text(const struct field *field, const char *text)
{
	if (field->flags & FIELD_PERSONAL)
		return json_string(text);
	switch (field->type) {
	case FIELD_ID:
	case FIELD_COUNT:
		return integer_from_text(text);
	case FIELD_FLAG:
		return flag_from_text(text);
	case FIELD_LIST:
	case FIELD_JSON:
		return NULL;
	default:
		return json_string(text);
	}
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) % 16 : -1;
}

/* Undoes percent-encoding in place. -1: a stray character, a bad escape or NUL. */
static int decode(char *text)
{
	char *out = text;

	for (; *text; text++) {
		int high, low;

		if (*text != '%') {
			if (!strchr(PLAIN, *text))
				return -1;
			*out++ = *text;
			continue;
		}
		high = hex_digit(text[1]);
		low = high < 0 ? -1 : hex_digit(text[2]);
		if (low < 0 || !(high | low))
			return -1;
		*out++ = (char)(high << 4 | low);
		text += 2;
	}
	*out = '\0';
	return 0;
}

static int refuse(struct problem *ret, const char *code, const char *name)
{
	bool printable = true;

	for (const char *at = name; at && *at; at++)
		printable = printable && *at > 0x20 && *at < 0x7f;
	problem_set(ret, code, printable ? name : NULL, NULL);
	return -1;
}

/* Adds one "name=value", which it overwrites, to input. */
static int add_pair(char *pair, const struct field *fields, json_t *input, struct problem *ret)
{
	char *text = strchr(pair, '=');
	const struct field *field;
	json_t *value;

	if (!text)
		return refuse(ret, "malformed_query", NULL);
	*text++ = '\0';
	if (decode(pair) < 0 || decode(text) < 0)
		return refuse(ret, "malformed_query", NULL);
	if (!strcmp(pair, "nonce"))
		return 0;
	field = field_find(fields, pair, strlen(pair));
	if (!field)
		return refuse(ret, "unknown_field", pair);
	if (json_object_get(input, pair))
		return refuse(ret, "duplicate_field", pair);
	value = json_from_text(field, text);
	if (!value)
		return refuse(ret, "ill_typed", pair);
	json_object_set_new(input, pair, value);
	return 0;
}

static int add_pairs(char *query, const struct field *fields, json_t *input, struct problem *ret)
{
	char *pair = query, *end;

	do {
		end = strchr(pair, '&');
		if (end)
			*end = '\0';
		if (add_pair(pair, fields, input, ret) < 0)
			return -1;
		pair = end ? end + 1 : NULL;
	} while (pair);
	return 0;
}

int json_from_query(const char *query, size_t length, const struct field *fields, json_t **ret_input, struct problem *ret)
{
	json_auto_t *input = json_object();
	_cleanup_free_ char *copy = NULL;

	if (query && length) {
		if (memchr(query, '\0', length))
			return refuse(ret, "malformed_query", NULL);
		copy = xstrndup(query, length);
		if (add_pairs(copy, fields, input, ret) < 0)
			return -1;
	}
	if (json_check(input, fields, ret) < 0)
		return -1;
	*ret_input = json_incref(input);
	return 0;
}
