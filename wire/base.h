/* What every file may use: BUG, clean-up of locals, allocation that cannot fail. Out of memory aborts, everywhere. */
#ifndef WIRE_BASE_H
#define WIRE_BASE_H

#include <stddef.h>
#include <stdnoreturn.h>

/* A broken invariant: says where and aborts. */
#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
noreturn void bug_at(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *block, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t length);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes the libraries' allocators abort too (OpenSSL first of all, so call it first in main). */
void base_init(void);

/* Locals that free themselves; never across a wait of the event loop. */
void cleanup_free(void *pointer_to_pointer);
#define _cleanup_free_ __attribute__((cleanup(cleanup_free)))

/* The struct whose member this pointer points to. */
#define container_of(pointer, type, member) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

#endif
