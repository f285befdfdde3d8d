// The moving part of the map: tracks, launch points and impact areas, each nation's and the common.
import { Projection, destination, drawLand, drawScale } from './map.js';
import { ellipse, fall, label, line, unit } from './map.js';
import { bearing, freshness, hms, seconds, state } from './words.js';

// Okabe and Ito's palette, told apart by most colour-blind eyes; a dash pattern each, too.
const COLOURS = [
  '#56b4e9',
  '#f0e442',
  '#cc79a7',
  '#009e73',
  '#d55e00',
  '#0072b2',
  '#bbbbbb',
  '#ffffff',
];
const DASHES = [[6, 3], [2, 3], [10, 3, 2, 3], [12, 4], [4, 4], [1, 3], [8, 2, 2, 2], []];
const TRAIL_MAX = 1500;
const PANEL_PX = 396; // what the panel and the frame cover on the right

export const view = new Projection();
const trails = new Map(); // where each track has been since the page was opened
const land = document.createElement('canvas');
let landKey = '';

const nations = () => [state.nation, ...state.links.map(l => l.partner)].sort();
export const colourOf = nation => COLOURS[style(nation)];
const style = nation => Math.max(0, nations().indexOf(nation)) % COLOURS.length;
function theatre() {
  const points = [];
  for (const e of state.events.filter(x => !x.over || state.events.every(y => y.over))) {
    for (const at of [e.launch, e.track]) {
      at && points.push(unit(at.lat_deg, at.lon_deg));
    }
    e.impact && points.push(...ellipse(e.impact).filter((_, i) => i % 9 === 0));
  }
  return points.length ? points : [unit(30, 122), unit(46, 146)];
}

/** Brings everything that matters onto the free part of the screen, which begins below `above`. */
export function follow(above, force) {
  const left = 30,
    right = innerWidth - (state.events.length ? PANEL_PX + 14 : 30),
    top = above + 40;
  const half = [((right - left) / 2) * 0.82, ((innerHeight - 60 - top) / 2) * 0.82],
    points = theatre(),
    old = view.scale;
  view.cx = (left + right) / 2;
  view.cy = (top + innerHeight - 60) / 2;
  const off = points.some(u => {
    const p = view.at(u);
    return Math.abs(p[0] - view.cx) > half[0] * 1.12 || Math.abs(p[1] - view.cy) > half[1] * 1.12;
  });
  const trial = new Projection();
  [trial.cx, trial.cy] = [view.cx, view.cy];
  trial.fit(points, ...half);
  if (force || off || trial.scale > old * 1.6) {
    view.scale = trial.scale;
    view.centre(trial.lat, trial.lon);
  }
}

function tints() {
  const found = new Map();
  for (const e of state.events.filter(x => !x.over)) {
    e.overflights.forEach(a => found.set(a.nation + a.name, '#f0e44226'));
    if (e.warning.in_force) {
      e.warning.areas.forEach(a => found.set(a.nation + a.name, '#e8743b66'));
    }
  }
  return found;
}

/** The land is drawn again only when the view, the size or the tinted areas change. */
function drawBase(ctx, map, width, height, ratio) {
  const tinted = tints();
  const at = [view.lat, view.lon, view.scale, view.cx, view.cy];
  const wanted = [width, height, ratio, !!map, ...at, ...[...tinted].flat()].join();
  if (wanted !== landKey) {
    landKey = wanted;
    land.width = width * ratio;
    land.height = height * ratio;
    const c = land.getContext('2d');
    c.scale(ratio, ratio);
    drawLand(c, view, map, width, height, state.nation, s => tinted.get(s.c + s.n));
  }
  ctx.drawImage(land, 0, 0, width, height);
}

function mark(ctx, at, colour, shape, radius) {
  const [x, y, seen] = view.at(unit(at.lat_deg, at.lon_deg));
  if (!seen) {
    return;
  }
  ctx.strokeStyle = ctx.fillStyle = colour;
  ctx.lineWidth = 1.6;
  ctx.beginPath();
  if (shape === 'cross') {
    for (const [a, b] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
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

/** A name beside a point; on its other side where the panel would cover it. */
function write(ctx, taken, text, at, colour, dx, dy) {
  const [x, y, seen] = view.at(unit(at.lat_deg, at.lon_deg));
  if (seen) {
    ctx.font = '600 12px system-ui, "DejaVu Sans", sans-serif';
    const width = ctx.measureText(text).width;
    if (x + dx + width > innerWidth - PANEL_PX) {
      dx = -dx - width;
    }
    ctx.lineWidth = 3.5;
    ctx.strokeStyle = '#0b1118';
    ctx.fillStyle = colour;
    label(ctx, taken, text, x + dx, y + dy, true);
  }
}

function drawImpact(ctx, at, colour, dash, width, fill) {
  const outline = ellipse(at);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  line(ctx, view, outline);
  if (fill) {
    ctx.fillStyle = fill;
    ctx.fill();
  }
  ctx.setLineDash([]);
}

/** From the launch point to where this page first had the track: dotted, for it was not seen. */
function drawUnseen(ctx, e) {
  const trail = trails.get(e.id);
  if (trail) {
    ctx.strokeStyle = '#93a1b0';
    ctx.lineWidth = 1;
    ctx.setLineDash([1, 5]);
    line(ctx, view, [unit(e.launch.lat_deg, e.launch.lon_deg), trail[0].u]);
    ctx.setLineDash([]);
  }
}

function drawTrail(ctx, id, colour, dash, width) {
  const trail = trails.get(id);
  if (trail) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.setLineDash(dash);
    line(
      ctx,
      view,
      trail.map(p => p.u),
    );
    ctx.setLineDash([]);
  }
}

/** Where the track is carried in the next minute, at its velocity over the ground. */
function drawLeader(ctx, t, colour) {
  const b = bearing(t),
    end = destination(
      t.lat_deg,
      t.lon_deg,
      b.degrees,
      (b.ground_kmps * 60 * 6371) / (6371 + t.height_km),
    );
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  line(ctx, view, [unit(t.lat_deg, t.lon_deg), unit(...end)]);
}

/** The way that is left to the impact area, thin: worked out here for the eye alone. */
function drawWay(ctx, e) {
  const left = seconds(e.impact.time) - seconds(e.track.time);
  if (left > 0 && left < 7200 && e.track.phase !== 'boost') {
    ctx.strokeStyle = '#ffffff88';
    ctx.lineWidth = 1;
    ctx.setLineDash([2, 5]);
    line(ctx, view, fall(e.track, e.impact, left));
    ctx.setLineDash([]);
  }
}

function drawTrack(ctx, taken, e) {
  const t = e.track,
    lost = t.status === 'lost',
    colour = e.over ? '#93a1b0' : lost ? '#e8743b' : '#ffffff';
  drawTrail(ctx, e.id, colour, lost ? [3, 5] : [], 2);
  if (e.over) {
    return;
  }
  e.impact && drawWay(ctx, e);
  drawLeader(ctx, t, colour);
  mark(ctx, t, colour, lost || t.status === 'tentative' ? 'ring' : 'dot', 5);
  e.solutions
    .filter(s => s.track.status === 'firm')
    .forEach((s, i) => mark(ctx, t, colourOf(s.nation), 'ring', 9 + 3.5 * i));
  const old = freshness(t);
  write(
    ctx,
    taken,
    [e.name, Math.max(0, t.height_km).toFixed(0) + ' km', t.phase, old[0] && old[1]].join('  '),
    t,
    colour,
    22,
    -12,
  );
}

function drawEvent(ctx, taken, e) {
  const dim = e.over,
    threat = e.warning.in_force;
  for (const s of e.solutions) {
    const i = style(s.nation);
    drawTrail(ctx, e.id + s.nation, COLOURS[i] + 'aa', DASHES[i], 1.2);
    s.impact && !dim && drawImpact(ctx, s.impact, COLOURS[i], DASHES[i], 1.4);
  }
  if (e.impact) {
    drawImpact(
      ctx,
      e.impact,
      dim ? '#93a1b0' : '#ffffff',
      [],
      2,
      dim ? '' : threat ? '#e8743b40' : '#ffffff1c',
    );
    mark(ctx, e.impact, dim ? '#93a1b0' : '#ffffff', 'cross', 8);
    write(
      ctx,
      taken,
      `${e.name} impact ${hms(e.impact.time)}`,
      e.impact,
      dim ? '#93a1b0' : '#ffffff',
      12,
      22,
    );
  }
  (e.falls || []).forEach(f => dim || drawImpact(ctx, f, '#93a1b0', [6, 3], 1));
  if (e.goes_on && !dim) {
    drawImpact(ctx, e.goes_on, '#93a1b0', [2, 6], 1.5, '#ffffff0c');
  }
  if (e.ends_now && !dim) {
    mark(ctx, e.ends_now, '#93a1b0', 'cross', 6);
    write(ctx, taken, `${e.name} if thrust ends now`, e.ends_now, '#93a1b0', 12, 22);
  }
  if (e.launch) {
    drawUnseen(ctx, e);
    drawImpact(ctx, e.launch, '#93a1b0', [], 1);
    mark(ctx, e.launch, dim ? '#93a1b0' : '#ffffff', 'launch', 6);
  }
  e.track && drawTrack(ctx, taken, e);
}

export function draw(canvas, map) {
  const ratio = devicePixelRatio || 1,
    width = innerWidth,
    height = innerHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const ctx = canvas.getContext('2d'),
    taken = [];
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  drawBase(ctx, map, width, height, ratio);
  ctx.lineJoin = 'round';
  for (const t of state.tracks) {
    mark(ctx, t, '#93a1b0', t.status === 'firm' ? 'dot' : 'ring', 3);
  }
  [...state.events].sort((a, b) => b.over - a.over).forEach(e => drawEvent(ctx, taken, e));
  drawScale(ctx, view, 30, height - 56);
}

function remember(id, t) {
  const trail = trails.get(id) || [],
    last = trail[trail.length - 1],
    time = seconds(t.time);
  if (!last || time > last.time + 0.4) {
    trail.push({ time, u: unit(t.lat_deg, t.lon_deg) });
    trail.length > TRAIL_MAX && trail.shift();
  }
  trails.set(id, trail);
}

/** Adds the new positions to the trails; forgets trails of events that are gone. */
export function rememberAll(fresh) {
  if (fresh) {
    trails.clear();
  }
  const live = new Set();
  for (const e of state.events) {
    for (const [id, t] of [[e.id, e.track], ...e.solutions.map(s => [e.id + s.nation, s.track])]) {
      live.add(id);
      t && t.status !== 'dropped' && remember(id, t);
    }
  }
  [...trails.keys()].filter(id => !live.has(id)).forEach(id => trails.delete(id));
}
