/*
 * LoomStack: claims, leases and one journal for loops that work on the same repositories.
 *
 * Made by cbindgen from the exported functions of loom-ffi; do not edit.
 *
 * Rules that hold for every function:
 *
 * - Every function but those about names and versions answers a loom_status. LOOM_OK is 0. With any
 *   other one, `error` holds a JSON object {"code", "next", "message", "field"?, "limit"?}: branch on the
 *   status or on loom_status_next; the message is for people.
 * - `error` may be NULL. Every place for a result is written in every case, the empty value where
 *   there is no result, so it may always be read, and a loom_string always be given to loom_free.
 *   Give every result a place of its own.
 * - Texts are UTF-8. What goes in has a length and needs no NUL; a length of 0 goes with any pointer,
 *   NULL too. What comes out has a length and a NUL behind it, and is given back with loom_free.
 * - Lengths are bounded before a byte is read: LOOM_LIMIT_EXCEEDED names the limit. Text that is no
 *   UTF-8 is LOOM_INVALID_FIELD, NULL where something is needed LOOM_MISSING_FIELD.
 * - Handles are numbers. One that was closed, that is of another kind, or that was never given out is
 *   answered with LOOM_NOT_FOUND, never with undefined behaviour. 0 is never a handle. At most 65,536
 *   of one kind are open at once.
 * - Threads: every function may be called from any thread at any time. Threads share a journal by its
 *   handle: commands are carried out one after the other, each exactly once, and an answer's
 *   `decided_at` is the version of the journal that it was decided on. A command that starts after
 *   another one was answered is decided on a later version, or on the same one if it changed nothing.
 * - After fork() the child uses no handle of its parent; it opens its own.
 * - No panic of the library ends the process. A panic inside a call on a journal poisons its handle:
 *   that call and all later ones on it answer LOOM_INTERNAL, "poisoned". All other handles live on.
 */

#ifndef LOOM_H
#define LOOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The longest URL, in bytes.
 */
#define LOOM_URL_BYTES_MAX 8192

/**
 * The longest command, query, actor or body in JSON, in bytes.
 */
#define LOOM_COMMAND_BYTES_MAX 1048576

/**
 * The longest point in time, in bytes.
 */
#define LOOM_TIME_BYTES_MAX 64

/**
 * How the text of a pattern is read: as a glob.
 */
#define LOOM_GLOB 0

/**
 * How the text of a pattern is read: as exactly this path; no character is special.
 */
#define LOOM_FILE 1

/**
 * How the text of a pattern is read: as this path and everything below it; no character is special.
 */
#define LOOM_DIR 2

/**
 * The longest text of a pattern or path, in bytes, as it is handed in. The limits of the library on
 * what is left of it are lower, and named where they are passed.
 */
#define LOOM_PATH_BYTES_MAX 65536

/**
 * The longest path set or rules in JSON, in bytes.
 */
#define LOOM_PATHSET_BYTES_MAX 1048576

/**
 * What `append` tells: the record is in the journal and survives a crash of the process.
 */
#define LOOM_APPEND_COMMITTED 1

/**
 * What `append` tells: the journal's head is another one, and nothing was appended.
 */
#define LOOM_APPEND_CONFLICT 2

/**
 * What the caller of a call that failed should do next.
 */
enum loom_next
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing: it was done.
   */
  LOOM_NEXT_NOTHING = 0,
  /**
   * Send the same again, the same id included, after a while.
   */
  LOOM_NEXT_RETRY = 1,
  /**
   * Change what was sent.
   */
  LOOM_NEXT_FIX_INPUT = 2,
  /**
   * Read the state again, then decide.
   */
  LOOM_NEXT_RELOAD = 3,
  /**
   * A person has to decide or repair.
   */
  LOOM_NEXT_ASK_HUMAN = 4,
  /**
   * Do nothing more with this journal or this process.
   */
  LOOM_NEXT_STOP = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum loom_next loom_next;
#else
typedef int32_t loom_next;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a call came to: LOOM_OK, or the code of its error. The numbers are stable.
 */
enum loom_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It was done.
   */
  LOOM_OK = 0,
  /**
   * The text is no legal repository path.
   */
  LOOM_INVALID_PATH = 1,
  /**
   * The text is no legal pattern, or a set of them is not legal.
   */
  LOOM_INVALID_PATTERN = 2,
  /**
   * A field or argument holds a value that it cannot hold.
   */
  LOOM_INVALID_FIELD = 3,
  /**
   * A field or argument that is needed is not there.
   */
  LOOM_MISSING_FIELD = 4,
  /**
   * The JSON could not be read: syntax, an unknown field or type, or a duplicate key.
   */
  LOOM_INVALID_JSON = 5,
  /**
   * A list, text or number is over (or under) a documented limit; the error names the limit.
   */
  LOOM_LIMIT_EXCEEDED = 6,
  /**
   * The thing named does not exist here: a run, a claim, a repository, a handle.
   */
  LOOM_NOT_FOUND = 7,
  /**
   * The thing named exists already, and says something else.
   */
  LOOM_ALREADY_EXISTS = 8,
  /**
   * The kind of actor, or this actor, may not send this command.
   */
  LOOM_NOT_PERMITTED = 9,
  /**
   * The command id was used before with another body.
   */
  LOOM_ID_REUSED = 10,
  /**
   * The run has ended or lapsed; it can hold nothing any more.
   */
  LOOM_RUN_NOT_LIVE = 11,
  /**
   * The claim has ended or lapsed.
   */
  LOOM_CLAIM_NOT_LIVE = 12,
  /**
   * The run waits for a claim already; a run has one pending wait.
   */
  LOOM_ALREADY_WAITING = 13,
  /**
   * The claim would not become narrower.
   */
  LOOM_NOT_NARROWER = 14,
  /**
   * The journal has no first record; create it first.
   */
  LOOM_NO_JOURNAL = 15,
  /**
   * A record does not chain to the one before it, or its hash is not that of its bytes.
   */
  LOOM_BROKEN_CHAIN = 16,
  /**
   * Records are missing between the version held and the first one given.
   */
  LOOM_GAP = 17,
  /**
   * The journal was written by a newer version of the library.
   */
  LOOM_NEWER_JOURNAL = 18,
  /**
   * Bytes of a record, snapshot or page are not what they must be.
   */
  LOOM_CORRUPT = 19,
  /**
   * Nothing said whether the append landed; send the same command again, its id included.
   */
  LOOM_OUTCOME_UNKNOWN = 20,
  /**
   * The store cannot be reached or is busy.
   */
  LOOM_UNAVAILABLE = 21,
  /**
   * The store's head is behind, or beside, one that was seen before.
   */
  LOOM_REGRESSED = 22,
  /**
   * The record is larger than the store takes.
   */
  LOOM_TOO_LARGE = 23,
  /**
   * The record's time is too far ahead of the store's own clock.
   */
  LOOM_CLOCK_AHEAD = 24,
  /**
   * A bug in the library. The handle that it happened on is poisoned: close it and open another.
   */
  LOOM_INTERNAL = 25,
  /**
   * The policy document cannot be used: the message gives line, column and the remedy.
   */
  LOOM_INVALID_POLICY = 26,
  /**
   * The request for a person's yes was answered, rejected, or has expired.
   */
  LOOM_REQUEST_NOT_OPEN = 27,
  /**
   * No policy was set, so there is nothing to decide by.
   */
  LOOM_NO_POLICY = 28,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum loom_status loom_status;
#else
typedef int32_t loom_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * A text that the library gave out: UTF-8, followed by a NUL that `len` does not count. It belongs to
 * the caller, who gives it back with loom_free, unchanged. `data` is NULL where there is no text.
 */
typedef struct loom_string {
  /**
   * The bytes. No text of the library holds a NUL but the one at its end.
   */
  char *data;
  /**
   * How many bytes, the NUL at the end not counted.
   */
  size_t len;
} loom_string;

/**
 * An open journal. 0 is none. Threads may share it.
 */
typedef uint64_t loom_handle;

/**
 * A compiled pattern. 0 is none. Threads may share it.
 */
typedef uint64_t loom_pattern;

/**
 * A compiled path set. 0 is none. Threads may share it.
 */
typedef uint64_t loom_pathset;

/**
 * A SHA-256 digest.
 */
typedef struct loom_digest {
  /**
   * Its bytes.
   */
  uint8_t bytes[32];
} loom_digest;

/**
 * Where a journal ends. All zeros for an empty one.
 */
typedef struct loom_head {
  /**
   * The version of the last record: how many there are.
   */
  uint64_t ver;
  /**
   * The hash of the last record.
   */
  struct loom_digest hash;
  /**
   * The incarnation of the last record.
   */
  uint32_t incarnation;
} loom_head;

/**
 * Where a callback puts what it found. It lives as long as the callback that it was given to; used
 * later it is LOOM_NOT_FOUND.
 */
typedef uint64_t loom_sink;

/**
 * One record of a journal. The store keeps `ver`, `prev`, `hash` and the bytes of `body`, and gives
 * them back as they are.
 */
typedef struct loom_record {
  /**
   * The version that the journal has with this record. The first one is 1.
   */
  uint64_t ver;
  /**
   * The hash of the record before; zeros for the first.
   */
  struct loom_digest prev;
  /**
   * The hash of this record.
   */
  struct loom_digest hash;
  /**
   * The bytes.
   */
  const uint8_t *body;
  /**
   * How many; at most 1,048,576.
   */
  size_t body_len;
  /**
   * The record's time in milliseconds since 1970. Told to `append`; ignored in what is pushed.
   */
  int64_t at_ms;
  /**
   * The journal's incarnation with this record. Told to `append`; ignored in what is pushed.
   */
  uint32_t incarnation;
} loom_record;

/**
 * One row of the erasable table of texts. The store keeps all of it, and gives it back as it is.
 */
typedef struct loom_text {
  /**
   * The key.
   */
  struct loom_digest digest;
  /**
   * The salt, erased with the text.
   */
  uint8_t nonce[16];
  /**
   * The words, in UTF-8, without a NUL at the end.
   */
  const char *text;
  /**
   * How many bytes; at most 4,096.
   */
  size_t text_len;
} loom_text;

/**
 * A snapshot: bytes that make a start quicker. Advisory; a store may drop it.
 */
typedef struct loom_snapshot {
  /**
   * Which projection of the journal; with `format` the key.
   */
  const char *projection;
  /**
   * How many bytes.
   */
  size_t projection_len;
  /**
   * The format of the bytes.
   */
  uint32_t format;
  /**
   * The version of the journal that it stands for.
   */
  uint64_t ver;
  /**
   * The bytes.
   */
  const uint8_t *bytes;
  /**
   * How many.
   */
  size_t bytes_len;
} loom_snapshot;

/**
 * A store written by the caller: what a journal's storage has to do.
 *
 * Every callback gets the `context` of loom_open_store. It answers LOOM_OK, or one of
 * LOOM_UNAVAILABLE (nothing happened, try again), LOOM_CORRUPT, LOOM_REGRESSED, LOOM_GAP,
 * LOOM_BROKEN_CHAIN, LOOM_NEWER_JOURNAL, LOOM_TOO_LARGE, LOOM_CLOCK_AHEAD and LOOM_OUTCOME_UNKNOWN.
 * Any other number counts as LOOM_OUTCOME_UNKNOWN from `append`, and as LOOM_UNAVAILABLE from the
 * others.
 *
 * Threads: callbacks are called from any thread that uses the journal, and several at once. What
 * `context` points to locks for itself, and is not bound to a thread.
 *
 * Ownership: what a callback is given is lent until it answers, and copied by a store that keeps it.
 * What it finds it pushes into its sink (loom_push_record, loom_push_text, loom_push_snapshot), which
 * copies. A callback throws no exception, does not longjmp, and does not use the journal that it
 * serves: that is answered with LOOM_NOT_PERMITTED.
 *
 * The library does the duties that need no storage: it checks records, texts and heads before and after
 * every callback, and refuses a record that is more than 5 seconds ahead of the system's clock. So a
 * store need not know hashes or JSON, and what was altered in storage is noticed.
 */
typedef struct loom_store_vtable {
  /**
   * sizeof(loom_store_vtable), so that a later library knows which version this is.
   */
  size_t size;
  /**
   * Where does the journal end? Linearizable: a head answered after an append was acknowledged
   * includes that append. `head` is zeros, as for an empty journal, until it is set.
   */
  int32_t (*head)(void *context,
                  struct loom_head *head);
  /**
   * Pushes the records behind version `after`, in order and without gap, of together at most
   * `max_bytes` bytes of body, but at least one where there is one. Nothing where the journal ends at
   * `after` or before.
   */
  int32_t (*read)(void *context,
                  uint64_t after,
                  size_t max_bytes,
                  loom_sink sink);
  /**
   * Adds one record if the journal's head has the version and hash of `expected`, as one atomic step
   * over all clients, and sets `outcome` to LOOM_APPEND_COMMITTED, else to LOOM_APPEND_CONFLICT. The
   * same record (same hash) at its place again is committed and adds nothing. What is acknowledged
   * survives a crash. LOOM_OK without an outcome counts as LOOM_OUTCOME_UNKNOWN. A store with a clock
   * of its own answers LOOM_CLOCK_AHEAD where `at_ms` of a new record is more than 5,000 ahead of it.
   */
  int32_t (*append)(void *context,
                    const struct loom_head *expected,
                    const struct loom_record *record,
                    int32_t *outcome);
  /**
   * Keeps texts under their digests; in place of the same ones. Texts come before the record that
   * speaks of them.
   */
  int32_t (*put_texts)(void *context,
                       const struct loom_text *texts,
                       size_t texts_len);
  /**
   * Pushes the texts of these digests that are kept, in any order.
   */
  int32_t (*get_texts)(void *context,
                       const struct loom_digest *digests,
                       size_t digests_len,
                       loom_sink sink);
  /**
   * Forgets texts, nonces included, so that nothing of them can be read from the storage again. A
   * digest that is not kept is passed over.
   */
  int32_t (*erase_texts)(void *context,
                         const struct loom_digest *digests,
                         size_t digests_len);
  /**
   * Keeps a snapshot in place of an earlier one of the same key. May be NULL: none is kept.
   */
  int32_t (*save_snapshot)(void *context,
                           const struct loom_snapshot *snapshot);
  /**
   * Pushes the snapshot of a key, if there is one. May be NULL.
   */
  int32_t (*load_snapshot)(void *context,
                           const char *projection,
                           size_t projection_len,
                           uint32_t format,
                           loom_sink sink);
  /**
   * The journal is closed and its last call over: nobody uses `context` any more. Called once, on the
   * thread that let go last. May be NULL.
   */
  void (*close)(void *context);
} loom_store_vtable;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Gives a text back and empties it, so that a second call with the same variable does nothing. NULL
 * and an empty text are passed over.
 *
 * The caller promises:
 * `text` is NULL or may be written; what it holds came from this library and was not given back.
 */
void loom_free(struct loom_string *text);

/**
 * The version of the library, as "0.1.0". Never given back.
 */
const char *loom_version(void);

/**
 * The name of a status, as it stands in JSON: "not_found" for LOOM_NOT_FOUND, "ok" for LOOM_OK, and
 * "unknown" for a number that is no status. Never given back.
 */
const char *loom_status_name(int32_t status);

/**
 * What the caller should do next about a status. LOOM_NEXT_STOP for a number that is no status.
 */
loom_next loom_status_next(int32_t status);

/**
 * Opens a journal and gives out a handle.
 *
 * `url` is "sqlite:PATH", one file that any number of processes may open and that is created where
 * there is none, "postgres://USER@HOST/DATABASE?workspace=NAME", which machines share, or "memory:", a
 * journal that ends with its handle.
 *
 * The caller promises:
 * `url` points to `url_len` bytes; `handle` and `error` are NULL or may be written.
 */
loom_status loom_open(const char *url,
                      size_t url_len,
                      loom_handle *handle,
                      struct loom_string *error);

/**
 * Closes a handle. Calls that other threads have under way on it finish; every later one answers
 * LOOM_NOT_FOUND, a second loom_close too.
 *
 * The caller promises:
 * `error` is NULL or may be written.
 */
loom_status loom_close(loom_handle handle,
                       struct loom_string *error);

/**
 * Carries out a command: `{"id", "actor", "nonce"?, "body": {"type", …}}`. The answer is
 * `{"decided_at", "at", "reply": {"type", …}}`. Sending the same command again, its id included, does
 * nothing new and answers what landed.
 *
 * `at` is a point in time as RFC 3339 ("2026-11-22T07:30:00Z"), for tests and simulations; with
 * `at_len` 0 it is now.
 *
 * A refusal that belongs to the job (a conflict, a claim that lapsed) is an answer with LOOM_OK. After
 * LOOM_OUTCOME_UNKNOWN send the same command again.
 *
 * The caller promises:
 * `command` points to `command_len` bytes and `at` to `at_len`; `answer` and `error` are NULL or may be
 * written.
 */
loom_status loom_submit_json(loom_handle handle,
                             const char *command,
                             size_t command_len,
                             const char *at,
                             size_t at_len,
                             struct loom_string *answer,
                             struct loom_string *error);

/**
 * Carries out what an actor wants, now, under a fresh id and nonce: `actor` is
 * `{"kind", "id", "run"?, …}` and `body` is the `{"type", …}` of a command.
 *
 * The caller promises:
 * `actor` points to `actor_len` bytes and `body` to `body_len`; `answer` and `error` are NULL or may be
 * written.
 */
loom_status loom_execute_json(loom_handle handle,
                              const char *actor,
                              size_t actor_len,
                              const char *body,
                              size_t body_len,
                              struct loom_string *answer,
                              struct loom_string *error);

/**
 * Answers a query, `{"type", …}`, over the newest state, and changes nothing. `at` as for
 * loom_submit_json.
 *
 * The caller promises:
 * `query` points to `query_len` bytes and `at` to `at_len`; `answer` and `error` are NULL or may be
 * written.
 */
loom_status loom_query_json(loom_handle handle,
                            const char *query,
                            size_t query_len,
                            const char *at,
                            size_t at_len,
                            struct loom_string *answer,
                            struct loom_string *error);

/**
 * Reads the whole journal and verifies its chain of hashes. Answers the head, `{"ver", "hash",
 * "incarnation"}`; the error names the first bad record in its field.
 *
 * The caller promises:
 * `head` and `error` are NULL or may be written.
 */
loom_status loom_verify_json(loom_handle handle,
                             struct loom_string *head,
                             struct loom_string *error);

/**
 * Compiles a pattern. `kind` is LOOM_GLOB, LOOM_FILE or LOOM_DIR. `rules` says how the repository
 * compares names, as JSON: `{"case": "sensitive" | "insensitive", "unicode": "as_is" | "nfc",
 * "windows": bool}`; with `rules_len` 0 it is what git does. Patterns that are compared with each
 * other are compiled under the same rules.
 *
 * The caller promises:
 * `text` points to `text_len` bytes and `rules` to `rules_len`; `pattern` and `error` are NULL or may be
 * written.
 */
loom_status loom_pattern_compile(const char *text,
                                 size_t text_len,
                                 int32_t kind,
                                 const char *rules,
                                 size_t rules_len,
                                 loom_pattern *pattern,
                                 struct loom_string *error);

/**
 * Gives a pattern back. LOOM_NOT_FOUND where it was given back before.
 *
 * The caller promises:
 * `error` is NULL or may be written.
 */
loom_status loom_pattern_free(loom_pattern pattern,
                              struct loom_string *error);

/**
 * Is the path in the pattern? The path is read under the pattern's rules, relative to the root of the
 * repository.
 *
 * The caller promises:
 * `path` points to `path_len` bytes; `matches` and `error` are NULL or may be written.
 */
loom_status loom_pattern_matches(loom_pattern pattern,
                                 const char *path,
                                 size_t path_len,
                                 bool *matches,
                                 struct loom_string *error);

/**
 * Do two patterns meet? `witness` is a path in both, where they do; exact, never assumed.
 *
 * The caller promises:
 * `meets`, `witness` and `error` are NULL or may be written; `witness` may be NULL.
 */
loom_status loom_pattern_overlap(loom_pattern left,
                                 loom_pattern right,
                                 bool *meets,
                                 struct loom_string *witness,
                                 struct loom_string *error);

/**
 * Does the outer pattern hold every path of the inner one? `escapee` is a path that it does not hold,
 * where there is one. `assumed` says that the search was given up and the safe answer, false, is not
 * proven.
 *
 * The caller promises:
 * `contains`, `assumed`, `escapee` and `error` are NULL or may be written; `assumed` and `escapee` may
 * be NULL.
 */
loom_status loom_pattern_contains(loom_pattern outer,
                                  loom_pattern inner,
                                  bool *contains,
                                  bool *assumed,
                                  struct loom_string *escapee,
                                  struct loom_string *error);

/**
 * Compiles a path set from JSON: a pattern, a list of patterns, or `{"include": […], "exclude": […]}`,
 * where a pattern is a glob, or `{"file": …}` or `{"dir": …}`. `rules` as for loom_pattern_compile.
 *
 * The caller promises:
 * `set` points to `set_len` bytes and `rules` to `rules_len`; `pathset` and `error` are NULL or may be
 * written.
 */
loom_status loom_pathset_compile(const char *set,
                                 size_t set_len,
                                 const char *rules,
                                 size_t rules_len,
                                 loom_pathset *pathset,
                                 struct loom_string *error);

/**
 * Gives a path set back. LOOM_NOT_FOUND where it was given back before.
 *
 * The caller promises:
 * `error` is NULL or may be written.
 */
loom_status loom_pathset_free(loom_pathset pathset,
                              struct loom_string *error);

/**
 * Is the path in the set? As loom_pattern_matches.
 *
 * The caller promises:
 * `path` points to `path_len` bytes; `matches` and `error` are NULL or may be written.
 */
loom_status loom_pathset_matches(loom_pathset pathset,
                                 const char *path,
                                 size_t path_len,
                                 bool *matches,
                                 struct loom_string *error);

/**
 * Do two sets meet? `witness` is a path in both, where they do. `assumed` says that the search was
 * given up and the safe answer, true, is not proven; there is no witness then.
 *
 * The caller promises:
 * `meets`, `assumed`, `witness` and `error` are NULL or may be written; `assumed` and `witness` may be
 * NULL.
 */
loom_status loom_pathset_overlap(loom_pathset left,
                                 loom_pathset right,
                                 bool *meets,
                                 bool *assumed,
                                 struct loom_string *witness,
                                 struct loom_string *error);

/**
 * Does the outer set hold every path of the inner one? As loom_pattern_contains.
 *
 * The caller promises:
 * `contains`, `assumed`, `escapee` and `error` are NULL or may be written; `assumed` and `escapee` may
 * be NULL.
 */
loom_status loom_pathset_contains(loom_pathset outer,
                                  loom_pathset inner,
                                  bool *contains,
                                  bool *assumed,
                                  struct loom_string *escapee,
                                  struct loom_string *error);

/**
 * Does the set hold no path at all? `example` is a path in it, where there is one. `assumed` says that
 * the search was given up and the safe answer, false, is not proven.
 *
 * The caller promises:
 * `is_empty`, `assumed`, `example` and `error` are NULL or may be written; `assumed` and `example` may
 * be NULL.
 */
loom_status loom_pathset_is_empty(loom_pathset pathset,
                                  bool *is_empty,
                                  bool *assumed,
                                  struct loom_string *example,
                                  struct loom_string *error);

/**
 * Opens a journal in the caller's own store. The table is copied. On LOOM_OK the library uses
 * `context` until it calls `close`; otherwise it uses it no more, and does not call `close`.
 *
 * The caller promises:
 * `vtable` is NULL or points to a table of its `size`, whose callbacks do what is written on them;
 * `handle` and `error` are NULL or may be written.
 */
loom_status loom_open_store(const struct loom_store_vtable *vtable,
                            void *context,
                            loom_handle *handle,
                            struct loom_string *error);

/**
 * Hands a record to the library, inside `read`.
 *
 * The caller promises:
 * `record` is NULL or points to a record whose `body` points to `body_len` bytes.
 */
loom_status loom_push_record(loom_sink sink,
                             const struct loom_record *record);

/**
 * Hands a text to the library, inside `get_texts`.
 *
 * The caller promises:
 * `text` is NULL or points to a text whose `text` points to `text_len` bytes.
 */
loom_status loom_push_text(loom_sink sink,
                           const struct loom_text *text);

/**
 * Hands a snapshot to the library, inside `load_snapshot`.
 *
 * The caller promises:
 * `bytes` points to `bytes_len` bytes.
 */
loom_status loom_push_snapshot(loom_sink sink,
                               uint64_t ver,
                               const uint8_t *bytes,
                               size_t bytes_len);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LOOM_H */
