/*
 * Values of fields as people write them, and as they read them.
 *
 * Money in yuan ("2,000.00") is a string of fen in JSON; dates are "2025-03-08" or "2025年3月8日"; times without
 * a zone are Shanghai's; a choice is its code or its Chinese word. Text is put into NFC; numbers, dates and codes may be
 * typed in full width.
 */
#ifndef CLIENT_VALUE_H
#define CLIENT_VALUE_H

#include "wire/op.h"

#include <jansson.h>
#include <stdbool.h>

/* A new reference, or NULL with *ret_why (malloc'd, translated). Limits of the field are judged later, by json_check(). */
json_t *value_parse(const struct field *field, const char *text, char **ret_why);

/* As people read it, malloc'd, not escaped: money as 1,234.56, times in Shanghai, choices in the user's language. */
char *value_text(const struct field *field, const json_t *value);

/* The same for files, in Chinese or not: no thousands separators. */
char *value_plain(const struct field *field, const json_t *value, bool chinese);

/* Fen as "1234.56", or with thousands separators; malloc'd. text is a decimal string. */
char *value_yuan(const char *fen, bool grouped);

/* Text without white space around it, in NFC; malloc'd. NULL if it is not UTF-8. */
char *value_clean(const char *text);

/* Whether a column of such values stands at the right. */
bool value_is_number(const struct field *field);

#endif
