/*
 * Bare signature checks, for the bench: always the library's own, key_verify_plain(), never with a table.
 *
 *   signatures FOLDER [THREADS]            all requests of a bundle, once
 *   signatures --bare SECONDS [THREADS]    signatures made here, for so long
 *
 * Reads requests.tsv and keys.json, takes every request apart and finds its key first (or makes keys and signatures); then
 * checks on the threads and prints {"checked", "threads", "seconds"} of that alone.
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
#define BARE_KEYS 4
#define BARE_SIGNATURES 1024

struct signing {
	char *text; /* protected.payload */
	size_t length;
	unsigned char signature[ES256_SIGNATURE];
	const struct key *key;
};

struct share {
	pthread_t thread;
	size_t first, step, checked;
};

static struct {
	struct signing *all;
	size_t count;
	struct key **keys;
	size_t key_count;
	double end; /* when to stop, for --bare; 0: after all signatures, once */
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

/* As many signatures as a bundle would have, of a few keys, over texts of a request's length. */
static void bare_make(void)
{
	s.key_count = BARE_KEYS;
	s.keys = xcalloc(s.key_count, sizeof(*s.keys));
	for (size_t i = 0; i < s.key_count; i++)
		s.keys[i] = key_new_p256();
	s.count = BARE_SIGNATURES;
	s.all = xcalloc(s.count, sizeof(*s.all));
	for (size_t i = 0; i < s.count; i++) {
		struct signing *one = &s.all[i];

		one->key = s.keys[i % s.key_count];
		one->text = xasprintf("%0500zu", i);
		one->length = strlen(one->text);
		key_sign(one->key, one->text, one->length, one->signature);
	}
}

static void check_once(struct share *share)
{
	for (size_t i = share->first; i < s.count; i += share->step) {
		const struct signing *one = &s.all[i];

		if (key_verify_plain(one->key, one->text, one->length, one->signature) != 0)
			fail("a wrong signature", one->text);
		share->checked++;
	}
}

static void *check_share(void *arg)
{
	do
		check_once(arg);
	while (now() < s.end);
	return NULL;
}

int main(int argc, char **argv)
{
	static struct share shares[THREADS_MAX];
	bool bare = argc > 2 && strcmp(argv[1], "--bare") == 0;
	const char *threads_text = argc > 2 + bare ? argv[2 + bare] : "2";
	size_t threads = (size_t)atoi(threads_text), checked = 0;
	double start;

	base_init();
	if (argc < 2 || threads < 1 || threads > THREADS_MAX)
		fail("usage", "signatures FOLDER | --bare SECONDS [THREADS]");
	if (bare) {
		bare_make();
	} else {
		keys_read(argv[1]);
		requests_read(argv[1]);
	}
	start = now();
	s.end = bare ? start + atof(argv[2]) : 0;
	for (size_t i = 0; i < threads; i++) {
		shares[i] = (struct share){ .first = i, .step = threads };
		pthread_create(&shares[i].thread, NULL, check_share, &shares[i]);
	}
	for (size_t i = 0; i < threads; i++) {
		pthread_join(shares[i].thread, NULL);
		checked += shares[i].checked;
	}
	printf("{\"checked\": %zu, \"threads\": %zu, \"seconds\": %.4f}\n", checked, threads, now() - start);
	return 0;
}
