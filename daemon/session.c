#include "daemon/session.h"

#include "wire/base.h"
#include "wire/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX 16384          /* bytes of a header list as RFC 9113 section 6.5.2 counts them */
#define STREAM_WINDOW (256 * 1024)
#define SESSION_WINDOW (1024 * 1024)
#define ACKS_MAX 128               /* PING and SETTINGS that wait for their acknowledgement */
#define BODY_FIRST 4096            /* first allocation for a body */
#define HELD_MAX 256               /* bodies of full size that the server holds at once ... */
#define HELD_PER_SESSION_MAX 16    /* ... and for one session */
#define RETRY_AFTER_S 1
#define REFUSED_S 1

/* A stream is on the list of its phase; stream_move() is the only way from one to another. */
enum phase {
	RECEIVING, /* the request arrives; must be whole within limits.request_s */
	REFUSED,   /* answered before it was whole; the rest is ignored for REFUSED_S, then stopped */
	HANDLING,  /* the handler has it */
	ANSWERING, /* the answer goes out; must be away within limits.idle_s */
	PHASES,
};

TAILQ_HEAD(stream_list, stream);

struct stream {
	struct exchange exchange; /* first: the handler's pointer is the stream's */
	struct session *session;  /* NULL: the client has gone while the handler was at work */
	struct session_common *common;
	struct peer *peer;        /* held while HANDLING */
	TAILQ_ENTRY(stream) link;
	enum phase phase;
	unsigned since; /* in this phase */
	int32_t id;
	char method[16];
	char *path;
	size_t headers;         /* bytes so far */
	size_t expected;        /* content-length, 0 if it is not known */
	unsigned char *body;    /* of the request */
	size_t body_room;
	unsigned char *answer;
	size_t answer_length, answer_sent;
};

struct session {
	struct session_common *common;
	nghttp2_session *h2;
	struct peer *peer;
	const char *refusal;
	session_wake *wake;
	void *wake_arg;
	struct stream_list streams[PHASES]; /* each in order of since */
	unsigned start, idle_since;         /* idle_since: the last stream came or went */
	unsigned resets, resets_second;     /* streams that ended badly in that second */
	size_t held;   /* of request bodies */
	size_t unsent; /* of answers */
	bool leaving; /* GOAWAY is on its way */
};

static void *h2_malloc(size_t size, void *user)
{
	(void)user;
	return xmalloc(size);
}

static void h2_free(void *block, void *user)
{
	(void)user;
	free(block);
}

static void *h2_calloc(size_t count, size_t size, void *user)
{
	(void)user;
	return xcalloc(count, size);
}

static void *h2_realloc(void *block, size_t size, void *user)
{
	(void)user;
	return xrealloc(block, size);
}

static void must(int h2_result)
{
	if (h2_result != 0)
		BUG("nghttp2: %s", nghttp2_strerror(h2_result));
}

static void session_end(struct session *session, uint32_t error)
{
	must(nghttp2_session_terminate_session(session->h2, error));
	session->wake(session->wake_arg);
}

static struct stream *stream_new(struct session *session, int32_t id)
{
	struct stream *stream = xcalloc(1, sizeof(*stream));

	stream->session = session;
	stream->common = session->common;
	stream->id = id;
	stream->phase = RECEIVING;
	stream->since = session->idle_since = session->common->now;
	TAILQ_INSERT_TAIL(&session->streams[RECEIVING], stream, link);
	return stream;
}

static void stream_move(struct stream *stream, enum phase phase)
{
	struct session *session = stream->session;

	TAILQ_REMOVE(&session->streams[stream->phase], stream, link);
	stream->phase = phase;
	stream->since = session->common->now;
	TAILQ_INSERT_TAIL(&session->streams[phase], stream, link);
}

static void stream_count_body(struct stream *stream, size_t room)
{
	struct session *session = stream->session;

	session->held += room - stream->body_room;
	session->common->held += room - stream->body_room;
	stream->body_room = room;
}

static void stream_drop_body(struct stream *stream)
{
	stream_count_body(stream, 0);
	free(stream->body);
	stream->body = NULL;
}

/* A body counts for the server as long as it is there, whether its client has gone or not. */
static void stream_free(struct stream *stream)
{
	stream->common->held -= stream->body_room;
	free(stream->path);
	free(stream->body);
	free(stream->answer);
	free(stream);
}

/* The client has gone. A handler at work keeps the exchange until it answers. */
static void stream_leave(struct stream *stream)
{
	struct session *session = stream->session;

	TAILQ_REMOVE(&session->streams[stream->phase], stream, link);
	session->held -= stream->body_room;
	session->unsent -= stream->answer_length - stream->answer_sent;
	session->idle_since = session->common->now;
	stream->session = NULL;
	if (stream->phase != HANDLING)
		stream_free(stream);
}

static ssize_t on_answer_wanted(nghttp2_session *h2, int32_t id, uint8_t *buffer, size_t room, uint32_t *flags,
				nghttp2_data_source *source, void *user)
{
	struct stream *stream = source->ptr;
	size_t left = stream->answer_length - stream->answer_sent;
	size_t length = left < room ? left : room;

	(void)h2;
	(void)id;
	(void)user;
	memcpy(buffer, stream->answer + stream->answer_sent, length);
	stream->answer_sent += length;
	stream->session->unsent -= length;
	if (length == left)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)length;
}

static nghttp2_nv header(const char *name, const char *value, size_t length)
{
	union {
		const char *in;
		uint8_t *out;
	} n = { .in = name }, v = { .in = value };

	return (nghttp2_nv){ n.out, v.out, strlen(name), length, NGHTTP2_NV_FLAG_NO_COPY_NAME };
}

static void stream_submit(struct stream *stream, const struct answer *answer)
{
	nghttp2_data_provider provider = { .source.ptr = stream, .read_callback = on_answer_wanted };
	bool has_body = strcmp(stream->method, "HEAD") != 0;
	char status[16], retry[16];
	nghttp2_nv headers[4];
	size_t count = 0;

	headers[count++] = header(":status", status, (size_t)snprintf(status, sizeof(status), "%d", answer->status));
	headers[count++] = header("content-type", answer->content_type, strlen(answer->content_type));
	if (answer->cache_control != NULL)
		headers[count++] = header("cache-control", answer->cache_control, strlen(answer->cache_control));
	if (answer->retry_after_s > 0)
		headers[count++] = header("retry-after", retry, (size_t)snprintf(retry, sizeof(retry), "%u", answer->retry_after_s));
	must(nghttp2_submit_response(stream->session->h2, stream->id, headers, count, has_body ? &provider : NULL));
}

static void stream_answer(struct stream *stream, enum phase phase, const struct answer *answer)
{
	struct session *session = stream->session;

	stream_drop_body(stream);
	stream->answer = xmalloc(answer->length);
	if (answer->length > 0)
		memcpy(stream->answer, answer->body, answer->length);
	stream->answer_length = answer->length;
	session->unsent += answer->length;
	stream_move(stream, phase);
	stream_submit(stream, answer);
	if (answer->close)
		session_go_away(session);
	session->wake(session->wake_arg);
}

/* Unsigned. The rest of the request is not stopped at once with RST_STREAM, as RFC 9113 section 8.1 allows, nor with
 * GOAWAY: libcurl then often loses the answer. */
static void stream_refuse(struct stream *stream, const char *code)
{
	struct problem problem = { 0 };
	json_t *json;
	char *text;

	problem_set(&problem, code, NULL, NULL);
	json = problem_json(&problem);
	text = json_dumps(json, JSON_COMPACT);
	stream_answer(stream, REFUSED, &(struct answer){
				      .status = problem.status,
				      .content_type = "application/problem+json",
				      .body = text,
				      .length = strlen(text),
				      .retry_after_s = problem.status == 429 ? RETRY_AFTER_S : 0,
			      });
	free(text);
	json_decref(json);
	problem_clear(&problem);
}

/* The request is whole: the exchange begins. */
static void stream_dispatch(struct stream *stream)
{
	struct session *session = stream->session;
	char *query;

	if (stream->path == NULL)
		stream->path = xstrdup(""); /* CONNECT */
	query = strchr(stream->path, '?');
	if (query != NULL)
		*query++ = '\0';
	stream->peer = session->peer;
	if (stream->peer != NULL)
		peer_hold(stream->peer);
	stream->exchange.method = stream->method;
	stream->exchange.path = stream->path;
	stream->exchange.query = query;
	stream->exchange.body = stream->body != NULL ? stream->body : (const unsigned char *)"";
	stream->exchange.peer = stream->peer != NULL ? stream->peer->key : NULL;
	stream_move(stream, HANDLING);
	session->common->handler(session->common->arg, &stream->exchange);
}

void exchange_answer(struct exchange *exchange, const struct answer *answer)
{
	struct stream *stream = (struct stream *)exchange;

	if (stream->phase != HANDLING)
		BUG("a request is answered twice");
	if (stream->peer != NULL)
		peer_release(stream->peer);
	if (stream->session != NULL)
		stream_answer(stream, ANSWERING, answer);
	else
		stream_free(stream);
}

static bool stream_is_public(const struct stream *stream)
{
	return stream->path != NULL && strncmp(stream->path, SERVER_PUBLIC, strlen(SERVER_PUBLIC)) == 0;
}

static size_t stream_body_limit(const struct stream *stream)
{
	return stream_is_public(stream) ? SERVER_PUBLIC_BODY : stream->common->limits.body;
}

/* The headers are whole: refuses at once what the body could not mend. */
static void stream_check_headers(struct stream *stream)
{
	struct session *session = stream->session;

	if (session->refusal != NULL)
		stream_refuse(stream, session->refusal);
	else if (session->peer == NULL && !stream_is_public(stream))
		stream_refuse(stream, "no_client_key");
	else if (stream->expected > stream_body_limit(stream))
		stream_refuse(stream, "body_too_large");
}

/* The problem's code if so much more cannot be held, else NULL. */
static const char *stream_reserve(struct stream *stream, size_t more)
{
	struct session *session = stream->session;
	size_t limit = session->common->limits.body, length = stream->exchange.body_length + more;
	size_t room = stream->body_room > 0 ? stream->body_room : BODY_FIRST;

	if (length > stream_body_limit(stream))
		return "body_too_large";
	if (length <= stream->body_room)
		return NULL;
	if (stream->body == NULL && stream->expected > 0 && stream->expected < room)
		room = stream->expected;
	while (room < length)
		room *= 2;
	if (session->held + room > limit * HELD_PER_SESSION_MAX || session->common->held + room > limit * HELD_MAX)
		return "too_many_requests";
	stream->body = xrealloc(stream->body, room);
	stream_count_body(stream, room);
	return NULL;
}

static int on_begin_headers(nghttp2_session *h2, const nghttp2_frame *frame, void *user)
{
	int32_t id = frame->hd.stream_id;

	if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		must(nghttp2_session_set_stream_user_data(h2, id, stream_new(user, id)));
	return 0;
}

static void take_method(struct stream *stream, const char *value, size_t length)
{
	/* A method that does not fit is none that anybody serves. */
	snprintf(stream->method, sizeof(stream->method), "%s", length < sizeof(stream->method) ? value : "?");
}

static void take_path(struct stream *stream, const char *value, size_t length)
{
	stream->path = xstrndup(value, length);
}

/* nghttp2 has checked that it is a number below 2^63. */
static void take_length(struct stream *stream, const char *value, size_t length)
{
	(void)length;
	stream->expected = strtoull(value, NULL, 10);
}

static const struct {
	const char *name;
	size_t length;
	void (*take)(struct stream *stream, const char *value, size_t length);
} header_takers[] = {
	{ ":method", 7, take_method },
	{ ":path", 5, take_path },
	{ "content-length", 14, take_length },
};

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, nghttp2_rcbuf *name, nghttp2_rcbuf *value,
		     uint8_t flags, void *user)
{
	struct stream *stream = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
	nghttp2_vec n = nghttp2_rcbuf_get_buf(name), v = nghttp2_rcbuf_get_buf(value);

	(void)flags;
	(void)user;
	stream->headers += n.len + v.len + 32;
	if (stream->headers > HEADERS_MAX)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	for (size_t i = 0; i < sizeof(header_takers) / sizeof(header_takers[0]); i++)
		if (n.len == header_takers[i].length && memcmp(n.base, header_takers[i].name, n.len) == 0)
			header_takers[i].take(stream, (const char *)v.base, v.len);
	return 0;
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t id, const uint8_t *data, size_t length, void *user)
{
	struct stream *stream = nghttp2_session_get_stream_user_data(h2, id);
	const char *refusal;

	(void)flags;
	(void)user;
	if (stream == NULL || stream->phase != RECEIVING)
		return 0;
	refusal = stream_reserve(stream, length);
	if (refusal != NULL) {
		stream_refuse(stream, refusal);
		return 0;
	}
	memcpy(stream->body + stream->exchange.body_length, data, length);
	stream->exchange.body_length += length;
	return 0;
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *user)
{
	bool is_headers = frame->hd.type == NGHTTP2_HEADERS;
	struct stream *stream;

	(void)user;
	if (!is_headers && frame->hd.type != NGHTTP2_DATA)
		return 0;
	stream = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
	if (stream == NULL || stream->phase != RECEIVING)
		return 0;
	if (is_headers && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		stream_check_headers(stream);
	if (stream->phase == RECEIVING && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		stream_dispatch(stream);
	return 0;
}

/* Counts streams that end without an answer, or badly, whoever reset them and with what code: making the server reset
 * costs as much as resetting (CVE-2023-44487, CVE-2025-8671). */
static void session_count_reset(struct session *session)
{
	if (session->resets_second != session->common->now) {
		session->resets_second = session->common->now;
		session->resets = 0;
	}
	if (++session->resets == session->common->limits.resets_per_second + 1)
		session_end(session, NGHTTP2_ENHANCE_YOUR_CALM);
}

static int on_stream_close(nghttp2_session *h2, int32_t id, uint32_t error, void *user)
{
	struct stream *stream = nghttp2_session_get_stream_user_data(h2, id);

	if (error != NGHTTP2_NO_ERROR || (stream != NULL && stream->answer == NULL))
		session_count_reset(user);
	if (stream != NULL)
		stream_leave(stream);
	return 0;
}

void session_common_init(struct session_common *common)
{
	unsigned resets = common->limits.resets_per_second;

	must(nghttp2_session_callbacks_new(&common->callbacks));
	nghttp2_session_callbacks_set_on_begin_headers_callback(common->callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback2(common->callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(common->callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(common->callbacks, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(common->callbacks, on_stream_close);
	must(nghttp2_option_new(&common->option));
	nghttp2_option_set_max_outbound_ack(common->option, ACKS_MAX);
	nghttp2_option_set_no_closed_streams(common->option, 1);
	/* session_count_reset() is the limit that counts. nghttp2 also counts resets of streams that were answered, which cost
	 * nothing and which libcurl 7.88 sends after each answer: its own limit stands far above. */
	nghttp2_option_set_stream_reset_rate_limit(common->option, 1000 * resets, 100 * resets);
}

void session_common_clear(struct session_common *common)
{
	nghttp2_session_callbacks_del(common->callbacks);
	nghttp2_option_del(common->option);
}

static void session_greet(struct session *session)
{
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, session->common->limits.streams },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HEADERS_MAX },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 },
	};

	must(nghttp2_submit_settings(session->h2, NGHTTP2_FLAG_NONE, settings, sizeof(settings) / sizeof(settings[0])));
	must(nghttp2_session_set_local_window_size(session->h2, NGHTTP2_FLAG_NONE, 0, SESSION_WINDOW));
	session->wake(session->wake_arg);
}

struct session *session_new(struct session_common *common, struct peer *peer, const char *refusal, session_wake *wake,
			    void *arg)
{
	nghttp2_mem memory = { NULL, h2_malloc, h2_free, h2_calloc, h2_realloc };
	struct session *session = xcalloc(1, sizeof(*session));

	session->common = common;
	session->peer = peer;
	session->refusal = refusal;
	session->wake = wake;
	session->wake_arg = arg;
	session->start = session->idle_since = common->now;
	for (int phase = 0; phase < PHASES; phase++)
		TAILQ_INIT(&session->streams[phase]);
	must(nghttp2_session_server_new3(&session->h2, common->callbacks, session, common->option, &memory));
	session_greet(session);
	return session;
}

struct session *session_free(struct session *session)
{
	struct stream *stream, *next;

	if (session == NULL)
		return NULL;
	nghttp2_session_del(session->h2);
	for (int phase = 0; phase < PHASES; phase++)
		for (stream = TAILQ_FIRST(&session->streams[phase]); stream != NULL; stream = next) {
			next = TAILQ_NEXT(stream, link);
			stream_leave(stream);
		}
	free(session);
	return NULL;
}

int session_read(struct session *session, const unsigned char *bytes, size_t length)
{
	ssize_t taken = nghttp2_session_mem_recv(session->h2, bytes, length);

	if (taken < 0)
		return -1;
	if (nghttp2_session_want_write(session->h2))
		session->wake(session->wake_arg);
	return 0;
}

ssize_t session_take(struct session *session, const unsigned char **ret_bytes)
{
	return nghttp2_session_mem_send(session->h2, ret_bytes);
}

size_t session_unsent(const struct session *session)
{
	return session->unsent;
}

void session_go_away(struct session *session)
{
	int32_t last = nghttp2_session_get_last_proc_stream_id(session->h2);

	if (session->leaving)
		return;
	session->leaving = true;
	must(nghttp2_submit_goaway(session->h2, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL, 0));
	session->wake(session->wake_arg);
}

static bool phase_is_late(const struct session *session, enum phase phase, unsigned limit_s)
{
	const struct stream *oldest = TAILQ_FIRST(&session->streams[phase]);

	return oldest != NULL && session->common->now - oldest->since > limit_s;
}

/* RFC 9113 section 8.1: after a whole answer NO_ERROR asks the client to send no more. */
static void session_stop_refused(struct session *session)
{
	while (phase_is_late(session, REFUSED, REFUSED_S)) {
		struct stream *stream = TAILQ_FIRST(&session->streams[REFUSED]);

		stream_move(stream, ANSWERING);
		if (stream->answer_sent == stream->answer_length)
			must(nghttp2_submit_rst_stream(session->h2, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR));
		session->wake(session->wake_arg);
	}
}

/* A refused session ends soon, whatever it asks; one without a key when it asks nothing. */
static bool session_is_outlived(const struct session *session)
{
	const struct server_limits *limits = &session->common->limits;

	if (session->refusal != NULL)
		return session->common->now - session->start > limits->handshake_s;
	for (int phase = 0; phase < PHASES; phase++)
		if (!TAILQ_EMPTY(&session->streams[phase]))
			return false;
	return session->common->now - session->idle_since > (session->peer != NULL ? limits->idle_s : limits->request_s);
}

void session_check(struct session *session)
{
	const struct server_limits *limits = &session->common->limits;

	if (session_is_over(session))
		return;
	session_stop_refused(session);
	if (phase_is_late(session, RECEIVING, limits->request_s) || phase_is_late(session, ANSWERING, limits->idle_s))
		session_end(session, NGHTTP2_ENHANCE_YOUR_CALM);
	else if (session_is_outlived(session))
		session_end(session, NGHTTP2_NO_ERROR);
}

bool session_is_over(const struct session *session)
{
	return !nghttp2_session_want_read(session->h2);
}

bool session_is_done(const struct session *session)
{
	return session_is_over(session) && !nghttp2_session_want_write(session->h2);
}
