/* What only a library built with the feature `testing` has. */

#ifndef LOOM_TESTING_H
#define LOOM_TESTING_H

#include "loom.h"

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

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LOOM_TESTING_H */
