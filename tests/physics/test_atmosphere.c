/* The US Standard Atmosphere 1976 against its own tables. */
#include "../base/near.h"

#include "physics/atmosphere.h"

/* A geometric height for a geopotential one; the standard's Earth radius. */
static double geometric_m(double geopotential_m)
{
    return 6356766.0 * geopotential_m / (6356766.0 - geopotential_m);
}

struct row {
    double geopotential_m;
    double temperature_k;
    double pressure_pa;
    double density_kgpm3; /* 0: the source gives none */
};

/* Source: NOAA-S/T 76-1562, tables I and II. */
static const struct row TABLE[] = {
    {0.0, 288.15, 101325.0, 1.225},         {11000.0, 216.65, 22632.1, 0.363918},
    {20000.0, 216.65, 5474.89, 0.0880348},  {32000.0, 228.65, 868.019, 0.013225},
    {47000.0, 270.65, 110.906, 1.42753e-3}, {51000.0, 270.65, 66.9389, 0.0},
    {71000.0, 214.65, 3.95642, 0.0},        {84852.0, 186.946, 0.373384, 0.0},
};

static void meets_the_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
        const struct row *row = &TABLE[i];
        const struct atmosphere a = atmosphere_at(geometric_m(row->geopotential_m));
        assert_near(a.temperature_k, row->temperature_k, 1e-3);
        assert_near(a.pressure_pa / row->pressure_pa, 1.0, 3e-6);
        if (row->density_kgpm3 > 0.0) {
            assert_near(a.density_kgpm3 / row->density_kgpm3, 1.0, 3e-6);
        }
    }
    /* Source: the same, table III: the speed of sound at sea level. */
    assert_near(atmosphere_at(0.0).sound_mps, 340.294, 1e-3);
}

/* Source: the same, table I, geometric heights from 86 km up. To 5e-4, which is how well the table
 * of the code meets it; halfway between two of its kilometres it is no worse. */
static void meets_the_table_above(void **state)
{
    (void)state;
    static const double ROWS[][2] = {
        {86e3, 6.958e-6},   {90e3, 3.416e-6},   {95e3, 1.393e-6},   {100e3, 5.604e-7},
        {110e3, 9.708e-8},  {120e3, 2.222e-8},  {130e3, 8.152e-9},  {140e3, 3.831e-9},
        {150e3, 2.076e-9},  {160e3, 1.233e-9},  {170e3, 7.815e-10}, {180e3, 5.194e-10},
        {190e3, 3.581e-10}, {200e3, 2.541e-10},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const double density = atmosphere_density(ROWS[i][0], NULL);
        assert_near(density / ROWS[i][1], 1.0, 5e-4);
        assert_near(atmosphere_at(ROWS[i][0]).density_kgpm3, density, 1e-12 * density);
    }
}

/* The tables of densities against the formulas, in every cell, edges included: to 2e-9. */
static void density_is_the_same_either_way(void **state)
{
    (void)state;
    for (double height_m = -3000.0; height_m < 86e3; height_m += 7.0) {
        double slope = 0.0;
        const double density = atmosphere_density(height_m, &slope);
        const double exact = atmosphere_at(height_m).density_kgpm3;
        assert_near(density, exact, 2e-9 * exact);
        assert_near(density, atmosphere_density(height_m, NULL), 0.0);
    }
}

static void slope_is_the_derivative(void **state)
{
    (void)state;
    for (double height_m = -1990.0; height_m < 199e3; height_m += 777.7) {
        if (height_m > 86e3 && fabs(height_m - 1e3 * (double)(int)(height_m / 1e3 + 0.5)) < 2.0) {
            continue; /* the tail's logarithm has a corner here */
        }
        double slope = 0.0;
        const double density = atmosphere_density(height_m, &slope);
        const double difference =
            (atmosphere_density(height_m + 1.0, NULL) - atmosphere_density(height_m - 1.0, NULL)) /
            2.0;
        assert_near(slope / density, difference / density, 1e-9);
    }
}

static void density_falls_without_a_jump_to_the_end(void **state)
{
    (void)state;
    double below = atmosphere_density(-2000.0, NULL);
    for (double height_m = -1990.0; height_m <= 200e3; height_m += 10.0) {
        const double here = atmosphere_density(height_m, NULL);
        assert_true(here < below);
        assert_true(here > 0.997 * below);
        below = here;
    }
    /* Across the edges of all cells of the tail. */
    for (double edge_m = 86e3; edge_m < 200e3; edge_m += 1e3) {
        const double under = atmosphere_density(edge_m - 1e-3, NULL);
        assert_near(atmosphere_density(edge_m + 1e-3, NULL) / under, 1.0, 1e-6);
    }
}

static void there_is_an_end_above_and_a_floor_below(void **state)
{
    (void)state;
    double slope = 1.0;
    assert_near(atmosphere_density(200001.0, &slope), 0.0, 0.0);
    assert_near(slope, 0.0, 0.0);
    assert_near(atmosphere_density(1e9, NULL), 0.0, 0.0);
    assert_near(atmosphere_at(1e9).density_kgpm3, 0.0, 0.0);
    assert_near(atmosphere_density(-9e9, &slope), atmosphere_density(-2000.0, NULL), 0.0);
    assert_near(slope, 0.0, 0.0);
}

/* In layers, in the tail, at different heights: to the last bit. */
static void two_densities_are_those_of_one_each(void **state)
{
    (void)state;
    for (double height_m = -3000.0; height_m < 210e3; height_m += 777.0) {
        const pair both = {height_m, 0.7 * height_m};
        pair slope;
        const pair density = atmosphere_density_two(both, &slope);
        for (int k = 0; k < 2; k++) {
            double by_height;
            assert_true(density[k] == atmosphere_density(both[k], &by_height));
            assert_true(slope[k] == by_height);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meets_the_tables),
        cmocka_unit_test(meets_the_table_above),
        cmocka_unit_test(density_is_the_same_either_way),
        cmocka_unit_test(slope_is_the_derivative),
        cmocka_unit_test(density_falls_without_a_jump_to_the_end),
        cmocka_unit_test(there_is_an_end_above_and_a_floor_below),
        cmocka_unit_test(two_densities_are_those_of_one_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
