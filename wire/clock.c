#include "wire/clock.h"

#include "wire/base.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000)

static const char *clock_file;

void clock_set_file(const char *path)
{
	clock_file = path;
}

bool clock_is_set(void)
{
	return clock_file != NULL;
}

static int64_t read_file(const char *path)
{
	char text[64];
	int64_t time;
	FILE *file = fopen(path, "re");

	if (!file)
		BUG("clock file %s: %s", path, strerror(errno));
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	text[strcspn(text, "\r\n")] = '\0';
	if (clock_parse(text, &time) < 0)
		BUG("clock file %s holds no RFC 3339 time", path);
	return time;
}

int64_t clock_now(void)
{
	struct timespec now;

	if (clock_file)
		return read_file(clock_file);
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * SECOND + now.tv_nsec / 1000;
}

void clock_text(int64_t time, char *buffer)
{
	time_t seconds = time / SECOND - (time % SECOND < 0);
	unsigned micros = (unsigned)(time - seconds * SECOND) % SECOND;
	struct tm tm;
	size_t length;

	if (!gmtime_r(&seconds, &tm) || tm.tm_year < 1000 - 1900 || tm.tm_year > 9999 - 1900)
		BUG("time %lld is not in years 1000 to 9999", (long long)time);
	length = strftime(buffer, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buffer + length, CLOCK_TEXT - length, ".%06uZ", micros);
}

/* Reads exactly count digits and moves on; -1 when there are other characters. */
static int digits(const char **at, int count)
{
	int number = 0;

	for (; count > 0; count--, (*at)++) {
		if (**at < '0' || **at > '9')
			return -1;
		number = number * 10 + (**at - '0');
	}
	return number;
}

/* Reads digits parted by a mark, each within its bounds. */
struct part {
	int width, min, max;
	char mark; /* what follows it; NUL: anything */
};

static int parts(const char **at, const struct part *part, int count, int *numbers)
{
	for (int i = 0; i < count; i++) {
		numbers[i] = digits(at, part[i].width);
		if (numbers[i] < part[i].min || numbers[i] > part[i].max)
			return -1;
		if (part[i].mark && *(*at)++ != part[i].mark)
			return -1;
	}
	return 0;
}

/* Reads ".123456", one to six decimals, or nothing; microseconds, or -1. */
static int fraction(const char **at)
{
	int number = 0, places = 0;

	if (**at != '.')
		return 0;
	for ((*at)++; **at >= '0' && **at <= '9' && places < 6; (*at)++, places++)
		number = number * 10 + (**at - '0');
	if (!places)
		return -1;
	for (; places < 6; places++)
		number *= 10;
	return number;
}

/* Reads "Z" or "+08:00"; 0 with the offset in minutes, or -1. PostgreSQL takes none of 16 hours or more; no place has one. */
static int zone(const char **at, int *ret_minutes)
{
	static const struct part part[] = {{2, 0, 15, ':'}, {2, 0, 59, '\0'}};
	int numbers[2], sign = **at == '-' ? -1 : 1;

	if (**at == 'Z') {
		(*at)++;
		*ret_minutes = 0;
		return 0;
	}
	if (**at != '+' && **at != '-')
		return -1;
	(*at)++;
	if (parts(at, part, 2, numbers) < 0)
		return -1;
	*ret_minutes = sign * (numbers[0] * 60 + numbers[1]);
	return 0;
}

int clock_parse(const char *text, int64_t *ret_time)
{
	static const struct part part[] = {{4, 1000, 9999, '-'}, {2, 1, 12, '-'}, {2, 1, 31, 'T'},
					   {2, 0, 23, ':'},      {2, 0, 59, ':'}, {2, 0, 59, '\0'}};
	const char *at = text;
	int n[6], micros, offset;
	struct tm tm;
	time_t seconds;

	if (parts(&at, part, 6, n) < 0)
		return -1;
	tm = (struct tm){.tm_year = n[0] - 1900, .tm_mon = n[1] - 1, .tm_mday = n[2],
			 .tm_hour = n[3], .tm_min = n[4], .tm_sec = n[5]};
	seconds = timegm(&tm);
	if (tm.tm_mday != n[2]) /* 30 February has become a day of March */
		return -1;
	micros = fraction(&at);
	if (micros < 0 || zone(&at, &offset) < 0 || *at)
		return -1;
	*ret_time = (seconds - offset * 60) * SECOND + micros;
	return 0;
}
