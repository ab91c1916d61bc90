#ifndef APPLIANCE_SCAN_H
#define APPLIANCE_SCAN_H
#include <stddef.h>
#include <stdint.h>

#include "scan_shapes.h"
#include "scan_words.h"

/// The first occurrence of `needle` in `haystack`, or -1 (glibc's memmem, which Swift does not import).
ptrdiff_t scan_find(const void *haystack, size_t length, const void *needle, size_t needle_length);

/// The last occurrence of `byte`, or -1 (glibc's memrchr).
ptrdiff_t scan_find_last(const void *haystack, size_t length, int byte);

/// How often `byte` occurs.
size_t scan_count(const void *haystack, size_t length, int byte);

/// Bits of what `scan_text` found.
#define SCAN_NOT_ASCII 1
#define SCAN_CONTROL 2

/// Whether there are bytes beyond ASCII, and any of NUL, CR and ESC.
int scan_text(const void *bytes, size_t length);

/// Where a JSON string ends or needs a closer look: the first `"` or `\`, or `length`.
size_t scan_string_end(const void *bytes, size_t length);

/// What `scan_quiet_lines` knows. All zeros at first.
typedef struct {
    /// Where the key stood in the last line.
    size_t place;
    /// How many lines were passed.
    size_t lines;
    /// The line behind them says itself that it is an error.
    int is_error;
} scan_levels;

/// Passes over lines that are JSON objects and say themselves, at their beginning, that they are no errors
/// (`"level":"info"`, as a key of the object itself). Returns where the first other line begins, or an unfinished one.
size_t scan_quiet_lines(const void *lines, size_t length, scan_levels *levels);

/// A pattern longer than this is refused.
#define SCAN_PATTERN_LENGTH 24
/// More patterns than this are refused.
#define SCAN_PATTERN_COUNT 192

/// A set of bytes, any of which fits at one place of a pattern: bit `b & 63` of word `b >> 6`.
typedef struct {
    uint64_t bits[4];
} scan_class;

/// A set of short patterns that are looked for in one pass.
typedef struct scan_set scan_set;

/// An empty set, or NULL when memory is exhausted.
scan_set *scan_set_create(void);

/// Adds a pattern of two places or more. Returns its number, or -1 when it is too short or long or the set is full.
int scan_set_add(scan_set *set, const scan_class *places, size_t length);

/// Which instructions are used, at most: 0 the portable ones, 1 AVX2, 2 AVX-512; the processor decides which of them are.
/// For tests of all of them. To be called before `scan_set_prepare`.
void scan_set_limit(scan_set *set, int kind);

/// Prepares the search. After it nothing can be added.
void scan_set_prepare(scan_set *set);

void scan_set_free(scan_set *set);

/// Where a search stands: matches are found in the order of the bytes by which they are recognised.
typedef struct {
    size_t place;
    /// Patterns up to this one were tried at the place.
    int tried;
} scan_cursor;

/// The begin of the next match (-1: there is none) and which pattern it is of.
///
/// Patterns are recognised at the cursor's place or behind it; they may begin before it, never before `haystack`.
typedef struct {
    ptrdiff_t position;
    int pattern;
} scan_match;

scan_match scan_set_next(const scan_set *set, const void *haystack, size_t length, scan_cursor *cursor);

#endif
