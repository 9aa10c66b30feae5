#include "wire/problem.h"

#include "wire/base.h"

#include <stdio.h>
#include <string.h>

/* Rows before the end of the table. */
static size_t code_count(void)
{
	size_t count = 0;

	while (problem_codes[count].code)
		count++;
	return count;
}

const struct problem_code *problem_code_at(size_t i)
{
	return i < code_count() ? &problem_codes[i] : NULL;
}

const struct problem_code *problem_code_find(const char *code)
{
	for (const struct problem_code *row = problem_codes; row->code; row++)
		if (!strcmp(row->code, code))
			return row;
	return NULL;
}

static const struct problem_code *code_row(const char *code)
{
	const struct problem_code *row = problem_code_find(code);

	if (!row)
		BUG("no problem code %s", code);
	return row;
}

/* Copies text, cut to fit between two code points. */
static void copy_text(char *out, size_t room, const char *text)
{
	size_t length = strlen(text);

	if (length >= room)
		for (length = room - 1; length > 0 && (text[length] & 0xc0) == 0x80;)
			length--;
	memcpy(out, text, length);
	out[length] = '\0';
}

void problem_set(struct problem *p, const char *code, const char *field, json_t *params)
{
	const struct problem_code *row = code_row(code);

	*p = (struct problem){.status = row->status, .code = row->code, .params = params};
	if (field)
		copy_text(p->field, sizeof(p->field), field);
}

void problem_clear(struct problem *p)
{
	json_decref(p->params);
	*p = (struct problem){0};
}

json_t *problem_json(const struct problem *p)
{
	_cleanup_free_ char *title = problem_text(code_row(p->code)->title, p->params);
	json_t *object = json_pack("{s:o, s:s, s:i, s:s}", "type", json_sprintf("urn:lovebank:problem:%s", p->code),
				   "title", title, "status", p->status, "code", p->code);

	if (*p->field)
		json_object_set_new(object, "field", json_string(p->field));
	if (p->params)
		json_object_set(object, "params", p->params);
	return object;
}

static void put_param(FILE *out, const char *name, size_t length, const json_t *params)
{
	_cleanup_free_ char *key = xstrndup(name, length);
	const json_t *value = json_object_get(params, key);

	if (json_is_string(value))
		fputs(json_string_value(value), out);
	else if (json_is_integer(value))
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		fprintf(out, "{%s}", key);
}

char *problem_text(const char *format, const json_t *params)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		BUG("no memory stream");
	while (*format) {
		size_t name = *format == '{' ? strcspn(format + 1, "{}") : 0;

		if (name && format[1 + name] == '}') {
			put_param(out, format + 1, name, params);
			format += name + 2;
		} else {
			fputc(*format++, out);
		}
	}
	if (fclose(out) != 0)
		BUG("out of memory");
	return text;
}
