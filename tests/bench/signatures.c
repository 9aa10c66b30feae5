/*
 * The bare signature checks of a bundle, for the bench: signatures FOLDER [THREADS]
 *
 * Reads requests.tsv and keys.json, takes every request apart and finds its key first; then checks all signatures with
 * key_verify() on the threads and prints {"checked", "threads", "seconds"} of that alone.
 */
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/key.h"

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS_MAX 64

struct signing {
	char *text; /* protected.payload */
	size_t length;
	unsigned char signature[ES256_SIGNATURE];
	const struct key *key;
};

struct share {
	pthread_t thread;
	size_t first, step;
};

static struct {
	struct signing *all;
	size_t count;
	struct key **keys;
	size_t key_count;
} s;

static noreturn void fail(const char *what, const char *where)
{
	fprintf(stderr, "signatures: %s: %s\n", what, where);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void keys_read(const char *folder)
{
	_cleanup_free_ char *path = xasprintf("%s/keys.json", folder);
	json_t *root = json_load_file(path, 0, NULL), *operators = json_object_get(root, "operators"), *one;
	size_t i;

	json_array_foreach(operators, i, one) {
		s.keys = xrealloc(s.keys, (s.key_count + 1) * sizeof(*s.keys));
		s.keys[s.key_count] = key_from_jwk(json_object_get(one, "jwk"));
		if (!s.keys[s.key_count++])
			fail("no key", path);
	}
	json_decref(root);
}

/* The key that the protected header names. */
static const struct key *key_of(const char *protected, size_t length)
{
	unsigned char *bytes = xmalloc(length);
	ssize_t n = base64url_decode(protected, length, bytes, length);
	json_t *header = n > 0 ? json_loadb((char *)bytes, (size_t)n, 0, NULL) : NULL;
	const char *kid = json_string_value(json_object_get(header, "kid"));
	const struct key *key = NULL;

	for (size_t i = 0; kid && i < s.key_count && !key; i++)
		key = strcmp(s.keys[i]->kid, kid) == 0 ? s.keys[i] : NULL;
	json_decref(header);
	free(bytes);
	return key;
}

static void take(char *line, const char *path)
{
	struct signing *one;
	char *compact = strrchr(line, '\t'), *payload, *signature;

	payload = compact ? strchr(compact + 1, '.') : NULL;
	signature = payload ? strchr(payload + 1, '.') : NULL;
	if (!signature)
		fail("not a request", path);
	compact++;
	s.all = xrealloc(s.all, (s.count + 1) * sizeof(*s.all));
	one = &s.all[s.count++];
	*one = (struct signing){ .length = (size_t)(signature - compact), .key = key_of(compact, (size_t)(payload - compact)) };
	signature[strcspn(signature, "\n")] = '\0';
	if (!one->key || strlen(signature + 1) != BASE64URL_LENGTH(ES256_SIGNATURE) ||
	    base64url_decode(signature + 1, BASE64URL_LENGTH(ES256_SIGNATURE), one->signature, sizeof(one->signature)) != ES256_SIGNATURE)
		fail("no key or no signature", compact);
	one->text = strndup(compact, one->length);
}

static void requests_read(const char *folder)
{
	_cleanup_free_ char *path = xasprintf("%s/requests.tsv", folder);
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	FILE *file = fopen(path, "re");

	if (!file)
		fail("cannot be read", path);
	while (getline(&line, &room, file) > 0)
		take(line, path);
	fclose(file);
}

static void *check_share(void *arg)
{
	const struct share *share = arg;

	for (size_t i = share->first; i < s.count; i += share->step) {
		const struct signing *one = &s.all[i];

		if (key_verify(one->key, one->text, one->length, one->signature) != 0)
			fail("a wrong signature", one->text);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static struct share shares[THREADS_MAX];
	size_t threads = argc > 2 ? (size_t)atoi(argv[2]) : 2;
	double start;

	base_init();
	if (argc < 2 || threads < 1 || threads > THREADS_MAX)
		fail("usage", "signatures FOLDER [THREADS]");
	keys_read(argv[1]);
	requests_read(argv[1]);
	start = now();
	for (size_t i = 0; i < threads; i++) {
		shares[i] = (struct share){ .first = i, .step = threads };
		pthread_create(&shares[i].thread, NULL, check_share, &shares[i]);
	}
	for (size_t i = 0; i < threads; i++)
		pthread_join(shares[i].thread, NULL);
	printf("{\"checked\": %zu, \"threads\": %zu, \"seconds\": %.4f}\n", s.count, threads, now() - start);
	return 0;
}
