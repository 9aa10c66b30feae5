#include "wire/op.h"

#include <stdio.h>
#include <string.h>

static const struct op *const groups[] = {op_people, op_points, op_money, op_ledger};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

const struct op *op_at(size_t i)
{
	static const struct op end;

	for (size_t group = 0; group < GROUPS; group++)
		for (const struct op *op = groups[group]; op->name; op++)
			if (i-- == 0)
				return op;
	return &end;
}

static bool equals(const char *word, const char *text, size_t length)
{
	return !strncmp(word, text, length) && !word[length];
}

static const struct op *find(const char *noun, size_t noun_length, const char *verb, size_t verb_length)
{
	for (size_t group = 0; group < GROUPS; group++)
		for (const struct op *op = groups[group]; op->name; op++)
			if (equals(op->noun, noun, noun_length) && equals(op->verb, verb, verb_length))
				return op;
	return NULL;
}

const struct op *op_find(const char *noun, const char *verb)
{
	return find(noun, strlen(noun), verb, strlen(verb));
}

const struct op *op_route(const char *method, const char *path, size_t path_length, bool *ret_path_known)
{
	static const char *const methods[] = {[OP_READ] = "GET", [OP_COMMAND] = "POST"};
	const char *noun = path + strlen("/v1/"), *end = path + path_length, *slash;
	const struct op *op;

	*ret_path_known = false;
	if (path_length <= strlen("/v1/") || memcmp(path, "/v1/", strlen("/v1/")) != 0)
		return NULL;
	slash = memchr(noun, '/', (size_t)(end - noun));
	if (!slash)
		return NULL;
	op = find(noun, (size_t)(slash - noun), slash + 1, (size_t)(end - slash - 1));
	if (!op || !strcmp(method, methods[op->kind]))
		return op;
	*ret_path_known = true;
	return NULL;
}

void op_path(const struct op *op, char *buffer)
{
	snprintf(buffer, OP_PATH_MAX, "/v1/%s/%s", op->noun, op->verb);
}

const struct field *field_find(const struct field *fields, const char *name, size_t length)
{
	for (; fields->name; fields++)
		if (equals(fields->name, name, length))
			return fields;
	return NULL;
}
