// The map: Lambert's azimuthal equal-area projection about any centre, and the land below it all.
// Positions on the unit sphere are [x, y, z]; the display takes geodetic for spherical latitude (at
// most 0.2 degree of direction, nothing of position).

const RAD = Math.PI / 180;
export const EARTH_KM = 6371.0088;
const HORIZON = -0.5; // cosine of 120 degrees: beyond it the projection tears the land apart

export function unit(lat, lon) {
  const c = Math.cos(lat * RAD);
  return [c * Math.cos(lon * RAD), c * Math.sin(lon * RAD), Math.sin(lat * RAD)];
}

export function latLon(u) {
  return [Math.atan2(u[2], Math.hypot(u[0], u[1])) / RAD, Math.atan2(u[1], u[0]) / RAD];
}

/** The point at a distance along a bearing (from north clockwise, degrees) from a place. */
export function destination(lat, lon, bearing, km) {
  const d = km / EARTH_KM,
    b = bearing * RAD,
    p = lat * RAD;
  const s = Math.sin(p) * Math.cos(d) + Math.cos(p) * Math.sin(d) * Math.cos(b);
  const l =
    lon * RAD + Math.atan2(Math.sin(b) * Math.sin(d) * Math.cos(p), Math.cos(d) - Math.sin(p) * s);
  return [Math.asin(s) / RAD, l / RAD];
}

/** The outline of an ellipse on the ground, laid out along great circles from its centre. */
export function ellipse(at) {
  const e = at.ellipse_95,
    points = [];
  for (let i = 0; i <= 72; i++) {
    const a = i * 5 * RAD,
      x = e.semi_major_km * Math.cos(a),
      y = e.semi_minor_km * Math.sin(a);
    points.push(
      unit(
        ...destination(
          at.lat_deg,
          at.lon_deg,
          e.azimuth_deg + Math.atan2(y, x) / RAD,
          Math.hypot(x, y),
        ),
      ),
    );
  }
  return points;
}

/** Free fall on the rotating Earth (J2, no air), 10 s steps; bent to end at the impact point. */
export function fall(track, impact, seconds) {
  const MU = 398600.4418,
    A = 6378.137,
    J2 = 1.08262668e-3,
    W = 7.292115e-5,
    E2 = 0.00669438;
  const rate = s => {
    const [x, y, z, u, v, w] = s,
      r = Math.hypot(x, y, z),
      g = MU / r ** 3,
      j = 1.5 * J2 * (A / r) ** 2,
      q = 5 * (z / r) ** 2;
    const across = g * (1 + j * (1 - q)) - W * W;
    return [u, v, w, -across * x + 2 * W * v, -across * y - 2 * W * u, -g * (1 + j * (3 - q)) * z];
  };
  const plus = (s, d, h) => s.map((a, i) => a + h * d[i]);
  const under = s => {
    const p = Math.hypot(s[0], s[1]),
      r = Math.hypot(p, s[2]);
    return unit(Math.atan2(s[2], p * (1 - (E2 * A) / r)) / RAD, Math.atan2(s[1], s[0]) / RAD);
  };
  const n = Math.ceil(seconds / 10),
    h = seconds / n;
  let s = [...track.position_km, ...track.velocity_kmps];
  const way = [under(s)];
  for (let i = 0; i < n; i++) {
    const a = rate(s),
      b = rate(plus(s, a, h / 2)),
      c = rate(plus(s, b, h / 2)),
      d = rate(plus(s, c, h));
    s = s.map((x, k) => x + (h / 6) * (a[k] + 2 * b[k] + 2 * c[k] + d[k]));
    way.push(under(s));
  }
  const miss = unit(impact.lat_deg, impact.lon_deg).map((x, k) => x - way[n][k]);
  return way.map((u, i) => {
    const bent = u.map((x, k) => x + miss[k] * (i / n) ** 2),
      size = Math.hypot(...bent);
    return bent.map(x => x / size);
  });
}

export class Projection {
  constructor() {
    this.cx = this.cy = 0; // the centre on the screen
    this.scale = 2000; // pixels in one Earth radius
    this.centre(39, 132);
  }
  centre(lat, lon) {
    this.lat = Math.max(-85, Math.min(85, lat));
    this.lon = lon;
    const s = Math.sin(this.lat * RAD),
      c = Math.cos(this.lat * RAD);
    const sl = Math.sin(lon * RAD),
      cl = Math.cos(lon * RAD);
    this.m = [-sl, cl, 0, -s * cl, -s * sl, c, c * cl, c * sl, s];
  }
  /** [x, y, seen] on the screen; what lies beyond the horizon is moved onto it. */
  at(u) {
    const m = this.m,
      z = m[6] * u[0] + m[7] * u[1] + m[8] * u[2],
      seen = z > HORIZON;
    let x = m[0] * u[0] + m[1] * u[1] + m[2] * u[2],
      y = m[3] * u[0] + m[4] * u[1] + m[5] * u[2];
    const k = seen ? Math.sqrt(2 / (1 + z)) : Math.sqrt(2 - 2 * HORIZON) / (Math.hypot(x, y) || 1);
    return [this.cx + this.scale * k * x, this.cy - this.scale * k * y, seen];
  }
  invert(x, y) {
    const X = (x - this.cx) / this.scale,
      Y = (this.cy - y) / this.scale,
      r2 = Math.min(X * X + Y * Y, 3.99);
    const f = Math.sqrt(1 - r2 / 4),
      p = [X * f, Y * f, 1 - r2 / 2],
      m = this.m;
    return latLon([0, 1, 2].map(i => m[i] * p[0] + m[3 + i] * p[1] + m[6 + i] * p[2]));
  }
  pan(dx, dy) {
    this.centre(...this.invert(this.cx - dx, this.cy - dy));
  }
  zoom(factor, x, y) {
    const before = this.invert(x, y);
    this.scale = Math.max(180, Math.min(400000, this.scale * factor));
    const [px, py] = this.at(unit(...before));
    this.pan(x - px, y - py);
  }
  /** Centre and scale that show all the points within a free half-width and half-height. */
  fit(points, halfWidth, halfHeight) {
    const sum = [0, 1, 2].map(i => points.reduce((s, u) => s + u[i], 0));
    this.centre(...latLon(sum));
    for (let round = 0; round < 3; round++) {
      const xy = points.map(u => this.at(u));
      const [x0, x1, y0, y1] = [0, 0, 1, 1].map((k, i) =>
        Math[i % 2 ? 'max' : 'min'](...xy.map(p => p[k])),
      );
      this.pan(this.cx - (x0 + x1) / 2, this.cy - (y0 + y1) / 2);
      const f = Math.min(
        halfWidth / Math.max(1, (x1 - x0) / 2),
        halfHeight / Math.max(1, (y1 - y0) / 2),
      );
      this.scale = Math.max(500, Math.min(16000, this.scale * f));
    }
  }
}

/** TopoJSON to unit vectors, with the number of the shapes' rings kept as they are. */
export function readMap(json) {
  const { scale, translate } = json.transform;
  const arcs = json.arcs.map(arc => {
    let x = 0,
      y = 0;
    return arc.map(d => {
      x += d[0];
      y += d[1];
      return unit(y * scale[1] + translate[1], x * scale[0] + translate[0]);
    });
  });
  const shapes = json.objects.land.geometries.map(g => ({ ...g.properties, rings: g.arcs.flat() }));
  const cities = json.cities.map(([name, lat, lon, size]) => ({
    name,
    size,
    u: unit(lat / 100, lon / 100),
  }));
  return { arcs, kinds: json.kinds, shapes, cities, source: json.source };
}

function fillPath(view, map, shape) {
  const path = new Path2D();
  let seen = false;
  for (const ring of shape.rings) {
    let first = true;
    for (const n of ring) {
      const arc = map.arcs[n < 0 ? ~n : n];
      for (let i = 0; i < arc.length; i++) {
        const p = view.at(arc[n < 0 ? arc.length - 1 - i : i]);
        seen ||= p[2];
        first ? path.moveTo(p[0], p[1]) : path.lineTo(p[0], p[1]);
        first = false;
      }
    }
    path.closePath();
  }
  return seen ? path : null;
}

/** Strokes a line of unit vectors, broken at the horizon. */
export function line(ctx, view, points) {
  let down = false;
  ctx.beginPath();
  for (const u of points) {
    const p = view.at(u);
    down && p[2] ? ctx.lineTo(p[0], p[1]) : ctx.moveTo(p[0], p[1]);
    down = p[2];
  }
  ctx.stroke();
}

function graticule(ctx, view) {
  ctx.strokeStyle = '#16202b';
  ctx.lineWidth = 1;
  const step = view.scale > 9000 ? 2 : view.scale > 3500 ? 5 : 10;
  const range = (from, to, by) =>
    Array.from({ length: Math.round((to - from) / by) + 1 }, (_, i) => from + i * by);
  for (let lon = -180; lon < 180; lon += step) {
    line(
      ctx,
      view,
      range(-80, 80, 2).map(lat => unit(lat, lon)),
    );
  }
  for (let lat = -80; lat <= 80; lat += step) {
    line(
      ctx,
      view,
      range(-180, 180, 2).map(lon => unit(lat, lon)),
    );
  }
}

const STROKES = [
  ['#62778b', 1, []],
  ['#6c7c8c', 1, [7, 3, 1, 3]],
  ['#3b4a59', 1, []],
];

function strokeArcs(ctx, view, map) {
  map.arcs.forEach((arc, i) => {
    const stroke = STROKES[map.kinds[i]];
    if (stroke && (map.kinds[i] !== '2' || view.scale > 1800)) {
      [ctx.strokeStyle, ctx.lineWidth] = stroke;
      ctx.setLineDash(stroke[2]);
      line(ctx, view, arc);
    }
  });
  ctx.setLineDash([]);
}

/** Writes names where there is room; `taken` holds the boxes in use and grows. */
export function label(ctx, taken, text, x, y, force) {
  const w = ctx.measureText(text).width,
    box = [x - 2, y - 12, x + w + 2, y + 4];
  if (!force && taken.some(b => b[0] < box[2] && b[2] > box[0] && b[1] < box[3] && b[3] > box[1])) {
    return;
  }
  taken.push(box);
  ctx.strokeText(text, x, y);
  ctx.fillText(text, x, y);
}

function drawCities(ctx, view, map, width, height) {
  const taken = [],
    least = view.scale > 9000 ? 1 : view.scale > 3200 ? 2 : view.scale > 1500 ? 3 : 4;
  ctx.font = '11px system-ui, "DejaVu Sans", sans-serif';
  ctx.strokeStyle = '#0b1118';
  ctx.lineWidth = 3;
  for (const city of [...map.cities].sort((a, b) => b.size - a.size)) {
    const [x, y, seen] = view.at(city.u);
    if (city.size >= least && seen && x > 0 && y > 0 && x < width && y < height) {
      ctx.fillStyle = '#8697a8';
      ctx.fillRect(x - 1.5, y - 1.5, 3, 3);
      label(ctx, taken, city.name, x + 6, y + 4);
    }
  }
}

/** Everything that does not move. `tint(shape)` gives a province or country a fill of its own. */
export function drawLand(ctx, view, map, width, height, ours, tint) {
  ctx.fillStyle = '#0b1118';
  ctx.fillRect(0, 0, width, height);
  graticule(ctx, view);
  if (!map) {
    return;
  }
  for (const shape of map.shapes) {
    const path = fillPath(view, map, shape);
    if (path) {
      ctx.fillStyle = shape.c === ours ? '#32414f' : '#212b36';
      ctx.fill(path, 'evenodd');
      const colour = tint(shape);
      if (colour) {
        ctx.fillStyle = colour;
        ctx.fill(path, 'evenodd');
      }
    }
  }
  strokeArcs(ctx, view, map);
  drawCities(ctx, view, map, width, height);
}

/** A bar of a round number of kilometres at the map's centre. */
export function drawScale(ctx, view, x, y) {
  let km = 1;
  for (const step of [2, 2.5, 2, 2, 2.5, 2, 2, 2.5, 2, 2]) {
    if ((km * step * view.scale) / EARTH_KM > 150) {
      break;
    }
    km *= step;
  }
  const width = (km * view.scale) / EARTH_KM;
  ctx.fillStyle = '#0b1118cc';
  ctx.fillRect(x - 6, y - 18, width + 12, 27);
  ctx.strokeStyle = ctx.fillStyle = '#93a1b0';
  ctx.lineWidth = 1;
  ctx.strokeRect(x, y, width, 3);
  ctx.font = '11px system-ui, "DejaVu Sans", sans-serif';
  ctx.fillText(`${km} km`, x, y - 5);
}
