#include "client/suggest.h"

#include <stdio.h>
#include <string.h>

#define WORD_MAX 63

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Letters to insert, remove, replace, or swap with their neighbour. */
static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	unsigned row[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b_length; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= b_length; j++) {
			now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return row[a_length % 3][b_length];
}

void suggest_start(struct suggestion *suggestion, const char *typed)
{
	suggestion->typed = typed;
	suggestion->best[0] = '\0';
	suggestion->distance = (unsigned)strlen(typed) / 3 + 2;
}

void suggest_offer(struct suggestion *suggestion, const char *candidate)
{
	size_t typed_length = strlen(suggestion->typed), length = strlen(candidate);
	unsigned found;

	if (typed_length > WORD_MAX || length > WORD_MAX)
		return;
	found = distance(suggestion->typed, typed_length, candidate, length);
	if (found >= suggestion->distance)
		return;
	suggestion->distance = found;
	snprintf(suggestion->best, sizeof(suggestion->best), "%s", candidate);
}
