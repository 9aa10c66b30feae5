/* Commands in order of arrival; see queue.h. */
#include "daemon/queue.h"

#include <stddef.h>
#include <stdlib.h>

void queue_init(struct queue *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
	queue->count = 0;
}

void queue_add(struct queue *queue, struct command *command)
{
	command->next = NULL;
	*queue->last = command;
	queue->last = &command->next;
	queue->count++;
}

struct command *queue_take(struct queue *queue)
{
	struct command *command = queue->first;

	queue->first = command->next;
	if (!queue->first)
		queue->last = &queue->first;
	queue->count--;
	return command;
}

void queue_join(struct queue *queue, struct queue *later)
{
	*queue->last = later->first;
	if (later->first)
		queue->last = later->last;
	queue->count += later->count;
	queue_init(later);
}

void command_forget(struct command *command)
{
	json_decref(command->said);
	command->said = NULL;
	free(command->result);
	command->result = NULL;
	command->leaf_count = 0;
	command->prepared = false;
}

void command_finish(struct command *command, enum command_outcome outcome, const char *code)
{
	if (outcome != COMMAND_WRITTEN)
		command_forget(command);
	command->done(command, outcome, code);
}

void queue_finish(struct queue *queue, enum command_outcome outcome, const char *code)
{
	struct command *command = queue->first, *next;

	queue_init(queue);
	for (; command; command = next) {
		next = command->next;
		command_finish(command, outcome, code);
	}
}
