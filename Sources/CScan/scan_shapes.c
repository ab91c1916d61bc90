#include "scan_shapes.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { DIGIT, HYPHEN, SPACE, DOT, BAR };

#ifdef __SSE2__
static uint64_t equal16(__m128i text, char byte) {
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_set1_epi8(byte)));
}

/// Sets of the bytes of a block, bit by bit.
static void classify(const uint8_t *block, uint64_t sets[5]) {
    memset(sets, 0, 5 * sizeof(uint64_t));
    for (int part = 0; part < 4; part++) {
        const __m128i text = _mm_loadu_si128((const __m128i *)(block + 16 * part));
        // Signed: '/' < text < ':', and what is beyond ASCII is negative.
        const __m128i digit =
            _mm_and_si128(_mm_cmpgt_epi8(text, _mm_set1_epi8('/')), _mm_cmplt_epi8(text, _mm_set1_epi8(':')));
        const int shift = 16 * part;
        sets[DIGIT] |= (uint64_t)(uint32_t)_mm_movemask_epi8(digit) << shift;
        sets[HYPHEN] |= equal16(text, '-') << shift;
        sets[SPACE] |= equal16(text, ' ') << shift;
        sets[DOT] |= equal16(text, '.') << shift;
        sets[BAR] |= equal16(text, '|') << shift;
    }
}
#else
static void classify(const uint8_t *block, uint64_t sets[5]) {
    memset(sets, 0, 5 * sizeof(uint64_t));
    for (int place = 0; place < 64; place++) {
        const uint8_t byte = block[place];
        const uint64_t bit = (uint64_t)1 << place;
        if ((uint8_t)(byte - '0') < 10) sets[DIGIT] |= bit;
        if (byte == '-') sets[HYPHEN] |= bit;
        if (byte == ' ') sets[SPACE] |= bit;
        if (byte == '.') sets[DOT] |= bit;
        if (byte == '|') sets[BAR] |= bit;
    }
}
#endif

/// What a set was `count` bytes before (1 to 63).
static uint64_t earlier(const uint64_t set[2], int count) { return set[1] << count | set[0] >> (64 - count); }

static void both(uint64_t result[2], const uint64_t a[2], const uint64_t b[2], int count) {
    // The block before has no earlier one here: its lowest bits are only asked for where they do not matter.
    result[0] = a[0] & (b[0] << count);
    result[1] = a[1] & earlier(b, count);
}

static void find_ends(scan_shapes *state, const uint64_t sets[5]) {
    uint64_t digit[2] = {state->before[DIGIT], sets[DIGIT]}, hyphen[2] = {state->before[HYPHEN], sets[HYPHEN]};
    uint64_t space[2] = {state->before[SPACE], sets[SPACE]}, dot[2] = {state->before[DOT], sets[DOT]};
    uint64_t two[2], three[2], four[2], six[2];
    // Runs of digits that end at a byte; the longest shape has 12 bytes, so that half of the block before is enough.
    both(two, digit, digit, 1);
    both(three, two, digit, 2);
    both(four, two, two, 2);
    both(six, four, two, 4);
    uint64_t *ends = state->ends;
    ends[SCAN_SHAPE_SIX] = six[1] & ~earlier(digit, 6);
    ends[SCAN_SHAPE_THREES] = three[1] & earlier(hyphen, 3) & earlier(three, 4);
    ends[SCAN_SHAPE_TWO_THREE] = three[1] & earlier(hyphen, 3) & earlier(two, 4);
    ends[SCAN_SHAPE_HYPHENS] = hyphen[1] & earlier(four, 1) & earlier(hyphen, 5) & earlier(four, 6);
    const uint64_t spaced = space[1] & earlier(four, 1) & earlier(space, 5);
    ends[SCAN_SHAPE_SPACES] = spaced & earlier(four, 6);
    ends[SCAN_SHAPE_GROUPS] = spaced & earlier(three, 6);
    ends[SCAN_SHAPE_FOUR_SIX] = space[1] & earlier(six, 1) & earlier(space, 7) & earlier(four, 8);
    ends[SCAN_SHAPE_DOTS] = dot[1] & earlier(four, 1) & earlier(dot, 5) & earlier(three, 6);
    ends[SCAN_SHAPE_BAR] = sets[BAR] & earlier(four, 1);
    state->left = 0;
    for (int shape = 0; shape < SCAN_SHAPE_COUNT; shape++) state->left |= ends[shape];
    memcpy(state->before, sets, sizeof(state->before));
}

size_t scan_shapes_next(scan_shapes *state, const uint8_t *bytes, size_t length, uint32_t *shapes) {
    while (state->left == 0) {
        if (state->next_block >= length) return 0;
        uint64_t sets[5];
        state->block = state->next_block;
        state->next_block += 64;
        if (length - state->block >= 64) {
            classify(bytes + state->block, sets);
        } else {
            uint8_t last[64] = {0};
            memcpy(last, bytes + state->block, length - state->block);
            classify(last, sets);
        }
        find_ends(state, sets);
    }
    const int place = __builtin_ctzll(state->left);
    state->left &= state->left - 1;
    *shapes = 0;
    for (int shape = 0; shape < SCAN_SHAPE_COUNT; shape++) {
        *shapes |= (uint32_t)(state->ends[shape] >> place & 1) << shape;
    }
    return state->block + (size_t)place + 1;
}
