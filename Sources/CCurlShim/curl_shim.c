#define _GNU_SOURCE
#include "curl_shim.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

// OPENSSL_INIT_NO_ATEXIT, https://docs.openssl.org/3.0/man3/OPENSSL_init_crypto/
static const uint64_t no_cleanup_at_exit = 0x00080000;

// At the end of the process OpenSSL would free what threads of exchanges that are ending just then still use.
static void keep_openssl(void) {
    int (*initialize)(uint64_t, const void *) = NULL;
    // libcurl brings it along; one that is built on something else does not.
    *(void **)&initialize = dlsym(RTLD_DEFAULT, "OPENSSL_init_crypto");
    if (initialize) initialize(no_cleanup_at_exit, NULL);
}

CURLcode appliance_curl_initialize(void) {
    keep_openssl();
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}

#define SET(option, value)                                          \
    do {                                                            \
        CURLcode code = curl_easy_setopt(easy, (option), (value));  \
        if (code != CURLE_OK) return code;                          \
    } while (0)

static CURLcode set_policy(CURL *easy) {
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_NOSIGNAL, 1L);
    // A connection that is taken again may be closed at the other end: libcurl would send the request a second time.
    SET(CURLOPT_FRESH_CONNECT, 1L);
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    return CURLE_OK;
}

static CURLcode set_method(CURL *easy, const ApplianceCurlOptions *options) {
    if (strcmp(options->method, "POST") == 0) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)options->bodySize);
        if (options->onUpload != NULL) {
            SET(CURLOPT_READFUNCTION, options->onUpload);
            SET(CURLOPT_READDATA, options->context);
        } else {
            SET(CURLOPT_COPYPOSTFIELDS, options->body != NULL ? options->body : "");
        }
    } else if (strcmp(options->method, "HEAD") == 0) {
        SET(CURLOPT_NOBODY, 1L);
    } else {
        SET(CURLOPT_HTTPGET, 1L);
    }
    return CURLE_OK;
}

CURLcode appliance_curl_configure(CURL *easy, const ApplianceCurlOptions *options) {
    CURLcode code = set_policy(easy);
    if (code != CURLE_OK) return code;
    SET(CURLOPT_ERRORBUFFER, options->error);
    SET(CURLOPT_URL, options->url);
    SET(CURLOPT_HTTPHEADER, options->headers);
    SET(CURLOPT_RESOLVE, options->resolve);
    SET(CURLOPT_CONNECTTIMEOUT_MS, options->connectTimeoutMilliseconds);
    if (options->unixSocket != NULL) SET(CURLOPT_UNIX_SOCKET_PATH, options->unixSocket);
    if (options->caFile != NULL) {
        SET(CURLOPT_CAINFO, options->caFile);
        SET(CURLOPT_CAPATH, NULL);
    }
    SET(CURLOPT_WRITEFUNCTION, options->onBody);
    SET(CURLOPT_WRITEDATA, options->context);
    SET(CURLOPT_HEADERFUNCTION, options->onHeader);
    SET(CURLOPT_HEADERDATA, options->context);
    SET(CURLOPT_OPENSOCKETFUNCTION, options->openSocket);
    SET(CURLOPT_OPENSOCKETDATA, options->context);
    return set_method(easy, options);
}

long long appliance_curl_connected(CURL *easy) {
    curl_off_t microseconds = 0;
    if (curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds) != CURLE_OK) return 0;
    return microseconds;
}

size_t appliance_curl_pause(void) { return CURL_WRITEFUNC_PAUSE; }

size_t appliance_curl_abort(void) { return CURL_READFUNC_ABORT; }

long appliance_curl_os_error(CURL *easy) {
    long code = 0;
    if (curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &code) != CURLE_OK) return 0;
    return code;
}
