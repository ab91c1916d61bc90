#ifndef APPLIANCE_CURL_SHIM_H
#define APPLIANCE_CURL_SHIM_H

#include <curl/curl.h>
#include <stddef.h>

/// One exchange, as typed options: curl_easy_setopt is variadic, which Swift cannot call.
///
/// Strings are copied by libcurl, but `headers`, `resolve`, `error` and `context` must outlive the exchange.
typedef struct {
    const char *url;
    /// GET, HEAD or POST.
    const char *method;
    /// nil sends none; copied.
    const void *body;
    size_t bodySize;
    /// Asked for a POST's body in place of `body`, until it has given bodySize bytes; nil takes `body`.
    curl_read_callback onUpload;
    struct curl_slist *headers;
    /// Pinned addresses, "HOST:PORT:ADDRESS[,ADDRESS]…".
    struct curl_slist *resolve;
    /// nil means TCP.
    const char *unixSocket;
    /// nil means the system's certificates.
    const char *caFile;
    long connectTimeoutMilliseconds;
    /// CURL_ERROR_SIZE bytes.
    char *error;
    /// Given to the callbacks.
    void *context;
    curl_write_callback onBody;
    curl_write_callback onHeader;
    curl_opensocket_callback openSocket;
} ApplianceCurlOptions;

/// Initializes libcurl; to be called once, before anything else.
CURLcode appliance_curl_initialize(void);

/// Sets every option, and with them what never changes: no redirects, proxies, cookies, netrc, signals or other
/// protocols; certificates verified. Returns the first failure.
CURLcode appliance_curl_configure(CURL *easy, const ApplianceCurlOptions *options);

/// Microseconds from the start until the connection (TLS included) stood; 0 while it does not.
long long appliance_curl_connected(CURL *easy);

/// errno of the last failed connect; 0 where libcurl does not tell.
long appliance_curl_os_error(CURL *easy);

/// The body callback's answer for "not now".
size_t appliance_curl_pause(void);

/// The upload callback's answer for "it cannot be read any more".
size_t appliance_curl_abort(void);

#endif
