/* Signed answers; see response.h. */
#include "daemon/response.h"

#include "daemon/buffer.h"
#include "wire/base.h"
#include "wire/clock.h"
#include "wire/json.h"
#include "wire/jws.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Members in the order of the canonical form. aud needs no escapes: see config.c. */
static void write_payload(struct buffer *out, const struct response *r)
{
	buffer_format(out, "{\"aud\":\"%s\",\"iat\":%" PRId64 ",\"log\":{\"keys\":%" PRIu64 ",\"root\":\"", r->aud, clock_now() / 1000000, r->head.keys);
	buffer_base64url(out, r->head.root, TREE_HASH);
	buffer_format(out, "\",\"size\":%" PRIu64 "}", r->head.size);
	if (r->problem) {
		_cleanup_free_ char *problem = json_canonical(r->problem, NULL);

		buffer_text(out, ",\"problem\":");
		buffer_text(out, problem);
	}
	if (r->receipt) {
		buffer_text(out, ",\"receipt\":");
		buffer_text(out, r->receipt);
	}
	if (r->replay)
		buffer_text(out, ",\"replay\":true");
	buffer_text(out, ",\"request\":\"");
	buffer_base64url(out, r->request, 32);
	if (r->result) {
		buffer_text(out, "\",\"result\":");
		buffer_text(out, r->result);
	}
	buffer_format(out, "%s,\"status\":%d}", r->result ? "" : "\"", r->status);
}

/*
 * The signature is over "protected.payload", and the text has the payload first: {"payload":"P","protected":"H","signature":"S"}.
 * So P is made once, behind H and a dot, and is copied to where the text has it.
 */
char *response_sign(const struct key *key, const struct response *response, size_t *ret_length)
{
	char header[160];
	int header_length = snprintf(header, sizeof(header), "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"%s\"}", key->kid, JWS_RESPONSE);
	struct buffer payload = { 0 }, part = { 0 }, text = { 0 };
	unsigned char signature[ES256_SIGNATURE];
	size_t dot;

	write_payload(&payload, response);
	buffer_base64url(&part, header, (size_t)header_length);
	dot = part.length;
	buffer_text(&part, ".");
	buffer_base64url(&part, payload.bytes, payload.length);
	key_sign(key, part.bytes, part.length, signature);

	buffer_text(&text, "{\"payload\":\"");
	buffer_add(&text, part.bytes + dot + 1, part.length - dot - 1);
	buffer_text(&text, "\",\"protected\":\"");
	buffer_add(&text, part.bytes, dot);
	buffer_text(&text, "\",\"signature\":\"");
	buffer_base64url(&text, signature, sizeof(signature));
	buffer_text(&text, "\"}");
	free(payload.bytes);
	free(part.bytes);
	*ret_length = text.length;
	return text.bytes;
}
