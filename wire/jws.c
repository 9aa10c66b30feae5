#include "wire/jws.h"

#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/json.h"
#include "wire/sha256.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNATURE_TEXT BASE64URL_LENGTH(ES256_SIGNATURE)
#define MEMBERS_TEXT sizeof("{'payload':'','personal':,'protected':'','signature':''}")

static const char *const types[] = {JWS_REQUEST, JWS_RESPONSE, JWS_ENROL};

/* Our own text for a type, NULL if it is none of ours. */
static const char *type_find(const char *typ)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i], typ))
			return types[i];
	return NULL;
}

/* Canonical. Nothing in it needs escapes, so only the key of an enrolment is made as JSON. */
static char *header_text(const struct key *key, const char *typ, size_t *ret_length)
{
	json_auto_t *jwk = !strcmp(typ, JWS_ENROL) ? key_jwk(key) : NULL;
	_cleanup_free_ char *jwk_text = jwk ? json_canonical(jwk, NULL) : NULL;
	char *text = xasprintf("{\"alg\":\"ES256\",%s%s%s\"kid\":\"%s\",\"typ\":\"%s\"}", jwk_text ? "\"jwk\":" : "",
			       jwk_text ? jwk_text : "", jwk_text ? "," : "", key->kid, typ);

	*ret_length = strlen(text);
	return text;
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

/* A header as jws_sign() writes it needs no parser: that is what nearly all are. */
static bool take_plain_header(struct jws *jws)
{
	static const char start[] = "{\"alg\":\"ES256\",\"kid\":\"";
	const char *kid = (const char *)jws->protected + sizeof(start) - 1;
	unsigned char thumbprint[SHA256_BYTES];
	char plain[160];

	if (jws->protected_length < sizeof(start) - 1 + KID_LENGTH || base64url_decode(kid, KID_LENGTH, thumbprint, sizeof(thumbprint)) < 0)
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		int length = snprintf(plain, sizeof(plain), "%s%.*s\",\"typ\":\"%s\"}", start, KID_LENGTH, kid, types[i]);

		if (strcmp(types[i], JWS_ENROL) == 0 || (size_t)length != jws->protected_length ||
		    memcmp(jws->protected, plain, (size_t)length) != 0)
			continue;
		jws->typ = types[i];
		memcpy(jws->kid, kid, KID_LENGTH);
		return true;
	}
	return false;
}

static const char *take_header(struct jws *jws)
{
	unsigned char thumbprint[SHA256_BYTES];
	const char *reason, *alg, *kid, *typ;
	json_t *jwk = NULL;
	size_t kid_length;
	json_auto_t *header = NULL;

	if (take_plain_header(jws))
		return NULL;
	header = json_parse(jws->protected, jws->protected_length, &reason);
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

/* The flat form as jws_text() writes it, without personal values: its parts, in the order in which they stand there. */
struct flat {
	const char *part[3];
	size_t length[3];
};

enum { PAYLOAD, PROTECTED, SIGNATURE };

/* Splits the flat form without a parser. false: it is written otherwise, or wrong, and a parser will say. */
static bool split_flat(const char *at, size_t length, struct flat *ret)
{
	static const char *const names[] = {"{\"payload\":\"", "\",\"protected\":\"", "\",\"signature\":\""};
	const char *end = at + length;

	if (memchr(at, '\\', length))
		return false;
	for (size_t i = 0; i < 3; i++) {
		size_t name = strlen(names[i]);
		const char *quote;

		if ((size_t)(end - at) < name || memcmp(at, names[i], name) != 0)
			return false;
		at += name;
		quote = memchr(at, '"', (size_t)(end - at));
		if (!quote)
			return false;
		ret->part[i] = at;
		ret->length[i] = (size_t)(quote - at);
		at = quote;
	}
	return end - at == 2 && memcmp(at, "\"}", 2) == 0;
}

/* The same by the parser. The strings live as long as json. */
static const char *parse_flat(json_t *json, struct flat *ret, json_t **ret_personal)
{
	if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:s%, s:s%, s:s%, s?o}", "protected", &ret->part[PROTECTED], &ret->length[PROTECTED],
			   "payload", &ret->part[PAYLOAD], &ret->length[PAYLOAD], "signature", &ret->part[SIGNATURE],
			   &ret->length[SIGNATURE], "personal", ret_personal) < 0 ||
	    (*ret_personal && !json_is_array(*ret_personal)))
		return "members are not protected, payload, signature and perhaps personal";
	return NULL;
}

struct jws *jws_parse(const void *bytes, size_t length, const char **ret_reason)
{
	json_auto_t *json = NULL;
	json_t *personal = NULL;
	struct flat flat;
	struct jws *jws;
	char *at;

	if (!split_flat(bytes, length, &flat)) {
		json = json_parse(bytes, length, ret_reason);
		if (!json)
			return NULL;
		*ret_reason = parse_flat(json, &flat, &personal);
		if (*ret_reason)
			return NULL;
	}
	jws = xcalloc(1, sizeof(*jws));
	jws->compact_length = flat.length[PROTECTED] + 1 + flat.length[PAYLOAD] + 1 + flat.length[SIGNATURE];
	jws->compact = xmalloc(jws->compact_length + 1);
	at = mempcpy(jws->compact, flat.part[PROTECTED], flat.length[PROTECTED]);
	*at++ = '.';
	at = mempcpy(at, flat.part[PAYLOAD], flat.length[PAYLOAD]);
	*at++ = '.';
	at = mempcpy(at, flat.part[SIGNATURE], flat.length[SIGNATURE]);
	*at = '\0';
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
	char *text = xmalloc(jws->compact_length + (personal ? strlen(personal) : 0) + MEMBERS_TEXT), *at;

	at = stpcpy(text, "{\"payload\":\"");
	at = mempcpy(at, payload, (size_t)(signature - payload - 1));
	at = stpcpy(at, "\",");
	if (personal)
		at = stpcpy(stpcpy(stpcpy(at, "\"personal\":"), personal), ",");
	at = stpcpy(at, "\"protected\":\"");
	at = mempcpy(at, jws->compact, (size_t)(payload - jws->compact - 1));
	at = stpcpy(stpcpy(stpcpy(at, "\",\"signature\":\""), signature), "\"}");
	*ret_length = (size_t)(at - text);
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
