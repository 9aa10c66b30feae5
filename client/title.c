#include "client/title.h"

#include "client/say.h"
#include "wire/base.h"

#include <ctype.h>
#include <string.h>

/* Names that say little, or what is not so on a screen: amounts are shown in yuan. */
static const struct {
	const char *name, *title;
} english[] = {{"aud", "Ledger"}, {"kid", "Key"}, {"fen", "Yuan"}, {"upto_entry", "Up to entry"}};

static char *title_english(const struct field *field)
{
	char *title = NULL;

	for (size_t i = 0; i < sizeof(english) / sizeof(english[0]); i++)
		if (strcmp(english[i].name, field->name) == 0)
			return xstrdup(english[i].title);
	title = xstrdup(field->name);
	for (char *at = title; *at; at++)
		if (*at == '_')
			*at = ' ';
	*title = (char)toupper((unsigned char)*title);
	return title;
}

char *title_chinese(const struct field *field)
{
	return field->zh && *field->zh ? xstrndup(field->zh, strcspn(field->zh, "|")) : title_english(field);
}

char *title_of(const struct field *field)
{
	return say_is_chinese() ? title_chinese(field) : title_english(field);
}

static char *with_dashes(const char *name)
{
	char *flag = xstrdup(name);

	for (char *at = flag; *at; at++)
		if (*at == '_')
			*at = '-';
	return flag;
}

char *title_flag(const struct field *field)
{
	char *flag = with_dashes(field->name);
	size_t length = strlen(flag);

	if (field->type == FIELD_LIST && length > 1 && flag[length - 1] == 's')
		flag[length - 1] = '\0';
	return flag;
}

/* Compares names without regard to case, '_', '-' and ' '. */
static bool same_name(const char *name, const char *typed, size_t length)
{
	size_t i = 0;

	for (; i < length && name[i]; i++) {
		bool gap = strchr(" _-", name[i]) && strchr(" _-", typed[i]);

		if (!gap && tolower((unsigned char)name[i]) != tolower((unsigned char)typed[i]))
			return false;
	}
	return i == length && !name[i];
}

static bool is_called(const struct field *field, const char *title, size_t length)
{
	for (const char *at = field->zh; at && *at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
		if (strcspn(at, "|") == length && strncmp(at, title, length) == 0)
			return true;
	return same_name(field->name, title, length);
}

bool title_is_flag(const struct field *field, const char *flag)
{
	_cleanup_free_ char *typed = with_dashes(flag);
	_cleanup_free_ char *name = with_dashes(field->name);
	_cleanup_free_ char *own = title_flag(field);

	return strcmp(typed, name) == 0 || strcmp(typed, own) == 0 || is_called(field, flag, strlen(flag));
}

bool title_is_column(const struct field *field, const char *title)
{
	const char *wide = strstr(title, "（");
	size_t length = strcspn(title, "(");

	if (wide && (size_t)(wide - title) < length)
		length = (size_t)(wide - title);
	while (length && title[length - 1] == ' ')
		length--;
	return is_called(field, title, strlen(title)) || is_called(field, title, length);
}
