#ifndef APPLIANCE_SCAN_WORDS_H
#define APPLIANCE_SCAN_WORDS_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/// Where a word ends, and how many of its bytes are ASCII digits.
typedef struct {
    size_t end;
    size_t digits;
} scan_word_run;

static inline int scan_is_digit(uint8_t byte) { return (uint8_t)(byte - '0') < 10; }

/// Letters, digits, `_`, and bytes beyond ASCII, which belong to letters of other scripts.
static inline int scan_is_word(uint8_t byte) {
    return (uint8_t)((byte | 0x20) - 'a') < 26 || scan_is_digit(byte) || byte == '_' || byte >= 0x80;
}

/// The end of the run of word bytes that begins at `index`. Reads nothing from `length` on.
///
/// Inline, and with 16 bytes a step where the processor's least instructions have them (x86-64): most words are shorter.
static inline scan_word_run scan_word(const uint8_t *bytes, size_t index, size_t length) {
    scan_word_run run = {index, 0};
#ifdef __SSE2__
    const __m128i sign = _mm_set1_epi8((char)0x80);
    while (length - run.end >= 16) {
        const __m128i text = _mm_loadu_si128((const __m128i *)(bytes + run.end));
        // Unsigned `x < n` as the signed comparison of both with their highest bit turned over.
        const __m128i letter = _mm_cmplt_epi8(
            _mm_xor_si128(_mm_sub_epi8(_mm_or_si128(text, _mm_set1_epi8(0x20)), _mm_set1_epi8('a')), sign),
            _mm_set1_epi8((char)(26 ^ 0x80)));
        const __m128i digit = _mm_cmplt_epi8(
            _mm_xor_si128(_mm_sub_epi8(text, _mm_set1_epi8('0')), sign), _mm_set1_epi8((char)(10 ^ 0x80)));
        const __m128i other = _mm_or_si128(text, _mm_cmpeq_epi8(text, _mm_set1_epi8('_')));
        const uint32_t digits = (uint32_t)_mm_movemask_epi8(digit);
        const uint32_t word = (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(letter, digit), other));
        const uint32_t stop = ~word & 0xFFFF;
        if (stop != 0) {
            const uint32_t before = (stop & -stop) - 1;
            run.end += (size_t)__builtin_ctz(stop);
            if (digits & before) run.digits += (size_t)__builtin_popcount(digits & before);
            return run;
        }
        if (digits) run.digits += (size_t)__builtin_popcount(digits);
        run.end += 16;
    }
#endif
    while (run.end < length && scan_is_word(bytes[run.end])) {
        run.digits += (size_t)scan_is_digit(bytes[run.end]);
        run.end += 1;
    }
    return run;
}

/// Whether `byte` occurs.
static inline int scan_has(const uint8_t *bytes, size_t length, int byte) {
    return length > 0 && memchr(bytes, byte, length) != NULL;
}

#endif
