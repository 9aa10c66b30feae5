#include "client/say.h"

#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef LOCALEDIR
#define LOCALEDIR "/usr/share/locale"
#endif

static bool chinese;

/* The first of the variables that name a language and say something. */
static const char *environment_language(void)
{
	static const char *const names[] = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "";
}

/* $LOVEBANK_LOCALEDIR; the folder locale/ beside a program that was built and not installed; or where it is installed. */
static const char *catalogue_directory(void)
{
	static char beside[PATH_MAX + sizeof("/locale")];
	const char *directory = getenv("LOVEBANK_LOCALEDIR");
	ssize_t length = readlink("/proc/self/exe", beside, PATH_MAX);
	char *slash;

	if (directory && *directory)
		return directory;
	if (length <= 0)
		return LOCALEDIR;
	beside[length] = '\0';
	slash = strrchr(beside, '/');
	strcpy(slash ? slash : beside, "/locale");
	return access(beside, R_OK) == 0 ? beside : LOCALEDIR;
}

/* The locale gives the width of characters, so it must be one of UTF-8; plain systems have C.UTF-8 only, where
 * gettext goes by LANGUAGE alone. */
void say_init(const char *lang)
{
	chinese = strncmp(lang ? lang : environment_language(), "zh", 2) == 0;
	if (!setlocale(LC_ALL, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_ALL, "C.UTF-8");
	setlocale(LC_NUMERIC, "C");
	setenv("LANGUAGE", chinese ? "zh_CN" : "en", 1);
	bindtextdomain("lovebank", catalogue_directory());
	bind_textdomain_codeset("lovebank", "UTF-8");
	textdomain("lovebank");
}

bool say_is_chinese(void)
{
	return chinese;
}

void say_error(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("lovebank: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void say_note(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

bool say_confirm(const char *question)
{
	char answer[16];

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	fprintf(stderr, "%s %s ", question, _("[y/N]"));
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	return strncmp(answer, "y", 1) == 0 || strncmp(answer, "Y", 1) == 0 || strncmp(answer, "是", 3) == 0;
}

bool say_confirm_word(const char *question, const char *word)
{
	char answer[64];

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return false;
	fprintf(stderr, "%s\n", question);
	fprintf(stderr, _("Type %s to go on: "), word);
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	answer[strcspn(answer, "\n")] = '\0';
	return strcmp(answer, word) == 0;
}

const char *say_translated(const char *text)
{
	return text && *text ? gettext(text) : "";
}
