// What lies below the tracks: land, borders, cities, night, in Lambert's azimuthal equal-area
// projection about the theatre. Geodetic latitude is taken for spherical: at most 0.2 degree of
// direction, nothing of position.
import { geoAzimuthalEqualArea, geoCircle, geoGraticule, geoPath } from 'd3-geo';
import type { GeoProjection } from 'd3-geo';
import { feature } from 'topojson-client';
import type { Feature, MultiPolygon, MultiLineString } from 'geojson';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { inUnit, unit } from './format';
import { font, grown, palette } from './theme';

export const EARTH_KM = 6371.0088;
const RAD = Math.PI / 180;
const SEEN_DEG = 120; // beyond it the projection tears the land apart
const SCALE_MIN = 180;
const SCALE_MAX = 400000;

export type Point = [lon: number, lat: number];

interface Shape {
  n: string;
  c: string;
}

interface City {
  name: string;
  size: number;
  at: Point;
}

export interface Base {
  shapes: Feature<MultiPolygon, Shape>[];
  lines: MultiLineString[]; // coasts, borders of nations, borders of provinces
  cities: City[];
  source: string;
}

/** A map's window: the centre on the globe and on the screen, and pixels in one Earth radius. */
export class View {
  lat = 39;
  lon = 132;
  scale = 2000;
  cx = 0;
  cy = 0;
  width = 0;
  height = 0;
  readonly projection: GeoProjection = geoAzimuthalEqualArea().clipAngle(SEEN_DEG).precision(0);

  /** Brings the projection up to date after a change of the members. */
  apply(): this {
    this.projection
      .rotate([-this.lon, -this.lat])
      .scale(this.scale)
      .translate([this.cx, this.cy])
      .clipExtent([
        [-200, -200],
        [this.width + 200, this.height + 200],
      ]);
    return this;
  }

  get key(): string {
    return [this.lat, this.lon, this.scale, this.cx, this.cy, this.width, this.height].join();
  }

  /** Where a point is on the screen; null beyond the horizon. */
  at(p: Point): [number, number] | null {
    const a = this.lat * RAD;
    const b = p[1] * RAD;
    const cosine =
      Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * Math.cos((p[0] - this.lon) * RAD);
    return cosine > Math.cos(SEEN_DEG * RAD) ? this.projection(p) : null;
  }

  centre(p: Point): void {
    this.lat = Math.max(-85, Math.min(85, p[1]));
    this.lon = p[0];
    this.apply();
  }

  pan(dx: number, dy: number): void {
    const to = this.projection.invert?.([this.cx - dx, this.cy - dy]);
    if (to && to.every(Number.isFinite)) {
      this.centre(to);
    }
  }

  zoom(factor: number, x: number, y: number): void {
    const before = this.projection.invert?.([x, y]);
    this.scale = Math.max(SCALE_MIN, Math.min(SCALE_MAX, this.scale * factor));
    this.apply();
    const after = before && this.at(before);
    if (after) {
      this.pan(x - after[0], y - after[1]);
    }
  }

  /** Centre and scale that show all the points within a free half-width and half-height. */
  fit(points: Point[], halfWidth: number, halfHeight: number): void {
    const sum = points.map(vector).reduce((s, u) => [s[0] + u[0], s[1] + u[1], s[2] + u[2]]);
    const across = Math.hypot(sum[0], sum[1]);
    this.centre([Math.atan2(sum[1], sum[0]) / RAD, Math.atan2(sum[2], across) / RAD]);
    for (let round = 0; round < 3; round++) {
      const seen = points.map(p => this.at(p)).filter(p => p !== null);
      if (!seen.length) {
        return;
      }
      const xs = seen.map(p => p[0]);
      const ys = seen.map(p => p[1]);
      const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
      this.pan(this.cx - (x0 + x1) / 2, this.cy - (y0 + y1) / 2);
      const factor = Math.min(
        halfWidth / Math.max(1, (x1 - x0) / 2),
        halfHeight / Math.max(1, (y1 - y0) / 2),
      );
      this.scale = Math.max(500, Math.min(16000, this.scale * factor));
      this.apply();
    }
  }
}

function vector(p: Point): [number, number, number] {
  const c = Math.cos(p[1] * RAD);
  return [c * Math.cos(p[0] * RAD), c * Math.sin(p[0] * RAD), Math.sin(p[1] * RAD)];
}

/** The point at a distance along a bearing (from north clockwise, degrees) from a place. */
export function destination(from: Point, bearing: number, km: number): Point {
  const d = km / EARTH_KM;
  const b = bearing * RAD;
  const p = from[1] * RAD;
  const s = Math.sin(p) * Math.cos(d) + Math.cos(p) * Math.sin(d) * Math.cos(b);
  const l = Math.atan2(Math.sin(b) * Math.sin(d) * Math.cos(p), Math.cos(d) - Math.sin(p) * s);
  return [((from[0] + l / RAD + 540) % 360) - 180, Math.asin(s) / RAD];
}

interface MapFile extends Topology<{ land: GeometryCollection<Shape> }> {
  kinds: string; // a digit for each arc: 0 coast, 1 border of a nation, 2 of a province, 3 none
  cities: [name: string, lat: number, lon: number, size: number][];
  source: string;
}

export function readMap(file: MapFile): Base {
  const lines = ['0', '1', '2'].map(kind => {
    const arcs = [...file.kinds].flatMap((k, i) => (k === kind ? [[i]] : []));
    return feature(file, { type: 'MultiLineString', arcs }).geometry as MultiLineString;
  });
  return {
    shapes: feature(file, file.objects.land).features as Feature<MultiPolygon, Shape>[],
    lines,
    cities: file.cities
      .map(([name, lat, lon, size]): City => ({ name, size, at: [lon / 100, lat / 100] }))
      .sort((a, b) => b.size - a.size),
    source: file.source,
  };
}

/** Where the Sun is overhead, to about 0.01 degree. Source: Astronomical Almanac, section C,
 * "Low-precision formulas for the Sun". */
export function subsolar(at_s: number): Point {
  const d = at_s / 86400 - 10957.5; // days from 2000-01-01T12:00Z
  const g = (357.528 + 0.9856003 * d) * RAD;
  const q = 280.46 + 0.9856474 * d;
  const l = (q + 1.915 * Math.sin(g) + 0.02 * Math.sin(2 * g)) * RAD;
  const e = (23.439 - 4e-7 * d) * RAD;
  const ascension = Math.atan2(Math.cos(e) * Math.sin(l), Math.cos(l)) / RAD;
  const hours = (18.697374558 + 24.06570982441908 * d) % 24; // Greenwich mean sidereal time
  const lon = ascension - hours * 15;
  return [((((lon + 180) % 360) + 360) % 360) - 180, Math.asin(Math.sin(e) * Math.sin(l)) / RAD];
}

/** Writes names where there is room; `taken` holds the boxes in use and grows. */
export function label(
  ctx: CanvasRenderingContext2D,
  taken: number[][],
  text: string,
  x: number,
  y: number,
  force: boolean,
): void {
  const right = x + ctx.measureText(text).width + 2;
  const hit = (b: number[]) =>
    (b[0] as number) < right && (b[2] as number) > x - 2 &&
    (b[1] as number) < y + 4 && (b[3] as number) > y - grown(12);
  if (!force && taken.some(hit)) {
    return;
  }
  taken.push([x - 2, y - grown(12), right, y + 4]);
  ctx.strokeText(text, x, y);
  ctx.fillText(text, x, y);
}

function drawCities(ctx: CanvasRenderingContext2D, view: View, base: Base): void {
  const taken: number[][] = [];
  const colours = palette();
  const least = view.scale > 9000 ? 1 : view.scale > 3200 ? 2 : view.scale > 1500 ? 3 : 4;
  ctx.font = font(11);
  ctx.strokeStyle = colours.halo;
  ctx.fillStyle = colours.city;
  ctx.lineWidth = 3;
  for (const city of base.cities.filter(c => c.size >= least)) {
    const p = view.at(city.at);
    if (p && p[0] > 0 && p[1] > 0 && p[0] < view.width && p[1] < view.height) {
      ctx.fillRect(p[0] - 1.5, p[1] - 1.5, 3, 3);
      label(ctx, taken, city.name, p[0] + 6, p[1] + 4, false);
    }
  }
}

/** Everything that does not move. `tint` gives a province or nation a fill of its own. */
export function drawLand(
  ctx: CanvasRenderingContext2D,
  view: View,
  base: Base | null,
  ours: string,
  tint: (nation: string, name: string) => string | undefined,
  at_s: number,
): void {
  const path = geoPath(view.projection, ctx);
  const colours = palette();
  const paint = (fill: string, shapes: Parameters<typeof path>[0][]) => {
    ctx.beginPath();
    shapes.forEach(s => path(s));
    ctx.fillStyle = fill;
    ctx.fill('evenodd');
  };
  ctx.fillStyle = colours.sea;
  ctx.fillRect(0, 0, view.width, view.height);
  const step = view.scale > 9000 ? 2 : view.scale > 3500 ? 5 : 10;
  ctx.beginPath();
  path(geoGraticule().step([step, step])());
  ctx.strokeStyle = colours.grid;
  ctx.lineWidth = 1;
  ctx.stroke();
  if (!base) {
    return;
  }
  paint(colours.land, base.shapes.filter(s => s.properties.c !== ours));
  paint(colours.ours, base.shapes.filter(s => s.properties.c === ours));
  for (const s of base.shapes) {
    const fill = tint(s.properties.c, s.properties.n);
    fill && paint(fill, [s]);
  }
  const strokes: [string, number[]][] = [
    [colours.coast, []], [colours.border, [7, 3, 1, 3]], [colours.province, []],
  ];
  strokes.forEach(([colour, dash], i) => {
    if (i < 2 || view.scale > 1800) {
      ctx.beginPath();
      path(base.lines[i] as MultiLineString);
      ctx.strokeStyle = colour;
      ctx.setLineDash(dash);
      ctx.stroke();
    }
  });
  ctx.setLineDash([]);
  const sun = subsolar(at_s);
  const night = geoCircle().center([sun[0] + 180, -sun[1]]).radius(90).precision(3)();
  paint(colours.night, [night]);
  drawCities(ctx, view, base);
}

/** A bar of a round number of kilometres, or nautical miles, at the map's centre. */
export function drawScale(ctx: CanvasRenderingContext2D, view: View, x: number, y: number): void {
  const colours = palette();
  const pixels = view.scale / EARTH_KM / inUnit(1); // in one unit
  let length = 1;
  for (const step of [2, 2.5, 2, 2, 2.5, 2, 2, 2.5, 2, 2]) {
    if (length * step * pixels > 150) {
      break;
    }
    length *= step;
  }
  ctx.strokeStyle = ctx.fillStyle = colours.dim;
  ctx.lineWidth = 1;
  ctx.strokeRect(x, y, length * pixels, 3);
  ctx.font = font(11);
  ctx.fillText(`${length} ${unit()}`, x, y - 5);
}
