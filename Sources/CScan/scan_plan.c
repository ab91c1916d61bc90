#include "scan_plan.h"
#include "log_sample.h"
#include <string.h>

// How common a window is in logs is guessed by a chain: how often its first byte occurs in the sample, and how often
// each of the next follows the one before. What the sample does not hold is taken to be rare, not impossible.

/// How often the patterns are moved between buckets; after that hardly any finds a better place.
#define ROUNDS 2
/// More pairs of bytes than the sample holds.
#define PAIRS (int)sizeof(log_sample)

typedef struct {
    uint8_t to;
    double share;
} pair;

typedef struct {
    double share[256];
    /// What of a byte's followers is left to those that the sample does not show.
    double unseen[256];
    /// By the first byte: where its pairs begin, and where the last one's end.
    pair pairs[PAIRS];
    int first_pair[257];
} model;

static double guess(int byte) {
    if (byte >= 'a' && byte <= 'z') return 0.02;
    if (byte == ' ' || byte == '"' || byte == ':' || byte == ',' || (byte >= '0' && byte <= '9')) return 0.015;
    return (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '.' || byte == '/' || byte == '-' ? 0.004 : 0.0008;
}

static void learn(model *logs) {
    const uint8_t *text = (const uint8_t *)log_sample;
    const int length = (int)sizeof log_sample - 1;
    int counts[256] = {0};
    for (int at = 0; at < length; at++) counts[text[at]]++;
    for (int byte = 0; byte < 256; byte++) {
        logs->share[byte] = 0.9 * counts[byte] / length + 0.1 * guess(byte);
        logs->unseen[byte] = 5.0 / (counts[byte] + 5);
    }
    int count = 0;
    for (int from = 0; from < 256; from++) {
        const int first = count;
        logs->first_pair[from] = first;
        if (counts[from] == 0) continue;
        for (int at = 0; at + 1 < length; at++) {
            if (text[at] != from) continue;
            int index = first;
            while (index < count && logs->pairs[index].to != text[at + 1]) index++;
            if (index == count) logs->pairs[count++] = (pair){text[at + 1], 0};
            logs->pairs[index].share += 1.0 / (counts[from] + 5);
        }
    }
    logs->first_pair[256] = count;
}

typedef struct {
    scan_class places[SCAN_WINDOW];
} window;

/// The bytes of a class, ascending.
static int members(const scan_class *class, uint8_t *bytes) {
    int count = 0;
    for (int word = 0; word < 4; word++)
        for (uint64_t bits = class->bits[word]; bits; bits &= bits - 1)
            bytes[count++] = (uint8_t)(word * 64 + __builtin_ctzll(bits));
    return count;
}

static double commonness(const model *logs, const window *wanted) {
    uint8_t here[256], following[256];
    double now[256], next[256], total = 0;
    int count = members(&wanted->places[0], here);
    for (int index = 0; index < count; index++) now[here[index]] = logs->share[here[index]];
    for (int place = 1; place < SCAN_WINDOW; place++) {
        const scan_class *class = &wanted->places[place];
        const int next_count = members(class, following);
        double rest = 0;
        for (int index = 0; index < count; index++) rest += now[here[index]] * logs->unseen[here[index]];
        for (int index = 0; index < next_count; index++) next[following[index]] = rest * logs->share[following[index]];
        for (int index = 0; index < count; index++) {
            const int from = here[index];
            for (int at = logs->first_pair[from]; at < logs->first_pair[from + 1]; at++) {
                const pair *seen = &logs->pairs[at];
                if (scan_holds(class, seen->to)) next[seen->to] += now[from] * seen->share;
            }
        }
        memcpy(here, following, sizeof here);
        memcpy(now, next, sizeof now);
        count = next_count;
    }
    for (int index = 0; index < count; index++) total += now[here[index]];
    return total;
}

/// Adds the bytes of a pattern's window; those of a place behind the end of a short pattern are any.
static void add(window *to, const scan_pattern *from, int start) {
    for (int place = 0; place < SCAN_WINDOW; place++)
        for (int word = 0; word < 4; word++)
            to->places[place].bits[word] |=
                start + place < from->length ? from->places[start + place].bits[word] : ~0ULL;
}

/// Every byte whose two halves belong to bytes of the class.
static scan_class widened(const scan_class *class) {
    int low[16] = {0}, high[16] = {0};
    scan_class wide = {{0}};
    for (int byte = 0; byte < 256; byte++)
        if (scan_holds(class, (uint8_t)byte)) low[byte & 15] = high[byte >> 4] = 1;
    for (int byte = 0; byte < 256; byte++)
        if (low[byte & 15] && high[byte >> 4]) wide.bits[byte >> 6] |= 1ULL << (byte & 63);
    return wide;
}

/// How common what the bucket lets through is, with one pattern more.
static double bucket_commonness(
    const model *logs, const scan_pattern *patterns, int count, int bucket, const scan_pattern *more, int halves) {
    window all = {{{{0}}}};
    for (int number = 0; number < count; number++)
        if (patterns[number].bucket == bucket) add(&all, &patterns[number], patterns[number].window);
    if (more) add(&all, more, more->window);
    if (halves)
        for (int place = 0; place < SCAN_WINDOW; place++) all.places[place] = widened(&all.places[place]);
    return commonness(logs, &all);
}

static void choose_window(const model *logs, scan_pattern *pattern) {
    double least = 2;
    for (int start = 0; start == 0 || start + SCAN_WINDOW <= pattern->length; start++) {
        window alone = {{{{0}}}};
        add(&alone, pattern, start);
        double found = commonness(logs, &alone);
        if (found >= least) continue;
        least = found;
        pattern->window = start;
    }
}

void scan_plan(scan_pattern *patterns, int count, int buckets, int halves) {
    static const double none = 0;
    double now[SCAN_BUCKETS * SCAN_TABLES];
    model logs;
    learn(&logs);
    for (int bucket = 0; bucket < buckets; bucket++) now[bucket] = none;
    for (int number = 0; number < count; number++) {
        choose_window(&logs, &patterns[number]);
        patterns[number].bucket = -1;
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int number = 0; number < count; number++) {
            scan_pattern *moved = &patterns[number];
            int from = moved->bucket, best = 0;
            double least = 1e9, with = 0;
            moved->bucket = -1;
            if (from >= 0) now[from] = bucket_commonness(&logs, patterns, count, from, NULL, halves);
            for (int bucket = 0; bucket < buckets; bucket++) {
                double found = bucket_commonness(&logs, patterns, count, bucket, moved, halves);
                if (found - now[bucket] >= least) continue;
                least = found - now[bucket];
                with = found;
                best = bucket;
            }
            moved->bucket = best;
            now[best] = with;
        }
    }
}
