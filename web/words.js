// What the node said last, and how it is put into words.

const NAMES = { KOR: 'Republic of Korea', JPN: 'Japan', USA: 'United States' };
const STALE_S = 5; // a track not measured for so long is said to be stale
export const OUTAGE_MS = 3000; // a page without news for so long says so

export let state = null; // the latest picture, as in GET /state
let receivedAt = performance.now();

export function receive(text) {
  state = JSON.parse(text);
  receivedAt = performance.now();
}

export const seconds = time => Date.parse(time) / 1000;
export const name = nation => NAMES[nation] || nation;
const theName = nation => (nation === 'USA' || nation === 'KOR' ? 'the ' : '') + name(nation);
export const hms = time => time.slice(11, 19) + 'Z';
export const silence = () => performance.now() - receivedAt;

/** The node's clock: runs on between two pictures for a second, and without news stands still. */
export function now() {
  const run = silence() > OUTAGE_MS || state.clock.finished ? 0 : Math.min(silence(), 1000);
  return seconds(state.now) + (state.clock.speed * run) / 1000;
}

export function span(s) {
  const a = Math.abs(Math.round(s)),
    h = Math.floor(a / 3600),
    two = n => String(n).padStart(2, '0');
  return (
    (s < -0.5 ? '−' : '') + (h ? h + ':' : '') + two(Math.floor(a / 60) % 60) + ':' + two(a % 60)
  );
}

/** "under a minute", "5 minutes", "3 hours", "2 days": changes seldom. */
export function roughly(s) {
  const say = (n, unit) => `${Math.floor(n)} ${unit}${Math.floor(n) === 1 ? '' : 's'}`;
  return s < 60
    ? 'under a minute'
    : s < 7200
      ? say(s / 60, 'minute')
      : s < 172800
        ? say(s / 3600, 'hour')
        : say(s / 86400, 'day');
}

function position(at) {
  const side = (degrees, signs) => Math.abs(degrees).toFixed(2) + signs[degrees < 0 ? 1 : 0];
  return side(at.lat_deg, 'NS') + ' ' + side(at.lon_deg, 'EW');
}

function sure(p) {
  return p >= 0.95 ? 'almost certainly' : p >= 0.8 ? 'very likely' : 'probably';
}

export const percent = p =>
  p >= 0.995 ? '> 99 %' : p < 0.01 ? '< 1 %' : `${Math.round(p * 100)} %`;
export const round = km => (km >= 100 ? Math.round(km).toLocaleString('en') : km.toPrecision(2));

/** Bearing, degrees, of a velocity (Earth-fixed axes) at a place. */
export function bearing(t) {
  const [vx, vy, vz] = t.velocity_kmps,
    r = Math.PI / 180,
    a = t.lat_deg * r,
    o = t.lon_deg * r;
  const east = -Math.sin(o) * vx + Math.cos(o) * vy;
  const north = -Math.sin(a) * (Math.cos(o) * vx + Math.sin(o) * vy) + Math.cos(a) * vz;
  return {
    degrees: (Math.atan2(east, north) / r + 360) % 360,
    ground_kmps: Math.hypot(east, north),
  };
}

function compass(degrees) {
  return ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west'][
    Math.round(degrees / 45) % 8
  ];
}

function whereTo(e) {
  if (e.impact) {
    const left = seconds(e.impact.time) - now(),
      place = e.impact.place ? `, ${e.impact.place}` : `, ${position(e.impact)}`;
    return (
      (left > 0
        ? `impact in ${span(left)} ± ${Math.ceil(e.impact.time_95_s)} s`
        : `impact expected at ${hms(e.impact.time)}`) + place
    );
  }
  const b = e.track && bearing(e.track);
  return (
    (b && b.ground_kmps > 0.1 ? `toward the ${compass(b.degrees)}, ` : '') +
    `impact undetermined (${e.impact_why})`
  );
}

export function sentence(e) {
  const parts = [e.name];
  if (e.withdrawn) {
    return e.name + ' · withdrawn: found false';
  }
  if (e.launch) {
    parts.push(
      `from ${position(e.launch)}${e.launch.place ? ` (${e.launch.place})` : ''}`,
      `at ${hms(e.launch.time)}`,
    );
  } else {
    parts.push(`launch point undetermined`, `noticed ${hms(e.noticed)}`);
  }
  parts.push(whereTo(e));
  if (e.class && e.class.name !== 'undetermined') {
    parts.push(`${sure(e.class.probability)} ${e.class.name}`);
  } else {
    parts.push('class undetermined');
  }
  const by = e.solutions.map(s => s.nation);
  parts.push('reported by ' + (by.length ? by.sort().join(', ') : e.noticed_from));
  return parts.join(' · ');
}

function areaWords(a) {
  const left = a.overflight ? seconds(a.overflight) - now() : 0;
  return (
    (a.name || 'unnamed area') +
    (a.impact_probability >= 0.001 ? ' ' + percent(a.impact_probability) : '') +
    (left > 0 ? ` overflight in ${span(left)}` : '')
  );
}

/** What this nation has to do about it, in a few words. */
export function duty(e) {
  const w = e.warning;
  if (w.in_force) {
    const head = `WARNING ${w.serial}${w.state === 'lost track' ? ' (TRACK LOST)' : ''}: `;
    return {
      kind: 'threat',
      text:
        '▲ ' +
        head +
        (w.areas.slice(0, 3).map(areaWords).join(', ') || 'area being determined') +
        (w.areas.length > 3 ? `, ${w.areas.length - 3} more` : ''),
    };
  }
  switch (w.state) {
    case 'no threat to us':
      return { kind: 'calm', text: '✓ NO THREAT TO ' + theName(state.nation).toUpperCase() };
    case 'cancel':
      return { kind: 'calm', text: '✓ WARNING CANCELLED' };
    case 'all clear':
      return { kind: 'calm', text: '✓ ALL CLEAR' };
    default:
      return { kind: '', text: e.over ? 'CLOSED' : '… ASSESSING' };
  }
}

/** How old the evidence was when the picture was made: [class, words]. */
export function freshness(t, over) {
  const age = t.measured_s_ago;
  if (over) {
    return ['dim', 'until ' + hms(t.last_measurement)];
  }
  if (t.status === 'lost') {
    return ['bad', `LOST, not measured for ${span(age)}`];
  }
  return age > STALE_S
    ? ['care', `stale, ${span(age)} old`]
    : ['', `${Math.max(0, age).toFixed(1)} s`];
}

export const size = at =>
  `± ${round(at.ellipse_95.semi_major_km)} × ${round(at.ellipse_95.semi_minor_km)} km`;
