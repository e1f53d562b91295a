/* Input that no well-meaning caller sends: a status each time, and nothing else. */
#include "check.h"

#include <pthread.h>

static const char HEAD[] = "{\"type\":\"head\"}";

static void null_is_refused_where_something_is_needed_and_taken_where_not(void) {
  loom_string error, answer;
  loom_handle handle = 7;
  uint64_t out = 7;
  bool yes = true;
  REFUSED(LOOM_MISSING_FIELD, "url", &error, loom_open(NULL, 7, &handle, &error));
  CHECK(handle == 0);
  REFUSED(LOOM_MISSING_FIELD, "handle", &error, loom_open(TEXT("memory:"), NULL, &error));
  STATUS(LOOM_MISSING_FIELD, loom_open(NULL, 7, NULL, NULL));
  handle = open_memory();
  REFUSED(LOOM_MISSING_FIELD, "command", &error,
          loom_submit_json(handle, NULL, 1, NULL, 0, &answer, &error));
  REFUSED(LOOM_MISSING_FIELD, "at", &error,
          loom_submit_json(handle, TEXT("{}"), NULL, 1, &answer, &error));
  REFUSED(LOOM_MISSING_FIELD, "answer", &error,
          loom_submit_json(handle, TEXT("{}"), NULL, 0, NULL, &error));
  REFUSED(LOOM_MISSING_FIELD, "query", &error,
          loom_query_json(handle, NULL, 1, NULL, 0, &answer, &error));
  REFUSED(LOOM_MISSING_FIELD, "answer", &error,
          loom_query_json(handle, TEXT(HEAD), NULL, 0, NULL, &error));
  REFUSED(LOOM_MISSING_FIELD, "actor", &error,
          loom_execute_json(handle, NULL, 1, TEXT("{}"), &answer, &error));
  REFUSED(LOOM_MISSING_FIELD, "body", &error,
          loom_execute_json(handle, TEXT("{}"), NULL, 1, &answer, &error));
  REFUSED(LOOM_MISSING_FIELD, "head", &error, loom_verify_json(handle, NULL, &error));
  STATUS(LOOM_MISSING_FIELD, loom_query_json(handle, TEXT(HEAD), NULL, 0, NULL, NULL));
  STATUS(LOOM_OK, loom_query_json(handle, TEXT(HEAD), NULL, 0, &answer, NULL));
  loom_free(&answer);

  REFUSED(LOOM_MISSING_FIELD, "text", &error,
          loom_pattern_compile(NULL, 1, LOOM_GLOB, NULL, 0, &out, &error));
  REFUSED(LOOM_MISSING_FIELD, "rules", &error,
          loom_pattern_compile(TEXT("a"), LOOM_GLOB, NULL, 1, &out, &error));
  REFUSED(LOOM_MISSING_FIELD, "pattern", &error,
          loom_pattern_compile(TEXT("a"), LOOM_GLOB, NULL, 0, NULL, &error));
  REFUSED(LOOM_MISSING_FIELD, "set", &error,
          loom_pathset_compile(NULL, 1, NULL, 0, &out, &error));
  REFUSED(LOOM_MISSING_FIELD, "pathset", &error,
          loom_pathset_compile(TEXT("[]"), NULL, 0, NULL, &error));
  loom_pattern pattern;
  loom_pathset set;
  STATUS(LOOM_OK, loom_pattern_compile(TEXT("a/**"), LOOM_GLOB, NULL, 0, &pattern, &error));
  STATUS(LOOM_OK, loom_pathset_compile(TEXT("[\"a/**\"]"), NULL, 0, &set, &error));
  REFUSED(LOOM_MISSING_FIELD, "path", &error, loom_pattern_matches(pattern, NULL, 1, &yes, &error));
  CHECK(!yes);
  REFUSED(LOOM_MISSING_FIELD, "matches", &error,
          loom_pattern_matches(pattern, TEXT("a"), NULL, &error));
  REFUSED(LOOM_MISSING_FIELD, "meets", &error,
          loom_pattern_overlap(pattern, pattern, NULL, &answer, &error));
  REFUSED(LOOM_MISSING_FIELD, "contains", &error,
          loom_pattern_contains(pattern, pattern, NULL, NULL, NULL, &error));
  REFUSED(LOOM_MISSING_FIELD, "matches", &error, loom_pathset_matches(set, TEXT("a"), NULL, &error));
  REFUSED(LOOM_MISSING_FIELD, "meets", &error,
          loom_pathset_overlap(set, set, NULL, NULL, NULL, &error));
  REFUSED(LOOM_MISSING_FIELD, "contains", &error,
          loom_pathset_contains(set, set, NULL, NULL, NULL, &error));
  REFUSED(LOOM_MISSING_FIELD, "is_empty", &error,
          loom_pathset_is_empty(set, NULL, NULL, NULL, &error));
  STATUS(LOOM_OK, loom_pattern_overlap(pattern, pattern, &yes, NULL, NULL));
  CHECK(yes);
  STATUS(LOOM_OK, loom_pattern_contains(pattern, pattern, &yes, NULL, NULL, NULL));
  CHECK(yes);
  STATUS(LOOM_OK, loom_pathset_overlap(set, set, &yes, NULL, NULL, NULL));
  CHECK(yes);
  STATUS(LOOM_OK, loom_pathset_is_empty(set, &yes, NULL, NULL, NULL));
  CHECK(!yes);
  STATUS(LOOM_OK, loom_pattern_free(pattern, NULL));
  STATUS(LOOM_OK, loom_pathset_free(set, NULL));
  STATUS(LOOM_OK, loom_close(handle, NULL));
}

static void a_length_of_zero_is_an_empty_text_whatever_the_pointer(void) {
  loom_handle handle = open_memory();
  loom_string answer, error;
  loom_pattern pattern;
  const char *nowhere[] = {NULL, (const char *)1, (const char *)UINTPTR_MAX, ""};
  for (size_t at = 0; at < 4; at++) {
    loom_handle none = 7;
    REFUSED(LOOM_INVALID_FIELD, "url", &error, loom_open(nowhere[at], 0, &none, &error));
    REFUSED(LOOM_INVALID_JSON, "command", &error,
            loom_submit_json(handle, nowhere[at], 0, nowhere[at], 0, &answer, &error));
    REFUSED(LOOM_INVALID_JSON, "query", &error,
            loom_query_json(handle, nowhere[at], 0, nowhere[at], 0, &answer, &error));
    STATUS(LOOM_INVALID_PATTERN,
           loom_pattern_compile(nowhere[at], 0, LOOM_GLOB, nowhere[at], 0, &pattern, NULL));
    STATUS(LOOM_INVALID_PATH,
           loom_pattern_compile(nowhere[at], 0, LOOM_FILE, nowhere[at], 0, &pattern, NULL));
    CHECK(none == 0 && pattern == 0);
  }
  STATUS(LOOM_OK, loom_close(handle, NULL));
}

/* One byte is there. Whoever reads the second one is caught by the sanitizer. */
static void a_length_over_its_limit_is_refused_before_a_byte_is_read(void) {
  char *one = malloc(1);
  CHECK(one);
  *one = '{';
  loom_handle handle = open_memory(), none;
  loom_string answer, error;
  loom_pattern pattern;
  loom_pathset set;
  bool yes;
  static const size_t beyond[] = {1, 2, 4096, SIZE_MAX / 2};
  for (size_t at = 0; at < 4; at++) {
    size_t over = beyond[at];
    REFUSED(LOOM_LIMIT_EXCEEDED, "url", &error,
            loom_open(one, LOOM_URL_BYTES_MAX + over, &none, &error));
    REFUSED(LOOM_LIMIT_EXCEEDED, "command", &error,
            loom_submit_json(handle, one, LOOM_COMMAND_BYTES_MAX + over, NULL, 0, &answer, &error));
    REFUSED(LOOM_LIMIT_EXCEEDED, "at", &error,
            loom_submit_json(handle, one, 1, one, LOOM_TIME_BYTES_MAX + over, &answer, &error));
    REFUSED(LOOM_LIMIT_EXCEEDED, "query", &error,
            loom_query_json(handle, one, LOOM_COMMAND_BYTES_MAX + over, NULL, 0, &answer, &error));
    REFUSED(LOOM_LIMIT_EXCEEDED, "actor", &error,
            loom_execute_json(handle, one, LOOM_COMMAND_BYTES_MAX + over, one, 1, &answer, &error));
    REFUSED(LOOM_LIMIT_EXCEEDED, "body", &error,
            loom_execute_json(handle, one, 1, one, LOOM_COMMAND_BYTES_MAX + over, &answer, &error));
    REFUSED(LOOM_LIMIT_EXCEEDED, "text", &error,
            loom_pattern_compile(one, LOOM_PATH_BYTES_MAX + over, 0, NULL, 0, &pattern, &error));
    REFUSED(LOOM_LIMIT_EXCEEDED, "rules", &error,
            loom_pattern_compile(one, 1, 0, one, LOOM_PATHSET_BYTES_MAX + over, &pattern, &error));
    REFUSED(LOOM_LIMIT_EXCEEDED, "set", &error,
            loom_pathset_compile(one, LOOM_PATHSET_BYTES_MAX + over, NULL, 0, &set, &error));
    STATUS(LOOM_OK, loom_pattern_compile(TEXT("a"), LOOM_GLOB, NULL, 0, &pattern, &error));
    REFUSED(LOOM_LIMIT_EXCEEDED, "path", &error,
            loom_pattern_matches(pattern, one, LOOM_PATH_BYTES_MAX + over, &yes, &error));
    STATUS(LOOM_OK, loom_pattern_free(pattern, NULL));
  }
  char *full = malloc(LOOM_COMMAND_BYTES_MAX);
  CHECK(full);
  memset(full, ' ', LOOM_COMMAND_BYTES_MAX);
  REFUSED(LOOM_INVALID_JSON, "command", &error,
          loom_submit_json(handle, full, LOOM_COMMAND_BYTES_MAX, NULL, 0, &answer, &error));
  free(full);
  free(one);
  STATUS(LOOM_OK, loom_close(handle, NULL));
}

static void what_is_no_utf_8_or_holds_a_nul_is_refused_and_named(void) {
  static const struct {
    const char *text;
    size_t len;
  } broken[] = {
      {TEXT("\xff")}, {TEXT("\xc3")}, {TEXT("\xed\xa0\x80")}, {TEXT("\xf5\x80\x80\x80")},
      {TEXT("a\x80z")}, {TEXT("\xc0\xaf")}, {TEXT("\"\xe2\x82\"")},
  };
  loom_handle handle = open_memory(), none;
  loom_string answer, error;
  loom_pattern pattern;
  bool yes;
  STATUS(LOOM_OK, loom_pattern_compile(TEXT("**"), LOOM_GLOB, NULL, 0, &pattern, &error));
  for (size_t at = 0; at < sizeof broken / sizeof *broken; at++) {
    const char *text = broken[at].text;
    size_t len = broken[at].len;
    REFUSED(LOOM_INVALID_FIELD, "url", &error, loom_open(text, len, &none, &error));
    REFUSED(LOOM_INVALID_FIELD, "command", &error,
            loom_submit_json(handle, text, len, NULL, 0, &answer, &error));
    REFUSED(LOOM_INVALID_FIELD, "at", &error,
            loom_query_json(handle, TEXT(HEAD), text, len, &answer, &error));
    REFUSED(LOOM_INVALID_FIELD, "query", &error,
            loom_query_json(handle, text, len, NULL, 0, &answer, &error));
    REFUSED(LOOM_INVALID_FIELD, "actor", &error,
            loom_execute_json(handle, text, len, TEXT("{}"), &answer, &error));
    REFUSED(LOOM_INVALID_FIELD, "path", &error,
            loom_pattern_matches(pattern, text, len, &yes, &error));
  }
  REFUSED(LOOM_INVALID_FIELD, "url", &error, loom_open(TEXT("sqlite:a\0b"), &none, &error));
  REFUSED(LOOM_INVALID_FIELD, "url", &error, loom_open(TEXT("sqlite:"), &none, &error));
  REFUSED(LOOM_INVALID_FIELD, "url", &error, loom_open(TEXT("tape:0"), &none, &error));
  REFUSED(LOOM_INVALID_JSON, "query", &error,
          loom_query_json(handle, TEXT("{\"type\":\"head\"}\0"), NULL, 0, &answer, &error));
  REFUSED(LOOM_INVALID_FIELD, "at", &error,
          loom_query_json(handle, TEXT(HEAD), TEXT("yesterday"), &answer, &error));
  REFUSED(LOOM_INVALID_PATH, "path", &error,
          loom_pattern_matches(pattern, TEXT("a\0b"), &yes, &error));
  STATUS(LOOM_OK, loom_pattern_free(pattern, NULL));
  REFUSED(LOOM_INVALID_FIELD, "kind", &error,
          loom_pattern_compile(TEXT("a"), 3, NULL, 0, &pattern, &error));
  REFUSED(LOOM_INVALID_JSON, "rules", &error,
          loom_pattern_compile(TEXT("a"), LOOM_DIR, TEXT("{\"cases\":1}"), &pattern, &error));
  STATUS(LOOM_OK, loom_close(handle, NULL));
}

static void a_handle_that_is_closed_forged_or_of_another_kind_is_not_found(void) {
  loom_string answer, error;
  loom_handle handle = open_memory();
  loom_pattern pattern;
  bool yes;
  STATUS(LOOM_OK, loom_pattern_compile(TEXT("a"), LOOM_GLOB, NULL, 0, &pattern, NULL));
  STATUS(LOOM_OK, loom_close(handle, &error));
  loom_handle reused = open_memory();
  CHECK(reused != handle);
  const uint64_t none[] = {handle, pattern, 0, 1, UINT64_MAX, reused + 1, reused ^ (1ull << 63)};
  for (size_t at = 0; at < sizeof none / sizeof *none; at++) {
    REFUSED(LOOM_NOT_FOUND, "handle", &error, loom_close(none[at], &error));
    STATUS(LOOM_NOT_FOUND, loom_close(none[at], NULL));
    REFUSED(LOOM_NOT_FOUND, "handle", &error,
            loom_submit_json(none[at], TEXT("{}"), NULL, 0, &answer, &error));
    CHECK(!answer.data && answer.len == 0);
    REFUSED(LOOM_NOT_FOUND, "handle", &error,
            loom_query_json(none[at], TEXT(HEAD), NULL, 0, &answer, &error));
    REFUSED(LOOM_NOT_FOUND, "handle", &error,
            loom_execute_json(none[at], TEXT("{}"), TEXT("{}"), &answer, &error));
    REFUSED(LOOM_NOT_FOUND, "handle", &error, loom_verify_json(none[at], &answer, &error));
    STATUS(LOOM_NOT_FOUND, loom_pathset_free(none[at], NULL));
    STATUS(LOOM_NOT_FOUND, loom_pathset_matches(none[at], TEXT("a"), &yes, NULL));
    STATUS(LOOM_NOT_FOUND, loom_pathset_is_empty(none[at], &yes, NULL, &answer, NULL));
    if (none[at] == pattern) continue;
    STATUS(LOOM_NOT_FOUND, loom_pattern_free(none[at], NULL));
    STATUS(LOOM_NOT_FOUND, loom_pattern_overlap(pattern, none[at], &yes, NULL, NULL));
    STATUS(LOOM_NOT_FOUND, loom_pattern_contains(none[at], pattern, &yes, NULL, NULL, NULL));
  }
  STATUS(LOOM_OK, loom_pattern_free(pattern, NULL));
  STATUS(LOOM_NOT_FOUND, loom_pattern_free(pattern, NULL));
  STATUS(LOOM_OK, loom_close(reused, NULL));
}

static void *use_closed(void *closed) {
  loom_string answer, error;
  loom_handle handle = *(loom_handle *)closed;
  REFUSED(LOOM_NOT_FOUND, "handle", &error,
          loom_query_json(handle, TEXT(HEAD), NULL, 0, &answer, &error));
  REFUSED(LOOM_NOT_FOUND, "handle", &error, loom_close(handle, &error));
  return NULL;
}

static void a_handle_closed_by_one_thread_is_not_found_by_another(void) {
  loom_handle handle = open_memory();
  pthread_t other;
  STATUS(LOOM_OK, loom_close(handle, NULL));
  CHECK(pthread_create(&other, NULL, use_closed, &handle) == 0);
  CHECK(pthread_join(other, NULL) == 0);
}

static void a_text_is_freed_once_however_often_it_is_given_back(void) {
  loom_handle handle = open_memory();
  loom_string answer, error;
  STATUS(LOOM_OK, loom_query_json(handle, TEXT(HEAD), NULL, 0, &answer, &error));
  CHECK(answer.len == strlen(answer.data) && !error.data && error.len == 0);
  loom_free(&answer);
  CHECK(!answer.data && answer.len == 0);
  loom_free(&answer);
  loom_free(&error);
  loom_free(NULL);
  STATUS(LOOM_OK, loom_close(handle, NULL));
}

static void one_more_handle_than_may_be_open_is_refused_and_names_the_limit(void) {
  static loom_pattern all[65536];
  loom_pattern more;
  loom_string error;
  for (size_t at = 0; at < 65536; at++)
    STATUS(LOOM_OK, loom_pattern_compile(TEXT("a"), LOOM_GLOB, NULL, 0, &all[at], NULL));
  STATUS(LOOM_LIMIT_EXCEEDED, loom_pattern_compile(TEXT("a"), LOOM_GLOB, NULL, 0, &more, &error));
  CHECK(more == 0 && strstr(error.data, "\"limit\":\"HANDLES_MAX\""));
  loom_free(&error);
  for (size_t at = 0; at < 65536; at++) STATUS(LOOM_OK, loom_pattern_free(all[at], NULL));
}

static void every_status_has_a_name_and_a_next_step_and_other_numbers_have_none(void) {
  for (int32_t status = LOOM_OK + 1; status <= LOOM_INTERNAL; status++) {
    CHECK(strcmp(loom_status_name(status), "unknown") != 0);
    CHECK(loom_status_next(status) != LOOM_NEXT_NOTHING);
  }
  CHECK(strcmp(loom_status_name(LOOM_OK), "ok") == 0);
  CHECK(loom_status_next(LOOM_OK) == LOOM_NEXT_NOTHING);
  CHECK(loom_status_next(LOOM_OUTCOME_UNKNOWN) == LOOM_NEXT_RETRY);
  CHECK(strcmp(loom_status_name(-1), "unknown") == 0);
  CHECK(strcmp(loom_status_name(LOOM_NO_POLICY + 1), "unknown") == 0);
  CHECK(loom_status_next(INT32_MIN) == LOOM_NEXT_STOP);
  CHECK(strlen(loom_version()) >= strlen("0.1.0"));
}

int main(void) {
  null_is_refused_where_something_is_needed_and_taken_where_not();
  a_length_of_zero_is_an_empty_text_whatever_the_pointer();
  a_length_over_its_limit_is_refused_before_a_byte_is_read();
  what_is_no_utf_8_or_holds_a_nul_is_refused_and_named();
  a_handle_that_is_closed_forged_or_of_another_kind_is_not_found();
  a_handle_closed_by_one_thread_is_not_found_by_another();
  a_text_is_freed_once_however_often_it_is_given_back();
  one_more_handle_than_may_be_open_is_refused_and_names_the_limit();
  every_status_has_a_name_and_a_next_step_and_other_numbers_have_none();
  return 0;
}
