#ifndef APPLIANCE_SCAN_H
#define APPLIANCE_SCAN_H
#include <stddef.h>

/// The first occurrence of `needle` in `haystack`, or -1 (glibc's memmem, which Swift does not import).
ptrdiff_t scan_find(const void *haystack, size_t length, const void *needle, size_t needle_length);

/// The last occurrence of `byte`, or -1 (glibc's memrchr).
ptrdiff_t scan_find_last(const void *haystack, size_t length, int byte);

#endif
