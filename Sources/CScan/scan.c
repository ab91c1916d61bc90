#define _GNU_SOURCE
#include "scan.h"
#include "dispatch.h"
#include <string.h>

ptrdiff_t scan_find(const void *haystack, size_t length, const void *needle, size_t needle_length) {
    const char *found = memmem(haystack, length, needle, needle_length);
    return found ? found - (const char *)haystack : -1;
}

ptrdiff_t scan_find_last(const void *haystack, size_t length, int byte) {
    const char *found = memrchr(haystack, byte, length);
    return found ? found - (const char *)haystack : -1;
}

static size_t count_portable(const uint8_t *bytes, size_t length, uint8_t byte) {
    size_t count = 0;
    for (size_t index = 0; index < length; index++) count += bytes[index] == byte;
    return count;
}

#ifdef SCAN_X86
SCAN_AVX2 static size_t count_avx2(const uint8_t *bytes, size_t length, uint8_t byte) {
    const __m256i wanted = _mm256_set1_epi8((char)byte);
    __m256i total = _mm256_setzero_si256();
    size_t at = 0;
    while (length - at >= 32) {
        // Each byte of the sums counts to 255 at most.
        size_t rounds = (length - at) / 128;
        if (rounds > 63) rounds = 63;
        __m256i sums = _mm256_setzero_si256();
        for (size_t round = 0; round < rounds; round++, at += 128) {
            const __m256i *part = (const __m256i *)(const void *)(bytes + at);
            __m256i first = _mm256_add_epi8(
                _mm256_cmpeq_epi8(_mm256_loadu_si256(part), wanted),
                _mm256_cmpeq_epi8(_mm256_loadu_si256(part + 1), wanted));
            __m256i second = _mm256_add_epi8(
                _mm256_cmpeq_epi8(_mm256_loadu_si256(part + 2), wanted),
                _mm256_cmpeq_epi8(_mm256_loadu_si256(part + 3), wanted));
            sums = _mm256_sub_epi8(sums, _mm256_add_epi8(first, second));
        }
        if (rounds == 0) {
            __m256i part = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + at));
            sums = _mm256_sub_epi8(sums, _mm256_cmpeq_epi8(part, wanted));
            at += 32;
        }
        total = _mm256_add_epi64(total, _mm256_sad_epu8(sums, _mm256_setzero_si256()));
    }
    uint64_t lanes[4];
    memcpy(lanes, &total, sizeof lanes);
    return lanes[0] + lanes[1] + lanes[2] + lanes[3] + count_portable(bytes + at, length - at, byte);
}
#endif

size_t scan_count(const void *haystack, size_t length, int byte) {
#ifdef SCAN_X86
    if (scan_has_avx2()) return count_avx2(haystack, length, (uint8_t)byte);
#endif
    return count_portable(haystack, length, (uint8_t)byte);
}

/// As many bytes as are compared at a time, on any processor that the compiler knows.
#define BLOCK 16
typedef uint8_t block __attribute__((vector_size(BLOCK)));

static int any(block marks) {
    uint64_t halves[2];
    memcpy(halves, &marks, BLOCK);
    return (halves[0] | halves[1]) != 0;
}

int scan_text(const void *start, size_t length) {
    const uint8_t *bytes = start;
    block high = {0}, controls = {0};
    size_t at = 0;
    for (; at + BLOCK <= length; at += BLOCK) {
        block part;
        memcpy(&part, bytes + at, BLOCK);
        high |= part;
        controls |= (block)(part == 0) | (block)(part == '\r') | (block)(part == 0x1B);
    }
    int found = (any(high & 0x80) ? SCAN_NOT_ASCII : 0) | (any(controls) ? SCAN_CONTROL : 0);
    for (; at < length; at++) {
        if (bytes[at] >= 0x80) found |= SCAN_NOT_ASCII;
        if (bytes[at] == 0 || bytes[at] == '\r' || bytes[at] == 0x1B) found |= SCAN_CONTROL;
    }
    return found;
}

size_t scan_string_end(const void *start, size_t length) {
    const uint8_t *bytes = start;
    size_t at = 0;
    for (; at + BLOCK <= length; at += BLOCK) {
        block part;
        memcpy(&part, bytes + at, BLOCK);
        block marks = (block)(part == '"') | (block)(part == '\\');
        if (!any(marks)) continue;
        uint64_t halves[2];
        memcpy(halves, &marks, BLOCK);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        return at + (halves[0] ? __builtin_ctzll(halves[0]) / 8 : 8 + __builtin_ctzll(halves[1]) / 8);
#else
        break;
#endif
    }
    while (at < length && bytes[at] != '"' && bytes[at] != '\\') at++;
    return at;
}
