/* What a client checks before it believes an answer (docs/protocol.md, section 8). Whatever does not hold ends the program. */
#ifndef BENCH_LOAD_CHECK_H
#define BENCH_LOAD_CHECK_H

#include "tests/bench/load_connection.h"
#include "tests/bench/load_scan.h"

#include <stdint.h>

/* Texts are valid until the next answer is checked. */
struct answer {
	int status;
	bool replay;
	struct text result;  /* status 200 */
	struct text problem; /* any other */
	struct text receipt; /* of a command that was posted: checked */
	struct text root;
	uint64_t size; /* of the log */
};

/* The answer of a request: its signature, whom and what it answers, and the receipt of a command that was posted. */
void answer_check(const struct request *request, struct answer *ret);

/* A receipt within the result of a read: that its leaves are in the log. */
void receipt_check_shown(const struct request *request, struct text receipt);

noreturn void answer_fail(const struct request *request, const char *reason);

#endif
