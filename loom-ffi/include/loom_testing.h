/* What only a library built with the feature `testing` has. */

#ifndef LOOM_TESTING_H
#define LOOM_TESTING_H

#include "loom.h"

/**
 * How the conformance suite gets at the journals of a store written in C. A journal that is named for
 * the first time is an empty one.
 */
typedef struct loom_testing_factory {
  /**
   * Given to each of these callbacks.
   */
  void *context;
  /**
   * Opens a new client of a journal: fills in its table and its context. Two calls give two clients,
   * as two processes would have. Answers a loom_status.
   */
  int32_t (*open)(void *context,
                  const char *journal,
                  size_t journal_len,
                  loom_store_vtable *vtable,
                  void **client);
  /**
   * Sets the stores' own clock, in milliseconds since 1970. May be NULL.
   */
  void (*set_clock)(void *context,
                    int64_t now_ms);
  /**
   * Changes the words of a kept text behind the store's back; answers whether there was one. May be
   * NULL.
   */
  bool (*tamper_text)(void *context,
                      const char *journal,
                      size_t journal_len,
                      const loom_digest *digest);
  /**
   * Makes the journal hold exactly these records, as restoring a backup does. May be NULL.
   */
  void (*restore)(void *context,
                  const char *journal,
                  size_t journal_len,
                  const loom_record *records,
                  size_t records_len);
} loom_testing_factory;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Panics inside a call on a journal, with the journal's lock held.
 *
 * The caller promises:
 * `error` is NULL or may be written.
 */
loom_status loom_testing_panic(loom_handle handle,
                               loom_string *error);

/**
 * Are two JSON texts the same value? The order of keys does not count.
 *
 * The caller promises:
 * `left` points to `left_len` bytes and `right` to `right_len`; `same` and `error` are NULL or may be
 * written.
 */
loom_status loom_testing_json_same(const char *left,
                                   size_t left_len,
                                   const char *right,
                                   size_t right_len,
                                   bool *same,
                                   loom_string *error);

/**
 * A part of a JSON text by its pointer (RFC 6901), as JSON.
 *
 * The caller promises:
 * `json` points to `json_len` bytes and `pointer` to `pointer_len`; `part` and `error` are NULL or may
 * be written.
 */
loom_status loom_testing_json_get(const char *json,
                                  size_t json_len,
                                  const char *pointer,
                                  size_t pointer_len,
                                  loom_string *part,
                                  loom_string *error);

/**
 * Runs the conformance suite over a store written in C. `report` says what failed, and why; LOOM_OK says
 * that the suite ran, `failed` how many checks did not hold.
 *
 * The caller promises:
 * `factory` is NULL or points to callbacks that do what is written on them; `passed`, `failed`,
 * `skipped`, `report` and `error` are NULL or may be written; `passed`, `skipped` and `report` may be
 * NULL.
 */
loom_status loom_testing_conformance(const struct loom_testing_factory *factory,
                                     size_t *passed,
                                     size_t *failed,
                                     size_t *skipped,
                                     loom_string *report,
                                     loom_string *error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LOOM_TESTING_H */
