#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/op.h"

#include <stdio.h>
#include <string.h>

/* What the daemon adds beside the input; no input field may be called so. */
static const char *const envelope[] = {"aud", "htm", "htu", "iat", "exp", "jti", "nonce"};

static bool is_word(const char *text, const char *alphabet)
{
	return text && *text && !text[strspn(text, alphabet)];
}

static bool is_sentence(const char *text)
{
	return text && *text && !strchr(text, '\n');
}

static void choices_are_well_formed(const char *op, const struct field *field)
{
	const struct choice *a, *b;

	if (!field->choices || !field->choices->code)
		fail_msg("%s.%s has no choices", op, field->name);
	for (a = field->choices; a->code; a++) {
		if (!is_word(a->code, "abcdefghijklmnopqrstuvwxyz0123456789_-") || !a->zh || !*a->zh)
			fail_msg("%s.%s: choice %s", op, field->name, a->code);
		for (b = field->choices; b != a; b++)
			if (!strcmp(a->code, b->code))
				fail_msg("%s.%s: choice %s is there twice", op, field->name, a->code);
	}
}

static void fields_are_well_formed(const char *op, const struct field *fields, bool are_input)
{
	for (const struct field *field = fields; field->name; field++) {
		if (!is_word(field->name, "abcdefghijklmnopqrstuvwxyz0123456789_"))
			fail_msg("%s.%s is no name", op, field->name);
		if (field_find(fields, field->name, strlen(field->name)) != field)
			fail_msg("%s.%s is there twice", op, field->name);
		if (!is_sentence(field->zh) || !is_sentence(field->help))
			fail_msg("%s.%s has no zh or no help", op, field->name);
		if (field->max && field->min > field->max)
			fail_msg("%s.%s: min is above max", op, field->name);
		if (field->type == FIELD_CHOICE)
			choices_are_well_formed(op, field);
		if ((field->type == FIELD_LIST) != (field->items != NULL))
			fail_msg("%s.%s: a list has items, and only a list", op, field->name);
		if (are_input && (field->type == FIELD_JSON || field->flags & FIELD_SIGNED))
			fail_msg("%s.%s: of results only", op, field->name);
		if (field->items)
			fields_are_well_formed(op, field->items, are_input);
	}
}

static void every_operation_is_well_formed(void **state)
{
	const struct op *op;
	char name[64];

	(void)state;
	assert_non_null(op_at(0)->name);
	for (size_t i = 0; (op = op_at(i))->name; i++) {
		snprintf(name, sizeof(name), "%s_%s", op->noun, op->verb);
		for (char *at = name; *at; at++)
			*at = *at == '-' ? '_' : *at;
		assert_string_equal(op->name, name);
		if (!is_word(op->noun, "abcdefghijklmnopqrstuvwxyz-") || !is_word(op->verb, "abcdefghijklmnopqrstuvwxyz-"))
			fail_msg("%s: noun or verb is no word", op->name);
		if (!is_sentence(op->help) || !op->input || !op->result)
			fail_msg("%s has no help, input or result", op->name);
		if (op->scope && !field_find(op->input, op->scope, strlen(op->scope)))
			fail_msg("%s: its scope %s is no field", op->name, op->scope);
		if (strlen(op->name) > 40)
			fail_msg("%s: too long for a path", op->name);
		fields_are_well_formed(op->name, op->input, true);
		fields_are_well_formed(op->name, op->result, false);
	}
}

static void no_input_field_is_called_like_the_envelope(void **state)
{
	const struct op *op;

	(void)state;
	for (size_t i = 0; (op = op_at(i))->name; i++)
		for (size_t j = 0; j < sizeof(envelope) / sizeof(envelope[0]); j++)
			if (field_find(op->input, envelope[j], strlen(envelope[j])))
				fail_msg("%s has an input field %s", op->name, envelope[j]);
}

/* A query has no lists, no personal values beside it, and no proof. */
static void reads_fit_into_a_query(void **state)
{
	const struct op *op;

	(void)state;
	for (size_t i = 0; (op = op_at(i))->name; i++)
		for (const struct field *field = op->input; op->kind == OP_READ && field->name; field++)
			if (field->type == FIELD_LIST || field->type == FIELD_PROOF || field->flags & FIELD_PERSONAL)
				fail_msg("%s.%s does not fit into a query", op->name, field->name);
}

static void every_operation_is_found_by_its_words_and_by_its_path(void **state)
{
	const struct op *op;
	char path[OP_PATH_MAX];
	bool known;

	(void)state;
	for (size_t i = 0; (op = op_at(i))->name; i++) {
		const char *method = op->kind == OP_READ ? "GET" : "POST", *other = op->kind == OP_READ ? "POST" : "GET";

		if (op_find(op->noun, op->verb) != op)
			fail_msg("%s is there twice", op->name);
		op_path(op, path);
		assert_ptr_equal(op_route(method, path, strlen(path), &known), op);
		assert_false(known);
		assert_null(op_route(other, path, strlen(path), &known));
		assert_true(known);
		assert_null(op_route(method, path, strlen(path) - 1, &known));
		assert_false(known);
		strcat(path, "x");
		assert_null(op_route(method, path, strlen(path), &known));
		assert_false(known);
	}
}

static void other_paths_are_unknown(void **state)
{
	static const char *const paths[] = {"", "/", "/v1", "/v1/", "/v1//", "/v1/ledger", "/v1/ledger/", "/v2/ledger/trial-balance",
					    "/v1/ledger/trial_balance", "/v1/ledger/trial-balance/", "*"};
	bool known = true;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_null(op_route("GET", paths[i], strlen(paths[i]), &known));
		assert_false(known);
	}
	assert_null(op_find("ledger", "no-such-verb"));
	assert_null(op_find("", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_is_well_formed),
		cmocka_unit_test(no_input_field_is_called_like_the_envelope),
		cmocka_unit_test(reads_fit_into_a_query),
		cmocka_unit_test(every_operation_is_found_by_its_words_and_by_its_path),
		cmocka_unit_test(other_paths_are_unknown),
	};

	return cmocka_run_group_tests_name("op", tests, NULL, NULL);
}
