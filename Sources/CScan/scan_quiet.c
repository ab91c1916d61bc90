#include "scan.h"
#include "dispatch.h"
#include <string.h>

/// The key is looked for among so many bytes of a line.
#define SIGHT 64

typedef uint8_t block __attribute__((vector_size(16)));

static const char key[] = "\"level\":";
#define KEY_LENGTH (sizeof key - 1)

/// Whether the first bytes of an object hold simple strings and numbers alone, so that behind them a key of the object
/// itself may begin: no other object, no list, no escape, no newline, every string ended; nor another spelling of the
/// key (`Level`, `LEVEL`), for the first one counts, and all of them have a V.
///
/// Up to 15 bytes behind them are read, too.
static inline int is_flat(const uint8_t *bytes, size_t length) {
    static const uint8_t shown[32] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    };
    block other = {0}, quotes = {0};
    for (size_t at = 0; at < length; at += 16) {
        block part, mask;
        memcpy(&part, bytes + at, 16);
        memcpy(&mask, shown + (length - at < 16 ? 16 - (length - at) : 0), 16);
        part &= mask;
        other |= (block)(part == '{') | (block)(part == '[') | (block)(part == '\\') | (block)(part == '\n');
        other |= (block)((part | 0x20) == 'v');
        quotes ^= (block)(part == '"');
    }
    uint64_t halves[2], ends[2];
    memcpy(halves, &other, 16);
    memcpy(ends, &quotes, 16);
    return !(halves[0] | halves[1])
        && __builtin_popcountll((ends[0] ^ ends[1]) & 0x0101010101010101ULL) % 2 == 0;
}

static inline int begins(uint64_t text, const char word[9], size_t length) {
    uint64_t wanted, mask;
    memcpy(&wanted, word, 8);
    memcpy(&mask, &"\377\377\377\377\377\377\377\377\0\0\0\0\0\0\0\0"[8 - length], 8);
    return (text & mask) == wanted;
}

/// Whether the value is the name of a level below error, in any case, and ends.
static inline int is_low(const uint8_t *value) {
    uint64_t text;
    memcpy(&text, value, 8);
    // A quotation mark stays what it is.
    text |= 0x2020202020202020ULL;
    return begins(text, "info\"\0\0", 5) || begins(text, "debug\"\0", 6) || begins(text, "warn\"\0\0", 5)
        || begins(text, "trace\"\0", 6) || begins(text, "notice\"", 7) || begins(text, "warning\"", 8);
}

/// Whether the value says, in any case, that the line is an error.
static inline int is_high(const uint8_t *value) {
    uint64_t text;
    memcpy(&text, value, 8);
    text |= 0x2020202020202020ULL;
    return begins(text, "error\"\0", 6) || begins(text, "fatal\"\0", 6);
}

/// Whether the key stands here; what stands before it is looked at too.
static inline int has_key(const uint8_t *line, size_t place) {
    return (line[place - 1] == '{' || line[place - 1] == ',' || line[place - 1] == ' ')
        && !memcmp(line + place, key, KEY_LENGTH) && is_flat(line + 1, place - 1);
}

/// Where the key of the object itself stands, at its beginning; 0 where it does not.
static inline size_t find_key(const uint8_t *line, size_t *place) {
    if (*place && has_key(line, *place)) return *place;
    ptrdiff_t found = scan_find(line, SIGHT, key, KEY_LENGTH);
    if (found < 1 || !has_key(line, (size_t)found)) return 0;
    *place = (size_t)found;
    return *place;
}

static inline const uint8_t *value_behind(const uint8_t *line, size_t place) {
    const uint8_t *value = line + place + KEY_LENGTH;
    return *value == ' ' ? value + 1 : value;
}

static size_t quiet_portable(const uint8_t *bytes, size_t length, scan_levels *levels) {
    size_t at = 0;
    while (length - at >= 2 * SIGHT && bytes[at] == '{') {
        size_t place = find_key(bytes + at, &levels->place);
        if (!place) break;
        const uint8_t *value = value_behind(bytes + at, place);
        if (*value != '"' || !is_low(value + 1)) {
            levels->is_error = *value == '"' && is_high(value + 1);
            break;
        }
        // The value is part of the line: so far it holds no newline.
        const uint8_t *end = memchr(value, '\n', length - (size_t)(value - bytes));
        if (!end) break;
        at = (size_t)(end - bytes) + 1;
        levels->lines++;
    }
    return at;
}

#ifdef SCAN_X86
/// The same, with the beginning of a line looked at in one go.
SCAN_AVX512 static size_t quiet_avx512(const uint8_t *bytes, size_t length, scan_levels *levels) {
    const __m512i newline = _mm512_set1_epi8('\n'), quote = _mm512_set1_epi8('"');
    size_t at = 0;
    while (length - at >= 2 * SIGHT && bytes[at] == '{') {
        const uint8_t *line = bytes + at;
        const __m512i head = _mm512_loadu_si512(line);
        const uint64_t quotes = _mm512_cmpeq_epi8_mask(head, quote);
        // `"l.v..":`, and then whether it is the key.
        uint64_t keys = quotes & quotes >> 6 & _mm512_cmpeq_epi8_mask(head, _mm512_set1_epi8('l')) >> 1
            & _mm512_cmpeq_epi8_mask(head, _mm512_set1_epi8('v')) >> 3
            & _mm512_cmpeq_epi8_mask(head, _mm512_set1_epi8(':')) >> 7;
        if (!keys) break;
        const size_t place = (size_t)__builtin_ctzll(keys);
        if (place == 0 || memcmp(line + place, key, KEY_LENGTH)) break;
        if (line[place - 1] != '{' && line[place - 1] != ',' && line[place - 1] != ' ') break;
        // What `is_flat` asks of the bytes between the brace and the key.
        const uint64_t before = ((1ULL << place) - 1) & ~1ULL;
        const __m512i folded = _mm512_or_si512(head, _mm512_set1_epi8(0x20));
        const uint64_t others = _mm512_cmpeq_epi8_mask(head, _mm512_set1_epi8('{'))
            | _mm512_cmpeq_epi8_mask(head, _mm512_set1_epi8('['))
            | _mm512_cmpeq_epi8_mask(head, _mm512_set1_epi8('\\')) | _mm512_cmpeq_epi8_mask(head, newline)
            | _mm512_cmpeq_epi8_mask(folded, _mm512_set1_epi8('v'));
        if (others & before || __builtin_popcountll(quotes & before) % 2) break;
        const uint8_t *value = value_behind(line, place);
        if (*value != '"' || !is_low(value + 1)) {
            levels->is_error = *value == '"' && is_high(value + 1);
            break;
        }
        // From the beginning of the line, though no newline stands before the value: so the processor need not know
        // this line's value before it goes on with the next.
        const uint8_t *end = memchr(line, '\n', length - at);
        if (!end) break;
        at = (size_t)(end - bytes) + 1;
        levels->lines++;
    }
    return at;
}
#endif

size_t scan_quiet_lines(const void *start, size_t length, scan_levels *levels) {
    levels->lines = 0;
    levels->is_error = 0;
#ifdef SCAN_X86
    if (scan_has_avx512()) return quiet_avx512(start, length, levels);
#endif
    return quiet_portable(start, length, levels);
}
