/* One struct per frame; no bare double[3] crosses a header. */
#ifndef WATCHFIRE_GEO_FRAME_H
#define WATCHFIRE_GEO_FRAME_H

/* Earth-centred, Earth-fixed (WGS 84) position, m. */
struct geo_ecef {
    double x_m;
    double y_m;
    double z_m;
};

/* Velocity relative to the rotating Earth, along the Earth-fixed axes, m/s. */
struct geo_velocity {
    double x_mps;
    double y_mps;
    double z_mps;
};

/* Geodetic position on WGS 84: latitude (north +), longitude (east +), rad; ellipsoidal height,
 * m. */
struct geo_geodetic {
    double lat_rad;
    double lon_rad;
    double height_m;
};

/* Local axes at a named origin: east, north, up (ellipsoid normal), m. */
struct geo_enu {
    double east_m;
    double north_m;
    double up_m;
};

/* What a radar reads: slant range, m; azimuth from true north clockwise, rad, in [0, 2 pi);
 * elevation above the local ellipsoidal horizon, rad. */
struct geo_polar {
    double range_m;
    double azimuth_rad;
    double elevation_rad;
};

/* A direction: a unit vector along the Earth-fixed axes. */
struct geo_direction {
    double axis[3];
};

#endif
