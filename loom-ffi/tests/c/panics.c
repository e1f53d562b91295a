/* A panic inside a call poisons the handle that it happened on; the process and all else live on. */
#include "check.h"

#include <loom_testing.h>
#include <pthread.h>
#include <stdatomic.h>

static const char HEAD[] = "{\"type\":\"head\"}";
static loom_handle hit;
static pthread_barrier_t start;

static void poisoned(int32_t status, loom_string *error) {
  CHECK(status == LOOM_INTERNAL);
  CHECK(error->data && strstr(error->data, "poisoned"));
  loom_free(error);
}

static void *work_beside(void *unused) {
  loom_string answer, error;
  (void)unused;
  pthread_barrier_wait(&start);
  for (;;) {
    int32_t status = loom_query_json(hit, TEXT(HEAD), NULL, 0, &answer, &error);
    loom_free(&answer);
    if (status != LOOM_OK) {
      poisoned(status, &error);
      return NULL;
    }
  }
}

int main(void) {
  enum { BESIDE = 8 };
  pthread_t threads[BESIDE];
  loom_string answer, error;
  loom_handle other = open_memory();
  hit = open_memory();
  create_journal(hit);
  create_journal(other);
  CHECK(pthread_barrier_init(&start, NULL, BESIDE + 1) == 0);
  for (size_t at = 0; at < BESIDE; at++)
    CHECK(pthread_create(&threads[at], NULL, work_beside, NULL) == 0);
  pthread_barrier_wait(&start);
  poisoned(loom_testing_panic(hit, &error), &error);
  for (size_t at = 0; at < BESIDE; at++) CHECK(pthread_join(threads[at], NULL) == 0);
  pthread_barrier_destroy(&start);

  poisoned(loom_query_json(hit, TEXT(HEAD), NULL, 0, &answer, &error), &error);
  poisoned(loom_submit_json(hit, TEXT("{}"), NULL, 0, &answer, &error), &error);
  poisoned(loom_execute_json(hit, TEXT("{}"), TEXT("{}"), &answer, &error), &error);
  poisoned(loom_verify_json(hit, &answer, &error), &error);
  poisoned(loom_testing_panic(hit, &error), &error);
  CHECK(loom_testing_panic(hit, NULL) == LOOM_INTERNAL);

  STATUS(LOOM_OK, loom_query_json(other, TEXT(HEAD), NULL, 0, &answer, &error));
  CHECK(number_at(answer.data, "ver") == 2);
  loom_free(&answer);
  loom_handle fresh = open_memory();
  create_journal(fresh);
  STATUS(LOOM_OK, loom_close(fresh, NULL));
  STATUS(LOOM_OK, loom_close(hit, &error));
  STATUS(LOOM_NOT_FOUND, loom_query_json(hit, TEXT(HEAD), NULL, 0, &answer, NULL));
  STATUS(LOOM_OK, loom_close(other, NULL));
  return 0;
}
