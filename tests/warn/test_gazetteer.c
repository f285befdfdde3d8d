#include "warn/gazetteer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "base/random.h"
#include "geo/geodesic.h"
#include "warn/places_table.h"

static struct geo_geodetic at(double lat_deg, double lon_deg)
{
    return (struct geo_geodetic){lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG, 0.0};
}

static int find(double lat_deg, double lon_deg)
{
    return gazetteer_find(lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG);
}

static const char *nation_at(double lat_deg, double lon_deg)
{
    static struct nation_id nation;
    const int area = find(lat_deg, lon_deg);
    nation = area == GAZETTEER_NONE ? (struct nation_id){"-"} : gazetteer_nation(area);
    return nation.code;
}

static int area_named(const char *name, const char *country)
{
    for (int i = 0; i < gazetteer_area_count(); i++) {
        if (strcmp(gazetteer_name(i), name) == 0 &&
            strcmp(gazetteer_country(i).code, country) == 0) {
            return i;
        }
    }
    fail_msg("no area %s, %s", name, country);
    return GAZETTEER_NONE;
}

static struct gazetteer_near nearest_city(double lat_deg, double lon_deg)
{
    struct gazetteer_near near = {0};
    assert_int_equal(gazetteer_nearest_city(at(lat_deg, lon_deg), true, &near), OK);
    return near;
}

static struct gazetteer_near nearest_area(struct geo_geodetic p)
{
    struct gazetteer_near near = {0};
    assert_int_equal(gazetteer_nearest_area(p, &near), OK);
    return near;
}

/* City halls and well-known places, from their published positions. */
static void known_places(void **state)
{
    (void)state;
    static const struct {
        double lat_deg;
        double lon_deg;
        const char *nation;
        const char *name;
    } places[] = {
        {37.5665, 126.978, "KOR", "Seoul"},
        {35.1796, 129.0756, "KOR", "Busan"},
        {33.4996, 126.5312, "KOR", "Jeju"},
        {37.4845, 130.8700, "KOR", "North Gyeongsang"}, /* Ulleungdo */
        {39.0194, 125.7547, "PRK", "P'yŏngyang"},
        {39.2006, 125.6733, "PRK", "P'yŏngyang"},     /* Sunan airport */
        {39.6600, 124.7050, "PRK", "P'yŏngan-bukto"}, /* Sohae launch site */
        {40.8560, 129.6660, "PRK", "Hamgyŏng-bukto"}, /* Tonghae launch site */
        {41.0000, 126.6000, "PRK", "Chagang-do"},
        {40.8244, 140.7400, "JPN", "Aomori"},
        {43.0621, 141.3544, "JPN", "Hokkaidō"},
        {38.2688, 140.8694, "JPN", "Miyagi"},
        {35.6895, 139.6917, "JPN", "Tokyo"},
        {26.2124, 127.6792, "JPN", "Okinawa"},
        {24.3448, 124.1572, "JPN", "Okinawa"},  /* Ishigaki */
        {24.4560, 122.9880, "JPN", "Okinawa"},  /* Yonaguni */
        {33.1100, 139.7900, "JPN", "Tokyo"},    /* Hachijojima */
        {27.0700, 142.2100, "JPN", "Tokyo"},    /* Chichijima */
        {24.7850, 141.3200, "JPN", "Tokyo"},    /* Iwo Jima */
        {34.7300, 139.4000, "JPN", "Tokyo"},    /* Izu Oshima */
        {34.2000, 129.2900, "JPN", "Nagasaki"}, /* Tsushima */
        {38.0200, 138.3700, "JPN", "Niigata"},  /* Sado */
        {13.4757, 144.7489, "USA", "Guam"},
        {15.1900, 145.7500, "USA", "Saipan"},
        {14.1700, 145.2100, "USA", "Rota"},
        {21.3100, -157.8400, "USA", "Hawaii"},
        {61.2181, -149.9003, "USA", "Alaska"},
        {39.7392, -104.9903, "USA", "Colorado"},
        {43.1155, 131.8855, "RUS", "Primorye"},
        {53.0370, 158.6559, "RUS", "Kamchatka"},
        {46.9591, 142.7380, "RUS", "Sakhalin"},
        {39.9042, 116.4074, "CHN", "Beijing"},
        {41.8057, 123.4315, "CHN", "Liaoning"},
        {25.0330, 121.5654, "TWN", "Taipei City"},
        {14.5995, 120.9842, "PHL", "Manila"},
        {47.8864, 106.9057, "MNG", "Mongolia"},
        {48.8566, 2.3522, "FRA", "France"},
        {-33.8688, 151.0000, "AUS", "Australia"},
        {-0.1807, -78.4678, "ECU", "Ecuador"},
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const int area = find(places[i].lat_deg, places[i].lon_deg);
        if (area == GAZETTEER_NONE) {
            fail_msg("%s is at sea", places[i].name);
        }
        assert_string_equal(gazetteer_name(area), places[i].name);
        assert_string_equal(gazetteer_nation(area).code, places[i].nation);
    }
}

static void territories_have_two_codes(void **state)
{
    (void)state;
    const int guam = find(13.4757, 144.7489);
    assert_string_equal(gazetteer_country(guam).code, "GUM");
    assert_string_equal(gazetteer_nation(guam).code, "USA");
    assert_string_equal(gazetteer_country_name(guam), "Guam");
    assert_true(gazetteer_is_whole_country(guam));
    const int alaska = find(61.2181, -149.9003);
    assert_string_equal(gazetteer_country(alaska).code, "USA");
    assert_false(gazetteer_is_whole_country(alaska));
}

/* 47 prefectures, 17 provinces and cities, 50 states and the District of Columbia. */
static void counts_of_provinces(void **state)
{
    (void)state;
    int japan = 0;
    int korea = 0;
    int states = 0;
    for (int i = 0; i < gazetteer_area_count(); i++) {
        japan += strcmp(gazetteer_country(i).code, "JPN") == 0;
        korea += strcmp(gazetteer_country(i).code, "KOR") == 0;
        states += strcmp(gazetteer_country(i).code, "USA") == 0;
    }
    assert_int_equal(japan, 47);
    assert_int_equal(korea, 17);
    assert_int_equal(states, 51);
}

static void open_sea_is_no_area(void **state)
{
    (void)state;
    assert_int_equal(find(40.0, 135.0), GAZETTEER_NONE);
    assert_int_equal(find(39.5, 147.0), GAZETTEER_NONE);
    assert_int_equal(find(37.0, 124.0), GAZETTEER_NONE);
    assert_int_equal(find(0.0, 0.0), GAZETTEER_NONE);
    assert_int_equal(find(30.0, -140.0), GAZETTEER_NONE);
    assert_int_equal(find(90.0, 0.0), GAZETTEER_NONE);
}

/* Towns on either side of the borders, from their published positions. */
static void borders_part_neighbours(void **state)
{
    (void)state;
    assert_string_equal(nation_at(37.971, 126.554), "PRK"); /* Kaesong */
    assert_string_equal(nation_at(37.760, 126.780), "KOR"); /* Paju */
    assert_string_equal(nation_at(40.129, 124.385), "CHN"); /* Dandong */
    assert_string_equal(nation_at(40.083, 124.420), "PRK"); /* Sinuiju */
    assert_string_equal(nation_at(42.428, 130.640), "RUS"); /* Khasan */
    assert_string_equal(nation_at(42.340, 130.400), "PRK"); /* Sonbong */
    assert_string_equal(nation_at(32.715, -117.00), "USA"); /* San Diego */
    assert_string_equal(nation_at(32.400, -116.90), "MEX"); /* south of Tijuana */
    assert_string_equal(nation_at(-29.600, 28.200),
                        "LSO"); /* an enclave: a hole in its neighbour */
    assert_string_equal(nation_at(-28.500, 28.200), "ZAF");
}

static void date_line_and_poles(void **state)
{
    (void)state;
    const int wrangel = area_named("Chukchi Autonomous Okrug", "RUS");
    for (int k = -3; k <= 3; k++) {
        assert_int_equal(find(71.2, 180.0 + k * 360.0), wrangel);
    }
    assert_int_equal(find(71.2, 179.99), wrangel);
    assert_int_equal(find(71.2, -179.99), wrangel);
    assert_int_equal(find(67.0, 180.0), find(67.0, -180.0));
    assert_int_equal(find(40.8244, 140.74 - 720.0), area_named("Aomori", "JPN"));
    for (int lon_deg = -180; lon_deg <= 180; lon_deg += 15) {
        assert_string_equal(nation_at(-90.0, lon_deg), "ATA");
        assert_string_equal(nation_at(-85.0, lon_deg), "ATA");
        assert_int_equal(find(90.0, lon_deg), GAZETTEER_NONE);
    }
    /* The coast of Taveuni, Fiji, is near from both sides of the line. */
    assert_true(gazetteer_is_within(at(-16.8, 179.95), (struct nation_id){"FJI"}, 20000.0));
    assert_true(gazetteer_is_within(at(-16.8, -179.95), (struct nation_id){"FJI"}, 20000.0));
    /* Semisopochnoi Island at 51.93 N 179.60 E is the nearest land of a point west of the line. */
    assert_true(gazetteer_is_within(at(51.93, -179.85), (struct nation_id){"USA"}, 40e3));
    assert_int_equal(find(71.2, 179.9999999), wrangel);
    /* Wrangel Island's north coast is at about 71.6 N on the line that cuts it. */
    const struct gazetteer_near near = nearest_area(at(73.0, -179.9));
    assert_int_equal(near.place, wrangel);
    assert_true(near.distance_m > 120e3 && near.distance_m < 180e3);
}

static void bad_positions_are_refused(void **state)
{
    (void)state;
    static const double bad[][2] = {{NAN, 0.0},      {0.0, NAN},  {INFINITY, 0.0},
                                    {0.0, INFINITY}, {1.58, 0.0}, {-1.58, 0.0}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct geo_geodetic p = {bad[i][0], bad[i][1], 0.0};
        struct gazetteer_near near = {7, 7.0, 7.0};
        double distance_m = 7.0;
        char text[GAZETTEER_PHRASE_SIZE];
        assert_int_equal(gazetteer_find(p.lat_rad, p.lon_rad), GAZETTEER_NONE);
        assert_int_equal(gazetteer_nearest_city(p, false, &near), ERR_RANGE);
        assert_int_equal(gazetteer_nearest_area(p, &near), ERR_RANGE);
        assert_int_equal(gazetteer_distance(p, 0, &distance_m), ERR_RANGE);
        assert_int_equal(near.place, 7);
        assert_true(distance_m == 7.0);
        assert_false(gazetteer_is_within(p, (struct nation_id){"JPN"}, 1e6));
        assert_false(gazetteer_is_far(p, 0, 1.0));
        gazetteer_describe(p, text, sizeof text);
        assert_string_equal(text, "no position");
    }
    assert_int_equal(gazetteer_find(0.5, 1e300), gazetteer_find(0.5, 1e300));
}

/* Distances that others publish: Liancourt Rocks to Ulleungdo 87.4 km (Ministry of Foreign Affairs
 * of the Republic of Korea) and to the Oki Islands 158 km (that of Japan); Cape Soya to Cape
 * Crillon 43 km; the Tsugaru Strait's narrowest part 19.5 km. */
static void published_distances(void **state)
{
    (void)state;
    double distance_m = 0.0;
    const struct geo_geodetic rocks = at(37.2414, 131.8669);
    assert_int_equal(gazetteer_distance(rocks, area_named("North Gyeongsang", "KOR"), &distance_m),
                     OK);
    assert_true(fabs(distance_m - 87.4e3) < 3e3);
    assert_int_equal(gazetteer_distance(rocks, area_named("Shimane", "JPN"), &distance_m), OK);
    assert_true(fabs(distance_m - 158e3) < 3e3);
    const struct geo_geodetic soya = at(45.5227, 141.9367);
    assert_int_equal(gazetteer_distance(soya, area_named("Sakhalin", "RUS"), &distance_m), OK);
    assert_true(fabs(distance_m - 43e3) < 2e3);
    const struct geo_geodetic tappi = at(41.2586, 140.3425);
    assert_int_equal(gazetteer_distance(tappi, area_named("Hokkaidō", "JPN"), &distance_m), OK);
    assert_true(fabs(distance_m - 19.5e3) < 2e3);
}

/* Off Cape Tappi the middle of the strait is within 12 nautical miles of both shores; the Sea of
 * Japan at 40 N 135 E is of nobody. */
static void territorial_sea(void **state)
{
    (void)state;
    const struct nation_id japan = {"JPN"};
    const double sea_m = GAZETTEER_TERRITORIAL_SEA_M;
    assert_true(gazetteer_is_within(at(41.35, 140.30), japan, sea_m));
    assert_true(gazetteer_is_within(at(40.82, 140.74), japan, 0.0));
    assert_false(gazetteer_is_within(at(41.35, 140.30), japan, 0.0));
    assert_false(gazetteer_is_within(at(41.35, 140.30), japan, -22224.0));
    assert_false(gazetteer_is_within(at(40.0, 135.0), japan, sea_m));
    assert_false(gazetteer_is_within(at(40.0, 135.0), japan, 300e3));
    assert_true(gazetteer_is_within(at(40.0, 135.0), japan, 340e3));
    assert_true(gazetteer_is_within(at(13.40, 144.50), (struct nation_id){"USA"}, sea_m));
    assert_false(gazetteer_is_within(at(13.40, 144.50), (struct nation_id){"GUM"}, sea_m));
    assert_true(gazetteer_is_within(at(24.30, 153.98), japan, sea_m)); /* Minamitorishima */
    assert_false(gazetteer_is_within(at(40.82, 140.74), (struct nation_id){"XYZ"}, 1e5));
}

static void nearest_places_at_sea(void **state)
{
    (void)state;
    struct gazetteer_near near = nearest_city(39.64, 146.74);
    assert_string_equal(gazetteer_city(near.place).name, "Miyako");
    assert_true(fabs(near.distance_m - 410e3) < 10e3);
    assert_true(fabs(near.azimuth_rad - PI / 2.0) < 0.05);
    assert_int_equal(gazetteer_nearest_city(at(39.60, 141.35), false, &near), OK);
    assert_string_equal(gazetteer_city(near.place).name, "Morioka");
    near = nearest_city(39.60, 141.35);
    assert_string_equal(gazetteer_city(near.place).name, "Miyako");
    near = nearest_city(40.0, 135.0);
    assert_string_equal(gazetteer_city(near.place).name, "Wajima");
    assert_true(fabs(near.distance_m - 331e3) < 5e3);
    assert_true(near.azimuth_rad > 1.75 * PI && near.azimuth_rad < 2.0 * PI);
}

static void check_phrase(double lat_deg, double lon_deg, const char *expected)
{
    char text[GAZETTEER_PHRASE_SIZE];
    gazetteer_describe(at(lat_deg, lon_deg), text, sizeof text);
    assert_string_equal(text, expected);
}

static void phrases(void **state)
{
    (void)state;
    check_phrase(37.5665, 126.978, "Seoul, KOR");
    check_phrase(40.8244, 140.74, "Aomori, JPN");
    check_phrase(40.60, 140.47, "Hirosaki, Aomori, JPN");
    check_phrase(40.70, 140.47, "Aomori, JPN (10 km W of Namioka)");
    check_phrase(13.4757, 144.7489, "Hagåtña, Guam, USA");
    check_phrase(48.85, 2.35, "Paris, France");
    check_phrase(40.0, 135.0, "332 km NNW of Wajima, Ishikawa, JPN");
    check_phrase(39.64, 146.74, "412 km E of Miyako, Iwate, JPN");
    check_phrase(51.0, -172.9, "119 km S of Alaska, USA");
    check_phrase(-90.0, 0.0, "Antarctica");
}

/* A buffer of any size holds the beginning of the phrase, never half a character, and its NUL. */
static void phrases_are_cut_whole(void **state)
{
    (void)state;
    const char *whole = "Hagåtña, Guam, USA";
    for (size_t size = 1; size <= strlen(whole) + 1; size++) {
        char text[64];
        memset(text, 'x', sizeof text);
        gazetteer_describe(at(13.4757, 144.7489), text, size);
        const size_t length = strlen(text);
        assert_true(length < size);
        assert_memory_equal(text, whole, length);
        assert_true(((unsigned char)whole[length] & 0xC0U) != 0x80U);
        assert_int_equal(text[size], 'x');
    }
}

static void every_phrase_fits(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 11, 0);
    char text[GAZETTEER_PHRASE_SIZE];
    for (int i = 0; i < 5000; i++) {
        const double lat_deg = 180.0 * random_uniform(&r) - 90.0;
        gazetteer_describe(at(lat_deg, 360.0 * random_uniform(&r) - 180.0), text, sizeof text);
        assert_true(strlen(text) >= 4);
        assert_true(strlen(text) < sizeof text - 4);
    }
}

/* Central Honshu and the American plains hold no sea and no gap between provinces. */
static void neighbours_leave_no_gap(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        for (int j = 0; j < 100; j++) {
            assert_string_equal(nation_at(35.6 + 0.01 * i, 136.65 + 0.028 * j), "JPN");
            assert_string_equal(nation_at(33.0 + 0.12 * i, -105.0 + 0.12 * j), "USA");
        }
    }
}

/* No point lies in two areas: the distance to an area is 0 for at most one, the one found. */
static void areas_do_not_overlap(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 12, 0);
    for (int i = 0; i < 150; i++) {
        const struct geo_geodetic p =
            at(20.0 + 30.0 * random_uniform(&r), 110.0 + 40.0 * random_uniform(&r));
        const int here = gazetteer_find(p.lat_rad, p.lon_rad);
        for (int area = 0; area < gazetteer_area_count(); area++) {
            double distance_m = -1.0;
            assert_int_equal(gazetteer_distance(p, area, &distance_m), OK);
            assert_int_equal(distance_m == 0.0, area == here);
        }
    }
}

/* The shortest geodesic to points set densely on an area's border: slow and plain. */
static double plain_distance_m(struct geo_geodetic p, int area)
{
    double best_m = 1e300;
    for (uint32_t i = 0; i < places_areas[area].count; i++) {
        const struct places_piece *piece =
            &places_pieces[places_area_pieces[places_areas[area].first + i]];
        for (unsigned k = 1; k < piece->count; k++) {
            const struct places_point a = places_points[piece->first + k - 1];
            const struct places_point b = places_points[piece->first + k];
            for (int step = 0; step <= 16; step++) {
                const double t = step / 16.0;
                double distance_m = 0.0;
                assert_int_equal(geodesic_inverse(at((a.lat + t * (b.lat - a.lat)) / 1e5,
                                                     (a.lon + t * (b.lon - a.lon)) / 1e5),
                                                  p, &distance_m, NULL, NULL),
                                 OK);
                best_m = distance_m < best_m ? distance_m : best_m;
            }
        }
    }
    return best_m;
}

/* The search in the local plane against the plain one, near and far, high and low. */
static void distances_agree_with_plain_search(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 13, 0);
    static const char *const names[][2] = {
        {"Guam", "GUM"},           {"Shimane", "JPN"}, {"Tokyo", "JPN"},
        {"Hamgyŏng-namdo", "PRK"}, {"Hawaii", "USA"},  {"Iceland", "ISL"},
        {"Kamchatka", "RUS"},      {"Alaska", "USA"},  {"Svalbard and Jan Mayen", "SJM"}};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        const int area = area_named(names[n][0], names[n][1]);
        for (int i = 0; i < 8; i++) {
            const double reach_deg = i < 4 ? 3.0 : 25.0;
            const struct geo_geodetic from = gazetteer_point(area);
            const struct geo_geodetic p = {
                from.lat_rad + reach_deg * RAD_PER_DEG * (random_uniform(&r) - 0.5),
                from.lon_rad + reach_deg * RAD_PER_DEG * (random_uniform(&r) - 0.5), 0.0};
            double fast_m = 0.0;
            assert_int_equal(gazetteer_distance(p, area, &fast_m), OK);
            if (fast_m > 0.0) {
                const double plain_m = plain_distance_m(p, area);
                if (fabs(fast_m - plain_m) > 300.0 + 0.001 * plain_m) {
                    fail_msg("%s: %.0f m, plainly %.0f m", names[n][0], fast_m, plain_m);
                }
            }
        }
    }
}

/* The searches that skip by boxes agree with the one that asks every area. */
static void searches_agree(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 14, 0);
    const struct nation_id nations[] = {{"JPN"}, {"USA"}, {"RUS"}};
    for (int i = 0; i < 200; i++) {
        const struct geo_geodetic p =
            at(75.0 * random_uniform(&r), 360.0 * random_uniform(&r) - 180.0);
        double nearest_m = 1e300;
        double nation_m[3] = {1e300, 1e300, 1e300};
        for (int area = 0; area < gazetteer_area_count(); area++) {
            double distance_m = 0.0;
            assert_int_equal(gazetteer_distance(p, area, &distance_m), OK);
            assert_false(gazetteer_is_far(p, area, distance_m + 1.0));
            nearest_m = distance_m < nearest_m ? distance_m : nearest_m;
            for (int k = 0; k < 3; k++) {
                if (nation_id_equal(gazetteer_nation(area), nations[k]) &&
                    distance_m < nation_m[k]) {
                    nation_m[k] = distance_m;
                }
            }
        }
        const double found_m = nearest_area(p).distance_m;
        assert_true(found_m >= nearest_m && found_m <= 1.003 * nearest_m + 1.0);
        for (int k = 0; k < 3; k++) {
            if (fabs(nation_m[k] - 200e3) > 1e3) {
                assert_int_equal(gazetteer_is_within(p, nations[k], 200e3), nation_m[k] < 200e3);
            }
        }
    }
}

/* GeoNames against Natural Earth: every city lies in its area, or a few km off a thinned coast. */
static void cities_lie_in_their_areas(void **state)
{
    (void)state;
    int outside = 0;
    double worst_m = 0.0;
    for (int i = 0; i < gazetteer_city_count(); i++) {
        const struct gazetteer_city city = gazetteer_city(i);
        double distance_m = 0.0;
        assert_int_equal(gazetteer_distance(city.position, city.area, &distance_m), OK);
        outside += distance_m > 0.0;
        worst_m = distance_m > worst_m ? distance_m : worst_m;
        if (distance_m > 8000.0) {
            fail_msg("%s is %.0f m from %s", city.name, distance_m, gazetteer_name(city.area));
        }
    }
    print_message("%d of %d cities outside, worst %.0f m\n", outside, gazetteer_city_count(),
                  worst_m);
    assert_true(outside < gazetteer_city_count() / 20);
}

static void cities_come_largest_first(void **state)
{
    (void)state;
    for (int i = 1; i < gazetteer_city_count(); i++) {
        assert_true(gazetteer_city(i).population <= gazetteer_city(i - 1).population);
    }
    assert_string_equal(gazetteer_city(0).name, "Shanghai");
}

static void inner_points_lie_inside(void **state)
{
    (void)state;
    for (int i = 0; i < gazetteer_area_count(); i++) {
        const struct geo_geodetic p = gazetteer_point(i);
        if (gazetteer_find(p.lat_rad, p.lon_rad) != i) {
            fail_msg("the inner point of %s is outside", gazetteer_name(i));
        }
    }
}

/* The codes are of ISO 3166-2, the names those that the two states write themselves. */
static void areas_have_names_in_three_languages(void **state)
{
    static const struct {
        const char *english, *country, *code, *japanese, *korean;
    } KNOWN[] = {
        {"Aomori", "JPN", "JP-02", "青森県", "아오모리 현"},
        {"Hokkaidō", "JPN", "JP-01", "北海道", "홋카이도"},
        {"Seoul", "KOR", "KR-11", "ソウル特別市", "서울특별시"},
        {"Gangwon", "KOR", "KR-42", "江原道", "강원도"},
        {"Kangwŏn-do", "PRK", "KP-07", "江原道", "강원도"},
        {"Hawaii", "USA", "US-HI", "ハワイ州", "하와이 주"},
        {"Guam", "GUM", "GU", "グアム", "괌"},
        {"Rota", "MNP", "", "Rota", "Rota"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        const int area = area_named(KNOWN[i].english, KNOWN[i].country);
        assert_string_equal(gazetteer_name_in(area, LANGUAGE_ENGLISH), KNOWN[i].english);
        assert_string_equal(gazetteer_iso_code(area), KNOWN[i].code);
        assert_string_equal(gazetteer_name_in(area, LANGUAGE_JAPANESE), KNOWN[i].japanese);
        assert_string_equal(gazetteer_name_in(area, LANGUAGE_KOREAN), KNOWN[i].korean);
    }
    const int pyongyang = area_named("P'yŏngyang", "PRK");
    assert_string_equal(gazetteer_country_name_in(pyongyang, LANGUAGE_JAPANESE), "北朝鮮");
    assert_string_equal(gazetteer_country_name_in(pyongyang, LANGUAGE_KOREAN), "북한");
}

/* No area of the three nations and of North Korea goes without; the source has none for the
 * District of Columbia. */
static void names_are_whole_where_people_are_warned(void **state)
{
    (void)state;
    for (int i = 0; i < gazetteer_area_count(); i++) {
        const char *country = gazetteer_country(i).code;
        const bool counts = strcmp(country, "JPN") == 0 || strcmp(country, "KOR") == 0 ||
                            strcmp(country, "PRK") == 0 || strcmp(country, "USA") == 0;
        if (counts && strcmp(gazetteer_iso_code(i), "US-DC") != 0) {
            assert_string_not_equal(gazetteer_iso_code(i), "");
            assert_string_not_equal(gazetteer_name_in(i, LANGUAGE_JAPANESE), gazetteer_name(i));
            assert_string_not_equal(gazetteer_name_in(i, LANGUAGE_KOREAN), gazetteer_name(i));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(areas_have_names_in_three_languages),
        cmocka_unit_test(names_are_whole_where_people_are_warned),
        cmocka_unit_test(known_places),
        cmocka_unit_test(territories_have_two_codes),
        cmocka_unit_test(counts_of_provinces),
        cmocka_unit_test(open_sea_is_no_area),
        cmocka_unit_test(borders_part_neighbours),
        cmocka_unit_test(date_line_and_poles),
        cmocka_unit_test(bad_positions_are_refused),
        cmocka_unit_test(published_distances),
        cmocka_unit_test(territorial_sea),
        cmocka_unit_test(nearest_places_at_sea),
        cmocka_unit_test(phrases),
        cmocka_unit_test(phrases_are_cut_whole),
        cmocka_unit_test(every_phrase_fits),
        cmocka_unit_test(neighbours_leave_no_gap),
        cmocka_unit_test(areas_do_not_overlap),
        cmocka_unit_test(distances_agree_with_plain_search),
        cmocka_unit_test(searches_agree),
        cmocka_unit_test(cities_lie_in_their_areas),
        cmocka_unit_test(cities_come_largest_first),
        cmocka_unit_test(inner_points_lie_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
