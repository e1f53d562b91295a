/* A journal in a file: it outlives its handle, and two handles of it are two clients. */
#include "check.h"

#include <unistd.h>

static const char HEAD[] = "{\"type\":\"head\"}";
static const char ADA[] = "{\"kind\":\"human\",\"id\":\"ada\"}";

static loom_handle open_file(const char *folder) {
  char url[256];
  loom_handle handle;
  loom_string error;
  snprintf(url, sizeof url, "sqlite:%s/journal.db", folder);
  STATUS(LOOM_OK, loom_open(STRING(url), &handle, &error));
  return handle;
}

static void ends_at(loom_handle handle, uint64_t ver) {
  loom_string answer, error;
  STATUS(LOOM_OK, loom_query_json(handle, TEXT(HEAD), NULL, 0, &answer, &error));
  CHECK(number_at(answer.data, "ver") == ver);
  loom_free(&answer);
}

int main(void) {
  char folder[] = "/tmp/loomstack-XXXXXX", url[256];
  loom_string answer, error;
  CHECK(mkdtemp(folder));

  loom_handle first = open_file(folder);
  create_journal(first);
  STATUS(LOOM_OK, loom_close(first, NULL));

  first = open_file(folder);
  loom_handle second = open_file(folder);
  ends_at(first, 2);
  ends_at(second, 2);
  for (int at = 0; at < 10; at++) {
    char body[80];
    snprintf(body, sizeof body, "{\"type\":\"start_run\",\"run\":\"run-%d\"}", at);
    STATUS(LOOM_OK, loom_execute_json(at % 2 ? first : second, TEXT(ADA), STRING(body), &answer,
                                      &error));
    CHECK(number_at(answer.data, "decided_at") == (uint64_t)at + 2);
    loom_free(&answer);
  }
  ends_at(first, 12);
  STATUS(LOOM_OK, loom_verify_json(second, &answer, &error));
  CHECK(number_at(answer.data, "ver") == 12);
  loom_free(&answer);
  STATUS(LOOM_OK, loom_close(first, NULL));
  STATUS(LOOM_OK, loom_close(second, NULL));

  /* A folder is no journal. */
  loom_handle none;
  snprintf(url, sizeof url, "sqlite:%s", folder);
  CHECK(loom_open(STRING(url), &none, &error) != LOOM_OK);
  CHECK(none == 0 && error.data);
  loom_free(&error);

  char command[64];
  snprintf(command, sizeof command, "rm -r %s", folder);
  CHECK(system(command) == 0);
  return 0;
}
