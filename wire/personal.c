#include "wire/personal.h"

#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/op.h"
#include "wire/place.h"
#include "wire/problem.h"
#include "wire/sha256.h"
#include "wire/text.h"

#include <openssl/rand.h>
#include <string.h>

#define SALT 16
#define COMMITMENT_TEXT BASE64URL_LENGTH(SHA256_BYTES)

/* What is done to each personal member that is there; place names it from the input's top. Not 0 stops. */
typedef int visit_fn(json_t *record, const struct field *field, const char *place, void *arg);

static int visit_record(json_t *record, const struct field *fields, const struct place *outer, visit_fn *visit, void *arg);

static int visit_list(json_t *list, const struct field *items, const struct place *outer, visit_fn *visit, void *arg)
{
	struct place place = {.outer = outer};
	json_t *record;

	json_array_foreach(list, place.index, record)
		if (visit_record(record, items, &place, visit, arg) != 0)
			return -1;
	return 0;
}

static int visit_record(json_t *record, const struct field *fields, const struct place *outer, visit_fn *visit, void *arg)
{
	struct place place = {.outer = outer};
	char text[PROBLEM_FIELD_MAX];

	for (const struct field *field = fields; field->name; field++) {
		json_t *value = json_object_get(record, field->name);

		place.name = field->name;
		if (field->type == FIELD_LIST && visit_list(value, field->items, &place, visit, arg) != 0)
			return -1;
		if (!value || !(field->flags & FIELD_PERSONAL))
			continue;
		place_text(&place, text, sizeof(text));
		if (visit(record, field, text, arg) != 0)
			return -1;
	}
	return 0;
}

static void commit(const unsigned char salt[SALT], const char *value, char text[COMMITMENT_TEXT + 1])
{
	unsigned char hash[SHA256_BYTES];

	sha256_pair(salt, SALT, value, strlen(value), hash);
	base64url_encode(hash, sizeof(hash), text);
}

/* arg: the array of what opens the commitments. */
static int hide(json_t *record, const struct field *field, const char *place, void *arg)
{
	const char *value = json_string_value(json_object_get(record, field->name));
	char salt_text[BASE64URL_LENGTH(SALT) + 1], commitment[COMMITMENT_TEXT + 1];
	unsigned char salt[SALT];

	if (!value)
		return 0; /* the check of the input will say so */
	if (RAND_bytes(salt, SALT) != 1)
		BUG("no random salt");
	base64url_encode(salt, SALT, salt_text);
	commit(salt, value, commitment);
	json_array_append_new(arg, json_pack("{s:s, s:s, s:s}", "name", place, "salt", salt_text, "value", value));
	json_object_set_new(record, field->name, json_string(commitment));
	return 0;
}

json_t *personal_hide(json_t *input, const struct field *fields)
{
	json_t *personal = json_array();

	visit_record(input, fields, NULL, hide, personal);
	if (json_array_size(personal))
		return personal;
	json_decref(personal);
	return NULL;
}

struct opening {
	json_t *left; /* what has not been used yet, by name */
	struct problem *problem;
};

static int refuse(struct problem *ret, const char *code, const char *place)
{
	problem_set(ret, code, place, NULL);
	return -1;
}

static int open_index(const json_t *personal, struct opening *opening)
{
	const char *name, *salt, *value;
	json_t *item;
	size_t i;

	json_array_foreach(personal, i, item) {
		if (json_unpack_ex(item, NULL, JSON_STRICT, "{s:s, s:s, s:s}", "name", &name, "salt", &salt, "value",
				   &value) < 0)
			return refuse(opening->problem, "personal_wrong", NULL);
		if (json_object_get(opening->left, name))
			return refuse(opening->problem, "personal_extra", name);
		json_object_set(opening->left, name, item);
	}
	return 0;
}

static int open_one(json_t *record, const struct field *field, const char *place, void *arg)
{
	struct opening *opening = arg;
	json_t *item = json_object_get(opening->left, place);
	const char *salt_text = json_string_value(json_object_get(item, "salt"));
	const char *value = json_string_value(json_object_get(item, "value"));
	const char *stated = json_string_value(json_object_get(record, field->name)), *code;
	char commitment[COMMITMENT_TEXT + 1];
	unsigned char salt[SALT];

	if (!item)
		return refuse(opening->problem, "personal_missing", place);
	if (!stated || base64url_decode(salt_text, strlen(salt_text), salt, SALT) != SALT)
		return refuse(opening->problem, "personal_wrong", place);
	commit(salt, value, commitment);
	if (strcmp(commitment, stated) != 0)
		return refuse(opening->problem, "personal_wrong", place);
	code = text_fault(value, field->min ? field->min : 1, field->max ? field->max : TEXT_MAX);
	if (code)
		return refuse(opening->problem, code, place);
	json_object_del(opening->left, place);
	return 0;
}

int personal_check(const json_t *input, const json_t *personal, const struct field *fields, struct problem *ret)
{
	json_auto_t *left = json_object();
	struct opening opening = {.left = left, .problem = ret};
	void *extra;

	if (open_index(personal, &opening) < 0 || visit_record((json_t *)input, fields, NULL, open_one, &opening) != 0)
		return -1;
	extra = json_object_iter(left);
	return extra ? refuse(ret, "personal_extra", json_object_iter_key(extra)) : 0;
}
