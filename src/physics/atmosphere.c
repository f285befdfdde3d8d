#include "physics/atmosphere.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/elementary.h"

#define EARTH_RADIUS_M 6356766.0       /* the standard's, for geopotential height */
#define GAS_PER_KG (8314.32 / 28.9644) /* gas constant of air, J/(kg K) */
#define HYDROSTATIC (9.80665 / GAS_PER_KG)
#define HEAT_RATIO 1.4
#define HEIGHT_MIN_M (-2000.0)
#define HEIGHT_LAYERS_M 86000.0
#define HEIGHT_END_M 200000.0
#define TOP_TEMPERATURE_K 186.94590831018851

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
    const double density_kgpm3 = atmosphere_density(height_m, NULL);
    return (struct air){TOP_TEMPERATURE_K, density_kgpm3 * GAS_PER_KG * TOP_TEMPERATURE_K};
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

/* Densities at the middles of cells, so that a density needs neither logarithm nor exponential. In
 * the layers cells are of geopotential height from CELLS_FROM_M up, and the densities are those of
 * the formulas above. In the tail they are of geometric height from HEIGHT_LAYERS_M up: the
 * standard's own table (table I of the same document), read off at whole kilometres by a polynomial
 * of the logarithm between its rows that meets them to 4e-4; between two kilometres the logarithm
 * is straight, with the slope beside the density. */
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
    6.3656450090673465e-06, 5.3283011284276146e-06, 4.4602399668600015e-06, 3.7338156289137038e-06,
    3.1258205051818478e-06, 2.6160786773525663e-06, 2.1876957229359551e-06, 1.8276645616262561e-06,
    1.5255649972414165e-06, 1.2725195582166517e-06, 1.0608955221693019e-06, 8.8415832569994997e-07,
    7.3673552823822674e-07, 6.1389233273644389e-07, 5.1297610573716328e-07, 4.2984792040571404e-07,
    3.6026970591727493e-07, 3.0214495366834176e-07, 2.5363437436358642e-07, 2.1311165413347256e-07,
    1.7917789803122364e-07, 1.5065457538193723e-07, 1.2656512120661776e-07, 1.0611173761749213e-07,
    8.8755817857079819e-08, 7.449138332031672e-08,  6.3044944729806461e-08, 5.376978946423389e-08,
    4.6189102487314099e-08, 3.9941384214129562e-08, 3.475028590873199e-08,  3.040287231656475e-08,
    2.6733824539372965e-08, 2.3613866110922047e-08, 2.0956982819900064e-08, 1.8690769448003691e-08,
    1.6740688605262233e-08, 1.5050869711303195e-08, 1.3580010187778639e-08, 1.2294212463670911e-08,
    1.1165525447977518e-08, 1.0170796886061997e-08, 9.2907657195042025e-09, 8.5093406977475803e-09,
    7.8130242612486559e-09, 7.1904502906016068e-09, 6.6320115325450711e-09, 6.1295579808744616e-09,
    5.6761516529686993e-09, 5.2658663876495758e-09, 4.8936237385857577e-09, 4.5550579285067958e-09,
    4.2464042965265572e-09, 3.9644068139233934e-09, 3.706241138140555e-09,  3.4694503774361875e-09,
    3.2518912928880695e-09, 3.0516891033268501e-09, 2.8671994075575563e-09, 2.6969760164445118e-09,
    2.5397437101092333e-09, 2.3943751143622322e-09, 2.2598710346271675e-09, 2.1353437021869987e-09,
    2.0189518819418417e-09, 1.9102929506825309e-09, 1.809410295239214e-09,  1.7152073044640213e-09,
    1.6271561787015342e-09, 1.5447766892096858e-09, 1.4676314270208708e-09, 1.395321569251169e-09,
    1.3274831021192216e-09, 1.2637834475485123e-09, 1.2039184468281993e-09, 1.1476096605382225e-09,
    1.0946019489274558e-09, 1.0446613012703577e-09, 9.9757288650656352e-10, 9.5313930076575176e-10,
    9.1117899026070117e-10, 8.7152483055042802e-10, 8.3402284538126568e-10, 7.9853105024732055e-10,
    7.6491840750838655e-10, 7.3306388139435103e-10, 7.0285558253572191e-10, 6.7418999281465262e-10,
    6.469712623480379e-10,  6.2111057131161821e-10, 5.9652555010736684e-10, 5.7313975207679799e-10,
    5.5088217358355022e-10, 5.2968681683791884e-10, 5.0949229132338355e-10, 4.9024145011779662e-10,
    4.7188105778599639e-10, 4.5436148686257331e-10, 4.3763644024753314e-10, 4.2166269710885585e-10,
    4.0639988012729937e-10, 3.9181024213481549e-10, 3.7785847039056179e-10, 3.6451150691058973e-10,
    3.5173838342182962e-10, 3.39510069648692e-10,   3.277993337646596e-10,  3.1658061395225199e-10,
    3.0582990011418379e-10, 2.9552462486850869e-10, 2.8564356304090101e-10, 2.7616673893965112e-10,
    2.6707534076449774e-10, 2.583516415591788e-10,
};
static const double TAIL_SLOPE_PERM[114] = {
    -0.00017790237325909656, -0.00017786385471799796, -0.00017779590713400131,
    -0.00017774789528199992, -0.00017771981916200023, -0.00017832078443799485,
    -0.00017933461554999763, -0.00018028508965000606, -0.00018106315945000523,
    -0.00018166882494998759, -0.00018210208615000305, -0.00018236294304999501,
    -0.00018245139564999831, -0.00018236744395001389, -0.00017681314074162205,
    -0.00017678244709895801, -0.00017637463009941709, -0.00017551747550078293,
    -0.0001745087690605941,  -0.00017364629653911828, -0.00017322784370207961,
    -0.00017355119629974076, -0.00017491414009873532, -0.00017761446085933131,
    -0.0001795929148396454,  -0.00017081812707999696, -0.00016285302916008946,
    -0.00015541918107987837, -0.00014851658284004539, -0.00014214523444002218,
    -0.00013630513587997953, -0.00013099628716003051, -0.000126218688280062,
    -0.0001219723392399033,  -0.00011675203457500059, -0.00011213218556753195,
    -0.0001082429945364537,  -0.00010456984923143871, -0.00010110396140214562,
    -9.7836542797892953e-05, -9.4758805168453263e-05, -9.1861960263543127e-05,
    -8.9137219832537072e-05, -8.6575795625094498e-05, -8.4168899390817868e-05,
    -8.1907742879536627e-05, -7.9783537840569382e-05, -7.7787496023347551e-05,
    -7.5910829178269486e-05, -7.4144749053744108e-05, -7.2480467400566707e-05,
    -7.0909195967544812e-05, -6.942214650433701e-05,  -6.8010530761284892e-05,
    -6.6665560486853665e-05, -6.5378447431555724e-05, -6.414040334442476e-05,
    -6.2942639975403761e-05, -6.1776369074209453e-05, -6.0632802389705025e-05,
    -5.950315167274308e-05,  -5.8378628671448452e-05, -5.7250445136446599e-05,
    -5.6109812817226273e-05, -5.5988411037500145e-05, -5.4655386581231373e-05,
    -5.385585174119e-05,     -5.307822406999213e-05,  -5.2322046119939957e-05,
    -5.1586860443265544e-05, -5.0872209592412799e-05, -5.0177636119585037e-05,
    -4.9502682577184487e-05, -4.8846891517541763e-05, -4.8209805492874222e-05,
    -4.7590967055597883e-05, -4.6989918758015326e-05, -4.6406203152400836e-05,
    -4.5839362791099346e-05, -4.5288940226484483e-05, -4.4754478010801831e-05,
    -4.4235518696410841e-05, -4.3731604835599504e-05, -4.3242278980699243e-05,
    -4.2767083684111587e-05, -4.2305561497968898e-05, -4.1857254974814858e-05,
    -4.1421706666810072e-05, -4.099845912629978e-05,  -4.0587054905699876e-05,
    -4.0187036557170953e-05, -3.9797946633228902e-05, -3.9419327685976752e-05,
    -3.9050722267930272e-05, -3.8691672931278754e-05, -3.8341722228409386e-05,
    -3.8000412711596881e-05, -3.7667286933171291e-05, -3.7341887445563779e-05,
    -3.7023756800849176e-05, -3.6712437551614078e-05, -3.6407472250004936e-05,
    -3.6108403448380892e-05, -3.5814773699158404e-05, -3.5526125554440507e-05,
    -3.5242001566800257e-05, -3.4961944288440341e-05, -3.4685496271563893e-05,
    -3.4412200068714988e-05, -3.4141598232096853e-05, -3.3873233313983014e-05,
    -3.3606647866804444e-05, -3.3341384442834851e-05, -3.3076985594291917e-05,
};

/* Which layer a cell lies in: their boundaries are boundaries of cells. */
static const unsigned char CELL_LAYER[88] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5,
    5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
};

/* 1 / temperature in the middle of each cell of the layers, 1/K. */
static const double LAYER_PER_K[88] = {
    0.00328515111695138,   0.0033568311513930854, 0.0034317089910775567, 0.00351000351000351,
    0.003591954022988506,  0.003677822728944465,  0.0037678975131876418, 0.0038624951718810355,
    0.003961965134706815,  0.00406669377795852,   0.004177109440267336,  0.004293688278231001,
    0.00441696113074205,   0.004547521600727604,  0.004615739672282483,  0.004615739672282483,
    0.004615739672282483,  0.004615739672282483,  0.004615739672282483,  0.004615739672282483,
    0.004615739672282483,  0.004615739672282483,  0.004615739672282483,  0.004605111673958094,
    0.0045840018336007335, 0.004563084645220168,  0.004542357483533954,  0.004521817770743839,
    0.004501462975467027,  0.004481290611696168,  0.004461298237787196,  0.0044414834554741284,
    0.004421843908910016,  0.004402377283733216,  0.0043830813061582295, 0.0043468811128015645,
    0.004294610264118532,  0.00424358158285593,   0.004193751310547284,  0.004145077720207254,
    0.004097520999795124,  0.004051043143609479,  0.004005607850991388,  0.003961180431768667,
    0.0039177277179236044, 0.0038752179810114316, 0.0038336208548974504, 0.0037929072634174097,
    0.003753049352598987,  0.003714020427112349,  0.0036948087936449292, 0.0036948087936449292,
    0.0036948087936449292, 0.0036948087936449292, 0.003714020427112349,  0.003753049352598987,
    0.0037929072634174097, 0.0038336208548974513, 0.0038752179810114325, 0.0039177277179236044,
    0.003961180431768668,  0.004005607850991388,  0.00405104314360948,   0.004097520999795125,
    0.0041450777202072546, 0.004193751310547285,  0.004243581582855931,  0.004294610264118532,
    0.004346881112801565,  0.004400440044004401,  0.0044553352639786145, 0.004511617414843222,
    0.004569339730408957,  0.004628558204119417,  0.00468055230517201,   0.004724781478856603,
    0.004769854519437157,  0.004815795810257645,  0.004862630683199611,  0.004910385465259023,
    0.004959087527894868,  0.005008765339343852,  0.0050594485201113076, 0.005111167901865576,
    0.005163955589981926,  0.0052178450300026085, 0.005272871078302136,  0.0053290700772715156,
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
    const double *coefficients = LAYER_SERIES[CELL_LAYER[cell]];
    const double per_k = LAYER_PER_K[cell];
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
    /* The series of the isothermal layers is that of an exponential. */
    const double y = -TAIL_SLOPE_PERM[cell] * (1.0 / HYDROSTATIC) * off_m;
    const double density = TAIL_DENSITY_KGPM3[cell] * series(LAYER_SERIES[1], y);
    if (by_height != NULL) {
        *by_height = TAIL_SLOPE_PERM[cell] * density;
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

/* As density_in_layers, for both lanes. */
static pair density_in_layers_two(pair height_m, pair *by_height)
{
    const pair ratio = EARTH_RADIUS_M / (EARTH_RADIUS_M + height_m);
    const pair geopotential_m = ratio * height_m;
    const pair from = (geopotential_m - CELLS_FROM_M) * (1.0 / CELL_M);
    const int a = (int)from[0];
    const int b = (int)from[1];
    const double *ca = LAYER_SERIES[CELL_LAYER[a]];
    const double *cb = LAYER_SERIES[CELL_LAYER[b]];
    const pair middle_m = CELLS_FROM_M + CELL_M * ((pair){a, b} + 0.5);
    const pair per_k = {LAYER_PER_K[a], LAYER_PER_K[b]};
    const pair y = (geopotential_m - middle_m) * per_k;
    const pair y2 = y * y;
    const pair c[SERIES_TERMS] = {
        {ca[0], cb[0]}, {ca[1], cb[1]}, {ca[2], cb[2]}, {ca[3], cb[3]}, {ca[4], cb[4]}};
    const pair middle_kgpm3 = {LAYER_DENSITY_KGPM3[a], LAYER_DENSITY_KGPM3[b]};
    const pair slope =
        (c[0] + 2.0 * c[1] * y) + y2 * ((3.0 * c[2] + 4.0 * c[3] * y) + y2 * (5.0 * c[4]));
    *by_height = middle_kgpm3 * slope * per_k * (ratio * ratio);
    return middle_kgpm3 * ((1.0 + c[0] * y) + y2 * ((c[1] + c[2] * y) + y2 * (c[3] + c[4] * y)));
}

static bool in_layers(double height_m)
{
    return height_m >= HEIGHT_MIN_M && height_m < HEIGHT_LAYERS_M;
}

pair atmosphere_density_two(pair height_m, pair *by_height)
{
    if (in_layers(height_m[0]) && in_layers(height_m[1])) {
        return density_in_layers_two(height_m, by_height);
    }
    double slope[2];
    const pair density = {atmosphere_density(height_m[0], &slope[0]),
                          atmosphere_density(height_m[1], &slope[1])};
    *by_height = (pair){slope[0], slope[1]};
    return density;
}
