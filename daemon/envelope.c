/* The envelope of a signed request; see envelope.h. */
#include "daemon/envelope.h"

#include "wire/base64url.h"

#include <string.h>

static int refuse(struct problem *ret, const char *code, const char *field)
{
	problem_set(ret, code, field, NULL);
	return -1;
}

static int check_text(const json_t *content, const char *name, const char *expected, const char *code, struct problem *ret)
{
	const json_t *value = json_object_get(content, name);

	if (!value)
		return refuse(ret, "missing_field", name);
	if (!json_is_string(value))
		return refuse(ret, "ill_typed", name);
	return strcmp(json_string_value(value), expected) == 0 ? 0 : refuse(ret, code, name);
}

static int take_time(const json_t *content, const char *name, int64_t *ret_time, struct problem *ret)
{
	const json_t *value = json_object_get(content, name);

	if (!value)
		return refuse(ret, "missing_field", name);
	if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > 253402300799)
		return refuse(ret, "ill_typed", name);
	*ret_time = json_integer_value(value);
	return 0;
}

static int take_jti(const json_t *content, unsigned char jti[JTI_BYTES], struct problem *ret)
{
	const json_t *value = json_object_get(content, "jti");

	if (!value)
		return refuse(ret, "missing_field", "jti");
	if (!json_is_string(value) || base64url_decode(json_string_value(value), json_string_length(value), jti, JTI_BYTES) != JTI_BYTES)
		return refuse(ret, "ill_typed", "jti");
	return 0;
}

int envelope_take(json_t *content, const char *aud, const struct op *op, struct envelope *ret_envelope, struct problem *ret)
{
	static const char *const names[] = { "aud", "htm", "htu", "iat", "exp", "jti" };
	struct envelope envelope = { 0 };
	char path[OP_PATH_MAX];

	op_path(op, path);
	if (check_text(content, "aud", aud, "wrong_audience", ret) != 0 || check_text(content, "htm", "POST", "wrong_method", ret) != 0 ||
	    check_text(content, "htu", path, "wrong_path", ret) != 0 || take_time(content, "iat", &envelope.iat, ret) != 0 ||
	    take_time(content, "exp", &envelope.exp, ret) != 0 || take_jti(content, envelope.jti, ret) != 0)
		return -1;
	if (envelope.exp <= envelope.iat || envelope.exp - envelope.iat > ENVELOPE_LIFETIME_MAX)
		return refuse(ret, "lifetime_too_long", "exp");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_object_del(content, names[i]);
	*ret_envelope = envelope;
	return 0;
}
