/* Signed answers; see response.h. */
#include "daemon/response.h"

#include "daemon/receipt.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/clock.h"
#include "wire/json.h"
#include "wire/jws.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Members in the order of the canonical form. aud needs no escapes: see config.c. */
static char *payload_of(const struct response *r, size_t *ret_length)
{
	char request[BASE64URL_LENGTH(32) + 1], root[BASE64URL_LENGTH(TREE_HASH) + 1];
	_cleanup_free_ char *problem = r->problem ? json_canonical(r->problem, NULL) : NULL;
	struct memory memory;

	base64url_encode(r->request, 32, request);
	base64url_encode(r->head.root, TREE_HASH, root);
	memory_begin(&memory);
	fprintf(memory.out, "{\"aud\":\"%s\",\"iat\":%" PRId64 ",\"log\":{\"keys\":%" PRIu64 ",\"root\":\"%s\",\"size\":%" PRIu64 "}", r->aud,
		clock_now() / 1000000, r->head.keys, root, r->head.size);
	if (problem)
		fprintf(memory.out, ",\"problem\":%s", problem);
	if (r->receipt)
		fprintf(memory.out, ",\"receipt\":%s", r->receipt);
	if (r->replay)
		fputs(",\"replay\":true", memory.out);
	fprintf(memory.out, ",\"request\":\"%s\"", request);
	if (r->result)
		fprintf(memory.out, ",\"result\":%s", r->result);
	fprintf(memory.out, ",\"status\":%d}", r->status);
	return memory_end(&memory, ret_length);
}

/* A part in base64url; returns its end. */
static char *put(char *at, const void *bytes, size_t length)
{
	base64url_encode(bytes, length, at);
	return at + BASE64URL_LENGTH(length);
}

char *response_sign(const struct key *key, const struct response *response, size_t *ret_length)
{
	static const char start[] = "{\"payload\":\"", middle[] = "\",\"protected\":\"", last[] = "\",\"signature\":\"", end[] = "\"}";
	_cleanup_free_ char *header = xasprintf("{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"%s\"}", key->kid, JWS_RESPONSE);
	size_t payload_length, header_length = strlen(header);
	_cleanup_free_ char *payload = payload_of(response, &payload_length), *signed_part = NULL;
	unsigned char signature[ES256_SIGNATURE];
	size_t protected_text = BASE64URL_LENGTH(header_length), payload_text = BASE64URL_LENGTH(payload_length);
	char *text, *at;

	signed_part = xmalloc(protected_text + 1 + payload_text + 1);
	at = put(signed_part, header, header_length);
	*at++ = '.';
	put(at, payload, payload_length);
	key_sign(key, signed_part, protected_text + 1 + payload_text, signature);

	text = xmalloc(sizeof(start) + payload_text + sizeof(middle) + protected_text + sizeof(last) + BASE64URL_LENGTH(ES256_SIGNATURE) + sizeof(end));
	at = stpcpy(text, start);
	at = mempcpy(at, signed_part + protected_text + 1, payload_text);
	at = stpcpy(at, middle);
	at = mempcpy(at, signed_part, protected_text);
	at = stpcpy(at, last);
	at = put(at, signature, ES256_SIGNATURE);
	at = stpcpy(at, end);
	*ret_length = (size_t)(at - text);
	return text;
}
