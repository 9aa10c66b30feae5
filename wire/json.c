#include "wire/json.h"

#include "wire/base.h"

#include <stdbool.h>
#include <string.h>

static bool is_ascii(const char *name)
{
	for (; *name; name++)
		if (*name < 0x20 || *name > 0x7e)
			return false;
	return true;
}

static const char *value_fault(json_t *value, unsigned depth);

static const char *object_fault(json_t *object, unsigned depth)
{
	const char *name, *reason;
	json_t *value;

	json_object_foreach(object, name, value) {
		if (!is_ascii(name))
			return "a member's name is not printable ASCII";
		reason = value_fault(value, depth);
		if (reason)
			return reason;
	}
	return NULL;
}

static const char *array_fault(json_t *array, unsigned depth)
{
	const char *reason;
	json_t *value;
	size_t i;

	json_array_foreach(array, i, value) {
		reason = value_fault(value, depth);
		if (reason)
			return reason;
	}
	return NULL;
}

/* Why value is outside the profile (static text), NULL if it is inside. depth counts the containers around it. */
static const char *value_fault(json_t *value, unsigned depth)
{
	json_int_t number;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return depth < JSON_DEPTH_MAX ? object_fault(value, depth + 1) : "too deep";
	case JSON_ARRAY:
		return depth < JSON_DEPTH_MAX ? array_fault(value, depth + 1) : "too deep";
	case JSON_INTEGER:
		number = json_integer_value(value);
		return number > JSON_INTEGER_MAX || number < -JSON_INTEGER_MAX ? "integer of 2^53 or more" : NULL;
	case JSON_REAL:
		return "a number with a fraction or an exponent";
	default:
		return NULL;
	}
}

static const char *parse_fault(const json_error_t *error)
{
	static const char *const reasons[] = {
		[json_error_duplicate_key] = "duplicate member",
		[json_error_invalid_utf8] = "invalid UTF-8",
		[json_error_null_character] = "NUL in a string",
		[json_error_null_byte_in_key] = "NUL in a member's name",
		[json_error_end_of_input_expected] = "bytes after the end",
		[json_error_premature_end_of_input] = "ends too early",
		[json_error_numeric_overflow] = "number too large",
		[json_error_stack_overflow] = "too deep",
	};
	size_t code = (size_t)json_error_code(error);

	return code < sizeof(reasons) / sizeof(reasons[0]) && reasons[code] ? reasons[code] : "not JSON";
}

/* jansson takes a NUL after a number for the end, so it must not see one. */
static json_t *load(const char *bytes, size_t length, const char **ret_reason)
{
	json_error_t error;
	json_t *value;

	if (!length || memchr(bytes, '\0', length)) {
		*ret_reason = length ? "NUL byte" : "empty";
		return NULL;
	}
	value = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error);
	if (!value)
		*ret_reason = parse_fault(&error);
	return value;
}

json_t *json_parse(const void *bytes, size_t length, const char **ret_reason)
{
	json_t *value = load(bytes, length, ret_reason);
	const char *reason;

	if (!value)
		return NULL;
	reason = json_is_object(value) ? value_fault(value, 0) : "not an object";
	if (!reason)
		return value;
	json_decref(value);
	*ret_reason = reason;
	return NULL;
}

/* Whether canonical text holds a control character: jansson escapes C0 and leaves DEL. */
static bool has_control(const char *text)
{
	for (; *text; text++) {
		if (*text == '\x7f')
			return true;
		if (*text == '\\' && *++text != '"' && *text != '\\')
			return true;
	}
	return false;
}

char *json_canonical(const json_t *value, size_t *ret_length)
{
	const char *reason = value_fault((json_t *)value, 0);
	char *text;

	if (reason)
		BUG("outside the JSON profile: %s", reason);
	text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	if (!text || has_control(text))
		BUG("no JSON text, or a control character in it");
	if (ret_length)
		*ret_length = strlen(text);
	return text;
}
