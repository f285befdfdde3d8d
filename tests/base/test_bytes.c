/* The bounded cursors: order of bytes, the end of the input, a full output. */
#include "near.h"

#include <string.h>

#include "base/bytes.h"

static void integers_are_big_endian(void **state)
{
    (void)state;
    const uint8_t data[15] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x88,
                              0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0xff};
    struct byte_reader r = byte_reader_over((struct bytes){data, sizeof data});
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    assert_int_equal(byte_reader_u8(&r, &u8), OK);
    assert_int_equal(byte_reader_u16(&r, &u16), OK);
    assert_int_equal(byte_reader_u32(&r, &u32), OK);
    assert_int_equal(byte_reader_u64(&r, &u64), OK);
    assert_int_equal(u8, 0x01);
    assert_int_equal(u16, 0x0203);
    assert_true(u32 == UINT32_C(0x04050607));
    assert_true(u64 == UINT64_C(0x88090a0b0c0d0eff));
    assert_int_equal(byte_reader_left(&r), 0);
}

static void reading_past_the_end_changes_nothing(void **state)
{
    (void)state;
    const uint8_t data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (size_t size = 0; size < sizeof data; size++) {
        struct byte_reader r = byte_reader_over((struct bytes){data, size});
        uint8_t u8 = 9;
        uint16_t u16 = 9;
        uint32_t u32 = 9;
        uint64_t u64 = 9;
        struct bytes view = {NULL, 9};
        assert_int_equal(byte_reader_u64(&r, &u64), ERR_FORMAT);
        assert_int_equal(byte_reader_take(&r, size + 1, &view), ERR_FORMAT);
        assert_int_equal(byte_reader_take(&r, SIZE_MAX, &view), ERR_FORMAT);
        if (size < 4) {
            assert_int_equal(byte_reader_u32(&r, &u32), ERR_FORMAT);
        }
        if (size < 2) {
            assert_int_equal(byte_reader_u16(&r, &u16), ERR_FORMAT);
        }
        if (size < 1) {
            assert_int_equal(byte_reader_u8(&r, &u8), ERR_FORMAT);
        }
        assert_int_equal(byte_reader_left(&r), size);
        assert_true(u64 == 9 && u32 == 9 && u16 == 9 && u8 == 9 && view.size == 9);
    }
}

static void a_taken_view_lies_in_the_input(void **state)
{
    (void)state;
    const uint8_t data[5] = {1, 2, 3, 4, 5};
    struct byte_reader r = byte_reader_over((struct bytes){data, sizeof data});
    struct bytes view;
    assert_int_equal(byte_reader_take(&r, 2, &view), OK);
    assert_ptr_equal(view.data, data);
    assert_int_equal(byte_reader_take(&r, 3, &view), OK);
    assert_ptr_equal(view.data, data + 2);
    assert_int_equal(byte_reader_take(&r, 0, &view), OK);
    assert_int_equal(view.size, 0);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    uint8_t buffer[18];
    const uint8_t tail[3] = {0xaa, 0xbb, 0xcc};
    struct byte_writer w = {buffer, sizeof buffer, 0};
    assert_int_equal(byte_writer_u8(&w, 0xfe), OK);
    assert_int_equal(byte_writer_u16(&w, 0xfedc), OK);
    assert_int_equal(byte_writer_u32(&w, UINT32_C(0xfedcba98)), OK);
    assert_int_equal(byte_writer_u64(&w, UINT64_C(0xfedcba9876543210)), OK);
    assert_int_equal(byte_writer_put(&w, (struct bytes){tail, sizeof tail}), OK);
    const uint8_t wanted[18] = {0xfe, 0xfe, 0xdc, 0xfe, 0xdc, 0xba, 0x98, 0xfe, 0xdc,
                                0xba, 0x98, 0x76, 0x54, 0x32, 0x10, 0xaa, 0xbb, 0xcc};
    assert_int_equal(byte_writer_written(&w).size, sizeof wanted);
    assert_memory_equal(buffer, wanted, sizeof wanted);
}

static void a_full_output_takes_nothing(void **state)
{
    (void)state;
    uint8_t buffer[8];
    memset(buffer, 0x55, sizeof buffer);
    const uint8_t long_one[8] = {0};
    struct byte_writer w = {buffer, 1, 0};
    assert_int_equal(byte_writer_u16(&w, 0), ERR_FULL);
    assert_int_equal(byte_writer_u32(&w, 0), ERR_FULL);
    assert_int_equal(byte_writer_u64(&w, 0), ERR_FULL);
    assert_int_equal(byte_writer_put(&w, (struct bytes){long_one, 2}), ERR_FULL);
    assert_int_equal(byte_writer_put(&w, (struct bytes){long_one, SIZE_MAX}), ERR_FULL);
    assert_int_equal(w.size, 0);
    assert_int_equal(byte_writer_put(&w, (struct bytes){NULL, 0}), OK);
    assert_int_equal(byte_writer_u8(&w, 7), OK);
    assert_int_equal(byte_writer_u8(&w, 8), ERR_FULL);
    assert_int_equal(buffer[0], 7);
    for (size_t i = 1; i < sizeof buffer; i++) {
        assert_int_equal(buffer[i], 0x55);
    }
}

static void what_is_known_to_fit_needs_no_answer(void **state)
{
    (void)state;
    uint8_t buffer[17];
    const uint8_t two[2] = {0xaa, 0xbb};
    struct byte_writer w = {buffer, sizeof buffer, 0};
    byte_writer_known_u8(&w, 1);
    byte_writer_known_u16(&w, 2);
    byte_writer_known_u32(&w, 3);
    byte_writer_known_u64(&w, 4);
    byte_writer_known(&w, (struct bytes){two, sizeof two});
    assert_int_equal(w.size, sizeof buffer);
    struct byte_reader r = byte_reader_over(byte_writer_written(&w));
    assert_int_equal(byte_reader_known_u8(&r), 1);
    assert_int_equal(byte_reader_known_u16(&r), 2);
    assert_int_equal(byte_reader_known_u32(&r), 3);
    assert_int_equal(byte_reader_known_u64(&r), 4);
    assert_memory_equal(byte_reader_known(&r, 2).data, two, sizeof two);
    assert_int_equal(byte_reader_left(&r), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_big_endian),
        cmocka_unit_test(reading_past_the_end_changes_nothing),
        cmocka_unit_test(a_taken_view_lies_in_the_input),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_full_output_takes_nothing),
        cmocka_unit_test(what_is_known_to_fit_needs_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
