/*
 * HTTP/2 over TLS 1.3 to the ledger's daemons, through libcurl.
 *
 * The client's certificate is made from its key at start; the daemon is known by its pinned key and by nothing else.
 * All addresses of the ledger are tried in turn, the one that answered last first. The connection stays open.
 */
#ifndef CLIENT_HTTP_H
#define CLIENT_HTTP_H

#include "client/home.h"
#include "wire/key.h"

#include <stdbool.h>
#include <stddef.h>

#define HTTP_BODY_MAX (1 << 20)  /* of a request; the daemon refuses more */
#define HTTP_REPLY_MAX (64 << 20)

struct http;

struct http_reply {
	long status;
	long retry_after_s; /* 0: not said */
	char *body;         /* malloc'd, NUL-terminated */
	size_t length;
	bool unsent;     /* no reply: no daemon was reached, so that none has the request */
	bool stranger;   /* no reply: what listens there has another key than the pinned one */
	char error[512]; /* why there was no reply */
};

/* Uses key and ledger as long as it lives. Without a key (NULL) it shows no certificate: for what is public. */
struct http *http_new(const struct key *key, const struct ledger *ledger);
struct http *http_free(struct http *http); /* accepts NULL, returns NULL */

/* One that shows no certificate and asks for no pinned key: only for what proves itself, as the receipts of keys do. */
struct http *http_new_unpinned(const struct ledger *ledger);

/* Sends one request: POST with a body, GET when body is NULL. path includes the query. 0 when a daemon replied,
 * whatever it said; -1 with reply->error when none did. */
int http_send(struct http *http, const char *path, const char *body, size_t length, struct http_reply *reply);
void http_reply_clear(struct http_reply *reply);

#endif
