/* The only place where C reads the clock. Tests set it: clock_set_file() names a file that holds an RFC 3339
 * time, read at each call; without it the system's clock. */
#ifndef WIRE_CLOCK_H
#define WIRE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

void clock_set_file(const char *path); /* kept by reference; NULL: the system's clock */
bool clock_is_set(void);

int64_t clock_now(void);  /* microseconds since 1970 UTC */

/* RFC 3339 in UTC with microseconds, "2025-03-08T01:00:00.000001Z"; buffer of CLOCK_TEXT bytes. */
#define CLOCK_TEXT 32
void clock_text(int64_t time, char *buffer);

/* Parses RFC 3339 with offset or Z, at most 6 decimals. 0 or -1. */
int clock_parse(const char *text, int64_t *ret_time);

#endif
