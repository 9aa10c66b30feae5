/*
 * Load for the bench: signed commands through TLS, each signed here and its answer verified here.
 *
 *   load redeem --home TILL --seconds 5 --in-flight 64 --volunteers FILE --shops S1,S2
 *   load credit --home LEADER --confirm-home WORKER --seconds 5 --in-flight 4 --lines 500 --volunteers FILE --team T --community C --day 0
 *
 * With --count N it ends after N commands. FILE holds volunteer numbers, one a line. Prints one JSON object: done, refused, seconds, latencies in ms.
 */
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/jws.h"

#include <curl/curl.h>
#include <getopt.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IN_FLIGHT_MAX 1024
#define LATENCIES_MAX 4000000

/* One operator: key and certificate as libcurl wants them. */
struct party {
	struct key *key;
	struct curl_blob key_pem, certificate_pem;
};

struct slot {
	CURL *easy;
	struct curl_slist *headers;
	const struct party *party;
	struct jws *request;
	char *body, *reply;
	size_t reply_length, reply_room;
	double started;
	json_int_t activity; /* credit: recorded, to be confirmed next; 0: none */
	bool busy;
};

static struct bench {
	bool credit;
	double seconds;
	unsigned in_flight, lines, day;
	const char *shops_text, *team, *community;
	char *shops[256];
	unsigned shop_count;
	json_int_t *volunteers;
	size_t volunteer_count, next_volunteer;
	struct party first, second;
	json_t *ledger;
	struct key *answers;
	char pin[KEY_PIN_MAX + 16], url[256];
	struct slot slots[IN_FLIGHT_MAX];
	unsigned long done, refused, started, count; /* count 0: no end but the time */
	float *latencies;
	size_t latency_count;
} b;

static noreturn void fail(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct curl_blob blob_of(BIO *bio)
{
	char *data;
	long length = BIO_get_mem_data(bio, &data);
	struct curl_blob blob = { .data = xmalloc((size_t)length), .len = (size_t)length, .flags = CURL_BLOB_NOCOPY };

	memcpy(blob.data, data, blob.len);
	BIO_free(bio);
	return blob;
}

static void party_read(struct party *party, const char *home)
{
	_cleanup_free_ char *path = xasprintf("%s/key.pem", home);
	BIO *key = BIO_new(BIO_s_mem()), *certificate = BIO_new(BIO_s_mem());
	X509 *x509;

	party->key = key_read(path);
	if (!party->key)
		fail(path);
	x509 = key_certificate(party->key, "load");
	PEM_write_bio_PKCS8PrivateKey(key, party->key->pkey, NULL, NULL, 0, NULL, NULL);
	PEM_write_bio_X509(certificate, x509);
	X509_free(x509);
	party->key_pem = blob_of(key);
	party->certificate_pem = blob_of(certificate);
}

static void ledger_read(const char *home)
{
	_cleanup_free_ char *path = xasprintf("%s/ledger.json", home);
	const json_t *daemon;

	b.ledger = json_load_file(path, 0, NULL);
	daemon = json_array_get(json_object_get(b.ledger, "daemons"), 0);
	b.answers = key_from_jwk(json_object_get(b.ledger, "answers"));
	if (!daemon || !b.answers)
		fail(path);
	snprintf(b.pin, sizeof(b.pin), "%s", json_string_value(json_object_get(daemon, "tls")));
	snprintf(b.url, sizeof(b.url), "https://%s", json_string_value(json_object_get(daemon, "address")));
}

static void volunteers_read(const char *path)
{
	FILE *file = fopen(path, "re");
	long long number;

	if (!file)
		fail(path);
	while (fscanf(file, "%lld", &number) == 1) {
		b.volunteers = xrealloc(b.volunteers, (b.volunteer_count + 1) * sizeof(*b.volunteers));
		b.volunteers[b.volunteer_count++] = number;
	}
	fclose(file);
}

static json_t *envelope(const char *path)
{
	unsigned char jti[16];
	char text[BASE64URL_LENGTH(16) + 1];
	json_int_t iat = time(NULL);

	RAND_bytes(jti, sizeof(jti));
	base64url_encode(jti, sizeof(jti), text);
	return json_pack("{s:O,s:s,s:s,s:I,s:I,s:s}", "aud", json_object_get(b.ledger, "aud"), "htm", "POST", "htu", path, "iat", iat, "exp",
			 iat + 300, "jti", text);
}

/* Half an hour for each volunteer in turn, from 2020 on: none overlaps. */
static json_t *next_line(void)
{
	size_t place = b.next_volunteer++;
	time_t start = 1577836800 + (time_t)b.day * 86400 + (time_t)(place / b.volunteer_count) * 1800, end = start + 1800;
	char from[32], to[32];

	strftime(from, sizeof(from), "%Y-%m-%dT%H:%M:%SZ", gmtime(&start));
	strftime(to, sizeof(to), "%Y-%m-%dT%H:%M:%SZ", gmtime(&end));
	return json_pack("{s:I,s:s,s:s}", "volunteer", b.volunteers[place % b.volunteer_count], "start", from, "end", to);
}

static json_t *record_content(void)
{
	json_t *content = envelope("/v1/service/record"), *lines = json_array();

	for (unsigned i = 0; i < b.lines; i++)
		json_array_append_new(lines, next_line());
	json_object_set_new(content, "team", json_string(b.team));
	json_object_set_new(content, "community", json_string(b.community));
	json_object_set_new(content, "name", json_string("load"));
	json_object_set_new(content, "place", json_string("here"));
	json_object_set_new(content, "content", json_string("load"));
	json_object_set_new(content, "category", json_string("other"));
	json_object_set_new(content, "lines", lines);
	return content;
}

static json_t *next_content(struct slot *slot, const char **ret_path)
{
	json_t *content;

	if (b.credit && slot->activity) {
		*ret_path = "/v1/service/confirm";
		content = envelope(*ret_path);
		json_object_set_new(content, "activity", json_integer(slot->activity));
	} else if (b.credit) {
		*ret_path = "/v1/service/record";
		content = record_content();
	} else {
		*ret_path = "/v1/redemption/make";
		content = envelope(*ret_path);
		json_object_set_new(content, "shop", json_string(b.shops[b.next_volunteer % b.shop_count]));
		json_object_set_new(content, "volunteer", json_integer(b.volunteers[b.next_volunteer % b.volunteer_count]));
		json_object_set_new(content, "points", json_string("1"));
		b.next_volunteer++;
	}
	return content;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct slot *slot = arg;
	size_t length = size * count;

	if (slot->reply_length + length > slot->reply_room) {
		slot->reply_room = (slot->reply_length + length) * 2;
		slot->reply = xrealloc(slot->reply, slot->reply_room);
	}
	memcpy(slot->reply + slot->reply_length, data, length);
	slot->reply_length += length;
	return length;
}

static void set_party(struct slot *slot, const struct party *party)
{
	slot->party = party;
	curl_easy_setopt(slot->easy, CURLOPT_SSLKEY_BLOB, &party->key_pem);
	curl_easy_setopt(slot->easy, CURLOPT_SSLCERT_BLOB, &party->certificate_pem);
}

static void slot_open(struct slot *slot)
{
	slot->easy = curl_easy_init();
	slot->headers = curl_slist_append(NULL, "Content-Type: application/jose+json");
	curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, slot->headers);
	curl_easy_setopt(slot->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(slot->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	curl_easy_setopt(slot->easy, CURLOPT_PINNEDPUBLICKEY, b.pin);
	curl_easy_setopt(slot->easy, CURLOPT_SSL_VERIFYPEER, 0L); /* the pin says who it is */
	curl_easy_setopt(slot->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(slot->easy, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(slot->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(slot->easy, CURLOPT_WRITEDATA, slot);
	curl_easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
	set_party(slot, &b.first);
}

static void slot_send(CURLM *multi, struct slot *slot)
{
	const char *path;
	const struct party *party = slot->activity ? &b.second : &b.first;
	json_t *content = next_content(slot, &path);
	_cleanup_free_ char *url = xasprintf("%s%s", b.url, path);
	size_t length;

	if (slot->party != party)
		set_party(slot, party);
	slot->request = jws_sign(party->key, JWS_REQUEST, content, NULL);
	json_decref(content);
	free(slot->body);
	slot->body = jws_text(slot->request, &length);
	slot->reply_length = 0;
	curl_easy_setopt(slot->easy, CURLOPT_URL, url);
	curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDS, slot->body);
	curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDSIZE, (long)length);
	slot->started = now();
	slot->busy = true;
	curl_multi_add_handle(multi, slot->easy);
}

/* The verified result of an answer: borrowed from *ret_answer. NULL: refused. */
static const json_t *verified_result(const struct slot *slot, struct jws **ret_answer)
{
	char hash[BASE64URL_LENGTH(32) + 1];
	const char *reason = NULL;
	struct jws *answer = jws_parse(slot->reply, slot->reply_length, &reason);

	if (!answer || strcmp(answer->typ, JWS_RESPONSE) != 0 || jws_verify(answer, b.answers) != 0) {
		fprintf(stderr, "load: answer not verified (%s): %.*s\n", reason ? reason : "signature", (int)slot->reply_length, slot->reply);
		exit(1);
	}
	base64url_encode(slot->request->hash, 32, hash);
	if (strcmp(json_string_value(json_object_get(answer->content, "request")), hash) != 0)
		fail("an answer names another request");
	*ret_answer = answer;
	return json_object_get(answer->content, "result");
}

static void slot_finish(struct slot *slot, CURLcode code)
{
	struct jws *answer;
	const json_t *result;

	if (code != CURLE_OK)
		fail(curl_easy_strerror(code));
	result = verified_result(slot, &answer);
	if (b.latency_count < LATENCIES_MAX)
		b.latencies[b.latency_count++] = (float)((now() - slot->started) * 1000);
	if (!result && b.refused++ == 0) {
		_cleanup_free_ char *text = json_dumps(answer->content, 0);

		fprintf(stderr, "load: refused: %s\n", text);
	}
	if (b.credit && result && !slot->activity) {
		slot->activity = json_integer_value(json_object_get(result, "activity"));
	} else {
		b.done += result ? b.credit ? b.lines : 1 : 0;
		slot->activity = 0;
	}
	jws_free(answer);
	slot->request = jws_free(slot->request);
	slot->busy = false;
}

/* Whether one more command is to be begun. */
static bool wanted(double start)
{
	return now() - start < b.seconds && (b.count == 0 || b.started++ < b.count);
}

static double run(CURLM *multi)
{
	double start = now();
	unsigned busy = 0;
	int running, left;

	for (unsigned i = 0; i < b.in_flight && wanted(start); i++) {
		slot_open(&b.slots[i]);
		slot_send(multi, &b.slots[i]);
		busy++;
	}
	while (busy > 0) {
		CURLMsg *message;

		curl_multi_perform(multi, &running);
		while ((message = curl_multi_info_read(multi, &left))) {
			struct slot *slot;
			CURLcode code = message->data.result;

			curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
			curl_multi_remove_handle(multi, slot->easy);
			slot_finish(slot, code);
			if (slot->activity || wanted(start))
				slot_send(multi, slot);
			else
				busy--;
		}
		if (busy > 0)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	return now() - start;
}

static int by_size(const void *x, const void *y)
{
	float a = *(const float *)x, c = *(const float *)y;

	return (a > c) - (a < c);
}

static double percentile(double p)
{
	return b.latency_count ? (double)b.latencies[(size_t)((double)(b.latency_count - 1) * p)] : 0;
}

static void split_shops(char *text)
{
	for (char *one; (one = strsep(&text, ",")) && b.shop_count < 256;)
		b.shops[b.shop_count++] = one;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "home", 1, NULL, 'h' },	{ "confirm-home", 1, NULL, 'c' }, { "seconds", 1, NULL, 's' },
		{ "in-flight", 1, NULL, 'n' },	{ "lines", 1, NULL, 'l' },	  { "volunteers", 1, NULL, 'v' },
		{ "shops", 1, NULL, 'p' },	{ "team", 1, NULL, 't' },	  { "community", 1, NULL, 'o' },
		{ "day", 1, NULL, 'd' },	{ "skip", 1, NULL, 'k' },	  { "count", 1, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	CURLM *multi;
	double took;
	int option;

	base_init();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	b.in_flight = 1;
	b.lines = 500;
	b.seconds = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'h': party_read(&b.first, optarg); ledger_read(optarg); break;
		case 'c': party_read(&b.second, optarg); break;
		case 's': b.seconds = atof(optarg); break;
		case 'n': b.in_flight = (unsigned)atoi(optarg); break;
		case 'l': b.lines = (unsigned)atoi(optarg); break;
		case 'v': volunteers_read(optarg); break;
		case 'p': split_shops(optarg); break;
		case 't': b.team = optarg; break;
		case 'o': b.community = optarg; break;
		case 'd': b.day = (unsigned)atoi(optarg); break;
		case 'k': b.next_volunteer = (size_t)atol(optarg); break;
		case 'm': b.count = strtoul(optarg, NULL, 10); break;
		default: fail("usage stands at the head of load.c");
		}
	}
	b.credit = optind < argc && strcmp(argv[optind], "credit") == 0;
	if (!b.first.key || !b.volunteer_count || b.in_flight > IN_FLIGHT_MAX || (b.credit ? !b.second.key : !b.shop_count))
		fail("usage stands at the head of load.c");
	b.latencies = xmalloc(LATENCIES_MAX * sizeof(*b.latencies));
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, 4L);
	curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, 100L); /* below what the daemon allows on a connection */
	took = run(multi);
	qsort(b.latencies, b.latency_count, sizeof(*b.latencies), by_size);
	printf("{\"done\": %lu, \"refused\": %lu, \"seconds\": %.3f, \"per_second\": %.1f, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"p999_ms\": %.2f}\n",
	       b.done, b.refused, took, (double)b.done / took, percentile(0.5), percentile(0.99), percentile(0.999));
	return 0;
}
