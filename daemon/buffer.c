/* Text that grows; see buffer.h. */
#include "daemon/buffer.h"

#include "wire/base.h"
#include "wire/base64url.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ROOM_FIRST 2048
#define FORMAT_MOST 128 /* characters that most formats give: else they are written twice */

char *buffer_extend(struct buffer *buffer, size_t length)
{
	size_t wanted = buffer->length + length + 1;
	char *at;

	if (wanted > buffer->room) {
		buffer->room = buffer->room > 0 ? 2 * buffer->room : ROOM_FIRST;
		if (buffer->room < wanted)
			buffer->room = wanted;
		buffer->bytes = xrealloc(buffer->bytes, buffer->room);
	}
	at = buffer->bytes + buffer->length;
	buffer->length += length;
	buffer->bytes[buffer->length] = '\0';
	return at;
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t length)
{
	char *at = buffer_extend(buffer, length);

	if (length > 0)
		memcpy(at, bytes, length);
}

void buffer_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void buffer_base64url(struct buffer *buffer, const void *bytes, size_t length)
{
	base64url_encode(bytes, length, buffer_extend(buffer, BASE64URL_LENGTH(length)));
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
	size_t room = FORMAT_MOST, before = buffer->length;
	va_list arguments;
	int length;

	do {
		buffer->length = before;
		va_start(arguments, format);
		length = vsnprintf(buffer_extend(buffer, room), room + 1, format, arguments);
		va_end(arguments);
		if (length < 0)
			BUG("no text of the format '%s'", format);
	} while ((size_t)length > room && (room = (size_t)length));
	buffer->length = before + (size_t)length;
}
