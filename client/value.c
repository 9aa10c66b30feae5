#include "client/value.h"

#include "client/moment.h"
#include "client/say.h"
#include "client/suggest.h"
#include "wire/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#define DIGITS_MAX 16 /* below 2^63 fen with room to spare */

static bool is_space_at(const char *at, size_t *ret_width)
{
	static const char *const spaces[] = {" ", "\t", "\r", "\n", "\xc2\xa0", "\xe3\x80\x80", "\xef\xbb\xbf"};

	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		*ret_width = strlen(spaces[i]);
		if (strncmp(at, spaces[i], *ret_width) == 0)
			return true;
	}
	return false;
}

char *value_clean(const char *text)
{
	size_t width;
	utf8proc_uint8_t *normal;
	_cleanup_free_ char *copy = NULL;
	char *result, *end;

	while (*text && is_space_at(text, &width))
		text += width;
	copy = xstrdup(text);
	end = copy;
	for (char *at = copy; *at; at += width)
		if (!is_space_at(at, &width)) {
			width = 1;
			end = at + 1;
		}
	*end = '\0';
	if (utf8proc_map((const utf8proc_uint8_t *)copy, 0, &normal, UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE) < 0)
		return NULL;
	result = xstrdup((char *)normal);
	free(normal);
	return result;
}

/* Full-width digits and signs, as Chinese input methods give them, in ASCII; in place. */
static void narrow(char *text)
{
	unsigned char *at = (unsigned char *)text, *to = at;

	while (*at) {
		if (at[0] == 0xef && (at[1] == 0xbc || at[1] == 0xbd) && at[2] >= 0x80) {
			unsigned point = (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu); /* U+FFxx: its low 12 bits */

			if (point >= 0xf01 && point <= 0xf5e) {
				*to++ = (unsigned char)(point - 0xf01 + '!');
				at += 3;
				continue;
			}
		}
		*to++ = *at++;
	}
	*to = '\0';
}

/* "1.39E+10": how a spreadsheet saves a long number that it has shortened. */
static bool is_shortened(const char *text)
{
	size_t number = strspn(text, "0123456789.");

	return number && strncasecmp(text + number, "E+", 2) == 0 && text[number + 2] &&
	       !text[number + 2 + strspn(text + number + 2, "0123456789")];
}

/* Why a text is no number, usual unless there is more to say; malloc'd. */
static char *no_number(const char *text, const char *usual)
{
	size_t digits = strspn(text, "0123456789");

	if (is_shortened(text))
		return xstrdup(_("shortened by a spreadsheet, the digits are lost: format the column as text and fill it in anew"));
	return xstrdup(digits > DIGITS_MAX && !text[digits] ? _("too large") : usual);
}

/* Copies the digits before a decimal point, checking thousands separators if there are any. Moves on; -1 if malformed. */
static int take_whole(const char **at, char *digits, size_t *count)
{
	size_t first = strspn(*at, "0123456789");
	const char *from = *at;

	if (!first || first > DIGITS_MAX)
		return -1;
	memcpy(digits, from, first);
	*count = first;
	for (from += first; *from == ','; from += 4) {
		if (first > 3 || strspn(from + 1, "0123456789") != 3 || *count + 3 > DIGITS_MAX)
			return -1;
		memcpy(digits + *count, from + 1, 3);
		*count += 3;
	}
	*at = from;
	return 0;
}

/* A decimal string without leading zeros. */
static json_t *decimal(bool negative, const char *digits)
{
	digits += strspn(digits, "0");
	if (!*digits)
		return json_string("0");
	return json_sprintf("%s%s", negative ? "-" : "", digits);
}

static json_t *parse_money(const struct field *field, const char *text, char **ret_why)
{
	char digits[DIGITS_MAX + 3] = "";
	bool negative = *text == '-';
	const char *at = text + negative;
	size_t count = 0, decimals;

	(void)field;
	if (strncmp(at, "¥", 2) == 0)
		at += 2;
	else if (strncmp(at, "￥", 3) == 0)
		at += 3;
	if (take_whole(&at, digits, &count) < 0)
		goto malformed;
	decimals = *at == '.' ? strspn(at + 1, "0123456789") : 0;
	if (decimals > 2) {
		*ret_why = xstrdup(_("more than two decimals: the smallest amount is one fen, 0.01"));
		return NULL;
	}
	if (*at == '.' && !decimals)
		goto malformed;
	memset(digits + count, '0', 2);
	memcpy(digits + count, at + 1, decimals);
	at += decimals ? decimals + 1 : 0;
	if (*at && strcmp(at, "元") != 0)
		goto malformed;
	return decimal(negative, digits);
malformed:
	*ret_why = no_number(text, _("not an amount in yuan, such as 2,000.00"));
	return NULL;
}

static json_t *parse_points(const struct field *field, const char *text, char **ret_why)
{
	char digits[DIGITS_MAX + 1] = "";
	bool negative = *text == '-';
	const char *at = text + negative;
	size_t count = 0;

	(void)field;
	if (take_whole(&at, digits, &count) == 0 && (!*at || strcmp(at, "分") == 0))
		return decimal(negative, digits);
	*ret_why = no_number(text, _("not a whole number of points, such as 120"));
	return NULL;
}

static json_t *parse_integer(const struct field *field, const char *text, char **ret_why)
{
	char digits[DIGITS_MAX + 1] = "";
	bool negative = *text == '-';
	const char *at = text + negative;
	size_t count = 0;

	(void)field;
	if (take_whole(&at, digits, &count) == 0 && !*at)
		return json_integer(negative ? -atoll(digits) : atoll(digits));
	*ret_why = no_number(text, _("not a whole number"));
	return NULL;
}

static json_t *parse_date(const struct field *field, const char *text, char **ret_why)
{
	char date[MOMENT_TEXT];

	(void)field;
	if (moment_parse_date(text, date) == 0)
		return json_string(date);
	*ret_why = xstrdup(_("not a date, such as 2025-03-08 or 2025年3月8日"));
	return NULL;
}

static json_t *parse_time(const struct field *field, const char *text, char **ret_why)
{
	char time[MOMENT_TEXT];

	(void)field;
	if (moment_parse_time(text, time) == 0)
		return json_string(time);
	*ret_why = xstrdup(_("not a date with a time, such as \"2025-03-08 09:00\""));
	return NULL;
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcasecmp(text, *words) == 0)
			return true;
	return false;
}

static json_t *parse_flag(const struct field *field, const char *text, char **ret_why)
{
	static const char *const yes[] = {"true", "yes", "y", "1", "是", "√", NULL};
	static const char *const no[] = {"false", "no", "n", "0", "否", NULL};

	(void)field;
	if (is_one_of(text, yes))
		return json_true();
	if (is_one_of(text, no))
		return json_false();
	*ret_why = xstrdup(_("neither yes (是) nor no (否)"));
	return NULL;
}

/* Whether text is one of the spellings in words, which are parted by '|'. */
static bool is_spelling(const char *words, const char *text)
{
	size_t length = strlen(text);

	for (const char *at = words; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
		if (strcspn(at, "|") == length && strncmp(at, text, length) == 0)
			return true;
	return false;
}

/* The word of a choice that people read; malloc'd. */
static char *choice_word(const struct choice *choice, bool chinese)
{
	return chinese && choice->zh ? xstrndup(choice->zh, strcspn(choice->zh, "|")) : xstrdup(choice->code);
}

static char *choices_text(const struct choice *choices, bool chinese)
{
	char *list = xstrdup("");

	for (; choices->code; choices++) {
		_cleanup_free_ char *word = choice_word(choices, chinese);
		char *longer = xasprintf("%s%s%s", list, !*list ? "" : chinese ? "、" : ", ", word);

		free(list);
		list = longer;
	}
	return list;
}

/* The choice that was probably meant, NULL if none is near: part of a word ("赞助"), or a slip of the finger. */
static const struct choice *near_choice(const struct choice *choices, const char *text)
{
	struct suggestion suggestion;

	suggest_start(&suggestion, text);
	for (const struct choice *choice = choices; choice->code; choice++) {
		if (choice->zh && strlen(text) > 3 && strstr(choice->zh, text))
			return choice;
		suggest_offer(&suggestion, choice->code);
	}
	while (choices->code && strcmp(choices->code, suggestion.best) != 0)
		choices++;
	return choices->code ? choices : NULL;
}

static bool is_ascii(const char *text)
{
	while (*text && (unsigned char)*text < 0x80)
		text++;
	return !*text;
}

static json_t *parse_choice(const struct field *field, const char *text, char **ret_why)
{
	bool chinese = say_is_chinese() || !is_ascii(text); /* the language of the file is its author's */
	const struct choice *near = NULL;
	_cleanup_free_ char *list = NULL;

	for (const struct choice *choice = field->choices; choice->code; choice++)
		if (strcasecmp(choice->code, text) == 0 || (choice->zh && is_spelling(choice->zh, text)))
			return json_string(choice->code);
	near = near_choice(field->choices, text);
	list = near ? choice_word(near, chinese) : choices_text(field->choices, chinese);
	*ret_why = near ? xasprintf(_("there is no \"%s\"; did you mean %s?"), text, list) : xasprintf(_("none of %s"), list);
	return NULL;
}

typedef json_t *parse_fn(const struct field *field, const char *text, char **ret_why);

static parse_fn *const parsers[] = {
	[FIELD_ID] = parse_integer,   [FIELD_COUNT] = parse_integer, [FIELD_POINTS] = parse_points,
	[FIELD_MONEY] = parse_money,  [FIELD_DATE] = parse_date,     [FIELD_TIME] = parse_time,
	[FIELD_FLAG] = parse_flag,    [FIELD_CHOICE] = parse_choice, [FIELD_LIST] = NULL,
};

json_t *value_parse(const struct field *field, const char *text, char **ret_why)
{
	_cleanup_free_ char *clean = value_clean(text);

	if (!clean) {
		*ret_why = xstrdup(_("not UTF-8"));
		return NULL;
	}
	if (!*clean) {
		*ret_why = xstrdup(_("empty"));
		return NULL;
	}
	if (field->type == FIELD_TEXT && is_shortened(clean)) {
		*ret_why = no_number(clean, "");
		return NULL;
	}
	if (field->type != FIELD_TEXT && field->type != FIELD_LABEL && field->type != FIELD_CHOICE)
		narrow(clean);
	return parsers[field->type] ? parsers[field->type](field, clean, ret_why) : json_string(clean);
}

bool value_is_number(const struct field *field)
{
	return field->type == FIELD_MONEY || field->type == FIELD_POINTS || field->type == FIELD_COUNT || field->type == FIELD_ID;
}

/* The digits of a whole number with a comma before each group of three. */
static char *group(const char *digits, bool grouped)
{
	size_t length = strlen(digits);
	char *out = xmalloc(length * 2 + 1), *to = out;

	for (size_t i = 0; i < length; i++) {
		if (grouped && i && (length - i) % 3 == 0 && digits[i - 1] != '-')
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}

char *value_yuan(const char *fen, bool grouped)
{
	bool negative = *fen == '-';
	_cleanup_free_ char *padded = xasprintf("%s%s", strlen(fen + negative) < 3 ? &"000"[strlen(fen + negative)] : "", fen + negative);
	size_t length = strlen(padded);
	_cleanup_free_ char *yuan = xstrndup(padded, length - 2);
	_cleanup_free_ char *whole = group(yuan, grouped);

	return xasprintf("%s%s.%s", negative ? "-" : "", whole, padded + length - 2);
}

/* How values are written: for people on a screen, or plainly into a file. */
struct style {
	bool grouped, chinese;
};

static char *choice_text(const struct field *field, const char *code, bool chinese)
{
	for (const struct choice *choice = field->choices; choice && choice->code; choice++)
		if (strcmp(choice->code, code) == 0)
			return choice_word(choice, chinese);
	return xstrdup(code);
}

static char *string_text(const struct field *field, const char *text, struct style style)
{
	switch (field->type) {
	case FIELD_MONEY:
		return value_yuan(text, style.grouped);
	case FIELD_POINTS:
		return group(text, style.grouped);
	case FIELD_TIME:
		return moment_text(text);
	case FIELD_CHOICE:
		return choice_text(field, text, style.chinese);
	default:
		return xstrdup(text);
	}
}

static const char *yes_or_no(bool yes, bool chinese)
{
	return chinese ? yes ? "是" : "否" : yes ? "yes" : "no";
}

static char *text_of(const struct field *field, const json_t *value, struct style style)
{
	if (json_is_null(value) || !value)
		return xstrdup("");
	if (json_is_string(value) && field->type != FIELD_JSON)
		return string_text(field, json_string_value(value), style);
	if (json_is_boolean(value))
		return xstrdup(yes_or_no(json_is_true(value), style.chinese));
	return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
}

char *value_text(const struct field *field, const json_t *value)
{
	return text_of(field, value, (struct style){.grouped = true, .chinese = say_is_chinese()});
}

char *value_plain(const struct field *field, const json_t *value, bool chinese)
{
	return text_of(field, value, (struct style){.chinese = chinese});
}
