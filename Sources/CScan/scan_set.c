#include "scan.h"
#include <stdlib.h>
#include <string.h>

/// One pattern, and where in it the pair of bytes lies by which it is recognised.
typedef struct {
    uint8_t text[SCAN_PATTERN_LENGTH];
    uint8_t length;
    uint8_t fold;
    uint8_t pair;
    /// The next pattern that is recognised by the same pair of bytes, or -1.
    int8_t next;
} pattern;

struct scan_set {
    pattern patterns[SCAN_PATTERN_COUNT];
    uint8_t first[SCAN_PATTERN_COUNT];
    uint8_t second[SCAN_PATTERN_COUNT];
    /// The first and last pattern of each pair.
    int8_t head[SCAN_PATTERN_COUNT];
    int8_t tail[SCAN_PATTERN_COUNT];
    int pattern_count;
    int pair_count;
};

/// As many bytes as are compared at a time, on any processor the compiler knows: each pair is loaded once for them.
#define BLOCK 64
typedef uint8_t block __attribute__((vector_size(BLOCK)));

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
    int number = set->pattern_count++;
    added->next = -1;
    uint8_t first = added->text[added->pair] | case_bit, second = added->text[added->pair + 1] | case_bit;
    int pair = pair_index(set, first, second);
    if (pair < 0) {
        pair = set->pair_count++;
        set->first[pair] = first;
        set->second[pair] = second;
        set->head[pair] = (int8_t)number;
    } else {
        set->patterns[set->tail[pair]].next = (int8_t)number;
    }
    set->tail[pair] = (int8_t)number;
    return number;
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
    int pair = pair_index(set, bytes[at] | case_bit, bytes[at + 1] | case_bit);
    for (int index = pair < 0 ? -1 : set->head[pair]; index >= 0; index = set->patterns[index].next) {
        const pattern *wanted = &set->patterns[index];
        if (at < low + wanted->pair || at - wanted->pair + wanted->length > high) continue;
        if (matches(wanted, bytes + at - wanted->pair)) {
            scan_match found = {(ptrdiff_t)(at - wanted->pair), index};
            return found;
        }
    }
    scan_match none = {-1, -1};
    return none;
}

static uint64_t hits_of_eight(const uint8_t *hits) {
    uint64_t word;
    memcpy(&word, hits, 8);
    return word;
}

/// The first match among the bytes of the block at `at`, of which `hits` marks those that begin a looked-for pair.
static scan_match verify_block(
    const scan_set *set, const uint8_t *bytes, size_t at, const uint8_t *hits, size_t low, size_t high) {
    for (size_t eight = 0; eight < BLOCK; eight += 8) {
        if (!hits_of_eight(hits + eight)) continue;
        for (size_t index = eight; index < eight + 8; index++) {
            if (!hits[index]) continue;
            scan_match found = verify(set, bytes, at + index, low, high);
            if (found.position >= 0) return found;
        }
    }
    scan_match none = {-1, -1};
    return none;
}

scan_match scan_set_find(const scan_set *set, const void *haystack, size_t length, size_t from) {
    const uint8_t *bytes = haystack;
    scan_match found = {-1, -1};
    size_t at = from;
    for (; at + BLOCK + 1 <= length; at += BLOCK) {
        block here, next, any = {0};
        memcpy(&here, bytes + at, BLOCK);
        memcpy(&next, bytes + at + 1, BLOCK);
        here |= case_bit;
        next |= case_bit;
        for (int index = 0; index < set->pair_count; index++)
            any |= (block)(here == set->first[index]) & (block)(next == set->second[index]);
        uint64_t hits[BLOCK / 8], some = 0;
        memcpy(hits, &any, BLOCK);
        for (size_t index = 0; index < BLOCK / 8; index++) some |= hits[index];
        if (!some) continue;
        found = verify_block(set, bytes, at, (const uint8_t *)hits, from, length);
        if (found.position >= 0) return found;
    }
    for (; at + 1 < length; at++) {
        found = verify(set, bytes, at, from, length);
        if (found.position >= 0) return found;
    }
    return found;
}
