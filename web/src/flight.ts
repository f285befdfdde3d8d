// Shapes on the ground that the eye needs and the node does not give: outlines of ellipses, and the
// way that is left to the impact area. Worked out here for the eye alone.
import { destination, type Point } from './map';
import type { Area, Ellipse, Place, Track } from './types';

const RAD = Math.PI / 180;
const STEPS = 36;
const SIGMAS_95 = Math.sqrt(-2 * Math.log(0.05)); // of two normal components together

/** The 50 % ellipse of a normal distribution over its 95 % ellipse. */
export const HALF_SCALE = Math.sqrt(Math.log(0.5) / Math.log(0.05));

/** The outline of an ellipse, clockwise, laid out along great circles from its centre. */
export function outline(at: Place, e: Ellipse, scale = 1): Point[] {
  const points: Point[] = [];
  for (let i = 0; i <= STEPS; i++) {
    const a = (i % STEPS) * ((2 * Math.PI) / STEPS);
    const x = e.semi_major_km * scale * Math.cos(a);
    const y = e.semi_minor_km * scale * Math.sin(a);
    const bearing = e.azimuth_deg + Math.atan2(y, x) / RAD;
    points.push(destination([at.lon_deg, at.lat_deg], bearing, Math.hypot(x, y)));
  }
  return points;
}

type State = [number, number, number, number, number, number];

/** Two-body motion with J2 in rotating axes, km and s. */
function rate(s: State): State {
  const [x, y, z, u, v, w] = s;
  const MU = 398600.4418;
  const W = 7.292115e-5;
  const r = Math.hypot(x, y, z);
  const g = MU / r ** 3;
  const j = 1.5 * 1.08262668e-3 * (6378.137 / r) ** 2;
  const q = 5 * (z / r) ** 2;
  const across = g * (1 + j * (1 - q)) - W * W;
  return [u, v, w, -across * x + 2 * W * v, -across * y - 2 * W * u, -g * (1 + j * (3 - q)) * z];
}

const plus = (s: State, d: State, h: number): State =>
  s.map((a, i) => a + h * (d[i] as number)) as State;

export interface Step {
  at: Point;
  height_km: number;
}

function under(s: State): Step {
  const p = Math.hypot(s[0], s[1]);
  const r = Math.hypot(p, s[2]);
  const lat = Math.atan2(s[2], p * (1 - (0.00669438 * 6378.137) / r));
  const radius = 6378.137 * (1 - (1 / 298.257) * Math.sin(lat) ** 2);
  return { at: [Math.atan2(s[1], s[0]) / RAD, lat / RAD], height_km: r - radius };
}

/** Free fall without air in steps of about 10 s, bent to end at the impact point. */
export function fall(track: Track, impact: Place, seconds: number): Step[] {
  const n = Math.max(1, Math.ceil(seconds / 10));
  const h = seconds / n;
  let s = [...track.position_km, ...track.velocity_kmps] as State;
  const way = [under(s)];
  for (let i = 0; i < n; i++) {
    const a = rate(s);
    const b = rate(plus(s, a, h / 2));
    const c = rate(plus(s, b, h / 2));
    const d = rate(plus(s, c, h));
    s = s.map((x, k) => {
      const [p, q, r, t] = [a[k], b[k], c[k], d[k]] as [number, number, number, number];
      return x + (h / 6) * (p + 2 * q + 2 * r + t);
    }) as State;
    way.push(under(s));
  }
  const end = (way[n] as Step).at;
  const east = ((impact.lon_deg - end[0] + 540) % 360) - 180;
  const north = impact.lat_deg - end[1];
  const last = (way[n] as Step).height_km;
  return way.map((step, i) => {
    const share = (i / n) ** 2;
    return {
      at: [step.at[0] + east * share, step.at[1] + north * share],
      height_km: step.height_km - last * share,
    };
  });
}

/** The ground below which it will pass with 95 %: as wide as the track's doubt now, and as the
 * impact area across the way at its end. Clockwise. */
export function corridor(track: Track, impact: Area, way: Step[]): Point[] {
  const left: Point[] = [];
  const right: Point[] = [];
  const now = ((track.sigma_km ?? 0) * SIGMAS_95) / Math.sqrt(3);
  for (let i = 0; i < way.length; i++) {
    const a = (way[Math.max(0, i - 1)] as Step).at;
    const b = (way[Math.min(way.length - 1, i + 1)] as Step).at;
    const course =
      Math.atan2((b[0] - a[0]) * Math.cos(a[1] * RAD), b[1] - a[1]) / RAD;
    const e = impact.ellipse_95;
    const turn = (course + 90 - e.azimuth_deg) * RAD;
    const end = Math.hypot(e.semi_major_km * Math.cos(turn), e.semi_minor_km * Math.sin(turn));
    const half = now + (end - now) * (i / Math.max(1, way.length - 1));
    left.push(destination((way[i] as Step).at, course - 90, half));
    right.push(destination((way[i] as Step).at, course + 90, half));
  }
  const ring = [...left, ...right.reverse()];
  return [...ring, ring[0] as Point];
}
