#ifndef APPLIANCE_SCAN_DISPATCH_H
#define APPLIANCE_SCAN_DISPATCH_H

// Functions for one kind of processor are compiled beside the portable ones and chosen when the program runs.
#if defined(__x86_64__)
#include <immintrin.h>
#define SCAN_X86 1
#define SCAN_AVX2 __attribute__((target("avx2")))
#define SCAN_AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi")))

static inline int scan_has_avx2(void) { return __builtin_cpu_supports("avx2") != 0; }
static inline int scan_has_avx512(void) {
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi");
}
#endif

#endif
