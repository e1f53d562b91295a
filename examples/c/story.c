/*
 * Two loops on one repository: a claim, a refusal with its witness, a hand-over, a brief.
 *
 *   cc story.c -o story $(pkg-config --cflags --libs loom) && ./story
 */
#include <loom.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADA "{\"kind\":\"human\",\"id\":\"ada\"}"
#define FIXER "{\"kind\":\"loop\",\"id\":\"fixer\",\"run\":\"fix-auth\"}"
#define TIDIER "{\"kind\":\"loop\",\"id\":\"tidier\",\"run\":\"tidy-tests\"}"
#define CLAIM(intent, paths)                                                                  \
  "{\"type\":\"claim\",\"mode\":\"write\",\"ttl_ms\":60000,\"intent\":\"" intent "\",\"specs\":" \
  "[{\"repo\":\"shop\",\"paths\":[\"" paths "\"]}]}"

static loom_handle journal;
static loom_string answer, error;

/* Ends the program with the error's words, unless the call was done. */
static void must(loom_status status) {
  if (status == LOOM_OK) return;
  fprintf(stderr, "%s: %s\n", loom_status_name(status), error.data);
  exit(1);
}

/* Carries out what an actor wants; the answer is JSON. */
static void want(const char *actor, const char *body) {
  loom_free(&answer);
  must(loom_execute_json(journal, actor, strlen(actor), body, strlen(body), &answer, &error));
}

/* The text in the answer behind a prefix. A program of some size has a JSON library. */
static const char *after(const char *prefix) {
  static char text[8192];
  char *to = text;
  const char *from = strstr(answer.data, prefix);
  if (!from) return "nothing";
  for (from += strlen(prefix); *from != '"' && to < text + sizeof text - 1; from++) {
    if (*from == '\\') *to++ = *++from == 'n' ? '\n' : *from;
    else *to++ = *from;
  }
  *to = 0;
  return text;
}

int main(void) {
  must(loom_open("memory:", strlen("memory:"), &journal, &error));
  want(ADA, "{\"type\":\"create_journal\",\"workspace\":\"acme\"}");
  want(ADA, "{\"type\":\"register_repo\",\"id\":\"shop\",\"default_branch\":\"main\"}");
  want(FIXER, "{\"type\":\"start_run\",\"run\":\"fix-auth\"}");
  want(TIDIER, "{\"type\":\"start_run\",\"run\":\"tidy-tests\"}");

  char hand_over[200];
  want(FIXER, CLAIM("fix the login", "src/auth/{login,logout}*"));
  printf("fixer asks for src/auth: %s\n", after("\"claim\":{\"type\":\""));
  snprintf(hand_over, sizeof hand_over,
           "{\"type\":\"hand_over\",\"token\":\"%s\",\"to\":\"tidy-tests\"}", after("\"token\":\""));

  want(TIDIER, CLAIM("tidy up", "src/**/*_test.rs"));
  printf("tidier asks for the tests: %s", after("\"claim\":{\"type\":\""));
  printf(", both may touch %s\n", after("\"witness\":\""));

  want(FIXER, hand_over);
  printf("fixer is done: %s\n", after("\"claim\":{\"type\":\""));
  want(TIDIER, CLAIM("tidy up", "src/**/*_test.rs"));
  printf("tidier asks again: %s\n\n", after("\"claim\":{\"type\":\""));

  const char *brief = "{\"type\":\"brief\",\"run\":\"fix-auth\",\"specs\":"
                      "[{\"repo\":\"shop\",\"paths\":[\"src/**\"]}]}";
  loom_free(&answer);
  must(loom_query_json(journal, brief, strlen(brief), NULL, 0, &answer, &error));
  fputs(after("\"rendered\":{\"text\":\""), stdout);
  loom_free(&answer);
  must(loom_close(journal, &error));
  return 0;
}
