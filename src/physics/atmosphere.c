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
    double density_by_height; /* d ln(density) / d(height), 1/m */
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
        -(HYDROSTATIC + layer->lapse_kpm) / temperature_k * ratio * ratio,
    };
}

static struct air air_at(double height_m)
{
    if (height_m < HEIGHT_MIN_M) {
        struct air air = air_in_layers(HEIGHT_MIN_M);
        air.density_by_height = 0.0;
        return air;
    }
    if (height_m < HEIGHT_LAYERS_M) {
        return air_in_layers(height_m);
    }
    if (height_m > HEIGHT_END_M) {
        return (struct air){TOP_TEMPERATURE_K, 0.0, 0.0};
    }
    const double above = TOP_DENSITY_BY_HEIGHT * (height_m - HEIGHT_LAYERS_M);
    return (struct air){TOP_TEMPERATURE_K, TOP_PRESSURE_PA * elementary_exp(above),
                        TOP_DENSITY_BY_HEIGHT};
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

double atmosphere_density(double height_m, double *by_height)
{
    if (height_m > HEIGHT_END_M) {
        if (by_height != NULL) {
            *by_height = 0.0;
        }
        return 0.0;
    }
    const struct air air = air_at(height_m);
    const double density_kgpm3 = air.pressure_pa / (GAS_PER_KG * air.temperature_k);
    if (by_height != NULL) {
        *by_height = air.density_by_height * density_kgpm3;
    }
    return density_kgpm3;
}
