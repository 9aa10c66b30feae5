#include "tests/fuzz/fuzz.h"

#include "wire/base.h"
#include "wire/json.h"
#include "wire/op.h"
#include "wire/problem.h"

#include <stdbool.h>

static size_t op_count;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	base_init();
	while (op_at(op_count)->name)
		op_count++;
	return 0;
}

/* A value that the fields let pass has a canonical form, which is the value again. */
static void check_canonical(const json_t *value)
{
	size_t length;
	_cleanup_free_ char *text = json_canonical(value, &length), *twice = NULL;
	const char *reason = "none";
	json_auto_t *again = json_parse(text, length, &reason);

	HOLDS(again && json_equal(again, value));
	twice = json_canonical(again, NULL);
	HOLDS(!strcmp(text, twice));
}

/* Whether every member is one of the fields. */
static bool are_known(json_t *input, const struct field *fields)
{
	const char *name;
	json_t *value;

	json_object_foreach(input, name, value)
		if (!field_find(fields, name, strlen(name)))
			return false;
	return true;
}

static void as_input(const struct op *op, const uint8_t *data, size_t size)
{
	const char *reason = NULL;
	json_auto_t *value = json_parse(data, size, &reason);
	struct problem problem = {0};

	HOLDS(value ? json_is_object(value) : reason != NULL);
	if (!value)
		return;
	if (json_check(value, op->input, &problem) == 0) {
		HOLDS(are_known(value, op->input));
		check_canonical(value);
	} else {
		HOLDS(problem.code && *problem.code);
	}
	problem_clear(&problem);
}

/* One member as it stands in a query, every byte percent-encoded; malloc'd. */
static char *pair_of(const char *name, const json_t *value)
{
	_cleanup_free_ char *plain = json_is_string(value) ? xstrdup(json_string_value(value)) : json_dumps(value, JSON_ENCODE_ANY);
	_cleanup_free_ char *encoded = xmalloc(3 * strlen(plain) + 1);
	char *at = encoded;

	for (const char *from = plain; *from; from++)
		at += sprintf(at, "%%%02X", (unsigned)(unsigned char)*from);
	*at = '\0';
	return xasprintf("%s=%s", name, encoded);
}

static char *query_of(json_t *input)
{
	char *query = xstrdup("");
	const char *name;
	json_t *value;

	json_object_foreach(input, name, value) {
		_cleanup_free_ char *pair = pair_of(name, value), *before = query;

		query = xasprintf("%s%s%s", before, *before ? "&" : "", pair);
	}
	return query;
}

static void as_query(const struct op *op, const uint8_t *data, size_t size)
{
	json_auto_t *input = NULL, *again = NULL;
	struct problem problem = {0};
	_cleanup_free_ char *query = NULL;

	if (json_from_query((const char *)data, size, op->input, &input, &problem) < 0) {
		HOLDS(!input && problem.code && *problem.code);
		problem_clear(&problem);
		return;
	}
	HOLDS(are_known(input, op->input));
	check_canonical(input);
	query = query_of(input);
	HOLDS(json_from_query(query, strlen(query), op->input, &again, &problem) == 0 && json_equal(input, again));
	problem_clear(&problem);
}

/* The operation that the first line names, or the first byte chooses; *at moves past it. */
static const struct op *choose(const uint8_t **at, size_t *left)
{
	const uint8_t *end = memchr(*at, '\n', *left);
	size_t length = end ? (size_t)(end - *at) : 0;
	size_t index = **at % op_count;

	for (size_t i = 0; i < op_count; i++)
		if (strlen(op_at(i)->name) == length && !memcmp(op_at(i)->name, *at, length))
			index = i;
	length += 1;
	*at += length;
	*left -= length;
	return op_at(index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct op *op;

	if (!size)
		return 0;
	op = choose(&data, &size);
	as_input(op, data, size);
	as_query(op, data, size);
	return 0;
}
