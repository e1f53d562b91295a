/*
 * 200 threads on one handle: every command lands exactly once, and what came back can be put in one
 * order that nobody could have seen otherwise.
 */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 200, EACH = 5, ALL = THREADS * EACH, SETUP = 2 };

typedef struct {
  uint64_t began, ended, decided_at;
} call;

static loom_handle shared;
static call calls[ALL];
static atomic_ullong ticket;
static pthread_barrier_t start;

static void *start_runs(void *number) {
  size_t me = (size_t)(uintptr_t)number;
  pthread_barrier_wait(&start);
  for (size_t nth = 0; nth < EACH; nth++) {
    call *it = &calls[me * EACH + nth];
    char command[400];
    snprintf(command, sizeof command,
             "{\"id\":\"00000000-0000-4000-8000-%012zu\",\"actor\":{\"kind\":\"human\",\"id\":\"ada\"},"
             "\"body\":{\"type\":\"start_run\",\"run\":\"run-%zu-%zu\"}}",
             me * EACH + nth, me, nth);
    loom_string answer, again, error;
    it->began = atomic_fetch_add(&ticket, 1);
    STATUS(LOOM_OK, loom_submit_json(shared, STRING(command), NULL, 0, &answer, &error));
    it->ended = atomic_fetch_add(&ticket, 1);
    it->decided_at = number_at(answer.data, "decided_at");
    CHECK(strstr(answer.data, "run_started"));

    /* What landed can be seen at once, and sending it again makes nothing new. */
    STATUS(LOOM_OK, loom_query_json(shared, TEXT("{\"type\":\"head\"}"), NULL, 0, &again, &error));
    CHECK(number_at(again.data, "ver") > it->decided_at);
    loom_free(&again);
    STATUS(LOOM_OK, loom_submit_json(shared, STRING(command), NULL, 0, &again, &error));
    CHECK(strcmp(answer.data, again.data) == 0);
    loom_free(&again);
    loom_free(&answer);
  }
  return NULL;
}

static int by_version(const void *left, const void *right) {
  const call *a = left, *b = right;
  return (a->decided_at > b->decided_at) - (a->decided_at < b->decided_at);
}

static void all_commands_land_once_and_their_history_is_linearizable(void) {
  pthread_t threads[THREADS];
  shared = open_memory();
  create_journal(shared);
  CHECK(pthread_barrier_init(&start, NULL, THREADS) == 0);
  for (size_t at = 0; at < THREADS; at++)
    CHECK(pthread_create(&threads[at], NULL, start_runs, (void *)(uintptr_t)at) == 0);
  for (size_t at = 0; at < THREADS; at++) CHECK(pthread_join(threads[at], NULL) == 0);
  pthread_barrier_destroy(&start);

  loom_string head, error;
  STATUS(LOOM_OK, loom_verify_json(shared, &head, &error));
  CHECK(number_at(head.data, "ver") == SETUP + ALL);
  loom_free(&head);

  qsort(calls, ALL, sizeof *calls, by_version);
  uint64_t latest_began = 0;
  for (size_t at = 0; at < ALL; at++) {
    CHECK(calls[at].decided_at == SETUP + at);
    /* None that was decided earlier began only after this one had ended. */
    CHECK(calls[at].ended > latest_began);
    if (calls[at].began > latest_began) latest_began = calls[at].began;
  }
  STATUS(LOOM_OK, loom_close(shared, NULL));
}

static atomic_int refused;

static void *query_until_closed(void *unused) {
  (void)unused;
  pthread_barrier_wait(&start);
  for (;;) {
    loom_string answer, error;
    int32_t status =
        loom_query_json(shared, TEXT("{\"type\":\"state_hash\"}"), NULL, 0, &answer, &error);
    CHECK(status == LOOM_OK || status == LOOM_NOT_FOUND);
    CHECK((status == LOOM_OK) == (answer.data != NULL));
    loom_free(&answer);
    loom_free(&error);
    if (status == LOOM_NOT_FOUND) break;
  }
  atomic_fetch_add(&refused, 1);
  return NULL;
}

static void *close_once(void *closed) {
  pthread_barrier_wait(&start);
  int32_t status = loom_close(shared, NULL);
  CHECK(status == LOOM_OK || status == LOOM_NOT_FOUND);
  if (status == LOOM_OK) atomic_fetch_add((atomic_int *)closed, 1);
  return NULL;
}

static void a_handle_can_be_closed_by_many_while_others_use_it(void) {
  enum { USERS = 8, CLOSERS = 4 };
  pthread_t threads[USERS + CLOSERS];
  atomic_int closed = 0;
  shared = open_memory();
  create_journal(shared);
  CHECK(pthread_barrier_init(&start, NULL, USERS + CLOSERS) == 0);
  for (size_t at = 0; at < USERS + CLOSERS; at++)
    CHECK(pthread_create(&threads[at], NULL, at < USERS ? query_until_closed : close_once,
                         &closed) == 0);
  for (size_t at = 0; at < USERS + CLOSERS; at++) CHECK(pthread_join(threads[at], NULL) == 0);
  pthread_barrier_destroy(&start);
  CHECK(closed == 1 && refused == USERS);
}

int main(void) {
  all_commands_land_once_and_their_history_is_linearizable();
  a_handle_can_be_closed_by_many_while_others_use_it();
  return 0;
}
