/*
 * The loop: keeps requests under way. Closed: as soon as one is answered the next begins. Open (--rate): request k is due k / rate after the
 * start, whatever has come back, and its latency counts from there: what waits for a slot, or for this program, waits in the figures too.
 */
#include "tests/bench/load.h"
#include "tests/bench/load_work.h"
#include "wire/base.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define SILENCE_S 30 /* without any answer */
#define STEP_S 0.001 /* of the open loop: a packet for each request would cost this machine more than the request */
#define EVENTS 64
#define GROUPS 2

/* The connections of the first party's homes, and of those that confirm. */
struct group {
	struct connection **connections;
	size_t count;
};

static struct {
	const struct options *options;
	const struct work *work;
	struct report *report;
	struct group groups[GROUPS];
	int epoll;
	struct slot *slots, **idle;
	size_t idle_count, latency_room;
	unsigned long begun, wanted; /* wanted 0: until the time is over */
	double start, counted; /* counted: when the warm-up was over, 0 before */
} r;

static void on_answered(struct request *request);

/* -------------------------------------------------------------- connections */

static void watch(struct connection *connection)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection };

	if (epoll_ctl(r.epoll, EPOLL_CTL_ADD, connection_fd(connection), &event) < 0)
		fail("epoll_ctl: %s", strerror(errno));
}

static void group_open(struct group *group, const struct list *homes)
{
	const struct party *parties;
	const char *reason;

	if (!homes->count)
		return;
	parties = parties_read(homes);
	group->count = r.options->connections > homes->count ? r.options->connections : homes->count;
	group->connections = xcalloc(group->count, sizeof(struct connection *));
	for (size_t i = 0; i < group->count; i++) {
		const struct party *party = &parties[i % homes->count];

		group->connections[i] = connection_open(party, on_answered, &reason);
		if (!group->connections[i])
			fail("%s: %s", party->ledger.address, reason);
		watch(group->connections[i]);
		r.report->handshakes++;
	}
}

static void pump(struct connection *connection)
{
	if (connection_read(connection) < 0 || connection_flush(connection) < 0)
		fail("the daemon at %s closed a connection, with %zu requests under way", connection_party(connection)->ledger.address,
		     r.options->in_flight - r.idle_count);
}

static void flush_all(void)
{
	for (struct group *group = r.groups; group < r.groups + GROUPS; group++)
		for (size_t i = 0; i < group->count; i++)
			if (connection_flush(group->connections[i]) < 0)
				fail("the daemon at %s closed a connection", connection_party(group->connections[i])->ledger.address);
}

/* -------------------------------------------------------------- slots */

static void slot_ask(struct slot *slot)
{
	const struct group *group = &r.groups[slot->step];
	struct connection *connection = group->connections[(size_t)(slot - r.slots) % group->count];

	r.work->ask(slot, connection_party(connection));
	connection_ask(connection, &slot->request);
}

/* When the next request is due; false: there is none any more. */
static bool next_due(double at, double *ret_due)
{
	*ret_due = r.options->rate > 0 ? r.start + (double)r.begun / r.options->rate : at;
	return *ret_due < r.start + r.options->warm_up + r.options->seconds && (!r.wanted || r.begun < r.wanted);
}

/* Begins whatever is due while there are slots. */
static void begin_due(void)
{
	double at = now(), due;

	while (r.idle_count && next_due(at, &due) && due <= at) {
		struct slot *slot = r.idle[--r.idle_count];

		slot->due = due;
		slot->step = 0;
		r.begun++;
		slot_ask(slot);
	}
}

static void note_latency(unsigned step, double seconds)
{
	struct report *report = r.report;

	report->step_seconds[step] += seconds;
	if (report->latency_count == r.latency_room) {
		r.latency_room = r.latency_room ? 2 * r.latency_room : 65536;
		report->latencies = xrealloc(report->latencies, r.latency_room * sizeof(*report->latencies));
	}
	report->latencies[report->latency_count++] = (float)(seconds * 1000);
}

/* A refusal is an answer too: it ends the piece of work. The ledger's own failure ends the program. */
static void note_refusal(struct slot *slot, const struct answer *answer)
{
	if (answer->status >= 500)
		answer_fail(&slot->request, "the ledger failed");
	if (r.report->refused++ == 0)
		fprintf(stderr, "load: refused: %.*s: %.*s\n", (int)slot->request.path.length, slot->request.path.at, (int)answer->problem.length,
			answer->problem.at);
	slot->step = 0;
}

static void on_answered(struct request *request)
{
	struct slot *slot = container_of(request, struct slot, request);
	unsigned step = slot->step;
	struct answer answer;
	double at;

	answer_check(request, &answer);
	if (answer.result.at)
		r.work->take(slot, &answer, r.report);
	else
		note_refusal(slot, &answer);
	r.report->replayed += answer.replay;
	at = now();
	note_latency(step, at - slot->due);
	if (slot->step) {
		slot->due = at;
		slot_ask(slot);
	} else {
		r.idle[r.idle_count++] = slot;
		begin_due();
	}
}

static void slots_make(void)
{
	size_t count = r.options->in_flight;

	r.slots = xcalloc(count, sizeof(*r.slots));
	r.idle = xcalloc(count, sizeof(struct slot *));
	while (r.idle_count < count) {
		r.idle[r.idle_count] = &r.slots[count - 1 - r.idle_count];
		r.idle_count++;
	}
}

/* -------------------------------------------------------------- the loop */

/* Waits for the daemon, but no longer than until something is due, and one step: what comes due meanwhile leaves together. */
static void wait_for_more(void)
{
	struct epoll_event events[EVENTS];
	struct timespec until = { .tv_sec = SILENCE_S };
	double at = now(), due;
	bool timed = r.options->rate > 0 && r.idle_count && next_due(at, &due);
	int count;

	if (timed) {
		double left = due > at ? due - at + STEP_S : 0;

		until = (struct timespec){ (time_t)left, (long)((left - (double)(time_t)left) * 1e9) };
	}
	count = epoll_pwait2(r.epoll, events, EVENTS, &until, NULL);
	if (count < 0 && errno != EINTR)
		fail("epoll: %s", strerror(errno));
	if (count == 0 && !timed)
		fail("no answer for %d s, with %zu requests under way", SILENCE_S, r.options->in_flight - r.idle_count);
	for (int i = 0; i < count; i++)
		pump(events[i].data.ptr);
}

/* What was answered until now is warm-up: tables of keys that are new to this process, pages that nobody has read for a while. */
static void begin_counting(void)
{
	r.counted = now();
	r.report->warmed = r.report->done;
	r.report->latency_count = 0;
}

static void loop(void)
{
	double due;

	r.start = now();
	for (;;) {
		if (!r.counted && now() >= r.start + r.options->warm_up)
			begin_counting();
		begin_due();
		flush_all();
		if (r.idle_count == r.options->in_flight && !next_due(now(), &due))
			return;
		wait_for_more();
	}
}

/* -------------------------------------------------------------- one request before */

struct alone {
	struct request request;
	bool answered;
};

static void on_status(struct request *request)
{
	struct alone *alone = container_of(request, struct alone, request);
	struct answer answer;

	answer_check(request, &answer);
	work_take_status(request, &answer);
	alone->answered = true;
}

/* How many entries there are to read. */
static void ask_status(void)
{
	const struct party *party = connection_party(r.groups[0].connections[0]);
	static struct alone alone;
	const char *reason;
	struct connection *connection = connection_open(party, on_status, &reason);

	if (!connection)
		fail("%s: %s", party->ledger.address, reason);
	work_ask_status(&alone.request);
	connection_ask(connection, &alone.request);
	while (!alone.answered) {
		struct pollfd poller = { .fd = connection_fd(connection), .events = POLLIN };

		if (connection_flush(connection) < 0 || poll(&poller, 1, SILENCE_S * 1000) == 0 || connection_read(connection) < 0)
			fail("the daemon at %s does not answer", party->ledger.address);
	}
	connection_free(connection);
}

void load_run(const struct options *options, struct report *report)
{
	r.options = options;
	r.report = report;
	r.wanted = options->count;
	r.work = work_find(options->work);
	r.work->begin(options);
	r.epoll = epoll_create1(EPOLL_CLOEXEC);
	group_open(&r.groups[0], &options->homes);
	group_open(&r.groups[1], &options->confirm_homes);
	slots_make();
	if (strcmp(r.work->name, "read") == 0)
		ask_status();
	loop();
	if (!r.counted)
		fail("all was answered before the warm-up was over");
	report->seconds = now() - r.counted;
}
