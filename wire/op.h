/*
 * The operations table: everything that both ends know about an operation.
 *
 * One row an operation. Routing, strict validation, the client's flags, help and result
 * tables, and the OpenAPI description all come from the row; nothing of it is said twice.
 * The SQL function of an operation is op.<noun>_<verb>; who may call it is decided there
 * (schema/matrix.sql), never here.
 *
 * All tables are const and live for the whole program. Nothing here allocates.
 */
#ifndef WIRE_OP_H
#define WIRE_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type {
	FIELD_TEXT,   /* UTF-8, one line, no control characters; min..max counts code points */
	FIELD_CODE,   /* ASCII name of a node, campaign or purpose: [A-Za-z0-9._-], 1..max, or CJK for purposes: see FIELD_LABEL */
	FIELD_LABEL,  /* short UTF-8 label used as a key (a purpose): no white space at the ends, 1..40 code points */
	FIELD_ID,     /* JSON integer 1..2^53-1: volunteer number, entry, record, ... */
	FIELD_COUNT,  /* JSON integer min..max */
	FIELD_POINTS, /* decimal string of whole points */
	FIELD_MONEY,  /* decimal string of fen */
	FIELD_DATE,   /* "2025-03-08" */
	FIELD_TIME,   /* "2025-03-08T09:00:00+08:00" or "...Z", seconds precision or finer */
	FIELD_FLAG,   /* JSON true or false */
	FIELD_CHOICE, /* one of choices[] */
	FIELD_PROOF,  /* enrolment request of a key: compact JWS that proves possession */
	FIELD_CURSOR, /* opaque place in a list, [A-Za-z0-9_-]{1,128} */
	FIELD_HASH,   /* base64url of 32 bytes (a key's thumbprint, a digest) */
	FIELD_JSON,   /* results only: anything; printed as JSON */
	FIELD_LIST,   /* array of records; min..max counts the records, items[] are their fields */
};

enum {
	FIELD_REQUIRED = 1, /* must be there */
	FIELD_PERSONAL = 2, /* stands in the payload as a salted commitment, see personal.h */
	FIELD_SIGNED = 4,   /* POINTS or MONEY that may be zero or negative (results) */
	FIELD_ZERO = 8,     /* POINTS or MONEY that may be zero: a limit */
};

struct choice {
	const char *code; /* in JSON */
	const char *zh;   /* as people write it in Chinese files */
};

struct field {
	const char *name; /* in JSON; the flag is --name with '-' for '_' */
	enum field_type type;
	unsigned flags;
	int64_t min, max;             /* meaning by type; max 0: the type's own limit */
	const struct choice *choices; /* ends with code NULL */
	const struct field *items;    /* of a LIST; ends with name NULL */
	const char *zh;               /* column title in Chinese; several spellings parted by '|', the first is printed */
	const char *help;             /* one line, English; the client translates it */
};

enum op_kind {
	OP_READ,    /* GET, nothing changes */
	OP_COMMAND, /* POST, a signed request */
};

struct op {
	const char *name; /* noun_verb: the SQL function op.<name>, the path /v1/<noun>/<verb> */
	const char *noun, *verb;
	enum op_kind kind;
	const char *scope;          /* the input field that must lie under the caller's grant; NULL: none, or found by SQL */
	const struct field *input;  /* ends with name NULL */
	const struct field *result; /* ends with name NULL; a list named "rows" is a page */
	const char *help;           /* one line, English */
	bool closed;                /* a command whose answer carries its leaves' hashes only: who asks may not see what they say */
};

/* Every operation, in the order of help. Ends with name NULL. */
const struct op *op_at(size_t i);

/* The operation of a noun and a verb as typed, NULL if there is none. */
const struct op *op_find(const char *noun, const char *verb);

/* The operation of a method and a path without query, NULL if there is none. *ret_path_known is
 * set when the path exists with another method (405). */
const struct op *op_route(const char *method, const char *path, size_t path_length, bool *ret_path_known);

/* "/v1/noun/verb" into buffer, which has at least OP_PATH_MAX bytes. */
#define OP_PATH_MAX 64
void op_path(const struct op *op, char *buffer);

/* The field of that name in a list of fields, NULL if there is none. */
const struct field *field_find(const struct field *fields, const char *name, size_t length);

/* Choices that several groups share: op_people.c, op_ledger.c. */
extern const struct choice op_node_kinds[], op_entry_kinds[];

/* The groups that op.c joins; one file each. Each ends with name NULL. */
extern const struct op op_people[], op_points[], op_money[], op_ledger[];

#endif
