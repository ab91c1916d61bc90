#include "scan.h"
#include <stdlib.h>
#include <string.h>

/// One pattern, and where in it the pair of bytes lies by which it is recognised.
typedef struct {
    uint8_t text[SCAN_PATTERN_LENGTH];
    uint8_t length;
    uint8_t fold;
    uint8_t pair;
} pattern;

struct scan_set {
    pattern patterns[SCAN_PATTERN_COUNT];
    uint8_t first[SCAN_PATTERN_COUNT];
    uint8_t second[SCAN_PATTERN_COUNT];
    int pattern_count;
    int pair_count;
};

/// Sixteen bytes at a time, on any processor the compiler knows.
typedef uint8_t block __attribute__((vector_size(16)));

/// Upper and lower case letters become one; other bytes may collide, which verification sorts out.
static const uint8_t case_bit = 0x20;

scan_set *scan_set_create(void) { return calloc(1, sizeof(scan_set)); }

void scan_set_free(scan_set *set) { free(set); }

/// How common a byte is in log text, roughly: the pair with the lowest sum is looked for.
static int commonness(uint8_t byte) {
    static const char order[] = "zqjxkvwybpfghmcudlrsniaote";
    const char *found = byte ? strchr(order, byte) : NULL;
    if (found) return 4 + (int)(found - order);
    if (byte == ' ') return 40;
    if (byte >= '0' && byte <= '9') return 25;
    return 20;
}

static int pair_index(const scan_set *set, uint8_t first, uint8_t second) {
    for (int index = 0; index < set->pair_count; index++)
        if (set->first[index] == first && set->second[index] == second) return index;
    return -1;
}

int scan_set_add(scan_set *set, const uint8_t *text, size_t length, int fold) {
    if (length < 2 || set->pattern_count == SCAN_PATTERN_COUNT) return -1;
    if (length > SCAN_PATTERN_LENGTH) length = SCAN_PATTERN_LENGTH;
    pattern *added = &set->patterns[set->pattern_count];
    added->length = (uint8_t)length;
    added->fold = fold != 0;
    for (size_t index = 0; index < length; index++) {
        int upper = fold && text[index] >= 'A' && text[index] <= 'Z';
        added->text[index] = upper ? text[index] | case_bit : text[index];
    }
    int best = 1000;
    for (size_t index = 0; index + 1 < length; index++) {
        uint8_t first = added->text[index] | case_bit, second = added->text[index + 1] | case_bit;
        // A doubled letter is rare, and a pair that is looked for anyway costs nothing.
        int score = commonness(first) + commonness(second) - (first == second && first != ' ' ? 30 : 0);
        if (added->text[index] == '\n') score = 10;
        if (pair_index(set, first, second) >= 0) score -= 15;
        if (score < best) {
            best = score;
            added->pair = (uint8_t)index;
        }
    }
    uint8_t first = added->text[added->pair] | case_bit, second = added->text[added->pair + 1] | case_bit;
    if (pair_index(set, first, second) < 0) {
        set->first[set->pair_count] = first;
        set->second[set->pair_count++] = second;
    }
    return set->pattern_count++;
}

static int matches(const pattern *wanted, const uint8_t *at) {
    for (int index = 0; index < wanted->length; index++) {
        uint8_t byte = at[index];
        if (wanted->fold && byte >= 'A' && byte <= 'Z') byte |= case_bit;
        if (byte != wanted->text[index]) return 0;
    }
    return 1;
}

/// The pattern of which the pair at `at` is a part and that lies wholly between `low` and `high`.
static scan_match verify(
    const scan_set *set, const uint8_t *bytes, size_t at, size_t low, size_t high) {
    uint8_t first = bytes[at] | case_bit, second = bytes[at + 1] | case_bit;
    for (int index = 0; index < set->pattern_count; index++) {
        const pattern *wanted = &set->patterns[index];
        if ((wanted->text[wanted->pair] | case_bit) != first) continue;
        if ((wanted->text[wanted->pair + 1] | case_bit) != second) continue;
        if (at < low + wanted->pair || at - wanted->pair + wanted->length > high) continue;
        if (matches(wanted, bytes + at - wanted->pair)) {
            scan_match found = {(ptrdiff_t)(at - wanted->pair), index};
            return found;
        }
    }
    scan_match none = {-1, -1};
    return none;
}

scan_match scan_set_find(const scan_set *set, const void *haystack, size_t length, size_t from) {
    const uint8_t *bytes = haystack;
    const scan_match none = {-1, -1};
    size_t at = from;
    while (at + 1 < length) {
        size_t stop = at + 16;
        if (at + 17 <= length) {
            block here, next, any = {0};
            memcpy(&here, bytes + at, 16);
            memcpy(&next, bytes + at + 1, 16);
            here |= case_bit;
            next |= case_bit;
            for (int index = 0; index < set->pair_count; index++)
                any |= (block)(here == set->first[index]) & (block)(next == set->second[index]);
            uint64_t halves[2];
            memcpy(halves, &any, 16);
            if (!(halves[0] | halves[1])) {
                at = stop;
                continue;
            }
        } else {
            stop = length - 1;
        }
        for (; at < stop; at++) {
            scan_match found = verify(set, bytes, at, from, length);
            if (found.position >= 0) return found;
        }
    }
    return none;
}
