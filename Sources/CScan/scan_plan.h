#ifndef APPLIANCE_SCAN_PLAN_H
#define APPLIANCE_SCAN_PLAN_H
#include "scan.h"

/// Bytes of a pattern by which it is recognised: its window.
#define SCAN_WINDOW 4
/// Buckets of one table; a mark of a byte has a bit for each.
#define SCAN_BUCKETS 8
/// Tables that are looked up at the same time, at most.
#define SCAN_TABLES 2

typedef struct {
    scan_class places[SCAN_PATTERN_LENGTH];
    int length;
    /// Where the window begins in the pattern.
    int window;
    int bucket;
} scan_pattern;

/// Chooses the window and the bucket of every pattern, so that as little as possible of what logs hold looks like one.
///
/// The lookup of `halves` knows only which half bytes may stand at a place, not which bytes.
void scan_plan(scan_pattern *patterns, int count, int buckets, int halves);

static inline int scan_holds(const scan_class *class, uint8_t byte) {
    return (int)(class->bits[byte >> 6] >> (byte & 63) & 1);
}

#endif
