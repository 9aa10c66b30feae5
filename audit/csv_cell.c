#include "audit/csv_cell.h"

#include <string.h>

/* What Excel takes for the beginning of a formula, half or full width. */
static bool is_formula(const char *text)
{
	static const char *const marks[] = {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strncmp(text, marks[i], strlen(marks[i])) == 0)
			return true;
	return false;
}

void csv_write_cell(FILE *out, const char *text, bool is_number)
{
	const char *guard = !is_number && is_formula(text) ? "'" : "";

	if (!*guard && !strpbrk(text, ",\"\r\n") && *text != ' ') {
		fputs(text, out);
		return;
	}
	fprintf(out, "\"%s", guard);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

/* Whether text is a whole number with an optional minus, of at most 19 digits. */
static bool is_amount(const char *text)
{
	const char *digits = text + (*text == '-');
	size_t count = strspn(digits, "0123456789");

	return count && count <= 19 && !digits[count];
}

const char *csv_yuan(const char *fen, char buffer[CSV_YUAN])
{
	bool is_negative = *fen == '-';
	const char *digits = fen + is_negative;
	size_t count = strlen(digits);

	if (!is_amount(fen))
		return "0.00";
	if (count > 2)
		snprintf(buffer, CSV_YUAN, "%s%.*s.%s", is_negative ? "-" : "", (int)count - 2, digits, digits + count - 2);
	else
		snprintf(buffer, CSV_YUAN, "%s0.%s%s", is_negative ? "-" : "", count < 2 ? "0" : "", digits);
	return buffer;
}
