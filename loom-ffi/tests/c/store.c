/*
 * A store written in C: a journal in memory, held to the conformance suite, and a whole journal run over
 * it; then stores that fail in every way that a callback can.
 */
#include "check.h"

#include <loom_testing.h>
#include <pthread.h>
#include <stdatomic.h>

/* --- a journal in memory ------------------------------------------------------------------------- */

typedef struct {
  loom_record *records;
  size_t count, room;
  struct kept_text {
    loom_text row;
    struct kept_text *next;
  } *texts;
  uint8_t *snapshot;
  size_t snapshot_len;
  uint64_t snapshot_ver;
  uint32_t snapshot_format;
  char name[64];
  loom_head seen;
  pthread_mutex_t lock;
} journal;

static atomic_llong clock_ms = INT64_MAX;
static atomic_int closed;

static void *copied(const void *bytes, size_t len) {
  void *copy = malloc(len + 1);
  CHECK(copy);
  if (len) memcpy(copy, bytes, len);
  return copy;
}

static bool same_digest(const loom_digest *left, const loom_digest *right) {
  return memcmp(left->bytes, right->bytes, sizeof left->bytes) == 0;
}

static void keep(journal *it, const loom_record *record) {
  if (it->count == it->room) {
    it->room = it->room ? it->room * 2 : 64;
    it->records = realloc(it->records, it->room * sizeof *it->records);
    CHECK(it->records);
  }
  it->records[it->count] = *record;
  it->records[it->count++].body = copied(record->body, record->body_len);
}

static void drop_records(journal *it) {
  for (size_t at = 0; at < it->count; at++) free((void *)it->records[at].body);
  it->count = 0;
}

static void drop_journal(journal *it) {
  drop_records(it);
  free(it->records);
  while (it->texts) {
    struct kept_text *text = it->texts;
    it->texts = text->next;
    free((void *)text->row.text);
    free(text);
  }
  free(it->snapshot);
  pthread_mutex_destroy(&it->lock);
}

static void head_of(const journal *it, loom_head *head) {
  if (it->count == 0) return;
  const loom_record *last = &it->records[it->count - 1];
  *head = (loom_head){.ver = last->ver, .hash = last->hash, .incarnation = last->incarnation};
}

static int32_t memory_head(void *context, loom_head *head) {
  journal *it = context;
  pthread_mutex_lock(&it->lock);
  head_of(it, head);
  pthread_mutex_unlock(&it->lock);
  return LOOM_OK;
}

static int32_t memory_read(void *context, uint64_t after, size_t max_bytes, loom_sink sink) {
  journal *it = context;
  pthread_mutex_lock(&it->lock);
  int32_t status = LOOM_OK;
  size_t bytes = 0;
  for (size_t at = after; status == LOOM_OK && at < it->count; at++) {
    bytes += it->records[at].body_len;
    if (at > after && bytes > max_bytes) break;
    status = loom_push_record(sink, &it->records[at]);
  }
  pthread_mutex_unlock(&it->lock);
  return status;
}

static int32_t memory_append(void *context, const loom_head *expected, const loom_record *record,
                             int32_t *outcome) {
  journal *it = context;
  int32_t status = LOOM_OK;
  loom_head head = {0};
  pthread_mutex_lock(&it->lock);
  head_of(it, &head);
  if (head.ver != expected->ver || !same_digest(&head.hash, &expected->hash)) {
    bool again = record->ver <= it->count &&
                 same_digest(&it->records[record->ver - 1].hash, &record->hash);
    *outcome = again ? LOOM_APPEND_COMMITTED : LOOM_APPEND_CONFLICT;
  } else if (record->at_ms > clock_ms && record->at_ms - clock_ms > 5000) {
    status = LOOM_CLOCK_AHEAD;
  } else {
    keep(it, record);
    *outcome = LOOM_APPEND_COMMITTED;
  }
  pthread_mutex_unlock(&it->lock);
  return status;
}

static struct kept_text **text_at(journal *it, const loom_digest *digest) {
  struct kept_text **slot = &it->texts;
  while (*slot && !same_digest(&(*slot)->row.digest, digest)) slot = &(*slot)->next;
  return slot;
}

static int32_t memory_put_texts(void *context, const loom_text *texts, size_t count) {
  journal *it = context;
  pthread_mutex_lock(&it->lock);
  for (size_t at = 0; at < count; at++) {
    struct kept_text **slot = text_at(it, &texts[at].digest);
    if (!*slot) {
      *slot = calloc(1, sizeof **slot);
      CHECK(*slot);
    }
    free((void *)(*slot)->row.text);
    (*slot)->row = texts[at];
    (*slot)->row.text = copied(texts[at].text, texts[at].text_len);
  }
  pthread_mutex_unlock(&it->lock);
  return LOOM_OK;
}

static int32_t memory_get_texts(void *context, const loom_digest *digests, size_t count,
                                loom_sink sink) {
  journal *it = context;
  int32_t status = LOOM_OK;
  pthread_mutex_lock(&it->lock);
  for (size_t at = 0; status == LOOM_OK && at < count; at++) {
    struct kept_text *found = *text_at(it, &digests[at]);
    if (found) status = loom_push_text(sink, &found->row);
  }
  pthread_mutex_unlock(&it->lock);
  return status;
}

static int32_t memory_erase_texts(void *context, const loom_digest *digests, size_t count) {
  journal *it = context;
  pthread_mutex_lock(&it->lock);
  for (size_t at = 0; at < count; at++) {
    struct kept_text **slot = text_at(it, &digests[at]), *found = *slot;
    if (!found) continue;
    *slot = found->next;
    free((void *)found->row.text);
    free(found);
  }
  pthread_mutex_unlock(&it->lock);
  return LOOM_OK;
}

static int32_t memory_save_snapshot(void *context, const loom_snapshot *snapshot) {
  journal *it = context;
  pthread_mutex_lock(&it->lock);
  free(it->snapshot);
  it->snapshot = copied(snapshot->bytes, snapshot->bytes_len);
  it->snapshot_len = snapshot->bytes_len;
  it->snapshot_ver = snapshot->ver;
  it->snapshot_format = snapshot->format;
  snprintf(it->name, sizeof it->name, "%.*s", (int)snapshot->projection_len, snapshot->projection);
  pthread_mutex_unlock(&it->lock);
  return LOOM_OK;
}

static int32_t memory_load_snapshot(void *context, const char *projection, size_t len,
                                    uint32_t format, loom_sink sink) {
  journal *it = context;
  int32_t status = LOOM_OK;
  pthread_mutex_lock(&it->lock);
  if (it->snapshot && it->snapshot_format == format && strlen(it->name) == len &&
      memcmp(it->name, projection, len) == 0)
    status = loom_push_snapshot(sink, it->snapshot_ver, it->snapshot, it->snapshot_len);
  pthread_mutex_unlock(&it->lock);
  return status;
}

static void count_close(void *context) {
  (void)context;
  atomic_fetch_add(&closed, 1);
}

/* Remembers the furthest head over all clients, as a store does whose clients are short-lived. */
static int32_t remembering_head(void *context, loom_head *head) {
  journal *it = context;
  int32_t status = LOOM_OK;
  pthread_mutex_lock(&it->lock);
  head_of(it, head);
  const loom_head *seen = &it->seen;
  if (head->incarnation == seen->incarnation && seen->ver > 0 &&
      (head->ver < seen->ver || !same_digest(&it->records[seen->ver - 1].hash, &seen->hash)))
    status = LOOM_REGRESSED;
  else if (head->incarnation < seen->incarnation)
    status = LOOM_REGRESSED;
  else
    it->seen = *head;
  pthread_mutex_unlock(&it->lock);
  return status;
}

static int32_t remembering_append(void *context, const loom_head *expected,
                                  const loom_record *record, int32_t *outcome) {
  journal *it = context;
  int32_t status = memory_append(context, expected, record, outcome);
  pthread_mutex_lock(&it->lock);
  if (status == LOOM_OK && *outcome == LOOM_APPEND_COMMITTED && record->ver > it->seen.ver)
    head_of(it, &it->seen);
  pthread_mutex_unlock(&it->lock);
  return status;
}

static const loom_store_vtable memory = {
    .size = sizeof(loom_store_vtable),
    .head = memory_head,
    .read = memory_read,
    .append = memory_append,
    .put_texts = memory_put_texts,
    .get_texts = memory_get_texts,
    .erase_texts = memory_erase_texts,
    .save_snapshot = memory_save_snapshot,
    .load_snapshot = memory_load_snapshot,
    .close = count_close,
};

/* --- it conforms --------------------------------------------------------------------------------- */

typedef struct named {
  char name[80];
  journal it;
  struct named *next;
} named;

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static named *all;

static journal *named_journal(const char *name, size_t len) {
  CHECK(len < sizeof all->name);
  pthread_mutex_lock(&all_lock);
  named *found = all;
  while (found && (strlen(found->name) != len || memcmp(found->name, name, len) != 0))
    found = found->next;
  if (!found) {
    found = calloc(1, sizeof *found);
    CHECK(found && pthread_mutex_init(&found->it.lock, NULL) == 0);
    memcpy(found->name, name, len);
    found->next = all;
    all = found;
  }
  pthread_mutex_unlock(&all_lock);
  return &found->it;
}

static int32_t open_client(void *context, const char *name, size_t len, loom_store_vtable *vtable,
                           void **client) {
  *vtable = *(const loom_store_vtable *)context;
  *client = named_journal(name, len);
  return LOOM_OK;
}

static void set_clock(void *context, int64_t now_ms) {
  (void)context;
  clock_ms = now_ms;
}

static bool tamper_text(void *context, const char *name, size_t len, const loom_digest *digest) {
  (void)context;
  struct kept_text *found = *text_at(named_journal(name, len), digest);
  if (found && found->row.text_len) ((char *)found->row.text)[0] ^= 1;
  return found != NULL;
}

static void restore(void *context, const char *name, size_t len, const loom_record *records,
                    size_t count) {
  journal *it = named_journal(name, len);
  (void)context;
  pthread_mutex_lock(&it->lock);
  drop_records(it);
  for (size_t at = 0; at < count; at++) keep(it, &records[at]);
  pthread_mutex_unlock(&it->lock);
}

static size_t conformance(const loom_store_vtable *vtable, loom_string *report) {
  loom_testing_factory factory = {.context = (void *)vtable,
                                  .open = open_client,
                                  .set_clock = set_clock,
                                  .tamper_text = tamper_text,
                                  .restore = restore};
  size_t passed = 0, failed = 0, skipped = 0;
  STATUS(LOOM_OK, loom_testing_conformance(&factory, &passed, &failed, &skipped, report, NULL));
  CHECK(passed > 0 && skipped == 0);
  clock_ms = INT64_MAX;
  while (all) {
    named *done = all;
    all = done->next;
    drop_journal(&done->it);
    free(done);
  }
  return failed;
}

static int32_t last_writer_wins(void *context, const loom_head *expected, const loom_record *record,
                                int32_t *outcome) {
  journal *it = context;
  (void)expected;
  pthread_mutex_lock(&it->lock);
  keep(it, record);
  pthread_mutex_unlock(&it->lock);
  *outcome = LOOM_APPEND_COMMITTED;
  return LOOM_OK;
}

static void the_suite_acquits_a_sound_store_and_convicts_a_broken_one(void) {
  loom_string report;
  loom_store_vtable sound = memory;
  sound.head = remembering_head;
  sound.append = remembering_append;
  size_t failed = conformance(&sound, &report);
  printf("%s\n", report.data);
  CHECK(failed == 0);
  loom_free(&report);
  loom_store_vtable broken = sound;
  broken.append = last_writer_wins;
  CHECK(conformance(&broken, &report) > 0);
  CHECK(strstr(report.data, "an append with a stale head is a conflict"));
  loom_free(&report);
}

/* --- a journal over it --------------------------------------------------------------------------- */

static loom_handle open_over(const loom_store_vtable *vtable, void *context) {
  loom_handle handle = 0;
  loom_string error;
  STATUS(LOOM_OK, loom_open_store(vtable, context, &handle, &error));
  return handle;
}

static void query_contains(loom_handle handle, const char *query, const char *part) {
  loom_string answer, error;
  STATUS(LOOM_OK, loom_query_json(handle, STRING(query), NULL, 0, &answer, &error));
  if (!strstr(answer.data, part)) fprintf(stderr, "%s\n", answer.data);
  CHECK(strstr(answer.data, part));
  loom_free(&answer);
}

static const char HUMAN[] = "{\"kind\":\"human\",\"id\":\"ada\"}";
static const char LOOP[] =
    "{\"type\":\"register_loop\",\"id\":\"tidy\",\"owner\":\"ada\",\"goal\":\"no warnings\"}";

static void a_journal_over_a_store_in_c_keeps_records_and_texts(void) {
  journal it = {.lock = PTHREAD_MUTEX_INITIALIZER};
  int before = closed;
  loom_handle first = open_over(&memory, &it);
  create_journal(first);
  loom_string answer, error;
  STATUS(LOOM_OK, loom_execute_json(first, TEXT(HUMAN), TEXT(LOOP), &answer, &error));
  loom_free(&answer);
  query_contains(first, "{\"type\":\"loops\"}", "no warnings");
  loom_handle second = open_over(&memory, &it);
  query_contains(second, "{\"type\":\"loops\"}", "no warnings");
  CHECK(it.count == 3);
  STATUS(LOOM_OK, loom_verify_json(second, &answer, &error));
  CHECK(number_at(answer.data, "ver") == 3);
  loom_free(&answer);

  /* The store has no clock; the library has the system's. */
  static const char tick[] = "{\"id\":\"00000000-0000-4000-8000-000000000001\",\"actor\":{\"kind\":"
                             "\"human\",\"id\":\"ada\"},\"body\":{\"type\":\"start_run\",\"run\":\"r\"}}";
  REFUSED(LOOM_CLOCK_AHEAD, NULL, &error,
          loom_submit_json(first, TEXT(tick), TEXT("9999-01-01T00:00:00Z"), &answer, &error));
  CHECK(it.count == 3);

  /* One byte in storage changes, and the next reader says which record. */
  ((uint8_t *)it.records[1].body)[0] ^= 1;
  REFUSED(LOOM_BROKEN_CHAIN, "records[ver=2]", &error, loom_verify_json(second, &answer, &error));
  CHECK(!answer.data);

  STATUS(LOOM_OK, loom_close(first, NULL));
  STATUS(LOOM_OK, loom_close(second, NULL));
  CHECK(closed - before == 2);
  drop_journal(&it);
}

static void a_journal_that_went_back_is_regressed(void) {
  journal it = {.lock = PTHREAD_MUTEX_INITIALIZER};
  loom_handle handle = open_over(&memory, &it);
  create_journal(handle);
  free((void *)it.records[--it.count].body);
  loom_string answer, error;
  REFUSED(LOOM_REGRESSED, "head", &error,
          loom_query_json(handle, TEXT("{\"type\":\"head\"}"), NULL, 0, &answer, &error));
  REFUSED(LOOM_REGRESSED, "head", &error,
          loom_execute_json(handle, TEXT(HUMAN), TEXT(LOOP), &answer, &error));
  CHECK(it.count == 1);
  STATUS(LOOM_OK, loom_close(handle, NULL));
  drop_journal(&it);
}

/* --- stores that fail ---------------------------------------------------------------------------- */

static int32_t fault;
static bool lands;
static atomic_int appends;

static int32_t failing_append(void *context, const loom_head *expected, const loom_record *record,
                              int32_t *outcome) {
  int32_t ignored = 0;
  atomic_fetch_add(&appends, 1);
  if (lands) memory_append(context, expected, record, &ignored);
  *outcome = 0;
  return fault;
}

static int32_t failing_head(void *context, loom_head *head) {
  (void)context, (void)head;
  return fault;
}

static int32_t failing_read(void *context, uint64_t after, size_t max_bytes, loom_sink sink) {
  (void)context, (void)after, (void)max_bytes, (void)sink;
  return fault;
}

static void what_append_answers_becomes_the_status_and_what_is_none_is_outcome_unknown(void) {
  static const struct {
    int32_t answered, told;
  } cases[] = {
      {LOOM_UNAVAILABLE, LOOM_UNAVAILABLE}, {LOOM_CORRUPT, LOOM_CORRUPT},
      {LOOM_REGRESSED, LOOM_REGRESSED},     {LOOM_TOO_LARGE, LOOM_TOO_LARGE},
      {LOOM_CLOCK_AHEAD, LOOM_CLOCK_AHEAD}, {LOOM_OUTCOME_UNKNOWN, LOOM_OUTCOME_UNKNOWN},
      {LOOM_NOT_PERMITTED, LOOM_OUTCOME_UNKNOWN}, {LOOM_INTERNAL, LOOM_OUTCOME_UNKNOWN},
      {-1, LOOM_OUTCOME_UNKNOWN},           {INT32_MAX, LOOM_OUTCOME_UNKNOWN},
      {LOOM_OK, LOOM_OUTCOME_UNKNOWN}, /* without an outcome */
  };
  loom_store_vtable failing = memory;
  failing.append = failing_append;
  for (size_t at = 0; at < sizeof cases / sizeof *cases; at++) {
    journal it = {.lock = PTHREAD_MUTEX_INITIALIZER};
    loom_handle handle = open_over(&failing, &it);
    loom_string answer, error;
    fault = cases[at].answered;
    REFUSED(cases[at].told, NULL, &error,
            loom_execute_json(handle, TEXT(HUMAN),
                              TEXT("{\"type\":\"create_journal\",\"workspace\":\"acme\"}"), &answer,
                              &error));
    CHECK(!answer.data && it.count == 0);
    query_contains(handle, "{\"type\":\"head\"}", "\"ver\":0");
    STATUS(LOOM_OK, loom_close(handle, NULL));
    drop_journal(&it);
  }
}

static void a_command_whose_append_landed_without_saying_so_is_answered_and_lands_once(void) {
  journal it = {.lock = PTHREAD_MUTEX_INITIALIZER};
  loom_store_vtable failing = memory;
  failing.append = failing_append;
  loom_handle handle = open_over(&failing, &it);
  loom_string answer, error;
  fault = -1;
  lands = true;
  appends = 0;
  STATUS(LOOM_OK, loom_execute_json(handle, TEXT(HUMAN),
                                    TEXT("{\"type\":\"create_journal\",\"workspace\":\"acme\"}"),
                                    &answer, &error));
  CHECK(strstr(answer.data, "journal_created") && it.count == 1 && appends == 1);
  lands = false;
  loom_free(&answer);
  STATUS(LOOM_OK, loom_close(handle, NULL));
  drop_journal(&it);
}

static void what_other_callbacks_answer_becomes_the_status_and_what_is_none_is_unavailable(void) {
  static const struct {
    int32_t answered, told;
  } cases[] = {
      {LOOM_UNAVAILABLE, LOOM_UNAVAILABLE}, {LOOM_CORRUPT, LOOM_CORRUPT},
      {LOOM_REGRESSED, LOOM_REGRESSED},     {LOOM_NEWER_JOURNAL, LOOM_NEWER_JOURNAL},
      {LOOM_NOT_PERMITTED, LOOM_UNAVAILABLE}, {-1, LOOM_UNAVAILABLE}, {999, LOOM_UNAVAILABLE},
  };
  loom_store_vtable failing = memory;
  failing.head = failing_head;
  failing.read = failing_read;
  for (size_t at = 0; at < sizeof cases / sizeof *cases; at++) {
    journal it = {.lock = PTHREAD_MUTEX_INITIALIZER};
    loom_handle handle = open_over(&failing, &it);
    loom_string answer, error;
    fault = cases[at].answered;
    REFUSED(cases[at].told, NULL, &error,
            loom_query_json(handle, TEXT("{\"type\":\"head\"}"), NULL, 0, &answer, &error));
    STATUS(LOOM_OK, loom_close(handle, NULL));
    drop_journal(&it);
  }
}

static loom_sink old_sink;
static loom_handle serving;

static int32_t read_garbage(void *context, uint64_t after, size_t max_bytes, loom_sink sink) {
  static const uint8_t junk[] = {0xff, 0x00, 0xfe};
  loom_record record = {.ver = after + 1, .body = junk, .body_len = sizeof junk};
  (void)context, (void)max_bytes;
  old_sink = sink;
  CHECK(loom_push_record(sink, &record) == LOOM_OK);
  return LOOM_OK;
}

static int32_t read_null_body(void *context, uint64_t after, size_t max_bytes, loom_sink sink) {
  loom_record record = {.ver = after + 1, .body = NULL, .body_len = 7};
  (void)context, (void)max_bytes;
  CHECK(loom_push_record(sink, &record) == LOOM_MISSING_FIELD);
  CHECK(loom_push_record(sink, NULL) == LOOM_MISSING_FIELD);
  record.body_len = SIZE_MAX;
  CHECK(loom_push_record(sink, &record) != LOOM_OK);
  return LOOM_OK;
}

static int32_t read_wrong_kind(void *context, uint64_t after, size_t max_bytes, loom_sink sink) {
  (void)context, (void)max_bytes;
  CHECK(loom_push_snapshot(sink, after, (const uint8_t *)"x", 1) == LOOM_OK);
  return LOOM_OK;
}

static int32_t read_calls_back(void *context, uint64_t after, size_t max_bytes, loom_sink sink) {
  loom_string answer, error;
  REFUSED(LOOM_NOT_PERMITTED, "handle", &error,
          loom_query_json(serving, TEXT("{\"type\":\"head\"}"), NULL, 0, &answer, &error));
  return memory_read(context, after, max_bytes, sink);
}

static void a_store_that_pushes_garbage_is_corrupt_and_a_sink_ends_with_its_callback(void) {
  static const struct {
    int32_t (*read)(void *, uint64_t, size_t, loom_sink);
    int32_t told;
  } cases[] = {{read_garbage, LOOM_BROKEN_CHAIN},
               {read_null_body, LOOM_CORRUPT},
               {read_wrong_kind, LOOM_CORRUPT},
               {read_calls_back, LOOM_OK}};
  for (size_t at = 0; at < sizeof cases / sizeof *cases; at++) {
    journal it = {.lock = PTHREAD_MUTEX_INITIALIZER};
    loom_store_vtable odd = memory;
    odd.read = cases[at].read;
    serving = open_over(&odd, &it);
    loom_string answer, error;
    STATUS(cases[at].told,
           loom_query_json(serving, TEXT("{\"type\":\"head\"}"), NULL, 0, &answer, &error));
    loom_free(&answer);
    loom_free(&error);
    STATUS(LOOM_OK, loom_close(serving, NULL));
    drop_journal(&it);
  }
  loom_record record = {.ver = 1};
  STATUS(LOOM_NOT_FOUND, loom_push_record(old_sink, &record));
  STATUS(LOOM_NOT_FOUND, loom_push_snapshot(0, 1, NULL, 0));
  STATUS(LOOM_NOT_FOUND, loom_push_text(UINT64_MAX, &(loom_text){0}));
}

static void a_table_that_is_none_is_refused_and_its_context_left_alone(void) {
  loom_handle handle = 7;
  loom_string error;
  int before = closed;
  REFUSED(LOOM_MISSING_FIELD, "vtable", &error, loom_open_store(NULL, NULL, &handle, &error));
  CHECK(handle == 0);
  REFUSED(LOOM_MISSING_FIELD, "handle", &error, loom_open_store(&memory, NULL, NULL, &error));
  loom_store_vtable table = memory;
  table.size = 0;
  REFUSED(LOOM_INVALID_FIELD, "vtable.size", &error, loom_open_store(&table, NULL, &handle, &error));
  table = memory;
  table.append = NULL;
  REFUSED(LOOM_MISSING_FIELD, "vtable.append", &error,
          loom_open_store(&table, NULL, &handle, &error));
  CHECK(closed == before);
  table = memory;
  table.save_snapshot = NULL;
  table.load_snapshot = NULL;
  table.close = NULL;
  journal it = {.lock = PTHREAD_MUTEX_INITIALIZER};
  handle = open_over(&table, &it);
  create_journal(handle);
  STATUS(LOOM_OK, loom_close(handle, NULL));
  drop_journal(&it);
}

int main(void) {
  the_suite_acquits_a_sound_store_and_convicts_a_broken_one();
  a_journal_over_a_store_in_c_keeps_records_and_texts();
  a_journal_that_went_back_is_regressed();
  what_append_answers_becomes_the_status_and_what_is_none_is_outcome_unknown();
  a_command_whose_append_landed_without_saying_so_is_answered_and_lands_once();
  what_other_callbacks_answer_becomes_the_status_and_what_is_none_is_unavailable();
  a_store_that_pushes_garbage_is_corrupt_and_a_sink_ends_with_its_callback();
  a_table_that_is_none_is_refused_and_its_context_left_alone();
  return 0;
}
