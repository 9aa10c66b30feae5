/* What travels beside a command's payload; see aside.h. */
#include "daemon/aside.h"

#include "wire/base.h"
#include "wire/jws.h"

#include <stdlib.h>
#include <string.h>

/* The commitment that stands at "name" or "lines/3/name" in input. */
static const char *commitment_at(const json_t *input, const char *pointer)
{
	_cleanup_free_ char *copy = xstrdup(pointer);
	const json_t *at = input;

	for (char *rest = copy, *part; at && (part = strsep(&rest, "/")); )
		at = json_is_array(at) ? json_array_get(at, strtoul(part, NULL, 10)) : json_object_get(at, part);
	return json_string_value(at);
}

static json_t *opened(const json_t *input, const json_t *personal)
{
	json_t *all = json_object(), *one;
	size_t i;

	json_array_foreach(personal, i, one) {
		const char *commitment = commitment_at(input, json_string_value(json_object_get(one, "name")));

		if (!commitment)
			BUG("a checked personal value has no commitment");
		json_object_set_new(all, commitment, json_pack("{s:O,s:O}", "salt", json_object_get(one, "salt"), "value", json_object_get(one, "value")));
	}
	return all;
}

static json_t *proof_of(const json_t *input, const struct field *fields)
{
	for (const struct field *f = fields; f->name; f++) {
		const json_t *text = f->type == FIELD_PROOF ? json_object_get(input, f->name) : NULL;
		const char *reason;
		struct jws *jws;
		json_t *proof;

		if (!text)
			continue;
		jws = jws_parse_compact(json_string_value(text), json_string_length(text), &reason);
		if (!jws)
			BUG("a checked proof does not parse: %s", reason);
		proof = json_pack("{s:s,s:O}", "kid", jws->kid, "jwk", jws->jwk);
		jws_free(jws);
		return proof;
	}
	return NULL;
}

char *aside_make(const json_t *input, const json_t *personal, const struct field *fields)
{
	json_t *aside = json_object(), *proof = proof_of(input, fields);
	char *text = NULL;

	if (json_array_size(personal) > 0)
		json_object_set_new(aside, "personal", opened(input, personal));
	if (proof)
		json_object_set_new(aside, "proof", proof);
	if (json_object_size(aside) > 0)
		text = json_dumps(aside, JSON_COMPACT);
	json_decref(aside);
	return text;
}
