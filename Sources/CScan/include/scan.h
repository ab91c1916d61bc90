#ifndef APPLIANCE_SCAN_H
#define APPLIANCE_SCAN_H
#include <stddef.h>
#include <stdint.h>

/// The first occurrence of `needle` in `haystack`, or -1 (glibc's memmem, which Swift does not import).
ptrdiff_t scan_find(const void *haystack, size_t length, const void *needle, size_t needle_length);

/// The last occurrence of `byte`, or -1 (glibc's memrchr).
ptrdiff_t scan_find_last(const void *haystack, size_t length, int byte);

/// How often `byte` occurs.
size_t scan_count(const void *haystack, size_t length, int byte);

/// Patterns longer than this are cut: a longer match is checked by the caller anyway.
#define SCAN_PATTERN_LENGTH 24
/// More patterns than this are refused.
#define SCAN_PATTERN_COUNT 112

/// A set of short byte patterns that are looked for in one pass.
typedef struct scan_set scan_set;

/// An empty set, or NULL when memory is exhausted.
scan_set *scan_set_create(void);

/// Adds a pattern of two bytes or more; `fold` ignores the case of ASCII letters.
/// Returns its number, or -1 when it is too short or the set is full.
int scan_set_add(scan_set *set, const uint8_t *pattern, size_t length, int fold);

void scan_set_free(scan_set *set);

/// Where a pattern was found (`position` is -1 when none was), and which.
typedef struct {
    ptrdiff_t position;
    int pattern;
} scan_match;

/// The first match that begins at `from` or later.
scan_match scan_set_find(const scan_set *set, const void *haystack, size_t length, size_t from);

#endif
