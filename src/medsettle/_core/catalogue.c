/* Opening a catalogue's image: every offset, index and order is checked once, so that splitting
 * lines need not.  And finding items by their codes. */
#include "lines.h"

#include "image.h"

#include <string.h>

_Static_assert(sizeof(ms_catalogue_header) == 120, "the image layout is fixed");
_Static_assert(sizeof(ms_slot) == 8, "the image layout is fixed");
_Static_assert(sizeof(ms_item) == 64, "the image layout is fixed");
_Static_assert(sizeof(ms_version) == 64, "the image layout is fixed");
_Static_assert(sizeof(ms_terms) == 88, "the image layout is fixed");
_Static_assert(sizeof(ms_rules) == 24, "the image layout is fixed");

/* Returns where a section starts, or NULL if it does not lie inside the image. */
static const void *section(const ms_catalogue_header *header, ms_section at, size_t item) {
    return section_of(header, header->size, sizeof *header, at, item);
}

static int find_sections(ms_catalogue *catalogue) {
    const ms_catalogue_header *h = catalogue->header;
    catalogue->slot = section(h, h->slot, sizeof(ms_slot));
    catalogue->item = section(h, h->item, sizeof(ms_item));
    catalogue->version = section(h, h->version, sizeof(ms_version));
    catalogue->terms = section(h, h->terms, sizeof(ms_terms));
    catalogue->rules = section(h, h->rules, sizeof(ms_rules));
    catalogue->text = section(h, h->text, 1);
    return catalogue->slot && catalogue->item && catalogue->version && catalogue->terms &&
           catalogue->rules && catalogue->text && section(h, h->meta, 1);
}

static int are_slots_good(const ms_catalogue *catalogue) {
    uint32_t n = catalogue->header->slot.count, full = 0;
    if (n == 0 || (n & (n - 1)) != 0 || n / 2 < catalogue->n_items) return 0;
    for (uint32_t i = 0; i < n; i++) {
        if (catalogue->slot[i].item > catalogue->n_items) return 0;
        full += catalogue->slot[i].item != 0;
    }
    return full == catalogue->n_items;
}

static int is_version_good(const ms_catalogue *catalogue, const ms_version *version) {
    const ms_catalogue_header *h = catalogue->header;
    if (version->n_terms == 0 || version->terms > h->terms.count ||
        version->n_terms > h->terms.count - version->terms) {
        return 0;
    }
    for (int l = 0; l < MS_LEVELS - 1; l++) {
        if (version->ceiling[l] < 0) return 0;
    }
    const ms_terms *last = catalogue->terms + version->terms + version->n_terms - 1;
    return version->from < version->until && version->item_class < 3 &&
           version->limit_per <= MS_PER_STAY_DAY && version->limit >= 0 &&
           version->limit <= MS_QUANTITY_MAX && last->upto == INT64_MAX &&
           (version->group == MS_NO_GROUP || version->group < h->n_groups);
}

static int is_item_good(const ms_catalogue *catalogue, uint32_t i) {
    const ms_item *item = catalogue->item + i;
    if (item->length == 0 || item->length > MS_CODE || item->n_versions == 0) return 0;
    if (i > 0 && memcmp(item[-1].code, item->code, MS_CODE) >= 0) return 0;
    if (item->name > catalogue->header->text.count || (i > 0 && item[-1].name > item->name)) {
        return 0;
    }
    uint32_t n = catalogue->header->version.count;
    if (item->version > n || item->n_versions > n - item->version) return 0;
    const ms_version *version = catalogue->version + item->version;
    for (int v = 0; v < item->n_versions; v++) {
        if (!is_version_good(catalogue, version + v)) return 0;
        if (v > 0 && version[v - 1].until > version[v].from) return 0;
    }
    return 1;
}

static int are_terms_good(const ms_catalogue *catalogue) {
    for (uint32_t i = 0; i < catalogue->header->terms.count; i++) {
        const uint32_t *share = &catalogue->terms[i].share[0][0];
        for (int k = 0; k < MS_INSURED * MS_LEVELS; k++) {
            if (share[k] > MS_PPM && share[k] != MS_NO_SHARE) return 0;
        }
    }
    return 1;
}

static int are_rules_good(const ms_catalogue *catalogue) {
    int32_t last = INT32_MIN;
    for (uint32_t i = 0; i < catalogue->n_rules; i++) {
        const ms_rules *rules = catalogue->rules + i;
        if (rules->from < last || rules->until <= rules->from) return 0;
        last = rules->until;
        unsigned seen = 0;
        for (int s = 0; s < MS_STEPS; s++) {
            if (rules->order[s] >= MS_STEPS) return 0;
            seen |= 1u << rules->order[s];
        }
        if (seen != (1u << MS_STEPS) - 1 || rules->over_quantity > 1) return 0;
    }
    return 1;
}

int ms_catalogue_open(ms_catalogue *catalogue, const void *image, size_t size, ms_error *error) {
    memset(catalogue, 0, sizeof *catalogue);
    if ((uintptr_t)image % 8 != 0) return refuse(error, "the image does not start on 8 bytes");
    const ms_catalogue_header *header = image;
    if (size < sizeof *header || memcmp(header->magic, "MSCATLOG", 8) != 0) {
        return refuse(error, "not a catalogue image");
    }
    if (header->byte_order != 0x01020304 || header->format != MS_CATALOGUE_FORMAT) {
        return refuse(error, "a catalogue image of another format: compile it again");
    }
    if (header->size != size) return refuse(error, "the catalogue image is cut off");
    ms_catalogue open;
    memset(&open, 0, sizeof open);
    open.header = header;
    if (!find_sections(&open)) return refuse(error, "a section lies outside the image");
    open.n_items = header->item.count;
    open.n_rules = header->rules.count;
    open.slot_mask = header->slot.count - 1;
    if (header->n_groups > MS_NO_GROUP) return refuse(error, "too many item groups");
    if (!are_slots_good(&open)) return refuse(error, "the index of codes is damaged");
    if (!are_terms_good(&open)) return refuse(error, "a share is above 100 %");
    if (!are_rules_good(&open)) return refuse(error, "the rules are damaged");
    for (uint32_t i = 0; i < open.n_items; i++) {
        if (!is_item_good(&open, i)) return refuse(error, "an item is damaged");
    }
    *catalogue = open;
    return 0;
}

/* ---- finding ---- */

static inline uint64_t mix(uint64_t a, uint64_t b) {
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t word_at(const char *text) {
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return word;
}

/* Hashes a code, every byte of it; the last eight are read as one, whatever came before. */
static inline uint64_t hash(const char *code, size_t length) {
    uint64_t h = 0x9e3779b97f4a7c15u ^ length, last = 0;
    if (length < 8) {
        memcpy(&last, code, length);
        return mix(h ^ last, 0xe7037ed1a0b428dbu);
    }
    for (size_t i = 0; i + 8 < length; i += 8) h = mix(h ^ word_at(code + i), 0xa0761d6478bd642fu);
    return mix(h ^ word_at(code + length - 8), 0xe7037ed1a0b428dbu);
}

static inline int is_same(const char *a, const char *b, size_t length) {
    if (length < 8) return memcmp(a, b, length) == 0;
    uint64_t differ = word_at(a + length - 8) ^ word_at(b + length - 8);
    for (size_t i = 0; i + 8 < length; i += 8) differ |= word_at(a + i) ^ word_at(b + i);
    return differ == 0;
}

void ms_catalogue_index(const ms_item *item, uint32_t n_items, ms_slot *slot, uint32_t mask) {
    for (uint32_t i = 0; i < n_items; i++) {
        uint64_t h = hash(item[i].code, item[i].length);
        uint32_t at = (uint32_t)h & mask;
        while (slot[at].item != 0) at = (at + 1) & mask;
        slot[at] = (ms_slot){(uint32_t)(h >> 32), i + 1};
    }
}

static inline size_t text_at(const ms_texts *texts, int64_t i, const char **data) {
    if (texts->offset32 != NULL) {
        *data = texts->data + texts->offset32[i];
        return (size_t)(texts->offset32[i + 1] - texts->offset32[i]);
    }
    if (texts->offset64 != NULL) {
        *data = texts->data + texts->offset64[i];
        return (size_t)(texts->offset64[i + 1] - texts->offset64[i]);
    }
    *data = texts->data + i * texts->stride;
    size_t length = (size_t)texts->width;
    while (length > 0 && (*data)[length - 1] == 0) length--;
    return length;
}

/* Follows the slots of a hash; the candidates are compared with the code. */
static inline int32_t find(const ms_catalogue *catalogue, uint64_t h, const char *code,
                           size_t length) {
    uint32_t mask = catalogue->slot_mask;
    for (uint32_t at = (uint32_t)h & mask;; at = (at + 1) & mask) {
        ms_slot slot = catalogue->slot[at];
        if (slot.item == 0) return MS_NO_ITEM;
        if (slot.tag != (uint32_t)(h >> 32)) continue;
        const ms_item *item = catalogue->item + slot.item - 1;
        if (item->length == length && is_same(item->code, code, length)) {
            return (int32_t)(slot.item - 1);
        }
    }
}

void ms_find_items(const ms_catalogue *catalogue, const ms_texts *codes, int64_t n,
                   int32_t *found) {
    /* Each look-up waits for memory twice, for the slot and for the item: a block of them waits
     * once for all. */
    uint64_t h[MS_LINE_BLOCK];
    const char *code[MS_LINE_BLOCK];
    size_t length[MS_LINE_BLOCK];
    for (int64_t start = 0; start < n; start += MS_LINE_BLOCK) {
        int64_t left = n - start, m = left < MS_LINE_BLOCK ? left : MS_LINE_BLOCK;
        for (int64_t k = 0; k < m; k++) {
            length[k] = text_at(codes, start + k, &code[k]);
            h[k] = hash(code[k], length[k]);
            __builtin_prefetch(catalogue->slot + ((uint32_t)h[k] & catalogue->slot_mask));
        }
        for (int64_t k = 0; k < m; k++) {
            uint32_t item = catalogue->slot[(uint32_t)h[k] & catalogue->slot_mask].item;
            __builtin_prefetch(catalogue->item + (item != 0 ? item - 1 : 0));
        }
        for (int64_t k = 0; k < m; k++) {
            found[start + k] = find(catalogue, h[k], code[k], length[k]);
        }
    }
}
