/* Runs what reads and writes text, one command a line from the standard input, and prints what it
 * gives.  Texts are in hexadecimal; each lies in memory of just its size, so that a sanitizer sees
 * what reads or writes beside it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "line_message.h"
#include "message.h"

enum { TEXT_MAX = 4096 };

static int64_t number(void) {
    int64_t value = 0;
    if (scanf("%" SCNd64, &value) != 1) abort();
    return value;
}

/* Returns the next text in memory of its own; an empty one is written as a dash. */
static char *text(size_t *size) {
    char hex[2 * TEXT_MAX + 1];
    if (scanf("%8192s", hex) != 1) abort();
    *size = hex[0] == '-' ? 0 : strlen(hex) / 2;
    char *found = malloc(*size);
    if (found == NULL && *size != 0) abort();
    for (size_t i = 0; i < *size; i++) {
        unsigned byte = 0;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1) abort();
        found[i] = (char)byte;
    }
    return found;
}

static void read_text(char command) {
    int decimals = command == 'd' ? (int)number() : 0;
    size_t size;
    char *given = text(&size);
    int64_t value = 0;
    if (command == 'p') {
        printf("%d\n", ms_is_plain(given, size));
    } else if (command == 'c') {
        printf("%zu\n", ms_count(given, size, ':'));
    } else if (ms_read_decimal(given, size, decimals, &value)) {
        printf("%" PRId64 "\n", value);
    } else {
        printf("none\n");
    }
    free(given);
}

static void write_number(char command) {
    int decimals = command == 'n' ? (int)number() : 0;
    char *room = malloc(MS_NUMBER_ROOM);
    int64_t value = number();
    char *end = room;
    if (room == NULL) abort();
    if (command == 'y') end = ms_put_yuan(room, value);
    if (command == 'w') end = ms_put_whole(room, value);
    if (command == 'n') end = ms_put_decimal(room, value, decimals);
    if (command == 't') end = ms_put_day(room, (int32_t)value);
    printf("%.*s\n", (int)(end - room), room);
    free(room);
}

static void fit_total(void) {
    int64_t amount[MS_AMOUNTS];
    for (int i = 0; i < MS_AMOUNTS; i++) amount[i] = number();
    int64_t total = number();
    if (ms_fit_total(amount, total, (int)number())) {
        printf("%" PRId64 "\n", amount[0]);
    } else {
        printf("none\n");
    }
}

/* An answer without what stands between amounts and day; payers and counters are named by number.
 */
static void write_answer(void) {
    static char names[MS_COUNTERS][16];
    static ms_form form;
    static ms_claim claim;
    static ms_result result;
    static ms_ytd year;
    form.n_funds = (uint32_t)number();
    form.no_funds = (uint32_t)number();
    for (uint32_t i = 0; i < form.n_funds; i++) result.fund[i] = number();
    for (int i = 0; i < MS_AMOUNTS; i++) claim.amount[i] = number();
    result.deductible = number();
    result.cash = number();
    year.last_date = (int32_t)number();
    form.n_counters = (uint32_t)number();
    for (uint32_t i = 0; i < form.n_counters; i++) {
        year.counter[i] = number();
        snprintf(names[i], sizeof names[i], "\"c%u\":", i);
        form.counter[i] = (ms_words){names[i], strlen(names[i])};
    }
    for (uint32_t i = 0; i < form.n_funds + MS_ANSWER_AMOUNTS; i++) {
        form.amount[i] = (ms_words){" ", 1};
    }
    form.behind = (ms_words){"}", 1};
    char *room = malloc(ms_answer_room(&form));
    if (room == NULL) abort();
    char *middle = ms_put_amounts(room, &form, &claim, &result);
    char *end = ms_put_year(middle, &form, &year);
    printf("%.*s|%.*s\n", (int)(middle - room), room, (int)(end - middle), middle);
    free(room);
}

/* A line whose code, class and group are one text. */
static void write_line(void) {
    size_t size;
    char *name = text(&size);
    ms_words texts[3];
    int64_t amount[2 * MS_LINE_AMOUNTS];
    for (int i = 0; i < 3; i++) texts[i] = (ms_words){name, size};
    for (int i = 0; i < MS_LINE_AMOUNTS; i++) amount[2 * i] = number();
    uint32_t share = (uint32_t)number();
    int64_t ceiling = number();
    char *room = malloc(ms_line_room(3 * size));
    if (room == NULL) abort();
    char *end = ms_put_line(ms_put_text(room, "{\"id\":0"), texts, amount, 2, share,
                            ceiling < 0 ? MS_NO_CEILING : ceiling);
    printf("%.*s\n", (int)(end - room), room);
    free(room);
    free(name);
}

int main(void) {
    char command;
    while (scanf(" %c", &command) == 1) {
        if (command == 'f') {
            fit_total();
        } else if (command == 'a') {
            write_answer();
        } else if (command == 'l') {
            write_line();
        } else if (command == 'd' || command == 'p' || command == 'c') {
            read_text(command);
        } else {
            write_number(command);
        }
    }
    return 0;
}
