#include "client/http.h"

#include "client/say.h"
#include "wire/base.h"

#include <curl/curl.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_MS 5000L
#define REQUEST_MS 30000L

struct http {
	CURL *curl;
	const struct ledger *ledger;
	size_t preferred; /* index of the daemon that answered last */
	struct curl_slist *headers;
	char *certificate, *private; /* PEM; NULL: it shows none */
	bool unpinned;
	char error[CURL_ERROR_SIZE];
};

static void set(CURL *curl, CURLoption option, const void *value)
{
	if (curl_easy_setopt(curl, option, value) != CURLE_OK)
		BUG("libcurl refuses option %d", option);
}

static void set_number(CURL *curl, CURLoption option, long value)
{
	if (curl_easy_setopt(curl, option, value) != CURLE_OK)
		BUG("libcurl refuses option %d", option);
}

/* What a memory BIO holds, and frees it. */
static char *bio_text(BIO *bio)
{
	char *bytes, *text;
	long length = BIO_get_mem_data(bio, &bytes);

	text = xstrndup(bytes, (size_t)length);
	BIO_free(bio);
	return text;
}

static void make_certificate(struct http *http, const struct key *key)
{
	BIO *certificate = BIO_new(BIO_s_mem()), *private = BIO_new(BIO_s_mem());
	X509 *x509 = key_certificate(key, key->kid);

	if (!PEM_write_bio_X509(certificate, x509) || !PEM_write_bio_PrivateKey(private, key->pkey, NULL, NULL, 0, NULL, NULL))
		BUG("no certificate");
	X509_free(x509);
	http->certificate = bio_text(certificate);
	http->private = bio_text(private);
}

static void set_blob(CURL *curl, CURLoption option, char *text)
{
	struct curl_blob blob = {.data = text, .len = strlen(text), .flags = CURL_BLOB_NOCOPY};

	set(curl, option, &blob);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct http_reply *reply = arg;

	(void)size;
	if (reply->length + count > HTTP_REPLY_MAX)
		return 0;
	reply->body = xrealloc(reply->body, reply->length + count + 1);
	memcpy(reply->body + reply->length, bytes, count);
	reply->length += count;
	reply->body[reply->length] = '\0';
	return count;
}

/* The daemon's key is pinned, so that there is no authority and no name to check. */
static void set_up(struct http *http)
{
	CURL *curl = http->curl;

	if (http->certificate) {
		set_blob(curl, CURLOPT_SSLCERT_BLOB, http->certificate);
		set_blob(curl, CURLOPT_SSLKEY_BLOB, http->private);
	}
	set_number(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_3);
	set_number(curl, CURLOPT_SSL_VERIFYPEER, 0);
	set_number(curl, CURLOPT_SSL_VERIFYHOST, 0);
	set_number(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
	set_number(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	set_number(curl, CURLOPT_TIMEOUT_MS, REQUEST_MS);
	set_number(curl, CURLOPT_NOSIGNAL, 1);
	set(curl, CURLOPT_PROTOCOLS_STR, "https");
	set(curl, CURLOPT_PROXY, "");
	set(curl, CURLOPT_ERRORBUFFER, http->error);
	if (curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body) != CURLE_OK)
		BUG("libcurl refuses its writer");
	set(curl, CURLOPT_HTTPHEADER, http->headers);
}

struct http *http_new(const struct key *key, const struct ledger *ledger)
{
	struct http *http = xcalloc(1, sizeof(*http));

	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, xmalloc, free, xrealloc, xstrdup, xcalloc) != CURLE_OK)
		BUG("libcurl does not start");
	http->ledger = ledger;
	http->curl = curl_easy_init();
	if (!http->curl)
		BUG("libcurl does not start");
	http->headers = curl_slist_append(NULL, key ? "Content-Type: application/jose+json" : "Content-Type: text/plain; charset=utf-8");
	http->headers = curl_slist_append(http->headers, "Expect:");
	if (key)
		make_certificate(http, key);
	set_up(http);
	return http;
}

struct http *http_new_unpinned(const struct ledger *ledger)
{
	struct http *http = http_new(NULL, ledger);

	http->unpinned = true;
	return http;
}

struct http *http_free(struct http *http)
{
	if (!http)
		return NULL;
	curl_easy_cleanup(http->curl);
	curl_slist_free_all(http->headers);
	curl_global_cleanup();
	free(http->certificate);
	free(http->private);
	free(http);
	return NULL;
}

static void set_request(struct http *http, const char *url, const char *pins, const char *body, size_t length)
{
	set(http->curl, CURLOPT_URL, url);
	set(http->curl, CURLOPT_PINNEDPUBLICKEY, http->unpinned ? NULL : pins);
	if (!body) {
		set_number(http->curl, CURLOPT_HTTPGET, 1);
		return;
	}
	set_number(http->curl, CURLOPT_POST, 1);
	set(http->curl, CURLOPT_POSTFIELDS, body);
	set_number(http->curl, CURLOPT_POSTFIELDSIZE, (long)length);
}

/* Why there was no reply, for people; what is not here is said as libcurl says it. */
static const struct {
	CURLcode code;
	bool unsent;
	const char *why;
} failures[] = {
	{CURLE_COULDNT_CONNECT, true, N_("nothing listens there, or the network does not reach it")},
	{CURLE_COULDNT_RESOLVE_HOST, true, N_("there is no machine of that name")},
	{CURLE_OPERATION_TIMEDOUT, false, N_("no answer in time")},
	{CURLE_GOT_NOTHING, false, N_("the connection broke")},
	{CURLE_SEND_ERROR, false, N_("the connection broke")},
	{CURLE_RECV_ERROR, false, N_("the connection broke")},
	{CURLE_SSL_CONNECT_ERROR, false, N_("it does not speak TLS 1.3 as the ledger's daemon does")},
};

static int fail(struct http_reply *reply, const char *address, const char *why)
{
	http_reply_clear(reply);
	snprintf(reply->error, sizeof(reply->error), "%s: %s", address, why);
	return -1;
}

static int fail_as(struct http_reply *reply, const char *address, CURLcode code, const char *detail)
{
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (failures[i].code == code) {
			fail(reply, address, _(failures[i].why));
			reply->unsent = failures[i].unsent;
			return -1;
		}
	return fail(reply, address, *detail ? detail : curl_easy_strerror(code));
}

/* One request to one daemon. */
static int send_to(struct http *http, const json_t *daemon, const char *path, const char *body, size_t length,
		   struct http_reply *reply)
{
	const char *address = json_string_value(json_object_get(daemon, "address"));
	_cleanup_free_ char *url = xasprintf("https://%s%s", address, path);
	_cleanup_free_ char *pins = ledger_pins(daemon);
	curl_off_t retry_after = 0;
	long version = 0;
	CURLcode code;

	*reply = (struct http_reply){0};
	http->error[0] = '\0';
	set_request(http, url, pins, body, length);
	set(http->curl, CURLOPT_WRITEDATA, reply);
	code = curl_easy_perform(http->curl);
	if (code == CURLE_SSL_PINNEDPUBKEYNOTMATCH) {
		fail(reply, address, _("this is not the ledger's daemon: it has another key than the pinned one"));
		reply->stranger = true;
		return -1;
	}
	if (code != CURLE_OK)
		return fail_as(reply, address, code, http->error);
	curl_easy_getinfo(http->curl, CURLINFO_HTTP_VERSION, &version);
	if (version != CURL_HTTP_VERSION_2_0)
		return fail(reply, address, _("it does not speak HTTP/2"));
	curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &reply->status);
	if (curl_easy_getinfo(http->curl, CURLINFO_RETRY_AFTER, &retry_after) == CURLE_OK)
		reply->retry_after_s = (long)retry_after;
	return 0;
}

int http_send(struct http *http, const char *path, const char *body, size_t length, struct http_reply *reply)
{
	size_t count = json_array_size(http->ledger->daemons);
	bool unsent = true;

	for (size_t tried = 0; tried < count; tried++) {
		size_t i = (http->preferred + tried) % count;
		int result = send_to(http, json_array_get(http->ledger->daemons, i), path, body, length, reply);

		/* A daemon that waits for its turn to write says 503; another one may be writing. */
		if (result == 0 && (reply->status != 503 || tried + 1 == count)) {
			http->preferred = i;
			return 0;
		}
		unsent = unsent && reply->unsent;
		if (tried + 1 < count)
			http_reply_clear(reply);
	}
	reply->unsent = unsent;
	return -1;
}

void http_reply_clear(struct http_reply *reply)
{
	free(reply->body);
	*reply = (struct http_reply){0};
}
