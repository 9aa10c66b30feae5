#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/clock.h"
#include "wire/json.h"
#include "wire/jws.h"
#include "wire/op.h"
#include "wire/place.h"
#include "wire/problem.h"
#include "wire/text.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

#define AMOUNT_MAX INT64_C(1000000000000000)
#define LIST_MAX 1000

/* A field with its limits filled in from its type's. */
struct limits {
	const struct field *field;
	int64_t min, max;
};

/* What a type asks of a value. fault gives the code of what is wrong, NULL if nothing is. */
struct shape {
	const char *name;
	json_type json;
	int64_t min, max;
	const char *(*fault)(const json_t *value, const struct limits *limits);
};

static const char *range_fault(int64_t number, const struct limits *limits)
{
	if (number < limits->min)
		return "too_small";
	return number > limits->max ? "too_large" : NULL;
}

static const char *length_fault(int64_t length, const struct limits *limits)
{
	if (length < limits->min)
		return "too_short";
	return length > limits->max ? "too_long" : NULL;
}

static const char *integer_fault(const json_t *value, const struct limits *limits)
{
	return range_fault(json_integer_value(value), limits);
}

static const char *line_fault(const json_t *value, const struct limits *limits)
{
	return text_fault(json_string_value(value), limits->min, limits->max);
}

static const char *label_fault(const json_t *value, const struct limits *limits)
{
	const char *code = line_fault(value, limits);

	return !code && text_has_outer_space(json_string_value(value)) ? "outer_space" : code;
}

/* Length first, then the characters. */
static const char *charset_fault(const json_t *value, const struct limits *limits, const char *set, const char *code)
{
	const char *text = json_string_value(value);
	const char *fault = length_fault((int64_t)strlen(text), limits);

	return !fault && text[strspn(text, set)] ? code : fault;
}

static const char *code_fault(const json_t *value, const struct limits *limits)
{
	return charset_fault(value, limits, LETTERS DIGITS "._-", "bad_code");
}

static const char *cursor_fault(const json_t *value, const struct limits *limits)
{
	return charset_fault(value, limits, LETTERS DIGITS "_-", "bad_cursor");
}

static const char *amount_fault(const json_t *value, const struct limits *limits)
{
	const char *text = json_string_value(value);
	const char *number = text + (*text == '-');
	size_t digits = strspn(number, DIGITS);
	bool is_signed = limits->field->flags & FIELD_SIGNED;
	struct limits range = {.min = is_signed ? -limits->max : *text == '0' ? 0 : limits->min, .max = limits->max};

	if (!digits)
		return "ill_typed";
	if (number[digits])
		return number[digits] == '.' ? "fractional_amount" : "ill_typed";
	if (number[0] == '0' && (digits > 1 || (is_signed && *text == '-')))
		return "ill_typed";
	if (!is_signed && (*text == '-' || (*number == '0' && !(limits->field->flags & FIELD_ZERO))))
		return "not_positive";
	if (digits > 18)
		return *text == '-' ? "too_small" : "too_large";
	return range_fault(strtoll(text, NULL, 10), &range);
}

static const char *date_fault(const json_t *value, const struct limits *limits)
{
	_cleanup_free_ char *midnight = xasprintf("%sT00:00:00Z", json_string_value(value));
	int64_t time;

	(void)limits;
	return json_string_length(value) != 10 || clock_parse(midnight, &time) < 0 ? "bad_date" : NULL;
}

static const char *time_fault(const json_t *value, const struct limits *limits)
{
	int64_t time;

	(void)limits;
	return clock_parse(json_string_value(value), &time) < 0 ? "bad_time" : NULL;
}

static const char *choice_fault(const json_t *value, const struct limits *limits)
{
	const struct choice *choice;

	for (choice = limits->field->choices; choice->code; choice++)
		if (!strcmp(choice->code, json_string_value(value)))
			return NULL;
	return "bad_choice";
}

static const char *proof_fault(const json_t *value, const struct limits *limits)
{
	const char *reason;
	struct jws *jws = jws_parse_compact(json_string_value(value), json_string_length(value), &reason);
	struct key *key = jws ? jws_verify_enrolment(jws, &reason) : NULL;
	bool good = key != NULL;

	(void)limits;
	key_free(key);
	jws_free(jws);
	return good ? NULL : "bad_proof";
}

static bool is_hash(const json_t *value)
{
	unsigned char hash[32];

	return json_is_string(value) &&
	       base64url_decode(json_string_value(value), json_string_length(value), hash, sizeof(hash)) == sizeof(hash);
}

static const char *hash_fault(const json_t *value, const struct limits *limits)
{
	(void)limits;
	return is_hash(value) ? NULL : "bad_hash";
}

static const char *list_fault(const json_t *value, const struct limits *limits)
{
	return length_fault((int64_t)json_array_size(value), limits);
}

static const struct shape shapes[] = {
	[FIELD_TEXT] = {"text", JSON_STRING, 1, TEXT_MAX, line_fault},
	[FIELD_CODE] = {"code", JSON_STRING, 1, 40, code_fault},
	[FIELD_LABEL] = {"label", JSON_STRING, 1, 40, label_fault},
	[FIELD_ID] = {"number", JSON_INTEGER, 1, JSON_INTEGER_MAX, integer_fault},
	[FIELD_COUNT] = {"number", JSON_INTEGER, 0, JSON_INTEGER_MAX, integer_fault},
	[FIELD_POINTS] = {"amount", JSON_STRING, 1, AMOUNT_MAX, amount_fault},
	[FIELD_MONEY] = {"amount", JSON_STRING, 1, AMOUNT_MAX, amount_fault},
	[FIELD_DATE] = {"date", JSON_STRING, 0, 0, date_fault},
	[FIELD_TIME] = {"time", JSON_STRING, 0, 0, time_fault},
	[FIELD_FLAG] = {"flag", JSON_TRUE, 0, 0, NULL},
	[FIELD_CHOICE] = {"choice", JSON_STRING, 0, 0, choice_fault},
	[FIELD_PROOF] = {"proof", JSON_STRING, 0, 0, proof_fault},
	[FIELD_CURSOR] = {"cursor", JSON_STRING, 1, 128, cursor_fault},
	[FIELD_HASH] = {"hash", JSON_STRING, 0, 0, hash_fault},
	[FIELD_JSON] = {"JSON", JSON_NULL, 0, 0, NULL},
	[FIELD_LIST] = {"list", JSON_ARRAY, 0, LIST_MAX, list_fault},
};

static bool is_typed(const json_t *value, const struct field *field)
{
	json_type type = json_typeof(value);

	if (field->type == FIELD_JSON)
		return true;
	return (type == JSON_FALSE ? JSON_TRUE : type) == shapes[field->type].json;
}

/* The code of what is wrong with a value, its list's records apart. */
static const char *field_fault(const json_t *value, const struct limits *limits)
{
	const struct shape *shape = &shapes[limits->field->type];

	if (limits->field->flags & FIELD_PERSONAL)
		return is_hash(value) ? NULL : "personal_plain";
	if (!is_typed(value, limits->field))
		return "ill_typed";
	return shape->fault ? shape->fault(value, limits) : NULL;
}

static json_t *choice_list(const struct choice *choice)
{
	json_t *list = json_string(choice->code);

	while ((++choice)->code) {
		json_t *longer = json_sprintf("%s, %s", json_string_value(list), choice->code);

		json_decref(list);
		list = longer;
	}
	return list;
}

/* What the title of a code says about the field. */
static json_t *fault_params(const char *code, const struct limits *limits)
{
	if (!strcmp(code, "too_small") || !strcmp(code, "too_short"))
		return json_pack("{s:I}", "min", (json_int_t)limits->min);
	if (!strcmp(code, "too_large") || !strcmp(code, "too_long"))
		return json_pack("{s:I}", "max", (json_int_t)limits->max);
	if (!strcmp(code, "bad_choice"))
		return json_pack("{s:o}", "choices", choice_list(limits->field->choices));
	if (!strcmp(code, "ill_typed"))
		return json_pack("{s:s}", "type", shapes[limits->field->type].name);
	return NULL;
}

static int refuse(struct problem *ret, const char *code, const struct place *place, json_t *params)
{
	char text[PROBLEM_FIELD_MAX];

	place_text(place, text, sizeof(text));
	problem_set(ret, code, text, params);
	return -1;
}

static int check_record(json_t *record, const struct field *fields, const struct place *outer, struct problem *ret);

static int check_list(const json_t *list, const struct field *items, const struct place *outer, struct problem *ret)
{
	struct place place = {.outer = outer};
	json_t *record;

	json_array_foreach(list, place.index, record) {
		if (!json_is_object(record))
			return refuse(ret, "ill_typed", &place, json_pack("{s:s}", "type", "record"));
		if (check_record(record, items, &place, ret) < 0)
			return -1;
	}
	return 0;
}

static int check_field(const json_t *value, const struct field *field, const struct place *place, struct problem *ret)
{
	const struct shape *shape = &shapes[field->type];
	struct limits limits = {
		.field = field,
		.min = field->min ? field->min : shape->min,
		.max = field->max ? field->max : shape->max,
	};
	const char *code = field_fault(value, &limits);

	if (code)
		return refuse(ret, code, place, fault_params(code, &limits));
	return field->type == FIELD_LIST ? check_list(value, field->items, place, ret) : 0;
}

/* What a payload has beside its operation's input. */
static bool is_envelope(const char *name)
{
	static const char *const envelope[] = {"aud", "htm", "htu", "iat", "exp", "jti"};

	for (size_t i = 0; i < sizeof(envelope) / sizeof(*envelope); i++)
		if (strcmp(envelope[i], name) == 0)
			return true;
	return false;
}

static int check_unknown(json_t *record, const struct field *fields, bool is_payload, const struct place *outer, struct problem *ret)
{
	struct place place = {.outer = outer};
	json_t *value;

	json_object_foreach(record, place.name, value)
		if (!(is_payload && is_envelope(place.name)) && !field_find(fields, place.name, strlen(place.name)))
			return refuse(ret, "unknown_field", &place, NULL);
	return 0;
}

static int check_fields(const json_t *record, const struct field *fields, const struct place *outer, struct problem *ret)
{
	struct place place = {.outer = outer};

	for (const struct field *field = fields; field->name; field++) {
		const json_t *value = json_object_get(record, field->name);

		place.name = field->name;
		if (value && check_field(value, field, &place, ret) < 0)
			return -1;
		if (!value && field->flags & FIELD_REQUIRED)
			return refuse(ret, "missing_field", &place, NULL);
	}
	return 0;
}

static int check_record(json_t *record, const struct field *fields, const struct place *outer, struct problem *ret)
{
	return check_unknown(record, fields, false, outer, ret) < 0 ? -1 : check_fields(record, fields, outer, ret);
}

int json_check_payload(const json_t *payload, const struct field *fields, struct problem *ret)
{
	return check_unknown((json_t *)payload, fields, true, NULL, ret) < 0 ? -1 : check_fields(payload, fields, NULL, ret);
}

int json_check(const json_t *input, const struct field *fields, struct problem *ret)
{
	return check_record((json_t *)input, fields, NULL, ret);
}
