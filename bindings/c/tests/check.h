/* What the test programs share: a check that says where it failed, and recordings. */
#ifndef CHECK_H
#define CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "polyspot.h"

/* assert() of the standard library would go with NDEBUG, and would not say what polyspot says. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #condition, polyspot_error());   \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

/* A call was refused, and says why in these words. */
#define CHECK_ERROR(call_is_refused, words)                                                                  \
    do {                                                                                                     \
        CHECK(call_is_refused);                                                                              \
        if (!strstr(polyspot_error(), words)) {                                                              \
            fprintf(stderr, "%s:%d: expected %s, found %s\n", __FILE__, __LINE__, words, polyspot_error());  \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

/* A whole file; the caller frees it. */
static inline char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    if (file && fseek(file, 0, SEEK_END) == 0) {
        *length = (size_t)ftell(file);
        rewind(file);
        bytes = (char *)malloc(*length + 1);
        if (bytes && fread(bytes, 1, *length, file) == *length) {
            bytes[*length] = 0;
        }
    }
    if (!bytes) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(1);
    }
    fclose(file);
    return bytes;
}

/* Adds the samples of a WAV file of this repository: 16 bits, mono, behind a header of 44 bytes. */
static inline void add_wave(const char *path, int16_t **samples, size_t *count) {
    size_t length = 0;
    char *bytes = read_file(path, &length);
    size_t more = (length - 44) / 2;
    *samples = (int16_t *)realloc(*samples, (*count + more) * sizeof **samples);
    memcpy(*samples + *count, bytes + 44, more * sizeof **samples);
    *count += more;
    free(bytes);
}

#endif
