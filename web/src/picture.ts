// The moving part of the map: tracks, launch points, corridors and impact areas, each nation's and
// the common one. Of a salvo only heads and merged areas; the whole of what is picked.
import { geoPath } from 'd3-geo';
import { bearing, distance, freshness, hms, seconds } from './format';
import { corridor, fall, HALF_SCALE, outline, type Step } from './flight';
import { destination, drawLand, drawScale, label, View, type Base, type Point } from './map';
import { events, lensOf, now, picture, replaying } from './store';
import { DASHES, font, grown, palette } from './theme';
import { trailOf } from './trails';
import type { Area, Event, Place, Track } from './types';
import { t, told } from './words';

export const SALVO = 10; // from so many events on that are not over, only heads and areas are drawn
const NIGHT_STEP_S = 60;
const REACH_PX = 12; // so near to a head a click means it

export const view = new View();
let landKey = '';
let landTints: unknown = null;
let paths = new WeakMap<object, Path2D>();
let pathsKey = '';

export interface Free {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const point = (at: Place): Point => [at.lon_deg, at.lat_deg];

function style(nation: string): number {
  const p = picture();
  const all = p ? [p.nation, ...p.links.map(l => l.partner)].sort() : [];
  return Math.max(0, all.indexOf(nation)) % DASHES.length;
}

export const colourOf = (nation: string): string => palette().nations[style(nation)] as string;

/** What must be seen: of the events that are not over, or of all if all are. */
function theatre(): Point[] {
  const points: Point[] = [];
  const live = events().filter(e => !e.over);
  const many = isSalvo();
  for (const e of live.length ? live : events()) {
    [e.launch, e.track].forEach(at => at && points.push(point(at)));
    if (e.impact && many) {
      points.push(point(e.impact));
    } else if (e.impact) {
      points.push(...outline(e.impact, e.impact.ellipse_95).filter((_, i) => i % 6 === 0));
    }
  }
  return points.length ? points : [[122, 30], [146, 46]];
}

/** Brings everything that matters onto the free part of the screen. */
export function follow(free: Free, force: boolean): void {
  const half = [(free.right - free.left) * 0.41, (free.bottom - free.top) * 0.41] as const;
  const points = theatre();
  view.width = innerWidth;
  view.height = innerHeight;
  view.cx = (free.left + free.right) / 2;
  view.cy = (free.top + free.bottom) / 2;
  view.apply();
  const off = points.some(p => {
    const at = view.at(p);
    const out = (i: 0 | 1, centre: number) =>
      at === null || Math.abs(at[i] - centre) > half[i] * 1.12;
    return out(0, view.cx) || out(1, view.cy);
  });
  const trial = new View();
  Object.assign(trial, {
    cx: view.cx, cy: view.cy, width: view.width, height: view.height, scale: view.scale,
  });
  trial.fit(points, half[0], half[1]);
  if (force || off || trial.scale > view.scale * 1.6) {
    view.scale = trial.scale;
    view.centre([trial.lon, trial.lat]);
  }
}

let tintsOf: unknown = null;
let tintsIn: unknown = null;
let tinted = new Map<string, string>();

/** What colours provinces have, by nation and name. */
function tints(): Map<string, string> {
  if (tintsOf === events() && tintsIn === palette()) {
    return tinted;
  }
  const found = new Map<string, string>();
  for (const e of events().filter(x => !x.over)) {
    e.overflights.forEach(a => found.set(`${a.nation}${a.name}`, palette().overflown));
  }
  for (const e of events().filter(x => !x.over && x.warning.in_force)) {
    e.warning.areas.forEach(a => found.set(`${a.nation}${a.name}`, palette().warnFill));
  }
  tintsOf = events();
  tintsIn = palette();
  // The same map for the same colours: then the land need not be looked at.
  const same = found.size === tinted.size &&
    [...found].every(([place, colour]) => tinted.get(place) === colour);
  tinted = same ? tinted : found;
  return tinted;
}

function context(canvas: HTMLCanvasElement, ratio: number): CanvasRenderingContext2D {
  const width = Math.round(innerWidth * ratio);
  const height = Math.round(innerHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const ctx = canvas.getContext('2d') as CanvasRenderingContext2D;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  return ctx;
}

/** The land lies on a canvas of its own and is drawn again only when something of it changes. */
export function drawBase(canvas: HTMLCanvasElement, base: Base | null): void {
  const ratio = devicePixelRatio || 1;
  view.width = innerWidth;
  view.height = innerHeight;
  view.apply();
  const colours = tints();
  const minute = Math.floor(now() / NIGHT_STEP_S);
  const wanted = [view.key, ratio, base !== null, palette().sea, minute].join();
  if (wanted !== landKey || colours !== landTints) {
    landKey = wanted;
    landTints = colours;
    const ours = picture()?.nation ?? '';
    const tint = (nation: string, name: string) => colours.get(nation + name);
    drawLand(context(canvas, ratio), view, base, ours, tint, minute * NIGHT_STEP_S);
  }
}

/** The path of a ring on the screen; kept until the view changes or the picture is gone. */
function ringPath(of: object, ring: () => Point[]): Path2D {
  let path = paths.get(of);
  if (!path) {
    path = new Path2D();
    const draw = geoPath(view.projection, path as unknown as CanvasRenderingContext2D);
    draw({ type: 'Polygon', coordinates: [ring()] });
    paths.set(of, path);
  }
  return path;
}

const areaPath = (at: Area): Path2D => ringPath(at, () => outline(at, at.ellipse_95));

function line(ctx: CanvasRenderingContext2D, points: Point[]): void {
  ctx.beginPath();
  let down = false;
  for (const p of points) {
    const at = view.at(p);
    if (at) {
      down ? ctx.lineTo(at[0], at[1]) : ctx.moveTo(at[0], at[1]);
    }
    down = at !== null;
  }
  ctx.stroke();
}

function pen(ctx: CanvasRenderingContext2D, colour: string, width: number, dash: number[]): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
}

type Shape = 'cross' | 'launch' | 'dot' | 'ring';

function mark(
  ctx: CanvasRenderingContext2D, at: Place, colour: string, shape: Shape, laptop_px: number,
): void {
  const radius = grown(laptop_px);
  const p = view.at(point(at));
  if (!p) {
    return;
  }
  const [x, y] = p;
  pen(ctx, colour, 1.6, []);
  ctx.fillStyle = colour;
  ctx.beginPath();
  if (shape === 'cross') {
    for (const [a, b] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
      ctx.moveTo(x + a * 2, y + b * 2);
      ctx.lineTo(x + a * radius, y + b * radius);
    }
  } else if (shape === 'launch') {
    ctx.moveTo(x, y - radius);
    ctx.lineTo(x + radius, y + radius * 0.8);
    ctx.lineTo(x - radius, y + radius * 0.8);
    ctx.closePath();
  } else {
    ctx.arc(x, y, radius, 0, 7);
  }
  shape === 'dot' ? ctx.fill() : ctx.stroke();
}

interface Pen {
  ctx: CanvasRenderingContext2D;
  taken: number[][];
  right: number; // names that would reach beyond go to the other side of their point
}

function write(p: Pen, text: string, at: Place, colour: string, dx: number, dy: number,
  force = true): void {
  const xy = view.at(point(at));
  if (!xy) {
    return;
  }
  p.ctx.font = font(12, 600);
  const width = p.ctx.measureText(text).width;
  const x = xy[0] + dx + width > p.right ? xy[0] - dx - width : xy[0] + dx;
  pen(p.ctx, palette().halo, 3.5, []);
  p.ctx.fillStyle = colour;
  label(p.ctx, p.taken, text, x, xy[1] + dy, force);
}

function strokeArea(ctx: CanvasRenderingContext2D, at: Area, colour: string, width: number,
  dash: number[], fill = ''): void {
  pen(ctx, colour, width, dash);
  const path = areaPath(at);
  ctx.stroke(path);
  if (fill) {
    ctx.fillStyle = fill;
    ctx.fill(path);
  }
  ctx.setLineDash([]);
}

const ways = new WeakMap<Track, Step[]>();

/** The way that is left; empty while it burns, or where there is no impact. */
export function wayOf(e: Event): Step[] {
  const left = e.impact && e.track ? seconds(e.impact.time) - seconds(e.track.time) : 0;
  if (!e.track || !e.impact || left <= 0 || left > 7200 || e.track.phase === 'boost') {
    return [];
  }
  let way = ways.get(e.track);
  if (!way) {
    way = fall(e.track, e.impact, left);
    ways.set(e.track, way);
  }
  return way;
}

function drawWay(ctx: CanvasRenderingContext2D, e: Event): void {
  const way = wayOf(e);
  const { track, impact } = e;
  if (!track || !impact || way.length < 2) {
    return;
  }
  ctx.fillStyle = palette().impactFill;
  ctx.fill(ringPath(way, () => corridor(track, impact, way)));
  pen(ctx, palette().dim, 1, [2, 5]);
  line(ctx, way.map(s => s.at));
}

function drawTrail(ctx: CanvasRenderingContext2D, id: string, colour: string, dash: number[],
  width: number): void {
  const trail = trailOf(id, replaying() ? now() : Infinity);
  if (trail.length > 1) {
    pen(ctx, colour, width, dash);
    line(ctx, trail.map(p => p.at));
  }
}

/** Where the track is carried in the next minute, at its velocity over the ground. */
function drawLeader(ctx: CanvasRenderingContext2D, track: Track, colour: string): void {
  pen(ctx, colour, 2, []);
  line(ctx, [point(track), leaderEnd(track)]);
}

function leaderEnd(track: Track): Point {
  const b = bearing(track);
  const km = (b.ground_kmps * 60 * 6371) / (6371 + track.height_km);
  return destination(point(track), b.degrees, km);
}

const headColour = (e: Event): string =>
  e.over ? palette().dim : e.track?.status === 'lost' || e.warning.in_force
    ? palette().warn : palette().ink;

/** A head of a salvo with its leader: full where it is measured now, and with a border, so that
 * those that touch are told apart. */
function drawHead(ctx: CanvasRenderingContext2D, track: Track, colour: string): void {
  const head = view.at(point(track));
  const tip = view.at(leaderEnd(track));
  if (!head || !tip) {
    return;
  }
  ctx.strokeStyle = ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.moveTo(...head);
  ctx.lineTo(...tip);
  ctx.stroke();
  ctx.beginPath();
  ctx.arc(head[0], head[1], grown(3.5), 0, 7);
  if (track.status === 'firm') {
    ctx.fill();
    ctx.strokeStyle = palette().halo;
  }
  ctx.stroke();
}

function drawTrack(p: Pen, e: Event, track: Track): void {
  const lost = track.status === 'lost';
  const colour = e.over ? palette().dim : lost ? palette().warn : palette().ink;
  drawTrail(p.ctx, lensOf() ? e.id + lensOf() : e.id, colour, lost ? [3, 5] : [], 2);
  if (e.over) {
    return;
  }
  drawWay(p.ctx, e);
  drawLeader(p.ctx, track, colour);
  mark(p.ctx, track, colour, lost || track.status === 'tentative' ? 'ring' : 'dot', 5);
  e.solutions
    .filter(s => s.track.status === 'firm')
    .forEach((s, i) => mark(p.ctx, track, colourOf(s.nation), 'ring', 9 + 3.5 * i));
  const old = freshness(track, false);
  const words = [e.name, distance(Math.max(0, track.height_km)), told(track.phase)];
  write(p, [...words, old.kind && old.words].filter(Boolean).join('  '), track, colour, 22, -12);
}

function drawImpact(p: Pen, e: Event, impact: Area): void {
  const colour = e.over ? palette().dim : palette().ink;
  const fill = e.over ? '' : e.warning.in_force ? palette().warnFill : palette().impactFill;
  strokeArea(p.ctx, impact, colour, 2, [], fill);
  pen(p.ctx, colour, 1, [4, 3]);
  const half = () => outline(impact, impact.ellipse_95, HALF_SCALE);
  p.ctx.stroke(ringPath(impact.ellipse_95, half));
  mark(p.ctx, impact, colour, 'cross', 8);
  const word = `${e.name} ${t('placeImpact')} ${hms(impact.time)}`;
  write(p, word, impact, colour, 12, 22);
}

function drawLaunch(p: Pen, e: Event): void {
  const { launch } = e;
  if (!launch) {
    return;
  }
  const first = trailOf(e.id)[0];
  if (first) {
    pen(p.ctx, palette().dim, 1, [1, 5]); // dotted, for there it was not seen
    line(p.ctx, [point(launch), first.at]);
  }
  const { ellipse_95 } = launch;
  if (ellipse_95) {
    pen(p.ctx, palette().dim, 1, []);
    p.ctx.stroke(ringPath(launch, () => outline(launch, ellipse_95)));
    pen(p.ctx, palette().dim, 1, [4, 3]);
    p.ctx.stroke(ringPath(ellipse_95, () => outline(launch, ellipse_95, HALF_SCALE)));
  }
  mark(p.ctx, launch, e.over ? palette().dim : palette().ink, 'launch', 6);
}

function drawEvent(p: Pen, e: Event): void {
  const { dim } = palette();
  for (const s of lensOf() ? [] : e.solutions) {
    const dash = DASHES[style(s.nation)] as number[];
    drawTrail(p.ctx, e.id + s.nation, colourOf(s.nation) + 'aa', dash, 1.2);
    if (s.impact && !e.over) {
      strokeArea(p.ctx, s.impact, colourOf(s.nation), 1.4, dash);
    }
  }
  if (e.impact) {
    drawImpact(p, e, e.impact);
  }
  if (!e.over) {
    (e.falls ?? []).forEach(f => strokeArea(p.ctx, f, dim, 1, [6, 3]));
    if (e.goes_on) {
      strokeArea(p.ctx, e.goes_on, dim, 1.5, [2, 6], palette().impactFill);
    }
    if (e.ends_now) {
      mark(p.ctx, e.ends_now, dim, 'cross', 6);
      write(p, `${e.name} ${t('endsNow')}`, e.ends_now, dim, 12, 22, false);
    }
  }
  drawLaunch(p, e);
  if (e.track) {
    drawTrack(p, e, e.track);
  }
}

const CIRCLE = new Path2D();
CIRCLE.arc(0, 0, 1, 0, 7);

/** Adds an area as it lies on the screen by its centre and the ends of its axes: what the
 * projection bends of it is under a pixel for a few hundred kilometres. */
function addArea(path: Path2D, at: Area): void {
  const { semi_major_km, semi_minor_km, azimuth_deg } = at.ellipse_95;
  const c = view.at(point(at));
  const u = view.at(destination(point(at), azimuth_deg, semi_major_km));
  const v = view.at(destination(point(at), azimuth_deg + 90, semi_minor_km));
  if (c && u && v) {
    const [x, y] = c;
    path.addPath(CIRCLE, new DOMMatrix([u[0] - x, u[1] - y, v[0] - x, v[1] - y, x, y]));
  }
}

/** The areas of many as one, filled once, so that what overlaps does not hide the rest. */
function fillAreas(ctx: CanvasRenderingContext2D, all: Event[]): void {
  const merged = new Path2D();
  const threat = new Path2D();
  for (const e of all) {
    if (e.impact && !e.over) {
      addArea(e.warning.in_force ? threat : merged, e.impact);
    }
  }
  ctx.fillStyle = palette().impactFill;
  ctx.fill(merged, 'nonzero');
  ctx.fillStyle = palette().warnFill;
  ctx.fill(threat, 'nonzero');
}

const salvo = document.createElement('canvas');
let salvoOf: unknown = null;
let salvoKey = '';

/** Many at once: their areas, their heads, and names where there is room. They lie on a canvas of
 * their own and are drawn again only when they, or the view, have changed. */
function drawMerged(p: Pen, all: Event[], picked: string | null): void {
  const ratio = devicePixelRatio || 1;
  const wanted = [view.key, ratio, picked, palette().sea, p.right].join();
  if (salvoOf !== events() || salvoKey !== wanted) {
    salvoOf = events();
    salvoKey = wanted;
    const ctx = context(salvo, ratio);
    ctx.clearRect(0, 0, view.width, view.height);
    fillAreas(ctx, all);
    const live = all.filter(e => e.track && !e.over);
    pen(ctx, '', 1, []);
    live.forEach(e => drawHead(ctx, e.track as Track, headColour(e)));
    const names: Pen = { ctx, taken: [], right: p.right };
    live.forEach(e => write(names, e.name, e.track as Track, headColour(e), 8, -6, false));
  }
  p.ctx.drawImage(salvo, 0, 0, view.width, view.height);
}

/** The event whose head lies nearest to a point of the screen, if one lies there. */
export function eventAt(x: number, y: number): string | null {
  let found: string | null = null;
  let least = grown(REACH_PX);
  for (const e of events()) {
    const head = e.track && !e.over ? view.at(point(e.track)) : null;
    const far = head ? Math.hypot(head[0] - x, head[1] - y) : Infinity;
    if (far < least) {
      least = far;
      found = e.id;
    }
  }
  return found;
}

export const isSalvo = (): boolean => events().filter(e => !e.over).length >= SALVO;

export function draw(canvas: HTMLCanvasElement, picked: string | null, free: Free): void {
  if (pathsKey !== view.key) {
    pathsKey = view.key;
    paths = new WeakMap();
  }
  const ctx = context(canvas, devicePixelRatio || 1);
  ctx.clearRect(0, 0, view.width, view.height);
  ctx.lineJoin = 'round';
  const p: Pen = { ctx, taken: [], right: free.right };
  for (const track of picture()?.tracks ?? []) {
    mark(ctx, track, palette().dim, track.status === 'firm' ? 'dot' : 'ring', 3);
  }
  const all = [...events()].sort((a, b) => Number(b.over) - Number(a.over));
  if (isSalvo()) {
    drawMerged(p, all.filter(e => e.id !== picked), picked);
    all.filter(e => e.id === picked).forEach(e => drawEvent(p, e));
  } else {
    all.forEach(e => drawEvent(p, e));
  }
  drawScale(ctx, view, free.left + 6, free.bottom - 6);
}
