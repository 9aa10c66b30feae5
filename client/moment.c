#include "client/moment.h"

#include "wire/base.h"
#include "wire/clock.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SHANGHAI_AHEAD (INT64_C(8) * 3600 * 1000000) /* no summer time since 1991 */

/* Reads one to max digits and the mark after them (one of two spellings, NULL: none). -1 if they are not there. */
static int take(const char **at, int max, const char *mark)
{
	int number = 0, count = 0;

	for (; count < max && **at >= '0' && **at <= '9'; (*at)++, count++)
		number = number * 10 + (**at - '0');
	if (!count || strncmp(*at, mark, strlen(mark)) != 0)
		return -1;
	*at += strlen(mark);
	return number;
}

static bool is_date(const char *date)
{
	char midnight[MOMENT_TEXT];
	int64_t time;

	snprintf(midnight, sizeof(midnight), "%.10sT00:00:00Z", date);
	return clock_parse(midnight, &time) == 0;
}

/* Reads a date at the start of text and moves on. */
static int take_date(const char **text, char date[MOMENT_TEXT])
{
	static const char *const marks[][3] = {{"-", "-", ""}, {"/", "/", ""}, {".", ".", ""}, {"年", "月", "日"}, {"", "", ""}};
	bool is_run = strspn(*text, "0123456789") == 8;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *at = *text;
		int year = take(&at, 4, marks[i][0]), month, day;

		if (year < 0 || (!*marks[i][0] && !is_run))
			continue;
		month = take(&at, 2, marks[i][1]);
		day = month < 0 ? -1 : take(&at, 2, marks[i][2]);
		if (year < 1900 || day < 0)
			return -1;
		snprintf(date, MOMENT_TEXT, "%04d-%02d-%02d", year, month, day);
		*text = at;
		return is_date(date) ? 0 : -1;
	}
	return -1;
}

int moment_parse_date(const char *text, char date[MOMENT_TEXT])
{
	return take_date(&text, date) == 0 && !*text ? 0 : -1;
}

/* Reads "9:00", "09:00" or "09:00:30". */
static int take_time_of_day(const char **at, int part[3])
{
	part[0] = take(at, 2, ":");
	part[1] = part[0] < 0 ? -1 : take(at, 2, "");
	part[2] = 0;
	if (part[1] >= 0 && **at == ':') {
		(*at)++;
		part[2] = take(at, 2, "");
	}
	return part[1] < 0 || part[2] < 0 ? -1 : 0;
}

int moment_parse_time(const char *text, char time[MOMENT_TEXT])
{
	const char *at = text;
	int64_t ignored;
	char date[MOMENT_TEXT];
	int part[3];

	if (strlen(text) < MOMENT_TEXT && clock_parse(text, &ignored) == 0) {
		strcpy(time, text);
		return 0;
	}
	if (take_date(&at, date) < 0)
		return -1;
	at += *at == 'T' ? 1 : strspn(at, " ");
	if (take_time_of_day(&at, part) < 0)
		return -1;
	at += strspn(at, " ");
	if (strlen(at) > 6)
		return -1;
	snprintf(time, MOMENT_TEXT, "%.10sT%02d:%02d:%02d%s", date, part[0], part[1], part[2], *at ? at : "+08:00");
	return clock_parse(time, &ignored);
}

char *moment_text(const char *time)
{
	int64_t moment;
	char text[CLOCK_TEXT];

	if (clock_parse(time, &moment) < 0)
		return xstrdup(time);
	clock_text(moment + SHANGHAI_AHEAD, text);
	text[10] = ' ';
	return xstrndup(text, strncmp(text + 17, "00", 2) == 0 ? 16 : 19);
}
