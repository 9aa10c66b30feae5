/* Commands in order of arrival, and how they are settled: the write lane's. */
#ifndef DAEMON_QUEUE_H
#define DAEMON_QUEUE_H

#include "daemon/writer.h"

struct queue {
	struct command *first, **last;
	unsigned count;
};

void queue_init(struct queue *queue);
void queue_add(struct queue *queue, struct command *command);
struct command *queue_take(struct queue *queue); /* the first; there must be one */

/* Everything of later comes behind what is in queue, and later is empty. */
void queue_join(struct queue *queue, struct queue *later);

/* Lets go of what a transaction that did not commit had given it. */
void command_forget(struct command *command);

/* Settles one command, and every command of a queue alike. The queue is emptied first: done() may submit again. */
void command_finish(struct command *command, enum command_outcome outcome, const char *code);
void queue_finish(struct queue *queue, enum command_outcome outcome, const char *code);

#endif
