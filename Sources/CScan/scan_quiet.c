#include "scan.h"
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

/// Whether the key stands here; what stands before it is looked at too.
static inline int has_key(const uint8_t *line, size_t place) {
    return (line[place - 1] == '{' || line[place - 1] == ',' || line[place - 1] == ' ')
        && !memcmp(line + place, key, KEY_LENGTH) && is_flat(line + 1, place - 1);
}

static inline int is_quiet(const uint8_t *line, size_t length, size_t *place) {
    if (length < 2 * SIGHT || line[0] != '{') return 0;
    if (!*place || !has_key(line, *place)) {
        ptrdiff_t found = scan_find(line, SIGHT, key, KEY_LENGTH);
        if (found < 1 || !has_key(line, (size_t)found)) return 0;
        *place = (size_t)found;
    }
    const uint8_t *value = line + *place + KEY_LENGTH;
    if (*value == ' ') value++;
    return *value == '"' && is_low(value + 1);
}

size_t scan_quiet_lines(const void *start, size_t length, size_t *place) {
    const uint8_t *bytes = start;
    size_t at = 0;
    while (at < length && is_quiet(bytes + at, length - at, place)) {
        // The value is part of the line: so far it holds no newline.
        size_t from = at + *place + KEY_LENGTH;
        const uint8_t *end = memchr(bytes + from, '\n', length - from);
        if (!end) break;
        at = (size_t)(end - bytes) + 1;
    }
    return at;
}
