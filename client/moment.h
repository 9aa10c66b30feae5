/* Dates and times as people in China write them. */
#ifndef CLIENT_MOMENT_H
#define CLIENT_MOMENT_H

#define MOMENT_TEXT 64

/* "2025-03-08", "2025/3/8", "2025.3.8", "2025年3月8日" or "20250308" as "2025-03-08". 0 or -1. */
int moment_parse_date(const char *text, char date[MOMENT_TEXT]);

/* A date and "9:00" or "09:00:30", with or without 'T', in Shanghai unless a zone follows, as RFC 3339. 0 or -1. */
int moment_parse_time(const char *text, char time[MOMENT_TEXT]);

/* RFC 3339 as "2025-03-08 09:00" (seconds if there are any) in Shanghai, malloc'd; what is not RFC 3339 stays. */
char *moment_text(const char *time);

#endif
