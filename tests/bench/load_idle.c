/* load connect: opens connections, each of which makes one small read, and holds them. */
#include "tests/bench/load.h"
#include "tests/bench/load_work.h"
#include "wire/base.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#define HTTP_TOO_MANY 429
#define SILENCE_S 30
#define EVENTS 64

struct held {
	struct request request;
	struct connection *connection;
	bool connected, refused; /* neither: not answered yet */
};

static struct {
	struct held *all;
	unsigned long connected, refused, lost;
	int epoll;
	const char *reason; /* why the last one was refused */
} h;

static void refuse(struct held *held, const char *reason)
{
	if (held->refused)
		return;
	held->refused = true;
	h.refused++;
	h.reason = reason;
}

/* A daemon that has too many connections says so unsigned. */
static void on_answered(struct request *request)
{
	struct held *held = container_of(request, struct held, request);
	struct answer answer;

	if (request->status == HTTP_TOO_MANY) {
		refuse(held, "the daemon has too many connections");
		return;
	}
	answer_check(request, &answer);
	if (!answer.result.at)
		answer_fail(request, "the ledger refuses it");
	held->connected = true;
	h.connected++;
}

static void drop(struct held *held)
{
	if (held->connected)
		h.lost++;
	else
		refuse(held, "the daemon closed it");
	held->connection = connection_free(held->connection);
}

/* false: the daemon lets nobody in any more. */
static bool held_open(struct held *held, const struct party *party)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = held };

	held->connection = connection_open(party, on_answered, &h.reason);
	if (!held->connection)
		return false;
	work_ask_status(&held->request);
	connection_ask(held->connection, &held->request);
	if (connection_flush(held->connection) < 0)
		drop(held);
	else if (epoll_ctl(h.epoll, EPOLL_CTL_ADD, connection_fd(held->connection), &event) < 0)
		fail("epoll_ctl: %s", strerror(errno));
	return true;
}

/* One round of what came in; false when nothing did until then. */
static bool pump(double until)
{
	struct epoll_event events[EVENTS];
	double left = until - now();
	int count = epoll_wait(h.epoll, events, EVENTS, left > 0 ? (int)(left * 1000) + 1 : 0);

	if (count < 0 && errno != EINTR)
		fail("epoll: %s", strerror(errno));
	for (int i = 0; i < count; i++) {
		struct held *held = events[i].data.ptr;

		if (connection_read(held->connection) < 0 || connection_flush(held->connection) < 0)
			drop(held);
	}
	return count != 0;
}

/* As many files as the system lets it. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

void load_idle(const struct options *options)
{
	const struct party *parties = parties_read(&options->homes);
	double start, took, end;

	raise_limit();
	h.epoll = epoll_create1(EPOLL_CLOEXEC);
	h.all = xcalloc(options->connections, sizeof(*h.all));
	start = now();
	for (unsigned long i = 0; i < options->connections; i++) {
		if (held_open(&h.all[i], &parties[i % options->homes.count]))
			continue;
		h.refused += options->connections - i; /* the rest would wait as long, one after the other */
		break;
	}
	while (h.connected + h.refused < options->connections)
		if (!pump(now() + SILENCE_S))
			fail("no answer for %d s", SILENCE_S);
	took = now() - start;
	if (h.refused)
		fprintf(stderr, "load: refused: %s\n", h.reason);
	printf("{\"connected\": %lu, \"refused\": %lu, \"seconds\": %.3f}\n", h.connected, h.refused, took);
	fflush(stdout);
	end = now() + options->hold;
	while (now() < end)
		pump(end);
	if (h.lost)
		fail("the daemon closed %lu of the connections that were held", h.lost);
}
