#include "client/list.h"

#include "client/grid.h"
#include "client/wrap.h"
#include "wire/base.h"

#include <stdlib.h>
#include <string.h>

struct list list_new(FILE *out)
{
	return (struct list){.out = out};
}

void list_add(struct list *list, const char *left, const char *right)
{
	list->left = xrealloc(list->left, (list->count + 1) * sizeof(char *));
	list->right = xrealloc(list->right, (list->count + 1) * sizeof(char *));
	list->left[list->count] = xstrdup(left);
	list->right[list->count++] = xstrdup(right);
}

#define LEFT_MOST 44 /* columns; the right one of a longer row begins below */
#define RIGHT_LEAST 20

static size_t left_width(const struct list *list)
{
	size_t width = 0;

	for (size_t i = 0; i < list->count; i++) {
		size_t own = grid_text_width(list->left[i]);

		width = own > width && own <= LEFT_MOST ? own : width;
	}
	return width;
}

static void print_row(const struct list *list, const char *left, const char *right, size_t indent)
{
	size_t width = grid_text_width(left), screen = grid_screen_width(list->out);
	size_t room = screen > indent + RIGHT_LEAST ? screen - indent : RIGHT_LEAST;

	fputs(left, list->out);
	if (width + 2 > indent) {
		fputc('\n', list->out);
		width = 0;
	}
	do {
		size_t length = wrap_line(right, room);

		fprintf(list->out, "%*s%.*s\n", (int)(indent - width), "", (int)length, right);
		right += length;
		right += strspn(right, " ");
		width = 0;
	} while (*right);
}

void list_print(struct list *list)
{
	size_t indent = left_width(list) + 2;

	for (size_t i = 0; i < list->count; i++) {
		print_row(list, list->left[i], list->right[i], indent);
		free(list->left[i]);
		free(list->right[i]);
	}
	free(list->left);
	free(list->right);
}
