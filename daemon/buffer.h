/* Text that grows: zero at first, NUL-terminated once something was added. The owner frees bytes, or takes them. */
#ifndef DAEMON_BUFFER_H
#define DAEMON_BUFFER_H

#include <stddef.h>

struct buffer {
	char *bytes;
	size_t length, room;
};

/* Room for so many bytes more, to be written at once: where they go. */
char *buffer_extend(struct buffer *buffer, size_t length);

void buffer_add(struct buffer *buffer, const void *bytes, size_t length);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_base64url(struct buffer *buffer, const void *bytes, size_t length);
void buffer_format(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
