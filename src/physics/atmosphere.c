#include "physics/atmosphere.h"

#include <stddef.h>

#include "base/elementary.h"

#define EARTH_RADIUS_M 6356766.0       /* the standard's, for geopotential height */
#define GAS_PER_KG (8314.32 / 28.9644) /* gas constant of air, J/(kg K) */
#define HYDROSTATIC (9.80665 / GAS_PER_KG)
#define HEAT_RATIO 1.4
#define HEIGHT_MIN_M (-2000.0)
#define HEIGHT_LAYERS_M 86000.0
#define HEIGHT_END_M 200000.0
/* At the top of the layers, as they give it: above it the temperature stays and the density falls
 * at the rate that it has there. */
#define TOP_TEMPERATURE_K 186.94590831018851
#define TOP_PRESSURE_PA 0.37338046183105861
#define TOP_DENSITY_BY_HEIGHT (-0.00016748308405275495)

/* A layer from its base up: geopotential height, temperature and its gradient, pressure. */
struct layer {
    double base_m;
    double temperature_k;
    double lapse_kpm;
    double pressure_pa;
};

static const struct layer LAYERS[] = {
    {0.0, 288.15, -0.0065, 101325.0},
    {11000.0, 216.65, 0.0, 22632.063973462933},
    {20000.0, 216.65, 0.001, 5474.88866967778},
    {32000.0, 228.65, 0.0028, 868.0186847552294},
    {47000.0, 270.65, 0.0, 110.90630555496615},
    {51000.0, 270.65, -0.0028, 66.93887311868744},
    {71000.0, 214.65, -0.002, 3.9564204280407385},
};
#define LAYER_COUNT (sizeof LAYERS / sizeof LAYERS[0])

struct air {
    double temperature_k;
    double pressure_pa;
};

/* Within the layers; height from HEIGHT_MIN_M to HEIGHT_LAYERS_M. */
static struct air air_in_layers(double height_m)
{
    const double ratio = EARTH_RADIUS_M / (EARTH_RADIUS_M + height_m);
    const double geopotential_m = ratio * height_m;
    size_t i = 0;
    while (i + 1 < LAYER_COUNT && geopotential_m >= LAYERS[i + 1].base_m) {
        i++;
    }
    const struct layer *layer = &LAYERS[i];
    const double above_m = geopotential_m - layer->base_m;
    const double temperature_k = layer->temperature_k + layer->lapse_kpm * above_m;
    double exponent = -HYDROSTATIC * above_m / layer->temperature_k;
    if (layer->lapse_kpm != 0.0) {
        exponent =
            -HYDROSTATIC / layer->lapse_kpm * elementary_log(temperature_k / layer->temperature_k);
    }
    return (struct air){
        temperature_k,
        layer->pressure_pa * elementary_exp(exponent),
    };
}

static struct air air_at(double height_m)
{
    if (height_m < HEIGHT_MIN_M) {
        return air_in_layers(HEIGHT_MIN_M);
    }
    if (height_m < HEIGHT_LAYERS_M) {
        return air_in_layers(height_m);
    }
    if (height_m > HEIGHT_END_M) {
        return (struct air){TOP_TEMPERATURE_K, 0.0};
    }
    const double above = TOP_DENSITY_BY_HEIGHT * (height_m - HEIGHT_LAYERS_M);
    return (struct air){TOP_TEMPERATURE_K, TOP_PRESSURE_PA * elementary_exp(above)};
}

struct atmosphere atmosphere_at(double height_m)
{
    const struct air air = air_at(height_m);
    const double specific = GAS_PER_KG * air.temperature_k;
    return (struct atmosphere){
        air.temperature_k,
        air.pressure_pa,
        air.pressure_pa / specific,
        sqrt(HEAT_RATIO * specific),
    };
}

/* Densities by the formulas above at the middles of cells: of geopotential height from
 * CELLS_FROM_M up in the layers, of geometric height from HEIGHT_LAYERS_M up in the tail. So a
 * density needs neither logarithm nor exponential; the test holds them against atmosphere_at. */
#define CELL_M 1000.0
#define CELLS_FROM_M (-3000.0)
static const double LAYER_DENSITY_KGPM3[88] = {
    1.5471641606683553,     1.4113710252405667,     1.2848896667706773,     1.1672680552411501,
    1.058066648065678,      0.95685831820756095,    0.86322828106679284,    0.77677402008524477,
    0.69710521101598111,    0.62384364479907728,    0.55662314898229981,    0.49508950762060383,
    0.43890037958356121,    0.38772521519448955,    0.33632694758200482,    0.287262184002615,
    0.24535519068935718,    0.20956176256622358,    0.17899002750450968,    0.15287822336358234,
    0.13057571700868373,    0.11152679235277795,    0.09525680346578122,    0.081180385182122311,
    0.069069616499701211,   0.058809011492079732,   0.050109340883369005,   0.042727609390916729,
    0.03645950346038216,    0.031133098837526907,   0.02660361348477807,    0.022749028599969918,
    0.019466431149234756,   0.016668956575475784,   0.014283231159325517,   0.012201101033131202,
    0.01040016350504548,    0.0088819920457814585,  0.0075995884762856351,  0.0065141889801963639,
    0.0055937489075651298,  0.0048117194413997873,  0.0041460574461080939,  0.0035784220995940825,
    0.0030935215231996469,  0.0026785801675423067,  0.0023229036489982461,  0.00201752241605783,
    0.0017548993308747025,  0.0015286891909118052,  0.0013402205656515985,  0.0011812907886684231,
    0.0010412076662279957,  0.00091773627172187259, 0.00081297954511778861, 0.00072314698506599972,
    0.00064244553831847709, 0.00057002953591529088, 0.00050512383482093797, 0.0004470185998567902,
    0.00039506442158280289, 0.00034866775179496243, 0.00030728663912175957, 0.00027042674799174552,
    0.00023763764500564158, 0.00020850933748118656, 0.00018266904964756896, 0.00015977822264954636,
    0.00013952972517983775, 0.00012164526219270684, 0.00010587296976245558, 9.1985184738422254e-05,
    7.9776378413627002e-05, 6.9061243968019623e-05, 5.9565656677760627e-05, 5.1204561332837051e-05,
    4.395392812794393e-05,  3.7674813295345192e-05, 3.2244570117922047e-05, 2.7555067352203306e-05,
    2.3511087943699092e-05, 2.0028891280733474e-05, 1.7034923648627332e-05, 1.4464662854277483e-05,
    1.2261584199128221e-05, 1.0376236093033782e-05, 8.7654146289609361e-06, 7.391427384897624e-06,
};
static const double TAIL_DENSITY_KGPM3[114] = {
    6.398894290504476e-06,  5.4121267178874843e-06, 4.5775276603549413e-06, 3.8716313518788909e-06,
    3.2745906605159171e-06, 2.7696190621904791e-06, 2.3425186671852059e-06, 1.9812810292297739e-06,
    1.675749513451127e-06,  1.4173337302499469e-06, 1.1987680060650164e-06, 1.013907100137716e-06,
    8.5755342360539888e-07, 7.2531090297863954e-07, 6.1346137919654787e-07, 5.1886006706949197e-07,
    4.3884713582450841e-07, 3.7117292473305908e-07, 3.139346911676918e-07,  2.6552311268240545e-07,
    2.2457703895774181e-07, 1.8994522140659242e-07, 1.6065394442211144e-07, 1.3587964818096289e-07,
    1.149257732587677e-07,  9.7203176015995546e-08, 8.2213564109091508e-08, 6.9535486396117773e-08,
    5.8812483326093691e-08, 4.9743064645840498e-08, 4.207223263538758e-08,  3.558431253740987e-08,
    3.0096888599513236e-08, 2.5455675233832784e-08, 2.1530179090367764e-08, 1.8210030077977001e-08,
    1.5401878175234575e-08, 1.3026768781214462e-08, 1.1017922811004131e-08, 9.3188591206366512e-09,
    7.88180647113814e-09,   6.6663603821312972e-09, 5.6383471108029502e-09, 4.7688628156247557e-09,
    4.0334608897482024e-09, 3.4114646149654496e-09, 2.8853858106673989e-09, 2.4404331324084626e-09,
    2.0640961952950777e-09, 1.7457938293219842e-09, 1.4765765769279047e-09, 1.2488750681281106e-09,
    1.0562871984851664e-09, 8.9339812616804309e-10, 7.5562802709833211e-10, 6.3910332763460584e-10,
    5.405477943454751e-10,  4.5719041872805395e-10, 3.866875069388265e-10,  3.2705678399508806e-10,
    2.7662165970655884e-10, 2.3396408930615693e-10, 1.9788470339931762e-10, 1.6736908623696818e-10,
    1.415592541848502e-10,  1.1972953247171908e-10, 1.0126615196190114e-10, 8.5649992290691641e-11,
    7.2441986164888497e-11, 6.1270774452646705e-11, 5.1822264970513206e-11, 4.3830801400259976e-11,
    3.7071694038887677e-11, 3.1354902374765802e-11, 2.6519691867865687e-11, 2.2430114702973761e-11,
    1.8971187451773746e-11, 1.6045658174125238e-11, 1.3571272061665283e-11, 1.1478458743982162e-11,
    9.7083762331659675e-12, 8.2112565098616439e-12, 6.9450062349672198e-12, 5.8740232442874042e-12,
    4.9681955504524585e-12, 4.2020547078257217e-12, 3.554059736226012e-12,  3.0059914701107667e-12,
    2.5424403046117137e-12, 2.1503729357807907e-12, 1.8187659134221826e-12, 1.5382957034033445e-12,
    1.3010765451704936e-12, 1.1004387340142833e-12, 9.3074109422230252e-13, 7.8721237057335819e-13,
    6.6581707870278416e-13, 5.6314204255889337e-13, 4.7630042881337163e-13, 4.0285058003652153e-13,
    3.4072736453351216e-13, 2.8818411265891177e-13, 2.4374350707847534e-13, 2.0615604619825849e-13,
    1.7436491290992687e-13, 1.4747626089437105e-13, 1.2473408304697049e-13, 1.0549895541976262e-13,
    8.9230059040638312e-14, 7.5469974131178125e-14, 6.3831819194097785e-14, 5.3988373370128591e-14,
    4.5662876226186614e-14, 3.8621246299702546e-14,
};

/* Which layer a cell lies in: their boundaries are boundaries of cells. */
static const unsigned char CELL_LAYER[88] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5,
    5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
};

/* Density off the middle of a cell, as a share of the middle's: with temperature T there, lapse a
 * and y = t / T, the binomial series of (1 + a y)^-(1 + HYDROSTATIC / a), which holds for a = 0 as
 * well. Half a cell is at most 0.09 scale heights: six terms are good to 1e-9. */
enum { SERIES_TERMS = 5 };

#define TERM(a, k) (-(HYDROSTATIC + (k) * (a)) / (k))
#define SERIES(a)                                                                  \
    {                                                                              \
        TERM(a, 1), TERM(a, 1) * TERM(a, 2), TERM(a, 1) * TERM(a, 2) * TERM(a, 3), \
            TERM(a, 1) * TERM(a, 2) * TERM(a, 3) * TERM(a, 4),                     \
            TERM(a, 1) * TERM(a, 2) * TERM(a, 3) * TERM(a, 4) * TERM(a, 5)         \
    }

static const double LAYER_SERIES[LAYER_COUNT][SERIES_TERMS] = {
    SERIES(-0.0065), SERIES(0.0),     SERIES(0.001),  SERIES(0.0028),
    SERIES(0.0),     SERIES(-0.0028), SERIES(-0.002),
};

/* In an order in which few operations wait for each other. */
static inline double series(const double c[SERIES_TERMS], double y)
{
    const double y2 = y * y;
    return (1.0 + c[0] * y) + y2 * ((c[1] + c[2] * y) + y2 * (c[3] + c[4] * y));
}

static inline double series_slope(const double c[SERIES_TERMS], double y)
{
    const double y2 = y * y;
    return (c[0] + 2.0 * c[1] * y) + y2 * ((3.0 * c[2] + 4.0 * c[3] * y) + y2 * (5.0 * c[4]));
}

/* Within the layers, as air_in_layers. */
static double density_in_layers(double height_m, double *by_height)
{
    const double ratio = EARTH_RADIUS_M / (EARTH_RADIUS_M + height_m);
    const double geopotential_m = ratio * height_m;
    const int cell = (int)((geopotential_m - CELLS_FROM_M) * (1.0 / CELL_M));
    const double middle_m = CELLS_FROM_M + CELL_M * (cell + 0.5);
    const struct layer *layer = &LAYERS[CELL_LAYER[cell]];
    const double *coefficients = LAYER_SERIES[CELL_LAYER[cell]];
    const double per_k =
        1.0 / (layer->temperature_k + layer->lapse_kpm * (middle_m - layer->base_m));
    const double y = (geopotential_m - middle_m) * per_k;
    const double middle_kgpm3 = LAYER_DENSITY_KGPM3[cell];
    if (by_height != NULL) {
        *by_height = middle_kgpm3 * series_slope(coefficients, y) * per_k * (ratio * ratio);
    }
    return middle_kgpm3 * series(coefficients, y);
}

static double density_in_tail(double height_m, double *by_height)
{
    const double above_m = height_m - HEIGHT_LAYERS_M;
    const int last = (int)(sizeof TAIL_DENSITY_KGPM3 / sizeof *TAIL_DENSITY_KGPM3) - 1;
    const int at = (int)(above_m * (1.0 / CELL_M));
    const int cell = at < last ? at : last;
    const double off_m = above_m - CELL_M * (cell + 0.5);
    const double density = TAIL_DENSITY_KGPM3[cell] *
                           series(LAYER_SERIES[1], -TOP_DENSITY_BY_HEIGHT / HYDROSTATIC * off_m);
    if (by_height != NULL) {
        *by_height = TOP_DENSITY_BY_HEIGHT * density;
    }
    return density;
}

double atmosphere_density(double height_m, double *by_height)
{
    if (height_m >= HEIGHT_MIN_M && height_m < HEIGHT_LAYERS_M) {
        return density_in_layers(height_m, by_height);
    }
    if (height_m >= HEIGHT_LAYERS_M && height_m <= HEIGHT_END_M) {
        return density_in_tail(height_m, by_height);
    }
    if (by_height != NULL) {
        *by_height = 0.0;
    }
    return height_m < HEIGHT_MIN_M ? density_in_layers(HEIGHT_MIN_M, NULL) : 0.0;
}
