/* A loop that is governed: an edit of payments asks a person, and passes once they said yes; what is
 * reserved counts until it is settled. */
#include "check.h"

static const char ADA[] = "{\"kind\":\"human\",\"id\":\"ada\"}";
static const char BOB[] = "{\"kind\":\"human\",\"id\":\"bob\"}";
static const char LOOP[] = "{\"kind\":\"loop\",\"id\":\"nightly\",\"run\":\"one\"}";

static const char SET_POLICY[] =
    "{\"type\":\"set_policy\",\"name\":\"loom.toml\",\"format\":\"toml\",\"text\":\""
    "version = 1\\ndefault = 'allow'\\n"
    "[owners.teams]\\nweb = { members = ['ada'] }\\npayments = { members = ['bob'] }\\n"
    "[[rules]]\\nid = 'payments'\\neffect = 'require_approval'\\n"
    "when = { verb = 'edit', paths = 'services/payments/**' }\\napproval = { teams = ['payments'] }\\n"
    "[[limits]]\\nid = 'team-day'\\nlevel = 'team'\\nunit = 'microdollars'\\nmax = 40000000\\n"
    "per = { day = 'UTC' }\\n\"}";
static const char EDIT[] =
    "{\"type\":\"propose_action\",\"action\":{\"verb\":\"edit\",\"repo\":\"shop\","
    "\"targets\":{\"paths\":[\"services/payments/charge.rs\"]}}}";

static loom_handle journal;
static loom_string answer, error;

/* Carries out what an actor wants, and answers whether the answer holds a text. */
static int told(const char *actor, const char *body, const char *text) {
  loom_free(&answer);
  STATUS(LOOM_OK, loom_execute_json(journal, STRING(actor), STRING(body), &answer, &error));
  return strstr(answer.data, text) != NULL;
}

/* Whether what counts towards limits holds a text. */
static int counts(const char *text) {
  loom_string spend;
  STATUS(LOOM_OK, loom_query_json(journal, TEXT("{\"type\":\"spend\"}"), NULL, 0, &spend, &error));
  int found = strstr(spend.data, text) != NULL;
  loom_free(&spend);
  return found;
}

int main(void) {
  journal = open_memory();
  create_journal(journal);
  CHECK(told(ADA, "{\"type\":\"register_loop\",\"id\":\"nightly\",\"owner\":\"ada\",\"team\":\"web\"}",
             "loop_registered"));
  CHECK(told(LOOP, "{\"type\":\"start_run\",\"run\":\"one\",\"loop\":\"nightly\"}", "run_started"));
  loom_free(&answer);
  REFUSED(LOOM_NO_POLICY, NULL, &error,
          loom_execute_json(journal, TEXT(LOOP), TEXT(EDIT), &answer, &error));
  CHECK(loom_status_next(LOOM_NO_POLICY) == LOOM_NEXT_ASK_HUMAN);
  REFUSED(LOOM_INVALID_POLICY, "policy", &error,
          loom_execute_json(journal, TEXT(ADA),
                            TEXT("{\"type\":\"set_policy\",\"name\":\"loom.toml\",\"format\":\"toml\","
                                 "\"text\":\"versoin = 1\"}"),
                            &answer, &error));
  CHECK(told(ADA, SET_POLICY, "\"rules\":1"));

  CHECK(told(LOOP, EDIT, "\"passes\":false"));
  char yes[160], no[160];
  const char *request = strstr(answer.data, "\"request\":\"");
  CHECK(request);
  request += strlen("\"request\":\"");
  int length = (int)strcspn(request, "\"");
  snprintf(yes, sizeof yes, "{\"type\":\"approve\",\"request\":\"%.*s\"}", length, request);
  snprintf(no, sizeof no, "{\"type\":\"reject\",\"request\":\"%.*s\"}", length, request);
  CHECK(told(BOB, yes, "\"standing\":\"approved\""));
  CHECK(told(LOOP, EDIT, "\"passes\":true"));
  loom_free(&answer);
  REFUSED(LOOM_REQUEST_NOT_OPEN, "request", &error,
          loom_execute_json(journal, TEXT(BOB), STRING(no), &answer, &error));

  CHECK(told(LOOP,
             "{\"type\":\"reserve\",\"id\":\"draft\",\"estimate\":{\"microdollars\":30000000},"
             "\"ttl_ms\":60000}",
             "\"type\":\"granted\""));
  CHECK(counts("\"reserved\":30000000"));
  CHECK(told(LOOP, "{\"type\":\"settle\",\"id\":\"draft\",\"actual\":{\"microdollars\":4000000}}",
             "reservation_ended"));
  CHECK(counts("\"settled\":4000000") && counts("\"left\":36000000"));
  loom_free(&answer);
  STATUS(LOOM_OK, loom_close(journal, NULL));
  return 0;
}
