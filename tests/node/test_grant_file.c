/* Grants on disk: what the owner makes, the nation that is to pass on can read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/grant_file.h"
#include "node/small_file.h"

#define NATION(code) ((struct nation_id){code})
#define NOW ((struct instant){INT64_C(1664835600000000000)})

static char folder[64];
static char path[96];
static char message[GRANT_FILE_MESSAGE_SIZE];
static struct keys keys;

static int begin(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "%s", "grant-test-XXXXXX");
    if (keys_start() != OK || mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/a.grant", folder);
    keys_derive(7, NATION("KOR"), &keys);
    return 0;
}

static int end(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static struct grant asked(void)
{
    return (struct grant){.via = NATION("USA"),
                          .to = NATION("JPN"),
                          .kinds = GRANT_TRACKS | GRANT_WARNINGS,
                          .classification_max = CLASSIFICATION_CONFIDENTIAL,
                          .from = NOW,
                          .until = instant_plus_s(NOW, 1000.0)};
}

static void what_is_made_can_be_read(void **state)
{
    (void)state;
    struct grant grant = asked();
    struct signed_grant read;
    assert_int_equal(grant_file_make(&keys, NOW, &grant, path, message), OK);
    assert_true(nation_id_equal(grant.owner, NATION("KOR")));
    assert_int_equal(grant_file_read(path, NATION("USA"), &read, message), OK);
    assert_true(instant_equal(read.grant.until, instant_plus_s(NOW, 1000.0)));
    assert_int_equal(read.grant.kinds, GRANT_TRACKS | GRANT_WARNINGS);
    assert_int_equal(grant_verify(&read, DOMAIN_EXERCISE, &keys.list, NOW), OK);
    assert_int_equal(grant_file_make(&keys, NOW, &grant, path, message), ERR_STATE);
    assert_non_null(strstr(message, "a.grant: is there already"));
    assert_int_equal(grant_file_read(path, NATION("JPN"), &read, message), ERR_RANGE);
    assert_non_null(strstr(message, "expected one that names JPN"));
}

static void it_ends_with_its_key(void **state)
{
    (void)state;
    struct grant grant = asked();
    const struct instant end_of_key = instant_plus_s(NOW, 500.0);
    for (uint32_t i = 0; i < keys.list.count; i++) {
        keys.list.keys[i].until = end_of_key;
    }
    assert_int_equal(grant_file_make(&keys, NOW, &grant, path, message), OK);
    assert_true(instant_equal(grant.until, end_of_key));
    (void)unlink(path);
    assert_int_equal(grant_file_make(&keys, end_of_key, &grant, path, message), ERR_STATE);
    assert_non_null(strstr(message, "no signing key counts now"));
    assert_int_not_equal(access(path, F_OK), 0);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    struct grant grant = asked();
    struct signed_grant read;
    grant.to = NATION("KOR");
    assert_int_equal(grant_file_make(&keys, NOW, &grant, path, message), ERR_RANGE);
    assert_non_null(strstr(message, "expected three different nations"));
    assert_int_equal(grant_file_read(path, NATION("USA"), &read, message), ERR_IO);
    const char *const texts[] = {"", "owner: KOR\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct bytes bytes = {(const uint8_t *)texts[i], strlen(texts[i])};
        assert_int_equal(small_file_write(path, 0644, bytes, message, sizeof message), OK);
        assert_int_not_equal(grant_file_read(path, NATION("USA"), &read, message), OK);
        assert_non_null(strstr(message, "a.grant: is not a grant"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_made_can_be_read, begin, end),
        cmocka_unit_test_setup_teardown(it_ends_with_its_key, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
