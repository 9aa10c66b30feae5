#include "wire/base.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bug_at(const char *file, int line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "BUG %s:%d: ", file, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

/* Returns block, or aborts when the allocation failed. */
static void *allocated(void *block)
{
	if (!block) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return block;
}

void *xmalloc(size_t size)
{
	return allocated(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return allocated(count && size ? calloc(count, size) : calloc(1, 1));
}

void *xrealloc(void *block, size_t size)
{
	return allocated(realloc(block, size ? size : 1));
}

char *xstrdup(const char *text)
{
	return xstrndup(text, strlen(text));
}

char *xstrndup(const char *text, size_t length)
{
	const char *end = memchr(text, '\0', length);
	size_t used = end ? (size_t)(end - text) : length;
	char *copy = xmalloc(used + 1);

	memcpy(copy, text, used);
	copy[used] = '\0';
	return copy;
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		BUG("bad format %s", format);
	text = xmalloc((size_t)length + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)length + 1, format, args);
	va_end(args);
	return text;
}

static void *crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return size ? xmalloc(size) : NULL;
}

static void crypto_free(void *block, const char *file, int line)
{
	(void)file;
	(void)line;
	free(block);
}

static void *crypto_realloc(void *block, size_t size, const char *file, int line)
{
	if (size)
		return xrealloc(block, size);
	crypto_free(block, file, line);
	return NULL;
}

void base_init(void)
{
	if (!CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free))
		BUG("OpenSSL has allocated before base_init()");
	json_set_alloc_funcs(xmalloc, free);
	json_object_seed(0);
}

void cleanup_free(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}
