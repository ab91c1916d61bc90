#define _GNU_SOURCE
#include "scan.h"
#include <string.h>

ptrdiff_t scan_find(const void *haystack, size_t length, const void *needle, size_t needle_length) {
    const char *found = memmem(haystack, length, needle, needle_length);
    return found ? found - (const char *)haystack : -1;
}

ptrdiff_t scan_find_last(const void *haystack, size_t length, int byte) {
    const char *found = memrchr(haystack, byte, length);
    return found ? found - (const char *)haystack : -1;
}

size_t scan_count(const void *haystack, size_t length, int byte) {
    const uint8_t *bytes = haystack;
    size_t count = 0;
    for (size_t index = 0; index < length; index++) count += bytes[index] == (uint8_t)byte;
    return count;
}
