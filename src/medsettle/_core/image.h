/* What images have in common: sections at offsets, looked at before anything points into them. */
#ifndef MS_IMAGE_H
#define MS_IMAGE_H

#include "kernel.h"

#include <stdio.h>

static inline int refuse(ms_error *error, const char *what) {
    snprintf(error->message, sizeof error->message, "%s", what);
    return -1;
}

/* Returns where a section of items starts, or NULL if it does not lie inside the image, behind its
 * header. */
static inline const void *section_of(const void *image, uint64_t size, size_t header, ms_section at,
                                     size_t item) {
    if (at.offset % 8 != 0 || at.offset < header) return NULL;
    if (at.offset > size || at.count > (size - at.offset) / item) return NULL;
    return (const char *)image + at.offset;
}

#endif
