/* Two columns of text, the right one in as many lines as it takes: help. */
#ifndef CLIENT_LIST_H
#define CLIENT_LIST_H

#include <stddef.h>
#include <stdio.h>

struct list {
	FILE *out;
	char **left, **right;
	size_t count;
};

struct list list_new(FILE *out);

/* A row; both texts are copied. */
void list_add(struct list *list, const char *left, const char *right);

/* Prints and frees. */
void list_print(struct list *list);

#endif
