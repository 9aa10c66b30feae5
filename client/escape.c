#include "client/escape.h"

#include "wire/base.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

static bool is_unsafe(utf8proc_int32_t point)
{
	switch (utf8proc_category(point)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return true;
	default:
		return false;
	}
}

char *escape(const char *text)
{
	size_t left = strlen(text);
	char *out = xmalloc(left * 10 + 1), *to = out;
	const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;

	while (left) {
		utf8proc_int32_t point;
		utf8proc_ssize_t used = utf8proc_iterate(at, (utf8proc_ssize_t)left, &point);

		if (used <= 0) {
			to += sprintf(to, "<%02X>", *at);
			used = 1;
		} else if (is_unsafe(point)) {
			to += sprintf(to, "<U+%04X>", (unsigned)point);
		} else {
			memcpy(to, at, (size_t)used);
			to += used;
		}
		at += used;
		left -= (size_t)used;
	}
	*to = '\0';
	return out;
}
