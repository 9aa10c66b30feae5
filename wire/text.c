#include "wire/text.h"

#include <stddef.h>

struct range {
	uint32_t first, last;
};

static const struct range controls[] = {
	{0x00, 0x1f}, {0x7f, 0x9f}, {0x61c, 0x61c}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}, {0},
};

static const struct range spaces[] = {
	{0x20, 0x20},     {0xa0, 0xa0},     {0x1680, 0x1680}, {0x2000, 0x200b}, {0x202f, 0x202f},
	{0x205f, 0x205f}, {0x3000, 0x3000}, {0xfeff, 0xfeff}, {0},
};

static bool is_in(const struct range *ranges, uint32_t point)
{
	for (; ranges->last; ranges++)
		if (point >= ranges->first && point <= ranges->last)
			return true;
	return false;
}

/* The code point at *text, which moves past it. */
static uint32_t next_point(const char **text)
{
	const unsigned char *at = (const unsigned char *)*text;
	uint32_t point = *at++;

	if (point >= 0xf0)
		point &= 0x07;
	else if (point >= 0xe0)
		point &= 0x0f;
	else if (point >= 0xc0)
		point &= 0x1f;
	while ((*at & 0xc0) == 0x80)
		point = point << 6 | (*at++ & 0x3f);
	*text = (const char *)at;
	return point;
}

const char *text_fault(const char *text, int64_t min, int64_t max)
{
	int64_t count = 0;

	for (; *text; count++)
		if (is_in(controls, next_point(&text)))
			return "control_character";
	if (count < min)
		return "too_short";
	return count > max ? "too_long" : NULL;
}

bool text_has_outer_space(const char *text)
{
	bool first = *text && is_in(spaces, next_point(&(const char *){text}));
	bool last = false;

	while (*text)
		last = is_in(spaces, next_point(&text));
	return first || last;
}

bool text_has_space(const char *text)
{
	while (*text)
		if (is_in(spaces, next_point(&text)))
			return true;
	return false;
}
