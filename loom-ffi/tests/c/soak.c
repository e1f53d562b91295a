/*
 * Ten million calls that only read leave the memory of the process as it was: every text that was given
 * back is gone, and nothing is kept for a call. Takes a minute; `make c-soak` runs it.
 */
#include "check.h"

#include <time.h>

/* How much the resident size may grow over all calls: less than one byte for each. */
enum { GROWTH_KIB_MAX = 8 * 1024 };
/* Before the first reading: buffers and the allocator's own books reach their size. */
enum { WARM_UP_ROUNDS = 500, ROUNDS = 10000, CALLS_OF_A_ROUND = 1000 };

static loom_handle journal;
static loom_pattern sources, tests, docs;
static loom_pathset wide, narrow;

static void matches(void) {
  bool in = false;
  STATUS(LOOM_OK, loom_pattern_matches(sources, TEXT("src/auth/login_test.rs"), &in, NULL));
  CHECK(in);
}

static void matches_not(void) {
  bool in = true;
  STATUS(LOOM_OK, loom_pattern_matches(sources, TEXT("docs/guide.md"), &in, NULL));
  CHECK(!in);
}

static void refused(void) {
  loom_string error;
  bool in = true;
  STATUS(LOOM_INVALID_PATH, loom_pattern_matches(sources, TEXT("../secret"), &in, &error));
  CHECK(!in && error.len > 0);
  loom_free(&error);
}

static void overlap(void) {
  loom_string witness;
  bool meets = false;
  STATUS(LOOM_OK, loom_pattern_overlap(sources, tests, &meets, &witness, NULL));
  CHECK(meets && witness.len > 0);
  loom_free(&witness);
}

static void overlap_not(void) {
  loom_string witness;
  bool meets = true;
  STATUS(LOOM_OK, loom_pattern_overlap(sources, docs, &meets, &witness, NULL));
  CHECK(!meets && !witness.data);
}

static void sets(void) {
  loom_string escapee;
  bool contains = true, assumed = true;
  STATUS(LOOM_OK, loom_pathset_contains(narrow, wide, &contains, &assumed, &escapee, NULL));
  CHECK(!contains && !assumed && escapee.len > 0);
  loom_free(&escapee);
}

static void compile(void) {
  loom_pattern pattern = 0;
  STATUS(LOOM_OK, loom_pattern_compile(TEXT("src/{a,b}/**"), LOOM_GLOB, NULL, 0, &pattern, NULL));
  STATUS(LOOM_OK, loom_pattern_free(pattern, NULL));
}

static void ask(const char *query, const char *found) {
  loom_string answer, error;
  STATUS(LOOM_OK, loom_query_json(journal, STRING(query), NULL, 0, &answer, &error));
  CHECK(strstr(answer.data, found));
  loom_free(&answer);
}

static void head(void) { ask("{\"type\":\"head\"}", "\"ver\":"); }

static void state_hash(void) { ask("{\"type\":\"state_hash\"}", "\"hash\":"); }

static void claims(void) { ask("{\"type\":\"claims\"}", "holder-7"); }

static void brief(void) { ask("{\"type\":\"brief\",\"run\":\"holder-7\"}", "src/mod7"); }

static void conflicts(void) {
  ask("{\"type\":\"conflicts\",\"specs\":[{\"repo\":\"shop\",\"paths\":[\"src/mod3/login.rs\"]}]}",
      "tidy up");
}

static void no_query(void) {
  loom_string answer, error;
  STATUS(LOOM_INVALID_JSON,
         loom_query_json(journal, TEXT("{\"type\":\"weather\"}"), NULL, 0, &answer, &error));
  CHECK(!answer.data && error.len > 0);
  loom_free(&error);
}

/* What a round is made of. */
static const struct {
  const char *what;
  size_t calls;
  void (*call)(void);
} ROUND[] = {
    {"matches: in it", 250, matches},
    {"matches: not in it", 200, matches_not},
    {"matches: no path", 20, refused},
    {"overlap: with a witness", 150, overlap},
    {"overlap: none", 100, overlap_not},
    {"path sets: contains", 40, sets},
    {"patterns compiled and given back", 40, compile},
    {"query: head", 60, head},
    {"query: state_hash", 20, state_hash},
    {"query: claims", 20, claims},
    {"query: brief", 20, brief},
    {"query: conflicts", 60, conflicts},
    {"query: none that there is", 20, no_query},
};
enum { KINDS = sizeof ROUND / sizeof *ROUND };

static void rounds(size_t many) {
  while (many-- > 0)
    for (size_t kind = 0; kind < KINDS; kind++)
      for (size_t nth = 0; nth < ROUND[kind].calls; nth++) ROUND[kind].call();
}

static long resident_kib(void) {
  FILE *status = fopen("/proc/self/status", "r");
  char line[256];
  long kib = 0;
  CHECK(status);
  while (fgets(line, sizeof line, status))
    if (sscanf(line, "VmRSS: %ld kB", &kib) == 1) break;
  fclose(status);
  CHECK(kib > 0);
  return kib;
}

/* A journal in which twenty runs hold a folder each, with an intent. */
static void prepare(void) {
  enum { HOLDERS = 20 };
  journal = open_memory();
  create_journal(journal);
  for (int nth = 0; nth < HOLDERS; nth++) {
    char actor[120], bodies[2][300];
    snprintf(actor, sizeof actor, "{\"kind\":\"loop\",\"id\":\"tidy\",\"run\":\"holder-%d\"}", nth);
    snprintf(bodies[0], sizeof *bodies,
             "{\"type\":\"start_run\",\"run\":\"holder-%d\",\"ttl_ms\":86400000}", nth);
    snprintf(bodies[1], sizeof *bodies,
             "{\"type\":\"claim\",\"specs\":[{\"repo\":\"shop\",\"paths\":[\"src/mod%d/**/*.rs\"]}],"
             "\"mode\":\"write\",\"intent\":\"tidy up\",\"ttl_ms\":86400000}",
             nth);
    for (int body = 0; body < 2; body++) {
      loom_string answer, error;
      STATUS(LOOM_OK, loom_execute_json(journal, STRING(actor), STRING(bodies[body]), &answer, &error));
      loom_free(&answer);
    }
  }
  STATUS(LOOM_OK, loom_pattern_compile(TEXT("src/**/*.rs"), LOOM_GLOB, NULL, 0, &sources, NULL));
  STATUS(LOOM_OK, loom_pattern_compile(TEXT("src/auth/*_test.rs"), LOOM_GLOB, NULL, 0, &tests, NULL));
  STATUS(LOOM_OK, loom_pattern_compile(TEXT("docs"), LOOM_DIR, NULL, 0, &docs, NULL));
  STATUS(LOOM_OK, loom_pathset_compile(TEXT("[\"src/**\",\"docs/**\"]"), NULL, 0, &wide, NULL));
  STATUS(LOOM_OK, loom_pathset_compile(TEXT("{\"include\":[\"src/**\"],\"exclude\":[\"src/gen/**\"]}"),
                                       NULL, 0, &narrow, NULL));
}

int main(void) {
  size_t calls = 0;
  for (size_t kind = 0; kind < KINDS; kind++) {
    calls += ROUND[kind].calls;
    printf("%9zu %s\n", ROUND[kind].calls * ROUNDS, ROUND[kind].what);
  }
  CHECK(calls == CALLS_OF_A_ROUND);
  prepare();
  rounds(WARM_UP_ROUNDS);
  long before = resident_kib();
  struct timespec began, ended;
  clock_gettime(CLOCK_MONOTONIC, &began);
  rounds(ROUNDS);
  clock_gettime(CLOCK_MONOTONIC, &ended);
  long after = resident_kib();
  printf("%9zu calls in %ld s: resident %ld KiB before, %ld KiB after\n", calls * ROUNDS,
         (long)(ended.tv_sec - began.tv_sec), before, after);
  CHECK(after - before <= GROWTH_KIB_MAX);
  return 0;
}
