#include "dispatch.h"
#include "scan_plan.h"
#include <stdlib.h>
#include <string.h>

// Every pattern is recognised by its rarest four bytes, its window. Windows are spread over buckets. For each place of
// a window a table says in which buckets a byte may stand there; a look-up for each place and an AND say of which
// buckets a window may begin. Vector instructions do that for 32 or 64 beginnings at a time (the idea of the matcher
// Teddy of Intel's Hyperscan: https://www.usenix.org/conference/nsdi19/presentation/wang-xiang).

/// The first eight bytes of a pattern, compared at once: those bits of each that every byte of its class has alike.
typedef struct {
    uint64_t bits, value;
    /// Nothing else is to be compared.
    int is_whole;
} literal;

struct scan_set {
    scan_pattern patterns[SCAN_PATTERN_COUNT];
    literal literals[SCAN_PATTERN_COUNT];
    int count;
    /// The buckets in which a byte may stand, by place of the window.
    uint16_t marks[SCAN_WINDOW][256];
    /// The same for vectors, eight buckets a table: of the bytes of ASCII, of all others together, of halves of bytes.
    uint8_t ascii[SCAN_TABLES][SCAN_WINDOW][128];
    uint8_t beyond[SCAN_TABLES][SCAN_WINDOW];
    uint8_t low[SCAN_TABLES][SCAN_WINDOW][16];
    uint8_t high[SCAN_TABLES][SCAN_WINDOW][16];
    /// The numbers of a bucket's patterns, ascending, and how many.
    uint8_t members[SCAN_TABLES * SCAN_BUCKETS][SCAN_PATTERN_COUNT];
    int member_count[SCAN_TABLES * SCAN_BUCKETS];
    int kind;
};

/// What the processor can do.
enum { PORTABLE, AVX2, AVX512 };

static int processor(void) {
#ifdef SCAN_X86
    return scan_has_avx512() ? AVX512 : scan_has_avx2() ? AVX2 : PORTABLE;
#else
    return PORTABLE;
#endif
}

scan_set *scan_set_create(void) {
    scan_set *set = calloc(1, sizeof(scan_set));
    if (set) set->kind = processor();
    return set;
}

void scan_set_free(scan_set *set) { free(set); }

void scan_set_limit(scan_set *set, int kind) {
    if (kind < set->kind) set->kind = kind;
}

int scan_set_add(scan_set *set, const scan_class *places, size_t length) {
    if (length < 2 || length > SCAN_PATTERN_LENGTH || set->count == SCAN_PATTERN_COUNT) return -1;
    scan_pattern *added = &set->patterns[set->count];
    memcpy(added->places, places, length * sizeof *places);
    added->length = (int)length;
    return set->count++;
}

static void mark(scan_set *set, const scan_pattern *pattern) {
    int table = pattern->bucket / SCAN_BUCKETS;
    uint8_t bit = (uint8_t)(1 << pattern->bucket % SCAN_BUCKETS);
    for (int place = 0; place < SCAN_WINDOW; place++) {
        int index = pattern->window + place;
        for (int byte = 0; byte < 256; byte++) {
            if (index < pattern->length && !scan_holds(&pattern->places[index], (uint8_t)byte)) continue;
            set->marks[place][byte] |= (uint16_t)(1 << pattern->bucket);
            set->low[table][place][byte & 15] |= bit;
            set->high[table][place][byte >> 4] |= bit;
            if (byte < 128) set->ascii[table][place][byte] |= bit;
            else set->beyond[table][place] |= bit;
        }
    }
}

static literal literal_of(const scan_pattern *pattern) {
    literal made = {0, 0, pattern->length <= 8};
    for (int place = 0; place < pattern->length && place < 8; place++) {
        uint8_t all = 0xFF, some = 0, fitting = 0;
        for (int byte = 0; byte < 256; byte++) {
            if (!scan_holds(&pattern->places[place], (uint8_t)byte)) continue;
            all &= (uint8_t)byte;
            some |= (uint8_t)byte;
        }
        uint8_t same = (uint8_t)~(all ^ some);
        for (int byte = 0; byte < 256; byte++) fitting += scan_holds(&pattern->places[place], (uint8_t)byte);
        // Other bytes may have those bits too, unless the class is as large as the bits that differ allow.
        if (fitting != 1 << __builtin_popcount((uint8_t)~same)) made.is_whole = 0;
        ((uint8_t *)&made.bits)[place] = same;
        ((uint8_t *)&made.value)[place] = all & same;
    }
    return made;
}

void scan_set_prepare(scan_set *set) {
    scan_plan(set->patterns, set->count, SCAN_TABLES * SCAN_BUCKETS, set->kind == AVX2);
    for (int number = 0; number < set->count; number++) {
        const scan_pattern *pattern = &set->patterns[number];
        mark(set, pattern);
        set->literals[number] = literal_of(pattern);
        set->members[pattern->bucket][set->member_count[pattern->bucket]++] = (uint8_t)number;
    }
}

/// Whether the pattern lies at `start`, wholly in the haystack.
static inline int matches(
    const scan_set *set, int number, const uint8_t *bytes, size_t length, size_t start) {
    const scan_pattern *pattern = &set->patterns[number];
    if (start + 8 <= length) {
        uint64_t word;
        memcpy(&word, bytes + start, 8);
        if ((word & set->literals[number].bits) != set->literals[number].value) return 0;
        if (set->literals[number].is_whole) return 1;
    }
    if (start + (size_t)pattern->length > length) return 0;
    for (int index = 0; index < pattern->length; index++)
        if (!scan_holds(&pattern->places[index], bytes[start + (size_t)index])) return 0;
    return 1;
}

/// The first pattern beyond `cursor->tried` whose window is at the cursor and that lies wholly in the haystack.
static scan_match verify(
    const scan_set *set, const uint8_t *bytes, size_t length, unsigned buckets, const scan_cursor *cursor) {
    scan_match found = {-1, -1};
    for (; buckets; buckets &= buckets - 1) {
        int bucket = __builtin_ctz(buckets);
        for (int index = 0; index < set->member_count[bucket]; index++) {
            int number = set->members[bucket][index];
            const scan_pattern *pattern = &set->patterns[number];
            if (number <= cursor->tried || (found.pattern >= 0 && number >= found.pattern)) continue;
            if (cursor->place < (size_t)pattern->window) continue;
            size_t start = cursor->place - (size_t)pattern->window;
            if (!matches(set, number, bytes, length, start)) continue;
            found.position = (ptrdiff_t)start;
            found.pattern = number;
        }
    }
    return found;
}

/// The buckets of which a window may begin here; what lies behind the haystack fits every place.
static inline unsigned buckets_at(const scan_set *set, const uint8_t *bytes, size_t length, size_t at) {
    unsigned buckets = 0xFFFF;
    for (size_t place = 0; place < SCAN_WINDOW && at + place < length; place++)
        buckets &= set->marks[place][bytes[at + place]];
    return buckets;
}

/// Looks at the cursor's place; moves on where nothing (more) is found.
static int try_place(
    const scan_set *set, const uint8_t *bytes, size_t length, scan_cursor *cursor, scan_match *found) {
    unsigned buckets = buckets_at(set, bytes, length, cursor->place);
    if (buckets) *found = verify(set, bytes, length, buckets, cursor);
    if (found->pattern >= 0) {
        cursor->tried = found->pattern;
        return 1;
    }
    cursor->place++;
    cursor->tried = -1;
    return 0;
}

#ifdef SCAN_X86
/// Where windows may begin: a bit for each place from `at` on.
typedef struct {
    size_t at;
    uint64_t places;
} candidates;

/// The first 32 places with a candidate; none when fewer bytes are left than are looked at together.
SCAN_AVX2 static candidates find_avx2(const scan_set *set, const uint8_t *bytes, size_t length, size_t at) {
    const __m256i half = _mm256_set1_epi8(15), none = _mm256_setzero_si256();
    __m256i low[SCAN_TABLES][SCAN_WINDOW], high[SCAN_TABLES][SCAN_WINDOW];
    for (int table = 0; table < SCAN_TABLES; table++) {
        for (int place = 0; place < SCAN_WINDOW; place++) {
            __m128i below = _mm_loadu_si128((const void *)set->low[table][place]);
            __m128i above = _mm_loadu_si128((const void *)set->high[table][place]);
            low[table][place] = _mm256_broadcastsi128_si256(below);
            high[table][place] = _mm256_broadcastsi128_si256(above);
        }
    }
    for (; at + 32 + SCAN_WINDOW - 1 <= length; at += 32) {
        __m256i buckets[SCAN_TABLES] = {_mm256_set1_epi8(-1), _mm256_set1_epi8(-1)};
        for (int place = 0; place < SCAN_WINDOW; place++) {
            __m256i part = _mm256_loadu_si256((const void *)(bytes + at + place));
            __m256i below = _mm256_and_si256(part, half);
            __m256i above = _mm256_and_si256(_mm256_srli_epi16(part, 4), half);
            for (int table = 0; table < SCAN_TABLES; table++) {
                __m256i both = _mm256_and_si256(
                    _mm256_shuffle_epi8(low[table][place], below), _mm256_shuffle_epi8(high[table][place], above));
                buckets[table] = _mm256_and_si256(buckets[table], both);
            }
        }
        __m256i any = _mm256_or_si256(buckets[0], buckets[1]);
        uint32_t places = ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(any, none));
        if (places) return (candidates){at, places};
    }
    return (candidates){at, 0};
}

/// The same with 64 places, and with whole bytes for those of ASCII.
SCAN_AVX512 static candidates find_avx512(const scan_set *set, const uint8_t *bytes, size_t length, size_t at) {
    __m512i first[SCAN_TABLES][SCAN_WINDOW], second[SCAN_TABLES][SCAN_WINDOW];
    if (at + 64 + SCAN_WINDOW - 1 > length) return (candidates){at, 0};
    for (int table = 0; table < SCAN_TABLES; table++) {
        for (int place = 0; place < SCAN_WINDOW; place++) {
            first[table][place] = _mm512_loadu_si512(set->ascii[table][place]);
            second[table][place] = _mm512_loadu_si512(set->ascii[table][place] + 64);
        }
    }
    for (; at + 64 + SCAN_WINDOW - 1 <= length; at += 64) {
        __m512i buckets[SCAN_TABLES] = {_mm512_set1_epi8(-1), _mm512_set1_epi8(-1)}, all = _mm512_setzero_si512();
        for (int place = 0; place < SCAN_WINDOW; place++) {
            __m512i part = _mm512_loadu_si512(bytes + at + place);
            all = _mm512_or_si512(all, part);
            for (int table = 0; table < SCAN_TABLES; table++)
                buckets[table] = _mm512_and_si512(
                    buckets[table], _mm512_permutex2var_epi8(first[table][place], part, second[table][place]));
        }
        if (_mm512_movepi8_mask(all)) {
            // The look-up takes a byte beyond ASCII for the one with the same low bits.
            for (int table = 0; table < SCAN_TABLES; table++) {
                buckets[table] = _mm512_set1_epi8(-1);
                for (int place = 0; place < SCAN_WINDOW; place++) {
                    __m512i part = _mm512_loadu_si512(bytes + at + place);
                    __m512i ascii = _mm512_permutex2var_epi8(first[table][place], part, second[table][place]);
                    __m512i beyond = _mm512_set1_epi8((char)set->beyond[table][place]);
                    buckets[table] = _mm512_and_si512(
                        buckets[table], _mm512_mask_mov_epi8(ascii, _mm512_movepi8_mask(part), beyond));
                }
            }
        }
        __m512i any = _mm512_or_si512(buckets[0], buckets[1]);
        uint64_t places = _mm512_test_epi8_mask(any, any);
        if (places) return (candidates){at, places};
    }
    return (candidates){at, 0};
}
#endif

/// Moves to the next place where the window of some bucket may begin.
static void skip_portable(const scan_set *set, const uint8_t *bytes, size_t length, scan_cursor *cursor) {
    const uint16_t(*marks)[256] = set->marks;
    size_t at = cursor->place;
    for (; at + SCAN_WINDOW <= length; at++) {
        unsigned some = marks[0][bytes[at]] & marks[1][bytes[at + 1]];
        if (some && (some & marks[2][bytes[at + 2]] & marks[3][bytes[at + 3]])) break;
    }
    if (at > cursor->place) *cursor = (scan_cursor){at, -1};
}

#ifdef SCAN_X86
/// Goes through the places that vector instructions find. Returns whether there is a match.
static int next_vector(
    const scan_set *set, const uint8_t *bytes, size_t length, scan_cursor *cursor, scan_match *found) {
    size_t step = set->kind == AVX512 ? 64 : 32;
    for (size_t at = cursor->place;; at += step) {
        candidates next = set->kind == AVX512 ? find_avx512(set, bytes, length, at) : find_avx2(set, bytes, length, at);
        at = next.at;
        if (!next.places) {
            if (cursor->place < at) *cursor = (scan_cursor){at, -1};
            return 0;
        }
        for (uint64_t places = next.places; places; places &= places - 1) {
            *cursor = (scan_cursor){at + (size_t)__builtin_ctzll(places), -1};
            if (try_place(set, bytes, length, cursor, found)) return 1;
        }
    }
}
#endif

scan_match scan_set_next(const scan_set *set, const void *haystack, size_t length, scan_cursor *cursor) {
    const uint8_t *bytes = haystack;
    scan_match found = {-1, -1};
    // The place of the last match may hold another.
    if (cursor->tried >= 0 && cursor->place < length && try_place(set, bytes, length, cursor, &found)) return found;
#ifdef SCAN_X86
    if (set->kind != PORTABLE && next_vector(set, bytes, length, cursor, &found)) return found;
#endif
    while (cursor->place < length) {
        if (set->kind == PORTABLE) skip_portable(set, bytes, length, cursor);
        if (cursor->place < length && try_place(set, bytes, length, cursor, &found)) return found;
    }
    return found;
}
