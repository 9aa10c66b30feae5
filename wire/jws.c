#include "wire/jws.h"

#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/json.h"
#include "wire/sha256.h"

#include <stdlib.h>
#include <string.h>

#define SIGNATURE_TEXT BASE64URL_LENGTH(ES256_SIGNATURE)

static const char *const types[] = {JWS_REQUEST, JWS_RESPONSE, JWS_ENROL};

/* Our own text for a type, NULL if it is none of ours. */
static const char *type_find(const char *typ)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i], typ))
			return types[i];
	return NULL;
}

static char *header_text(const struct key *key, const char *typ, size_t *ret_length)
{
	json_auto_t *header = json_pack("{s:s, s:s, s:s}", "alg", "ES256", "kid", key->kid, "typ", typ);

	if (!strcmp(typ, JWS_ENROL))
		json_object_set_new(header, "jwk", key_jwk(key));
	return json_canonical(header, ret_length);
}

/* Writes a part of the compact string; where the next begins. */
static char *put_part(char *at, const void *bytes, size_t length, char end)
{
	base64url_encode(bytes, length, at);
	at += BASE64URL_LENGTH(length);
	*at = end;
	return at + 1;
}

struct jws *jws_sign(const struct key *key, const char *typ, json_t *content, json_t *personal)
{
	struct jws *jws = xcalloc(1, sizeof(*jws));
	char *at;

	jws->typ = type_find(typ);
	if (!jws->typ)
		BUG("signing a %s", typ);
	memcpy(jws->kid, key->kid, sizeof(jws->kid));
	jws->content = json_incref(content);
	jws->personal = json_incref(personal);
	jws->jwk = !strcmp(typ, JWS_ENROL) ? key_jwk(key) : NULL;
	jws->protected = (unsigned char *)header_text(key, typ, &jws->protected_length);
	jws->payload = (unsigned char *)json_canonical(content, &jws->payload_length);
	jws->signing_length = BASE64URL_LENGTH(jws->protected_length) + 1 + BASE64URL_LENGTH(jws->payload_length);
	jws->compact_length = jws->signing_length + 1 + SIGNATURE_TEXT;
	jws->compact = xmalloc(jws->compact_length + 1);
	at = put_part(jws->compact, jws->protected, jws->protected_length, '.');
	at = put_part(at, jws->payload, jws->payload_length, '.');
	key_sign(key, jws->compact, jws->signing_length, jws->signature);
	put_part(at, jws->signature, ES256_SIGNATURE, '\0');
	sha256(jws->compact, jws->compact_length, jws->hash);
	return jws;
}

/* The bytes of a part, malloc'd; NULL if it is not base64url. */
static unsigned char *take_part(const char *text, size_t length, size_t *ret_length)
{
	unsigned char *bytes = xmalloc(length + 1);
	ssize_t count = base64url_decode(text, length, bytes, length);

	if (count < 0) {
		free(bytes);
		return NULL;
	}
	*ret_length = (size_t)count;
	return bytes;
}

static const char *take_parts(struct jws *jws)
{
	const char *payload = memchr(jws->compact, '.', jws->compact_length);
	const char *signature = payload ? strchr(payload + 1, '.') : NULL;
	size_t left;

	if (!signature)
		return "not three parts";
	jws->signing_length = (size_t)(signature - jws->compact);
	left = jws->compact_length - jws->signing_length - 1;
	jws->protected = take_part(jws->compact, (size_t)(payload - jws->compact), &jws->protected_length);
	jws->payload = take_part(payload + 1, (size_t)(signature - payload - 1), &jws->payload_length);
	if (!jws->protected || !jws->payload ||
	    base64url_decode(signature + 1, left, jws->signature, ES256_SIGNATURE) != ES256_SIGNATURE)
		return "a part is not base64url, or the signature not 64 bytes";
	return NULL;
}

static const char *take_header(struct jws *jws)
{
	unsigned char thumbprint[SHA256_BYTES];
	const char *reason, *alg, *kid, *typ;
	json_t *jwk = NULL;
	size_t kid_length;
	json_auto_t *header = json_parse(jws->protected, jws->protected_length, &reason);

	if (!header)
		return reason;
	if (json_unpack_ex(header, NULL, JSON_STRICT, "{s:s, s:s%, s:s, s?o}", "alg", &alg, "kid", &kid, &kid_length,
			   "typ", &typ, "jwk", &jwk) < 0)
		return "the protected header's members are not alg, kid and typ";
	if (strcmp(alg, "ES256") != 0)
		return "alg is not ES256";
	if (base64url_decode(kid, kid_length, thumbprint, sizeof(thumbprint)) != sizeof(thumbprint))
		return "kid is not a thumbprint";
	jws->typ = type_find(typ);
	if (!jws->typ)
		return "unknown typ";
	if (!jwk != (strcmp(jws->typ, JWS_ENROL) != 0))
		return "jwk belongs to an enrolment, and only there";
	memcpy(jws->kid, kid, sizeof(jws->kid));
	jws->jwk = json_incref(jwk);
	return NULL;
}

/* Fills jws from its compact string; why it cannot, or NULL. */
static const char *take_compact(struct jws *jws)
{
	const char *reason = take_parts(jws);

	if (!reason)
		reason = take_header(jws);
	if (!reason)
		jws->content = json_parse(jws->payload, jws->payload_length, &reason);
	sha256(jws->compact, jws->compact_length, jws->hash);
	return reason;
}

static struct jws *parse(struct jws *jws, const char **ret_reason)
{
	const char *reason = take_compact(jws);

	if (!reason)
		return jws;
	*ret_reason = reason;
	return jws_free(jws);
}

struct jws *jws_parse_compact(const char *text, size_t length, const char **ret_reason)
{
	struct jws *jws = xcalloc(1, sizeof(*jws));

	jws->compact = xstrndup(text, length);
	jws->compact_length = strlen(jws->compact);
	if (jws->compact_length == length)
		return parse(jws, ret_reason);
	*ret_reason = "NUL byte";
	return jws_free(jws);
}

struct jws *jws_parse(const void *bytes, size_t length, const char **ret_reason)
{
	json_auto_t *flat = json_parse(bytes, length, ret_reason);
	const char *protected, *payload, *signature;
	json_t *personal = NULL;
	struct jws *jws;

	if (!flat)
		return NULL;
	if (json_unpack_ex(flat, NULL, JSON_STRICT, "{s:s, s:s, s:s, s?o}", "protected", &protected, "payload", &payload,
			   "signature", &signature, "personal", &personal) < 0 ||
	    (personal && !json_is_array(personal))) {
		*ret_reason = "members are not protected, payload, signature and perhaps personal";
		return NULL;
	}
	jws = xcalloc(1, sizeof(*jws));
	jws->compact = xasprintf("%s.%s.%s", protected, payload, signature);
	jws->compact_length = strlen(jws->compact);
	jws->personal = json_incref(personal);
	return parse(jws, ret_reason);
}

int jws_verify(const struct jws *jws, const struct key *key)
{
	if (strcmp(jws->kid, key->kid) != 0)
		return -1;
	return key_verify(key, jws->compact, jws->signing_length, jws->signature);
}

struct key *jws_verify_enrolment(const struct jws *jws, const char **ret_reason)
{
	struct key *key;

	if (!jws->jwk) {
		*ret_reason = "not an enrolment";
		return NULL;
	}
	key = key_from_jwk(jws->jwk);
	if (!key) {
		*ret_reason = "jwk is no P-256 key";
		return NULL;
	}
	if (jws_verify(jws, key) == 0)
		return key;
	*ret_reason = "the signature is not the key's";
	return key_free(key);
}

char *jws_text(const struct jws *jws, size_t *ret_length)
{
	const char *payload = strchr(jws->compact, '.') + 1;
	const char *signature = jws->compact + jws->signing_length + 1;
	_cleanup_free_ char *personal = jws->personal ? json_canonical(jws->personal, NULL) : NULL;
	char *text = xasprintf("{\"payload\":\"%.*s\",%s%s%s\"protected\":\"%.*s\",\"signature\":\"%s\"}",
			       (int)(signature - payload - 1), payload, personal ? "\"personal\":" : "",
			       personal ? personal : "", personal ? "," : "", (int)(payload - jws->compact - 1),
			       jws->compact, signature);

	*ret_length = strlen(text);
	return text;
}

struct jws *jws_free(struct jws *jws)
{
	if (!jws)
		return NULL;
	free(jws->compact);
	free(jws->protected);
	free(jws->payload);
	json_decref(jws->content);
	json_decref(jws->personal);
	json_decref(jws->jwk);
	free(jws);
	return NULL;
}
