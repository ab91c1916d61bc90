#ifndef APPLIANCE_SCAN_SHAPES_H
#define APPLIANCE_SCAN_SHAPES_H
#include <stddef.h>
#include <stdint.h>

/// Shapes that begin with digits, `0` standing for any of them: numbers that are worth a closer look.
enum {
    SCAN_SHAPE_SIX,       // 000000, the first six digits of a run alone
    SCAN_SHAPE_THREES,    // 000-000
    SCAN_SHAPE_TWO_THREE, // 00-000
    SCAN_SHAPE_HYPHENS,   // 0000-0000-
    SCAN_SHAPE_SPACES,    // "0000 0000 "
    SCAN_SHAPE_FOUR_SIX,  // "0000 000000 "
    SCAN_SHAPE_GROUPS,    // "000 0000 "
    SCAN_SHAPE_DOTS,      // 000.0000.
    SCAN_SHAPE_BAR,       // 0000|
    SCAN_SHAPE_COUNT
};

/// Where a search for shapes stands: 0 in all of it at first.
typedef struct {
    /// The block whose ends follow, its number of bytes from the text's beginning.
    size_t block;
    size_t next_block;
    /// For each shape, at which bytes of the block it ends, and at which any of them does that was not told yet.
    uint64_t ends[SCAN_SHAPE_COUNT];
    uint64_t left;
    /// The block before: digits, `-`, space, `.`, `|`.
    uint64_t before[5];
} scan_shapes;

/// The place after the next end of a shape, or 0 when there is none; `shapes` gets a bit for each that ends there.
///
/// In the order of places; each byte is looked at once.
size_t scan_shapes_next(scan_shapes *state, const uint8_t *bytes, size_t length, uint32_t *shapes);

#endif
