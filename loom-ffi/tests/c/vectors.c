/*
 * Runs the vectors that every language runs, through the C ABI.
 *
 * There is no JSON parser here. Each vector comes over standard input as fields, `NAME LENGTH\n`, the
 * bytes, `\n`, and ends with `end 0`; the comparison of JSON is the library's (loom_testing.h).
 */
#include "check.h"
#include <loom_testing.h>

#define FIELDS_MAX 256

typedef struct {
  char name[24];
  char *bytes;
  size_t len;
} field;

static field fields[FIELDS_MAX];
static size_t count;
static const char *current = "";

/* Reads the fields of one vector; false where there is none any more. */
static bool next_vector(void) {
  for (size_t at = 0; at < count; at++) free(fields[at].bytes);
  count = 0;
  for (;;) {
    CHECK(count < FIELDS_MAX);
    field *it = &fields[count];
    int got = scanf("%23s %zu", it->name, &it->len);
    if (got == EOF) return false;
    CHECK(got == 2 && getchar() == '\n');
    it->bytes = malloc(it->len + 1);
    CHECK(it->bytes && fread(it->bytes, 1, it->len, stdin) == it->len);
    it->bytes[it->len] = 0;
    CHECK(getchar() == '\n');
    count++;
    if (strcmp(it->name, "end") == 0) return true;
  }
}

static const field *find(const char *name) {
  for (size_t at = 0; at < count; at++)
    if (strcmp(fields[at].name, name) == 0) return &fields[at];
  return NULL;
}

static const field *need(const char *name) {
  const field *found = find(name);
  if (!found) fprintf(stderr, "%s: no %s\n", current, name);
  CHECK(found);
  return found;
}

static bool fail(const char *what, const char *got) {
  printf("FAILED %s: %s\n  got %s\n", current, what, got ? got : "nothing");
  return false;
}

/* A part of an answer, by JSON pointer; {NULL} where it is not there. */
static loom_string part(const loom_string *json, const char *pointer) {
  loom_string found = {0};
  loom_testing_json_get(json->data, json->len, STRING(pointer), &found, NULL);
  return found;
}

static bool same(const loom_string *got, const field *expected) {
  bool is_same = false;
  STATUS(LOOM_OK, loom_testing_json_same(got->data, got->len, expected->bytes, expected->len,
                                         &is_same, NULL));
  return is_same;
}

/* Is the part of the answer the expected one? */
static bool holds(const loom_string *answer, const char *pointer, const field *expected) {
  loom_string got = part(answer, pointer);
  bool is_same = got.data && same(&got, expected);
  if (!is_same) fail(pointer, answer->data);
  loom_free(&got);
  return is_same;
}

static bool run_wire(void) {
  loom_handle handle = open_memory();
  const field *at = NULL;
  bool held = true;
  loom_string answer = {0}, error = {0};
  for (size_t it = 0; held && it < count; it++) {
    if (strcmp(fields[it].name, "given-at") == 0) at = &fields[it];
    if (strcmp(fields[it].name, "given") != 0) continue;
    CHECK(at);
    int32_t status = loom_submit_json(handle, fields[it].bytes, fields[it].len, at->bytes, at->len,
                                      &answer, &error);
    held = status == LOOM_OK || fail(fields[it].bytes, error.data);
    loom_free(&answer);
    loom_free(&error);
  }
  if (held) {
    const field *command = find("command"), *query = find("query");
    CHECK(!command != !query);
    at = need("at");
    int32_t status = command ? loom_submit_json(handle, command->bytes, command->len, at->bytes,
                                                at->len, &answer, &error)
                             : loom_query_json(handle, query->bytes, query->len, at->bytes, at->len,
                                               &answer, &error);
    const field *reply = find("reply"), *code = find("code"), *about = find("field");
    CHECK(!reply != !code);
    if (reply) {
      held = status == LOOM_OK ? holds(&answer, "/reply", reply) : fail("a reply", error.data);
    } else {
      held = strcmp(loom_status_name(status), code->bytes) == 0 || fail(code->bytes, answer.data);
      loom_string got = part(&error, "/code");
      held = held && got.data && strlen(code->bytes) + 2 == got.len &&
             strncmp(got.data + 1, code->bytes, code->len) == 0;
      loom_free(&got);
      if (held && about) held = holds(&error, "/field", about);
    }
    loom_free(&answer);
    loom_free(&error);
  }
  const field *hash = find("state-hash");
  if (held && hash) {
    STATUS(LOOM_OK, loom_query_json(handle, TEXT("{\"type\":\"state_hash\"}"), need("at")->bytes,
                                    need("at")->len, &answer, &error));
    held = holds(&answer, "/reply/hash", hash);
    loom_free(&answer);
  }
  STATUS(LOOM_OK, loom_close(handle, NULL));
  return held;
}

static int32_t compile(const char *name, loom_pathset *set) {
  const field *json = need(name), *rules = find("rules");
  return loom_pathset_compile(json->bytes, json->len, rules ? rules->bytes : NULL,
                              rules ? rules->len : 0, set, NULL);
}

/* A case of the algebra: `expect` is true, false, or not there where only an answer is expected. The path
   that an answer brings along is put to the test. */
static bool run_paths(const char *op) {
  bool answered = false, assumed = false, inside = false, held = true;
  loom_pathset left = 0, right = 0;
  loom_string proof = {0};
  bool has_two = strcmp(op, "overlap") == 0 || strcmp(op, "contains") == 0;
  int32_t status = compile(has_two ? "a" : "set", &left);
  if (status == LOOM_OK && has_two) status = compile("b", &right);
  if (status == LOOM_OK && strcmp(op, "matches") == 0)
    status = loom_pathset_matches(left, need("path")->bytes, need("path")->len, &answered, NULL);
  else if (status == LOOM_OK && strcmp(op, "overlap") == 0)
    status = loom_pathset_overlap(left, right, &answered, &assumed, &proof, NULL);
  else if (status == LOOM_OK && strcmp(op, "contains") == 0)
    status = loom_pathset_contains(left, right, &answered, &assumed, &proof, NULL);
  else if (status == LOOM_OK && strcmp(op, "is_empty") == 0)
    status = loom_pathset_is_empty(left, &answered, &assumed, &proof, NULL);
  else if (status == LOOM_OK)
    CHECK(!"a known op");
  const field *expected = find("expect");
  const char *got = status != LOOM_OK ? loom_status_name(status) : answered ? "true" : "false";
  if (status != LOOM_OK) held = fail("an answer", got);
  if (held && expected && strcmp(got, expected->bytes) != 0) held = fail(expected->bytes, got);
  if (held && expected && assumed) held = fail("a proven answer", "an assumed one");
  bool has_proof = !assumed && strcmp(op, "matches") != 0 && answered == (strcmp(op, "overlap") == 0);
  if (held && has_proof != (proof.data != NULL)) held = fail("a path that proves it", proof.data);
  if (held && proof.data) {
    STATUS(LOOM_OK, loom_pathset_matches(left, proof.data, proof.len, &inside, NULL));
    if (inside == (strcmp(op, "contains") == 0)) held = fail("a true proof", proof.data);
    if (has_two) {
      STATUS(LOOM_OK, loom_pathset_matches(right, proof.data, proof.len, &inside, NULL));
      if (!inside) held = fail("a true proof", proof.data);
    }
  }
  loom_free(&proof);
  if (left) STATUS(LOOM_OK, loom_pathset_free(left, NULL));
  if (right) STATUS(LOOM_OK, loom_pathset_free(right, NULL));
  return held;
}

int main(void) {
  size_t passed = 0, failed = 0;
  while (next_vector()) {
    current = need("name")->bytes;
    const field *op = find("op");
    if (op ? run_paths(op->bytes) : run_wire())
      passed++;
    else
      failed++;
  }
  for (size_t at = 0; at < count; at++) free(fields[at].bytes);
  printf("%zu passed, %zu failed\n", passed, failed);
  return failed > 0 || passed == 0;
}
