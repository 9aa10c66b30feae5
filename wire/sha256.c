#include "wire/sha256.h"

#include "wire/base.h"

#include <openssl/evp.h>
#include <pthread.h>

/* Fetching the digest and making a context cost more than hashing 64 bytes: fetched once, one context a thread. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t context_key;
static EVP_MD *digest;

static void free_context(void *context)
{
	EVP_MD_CTX_free(context);
}

static void fetch(void)
{
	digest = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!digest || pthread_key_create(&context_key, free_context) != 0)
		BUG("no SHA-256");
}

static EVP_MD_CTX *thread_context(void)
{
	EVP_MD_CTX *context;

	pthread_once(&once, fetch);
	context = pthread_getspecific(context_key);
	if (!context) {
		context = EVP_MD_CTX_new();
		if (!context || pthread_setspecific(context_key, context) != 0)
			BUG("no context for SHA-256");
	}
	return context;
}

void sha256_pair(const void *head, size_t head_length, const void *tail, size_t tail_length,
		 unsigned char hash[SHA256_BYTES])
{
	EVP_MD_CTX *context = thread_context();

	if (!EVP_DigestInit_ex(context, digest, NULL) || !EVP_DigestUpdate(context, head, head_length) ||
	    !EVP_DigestUpdate(context, tail, tail_length) || !EVP_DigestFinal_ex(context, hash, NULL))
		BUG("SHA-256 failed");
}

void sha256(const void *bytes, size_t length, unsigned char hash[SHA256_BYTES])
{
	sha256_pair(bytes, length, NULL, 0, hash);
}
