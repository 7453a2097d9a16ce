# The kernel as Cython sees it; kernel.h says what everything means.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t

cdef extern from "kernel.h" nogil:
    enum:
        MS_AMOUNTS
        MS_AXES
        MS_ITEMS
        MS_BENEFITS
        MS_FUNDS
        MS_LAYERS
        MS_COUNTERS
        MS_OK
        MS_AMOUNT_NEGATIVE
        MS_AMOUNT_TOO_LARGE
        MS_ITEMS_DISAGREE
        MS_NO_DATE
    int64_t MS_FEN_MAX

    enum:
        MS_NONE

    ctypedef struct ms_wide:
        pass


    ctypedef struct ms_section:
        uint32_t count

    ctypedef struct ms_header:
        uint32_t n_counters
        uint32_t n_funds
        ms_section program
        ms_section layer

    ctypedef struct ms_program:
        uint8_t n_axes
        uint8_t axis[MS_AXES]

    ctypedef struct ms_use:
        uint16_t layer

    ctypedef struct ms_layer:
        uint16_t meta

    ctypedef struct ms_table:
        const ms_header *header
        const ms_program *program
        const ms_use *use
        const ms_layer *layer
        uint32_t n_counters
        uint32_t n_funds
        uint32_t n_items
        int32_t asks_days
        int32_t asks_continues

    ctypedef struct ms_error:
        char message[160]

    int ms_table_open(ms_table *table, const void *image, size_t size, ms_error *error)

    ctypedef struct ms_claim:
        int64_t amount[MS_AMOUNTS]
        int64_t item[MS_ITEMS]
        int32_t date
        int32_t rule_date
        int32_t days
        uint8_t benefit
        uint8_t continues
        uint8_t code[MS_AXES]

    ctypedef struct ms_ytd:
        int32_t last_date
        int64_t counter[MS_COUNTERS]

    ctypedef struct ms_result:
        int64_t fund[MS_FUNDS]
        int64_t deductible
        int64_t cash
        int32_t status
        int32_t n_steps
        int32_t program

    ctypedef struct ms_step:
        ms_wide base
        ms_wide first_share
        ms_wide deductible
        ms_wide cost
        ms_wide copay
        ms_wide over_ceiling
        ms_wide person_share
        int64_t pay
        int64_t den
        uint32_t use
        uint16_t row
        uint16_t cut

    void ms_settle(const ms_table *table, const ms_claim *claim, ms_ytd *ytd,
                   ms_result *result, ms_step *steps)

    ctypedef struct ms_column:
        const char *base
        int64_t stride

    ctypedef struct ms_batch:
        int64_t n
        int32_t person_is_32_bit
        ms_column person
        ms_column given
        ms_column date
        ms_column benefit
        ms_column code[MS_AXES]
        ms_column amount[MS_AMOUNTS]
        ms_column item[MS_ITEMS]
        ms_column rule_date
        ms_column days
        ms_column continues
        int64_t *fund[MS_FUNDS]
        int64_t *deductible
        int64_t *cash
        uint8_t *status

    ctypedef struct ms_stream:
        int64_t person
        int32_t started
        ms_ytd ytd

    int64_t ms_settle_batch(const ms_table *table, const ms_batch *batch, ms_stream *stream)


cdef extern from "calendar.h" nogil:
    int32_t day_from_civil(int64_t year, int month)


cdef extern from "text.h" nogil:
    int ms_read_decimal(const char *text, size_t size, int decimals, int64_t *value)
    int ms_is_plain(const char *text, size_t size)
    size_t ms_count(const char *text, size_t size, char letter)
    char *ms_put(char *at, const char *text, size_t size)

    ctypedef struct ms_words:
        const char *text
        size_t size

    char *ms_put_words(char *at, ms_words words)


cdef extern from "message.h" nogil:
    enum:
        MS_ANSWER_AMOUNTS

    ctypedef struct ms_form:
        uint32_t n_funds
        uint32_t n_counters
        uint32_t no_funds
        ms_words amount[MS_FUNDS + MS_ANSWER_AMOUNTS]
        ms_words counter[MS_COUNTERS]
        ms_words behind

    int ms_fit_total(int64_t *amount, int64_t total, int self_pay_is_stated)
    size_t ms_answer_room(const ms_form *form)
    char *ms_put_amounts(char *at, const ms_form *form, const ms_claim *claim,
                         const ms_result *result)
    char *ms_put_year(char *at, const ms_form *form, const ms_ytd *after)
