/* What the C tests share: a check that names its place, and texts with their lengths. */
#ifndef CHECK_H
#define CHECK_H

#include <loom.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(what)                                                                 \
  do {                                                                              \
    if (!(what)) {                                                                  \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                    \
      exit(1);                                                                      \
    }                                                                               \
  } while (0)

/* A literal with its length. */
#define TEXT(literal) (literal), (sizeof(literal) - 1)
/* A C string with its length. */
#define STRING(text) (text), strlen(text)

/* The status is the expected one; else says which it was, and why. */
#define STATUS(expected, call)                                                      \
  do {                                                                              \
    int32_t status_ = (call);                                                       \
    if (status_ != (expected)) {                                                    \
      fprintf(stderr, "%s:%d: %s\n  expected %s, got %s\n", __FILE__, __LINE__, #call, \
              loom_status_name(expected), loom_status_name(status_));               \
      exit(1);                                                                      \
    }                                                                               \
  } while (0)

/* The call fails with this status, and its error says so, about this field where one is named. */
#define REFUSED(expected, field, error, call)                                       \
  do {                                                                              \
    STATUS(expected, call);                                                         \
    check_error(__LINE__, expected, field, error);                                  \
  } while (0)

static inline void check_error(int line, int32_t expected, const char *field, loom_string *error) {
  char code[64], about[80];
  snprintf(code, sizeof code, "\"code\":\"%s\"", loom_status_name(expected));
  snprintf(about, sizeof about, "\"field\":\"%s\"", field ? field : "");
  if (!error->data || strlen(error->data) != error->len || !strstr(error->data, code) ||
      (field && !strstr(error->data, about))) {
    fprintf(stderr, "line %d: expected %s about %s, got %s\n", line, code, field ? field : "anything",
            error->data ? error->data : "no error");
    exit(1);
  }
  loom_free(error);
}

/* The number behind "key": in JSON; the first one. */
static inline uint64_t number_at(const char *json, const char *key) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\":", key);
  const char *found = strstr(json, quoted);
  CHECK(found);
  return strtoull(found + strlen(quoted), NULL, 10);
}

static inline loom_handle open_memory(void) {
  loom_handle handle = 0;
  STATUS(LOOM_OK, loom_open(TEXT("memory:"), &handle, NULL));
  CHECK(handle != 0);
  return handle;
}

/* A journal with one repository, `shop`. */
static inline void create_journal(loom_handle handle) {
  static const char *const bodies[] = {
      "{\"type\":\"create_journal\",\"workspace\":\"acme\"}",
      "{\"type\":\"register_repo\",\"id\":\"shop\",\"default_branch\":\"main\"}",
  };
  for (size_t at = 0; at < 2; at++) {
    loom_string answer, error;
    STATUS(LOOM_OK, loom_execute_json(handle, TEXT("{\"kind\":\"human\",\"id\":\"ada\"}"),
                                      STRING(bodies[at]), &answer, &error));
    CHECK(answer.data && !error.data);
    loom_free(&answer);
  }
}

#endif
