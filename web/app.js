// One nation's page: what the node says, shown as it comes. It asks for nothing but the picture.
import { readMap } from './map.js';
import { colourOf, draw, follow, rememberAll, view } from './picture.js';
import { OUTAGE_MS, duty, freshness, hms, name, now, percent, receive } from './words.js';
import { roughly, round, seconds, sentence, silence, size, span, state } from './words.js';

const $ = id => document.getElementById(id);
let map = null;
let picked = null;
let following = true;
let dirty = true;

const headEnd = () => $('events').parentNode.getBoundingClientRect().bottom;

function put(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

function el(tag, className, ...children) {
  const node = document.createElement(tag);
  node.className = className || '';
  node.append(...children);
  return node;
}

function showBar() {
  const word = state.domain.toUpperCase();
  document.body.dataset.domain = state.domain;
  document.title = `${word} · ${state.nation} · Watchfire`;
  put($('domain'), word);
  put($('nation'), name(state.nation));
  put($('title'), state.clock.title);
  put($('note'), state.clock.note + (state.journalled ? '' : ' not yet journalled'));
  put($('clock'), new Date(now() * 1000).toISOString().slice(0, 19).replace('T', ' ') + 'Z');
  const t = state.clock.start ? now() - seconds(state.clock.start) : null;
  put($('elapsed'), t === null ? '' : `T${t < 0 ? '−' : '+'}${span(Math.abs(t))}`);
  $('links').replaceChildren(
    ...state.links.map(l => {
      const silent = l.silent_s === null ? '' : ' ' + span(l.silent_s);
      const way = `by way of ${l.via ?? 'others'}`;
      const words = l.up ? 'up' : l.apart ? way : 'DOWN' + silent + (l.via ? `, ${way}` : '');
      const missing = l.missing ? `, ${l.missing} missing` : '';
      const text = `${l.up ? '●' : l.apart ? '○' : '✕'} ${l.partner} ${words}${missing}`;
      const node = el('span', l.up || l.apart ? '' : 'bad', text);
      const keys = ['sent', 'acknowledged', 'received', 'relayed', 'missing', 'refused'];
      node.title = keys.map(k => `${k} ${l[k]}`).join(', ');
      return node;
    }),
  );
  const o = state.observations,
    r = state.records,
    up = state.sensors.filter(s => s.silent_s !== null && s.silent_s < 30).length;
  put(
    $('counts'),
    `sensors ${up} of ${state.sensors.length} delivering · ` +
      state.sensors.filter(s => s.error !== 'none').map(s => sensorError(s) + ' · ').join('') +
      state.sensors.filter(s => s.rejected > 0).map(s => sensorRejected(s) + ' · ').join('') +
      `observations ${o.used} used, ${o.unassociated} unassociated, ${o.rejected} rejected · ` +
      `records ${r.released} released, ${r.withheld} withheld · ` +
      (r.relayed.passed_on ? `${r.relayed.passed_on} passed on for partners · ` : '') +
      (r.relayed.taken ? `${r.relayed.taken} taken by way of another · ` : '') +
      `tracks without event ${state.tracks.length}, ` +
      `${state.tracks.filter(t => t.class === 'not ballistic').length} not ballistic`,
  );
}

/* What is wrong with the node itself: since when, and what to do. A node of an exercise in one
 * process has no such lines. */
function showHealth() {
  const list = $('health'),
    lines = state.health || [],
    more = state.health_more || 0;
  while (list.children.length > lines.length + (more ? 1 : 0)) {
    list.lastChild.remove();
  }
  lines.forEach((line, i) => {
    const item = list.children[i] || list.appendChild(newHealth());
    item.className = line.alarm ? 'alarm' : '';
    put(item.children[0], line.alarm ? 'ALARM' : 'LOOK AT');
    put(item.children[1], `${line.what}, for ${roughly(now() - seconds(line.since))}`);
    put(item.children[2], line.todo);
  });
  if (more) {
    const item = list.children[lines.length] || list.appendChild(newHealth());
    item.className = '';
    put(item.children[0], `and ${more} more`);
    put(item.children[1], '');
    put(item.children[2], 'watchfire status tells them all');
  }
}

function newHealth() {
  return el('li', '', el('b'), el('span'), el('span', 'todo'));
}

/* What is found to be wrong with a sensor, in words. */
function sensorError(s) {
  const unit = { range: 'm', azimuth: 'mrad', elevation: 'mrad', clock: 'ms' }[s.error];
  if (!unit) {
    return `${s.id} ${s.error}`;
  }
  const number = x => (unit === 'm' ? x : x * 1e3).toFixed(1),
    sign = s.error_value > 0 ? '+' : '',
    value = `${sign}${number(s.error_value)} ± ${number(s.error_sigma)} ${unit}`;
  return `${s.id} ${s.error} off by ${value}`;
}

function sensorRejected(s) {
  return `${s.id} ${s.rejected} rejected, last as ${s.rejected_last}`;
}

function showEvents() {
  const list = $('events');
  while (list.children.length > state.events.length) {
    list.lastChild.remove();
  }
  list.className = state.events.length > 3 ? 'many' : '';
  const urgency = e => (e.warning.in_force ? 0 : e.over ? 2 : 1);
  const events = [...state.events].sort((a, b) => urgency(a) - urgency(b));
  events.forEach((e, i) => {
    const item = list.children[i] || list.appendChild(newLine()),
      d = duty(e);
    item.dataset.id = e.id;
    item.className = (e === selected() ? 'picked' : '') + (e.over ? ' over' : '');
    put(item.children[0], state.domain.toUpperCase());
    put(item.children[1], sentence(e));
    item.children[2].className = 'do ' + d.kind;
    put(item.children[2], d.text);
  });
}

function newLine() {
  const item = el('li', '', el('b'), el('span', 'say'), el('span', 'do'));
  item.tabIndex = 0;
  item.onclick = () => {
    picked = item.dataset.id;
    show();
  };
  item.onkeydown = k => k.key === 'Enter' && item.onclick();
  return item;
}

/** The event picked by hand, else the latest with a warning, else the latest that is not over. */
function selected() {
  const all = state.events,
    last = test => all.filter(test).pop();
  const urgent = last(e => e.id === picked) || last(e => e.warning.in_force);
  return urgent || last(e => !e.over) || last(() => true);
}

function countdown(e) {
  if (!e.impact) {
    return [el('h2', '', 'Impact'), el('div', 'count why', 'undetermined: ' + e.impact_why)];
  }
  const left = seconds(e.impact.time) - now(),
    spread = `± ${Math.ceil(e.impact.time_95_s)} s · ${hms(e.impact.time)}`;
  return [
    el('h2', '', left > 0 ? 'Impact in' : e.over ? 'Impact was expected' : 'Impact expected'),
    el('div', 'count', span(Math.abs(left)), el('small', '', (left > 0 ? ' ' : ' ago ') + spread)),
  ];
}

function facts(e) {
  const rows = [],
    t = e.track;
  const row = (k, v, c) => rows.push(el('dt', '', k), el('dd', c, v));
  if (e.coverage) {
    row('Assumption', e.coverage, 'bad');
  }
  if (t) {
    const speed = Math.hypot(...t.velocity_kmps);
    row('Common track', `${t.status}, ${t.phase}`, t.status === 'lost' && !e.over ? 'bad' : '');
    row('Last measured', ...freshness(t, e.over).reverse());
    if (t.unresolved) {
      row('Group', 'not resolved from another object', 'bad');
    }
    row('Height, speed', `${round(Math.max(0, t.height_km))} km, ${speed.toFixed(2)} km/s`);
  } else {
    row('Common track', e.track_why);
  }
  const km = x => (x === null ? 'undetermined' : round(x) + ' km');
  row('Apogee, range', km(e.apogee_km) + ', ' + km(e.range_km));
  if (e.class) {
    const known = e.class.name !== 'undetermined';
    row('Class', e.class.name + (known ? ` (${percent(e.class.probability)})` : ''));
  }
  if (e.launch) {
    row('Launch', `${hms(e.launch.time)} ± ${Math.ceil(e.launch.time_95_s)} s`);
    row('Launch 95 %', size(e.launch));
  }
  if (e.impact) {
    row('Impact 95 %', size(e.impact));
  }
  (e.falls || []).forEach((f, i) => row(`Stage ${i + 1} falls`, `${hms(f.time)}, ${size(f)}`));
  const ahead = (at, why) => (at ? `${hms(at.time)}, ${size(at)}` : why);
  if (e.ends_now !== undefined) {
    row('If thrust ends now', ahead(e.ends_now, e.ends_now_why));
    row('If it goes on', ahead(e.goes_on, e.goes_on_why));
    row('Does not come down', percent(e.stays_up));
  }
  return el('dl', '', ...rows);
}

function table(heads, rows) {
  const line = (cells, tag) =>
    el('tr', '', ...cells.map(c => (Array.isArray(c) ? el(tag, c[0], c[1]) : el(tag, '', c))));
  return el('table', '', line(heads, 'th'), ...rows.map(r => line(r, 'td')));
}

function key(text, nation = text) {
  const node = el('span', '', el('i', 'key'), text);
  node.firstChild.style.borderTopColor = colourOf(nation);
  return node;
}

function solutions(e) {
  const rows = e.solutions.map(s => {
    const phase = s.contributes ? s.track.phase : ['dim', 'not used'];
    const [kind, words] = freshness(s.track, e.over);
    const measured = [kind, words.replace('not measured for ', '')];
    const who = key(s.via ? `${s.nation} by way of ${s.via}` : s.nation, s.nation);
    return [who, phase, measured, ['n', s.impact ? size(s.impact) : '–']];
  });
  const heads = ['', 'phase', 'measured', ['n', 'impact 95 %']];
  const shown = rows.length ? table(heads, rows) : el('div', 'dim', 'none has a track');
  return [el('h2', '', 'Each nation by itself'), shown];
}

function areas(title, list) {
  if (!list.length) {
    return [];
  }
  const rows = list.map(a => {
    const left = a.overflight ? seconds(a.overflight) - now() : null;
    const abroad = a.nation && a.nation !== state.nation ? ', ' + a.nation : '';
    return [
      ['wide', (a.name || 'unnamed') + abroad],
      ['n', a.impact_probability > 0 ? percent(a.impact_probability) : '–'],
      ['n', left === null ? '–' : left > 0 ? 'in ' + span(left) : hms(a.overflight)],
      ['n', a.overflight ? round(a.height_km) + ' km' : '–'],
    ];
  });
  const heads = ['', ['n', 'impact'], ['n', 'overflight'], ['n', 'height']];
  return [el('h2', '', title), table(heads, rows)];
}

function showPanel() {
  const e = selected();
  if (!e) {
    $('panel').replaceChildren();
    return;
  }
  const w = e.warning,
    d = duty(e),
    top = [el('h2', '', e.name + (e.over ? ' · over' : ''))];
  if (w.serial) {
    top.push(
      el(
        'div',
        'dim',
        `${w.in_force ? 'Warning' : 'Message'} ${w.serial}, ${w.state}, ${hms(w.time)}` +
          (w.in_force && w.expires ? `, in force until ${hms(w.expires)}` : ''),
      ),
    );
  }
  const keep = $('panel').scrollTop;
  $('panel').style.maxHeight = `${innerHeight - headEnd() - 60}px`;
  $('panel').replaceChildren(
    ...top,
    ...countdown(e),
    facts(e),
    ...(d.kind === 'threat' ? areas('Areas under warning', w.areas) : []),
    ...solutions(e),
    ...areas('Overflown', e.overflights),
  );
  $('panel').scrollTop = keep;
}

function take(text) {
  const before = state;
  receive(text);
  const another = before && (before.nation !== state.nation || before.now > state.now);
  rememberAll(another); // with a new run behind this address the old trails mean nothing
  show();
}

/** Says plainly when what is on the screen is not the present. */
function showOutage() {
  const quiet = silence(),
    over = state && state.clock.finished,
    out = quiet > OUTAGE_MS && !over,
    box = $('outage');
  document.body.classList.toggle('stale', out);
  box.hidden = !out;
  if (out) {
    const head = `NO DATA for ${Math.floor(quiet / 1000)} s`;
    const old = state ? `The picture is of ${hms(state.now)} and does not move. ` : '';
    box.replaceChildren(head, el('small', '', old + 'Trying to connect.'));
    document.title = 'NO DATA · ' + document.title.replace(/^NO DATA · /, '');
  }
}

function show() {
  if (state) {
    showBar();
    showHealth();
    showEvents();
    showPanel();
    following && follow(headEnd(), false);
    dirty = true;
  }
  showOutage();
}

function listen() {
  const source = new EventSource('events');
  source.onmessage = m => take(m.data);
  // After an answer such as 503 the browser gives up for good: then it is for us to try again.
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(listen, 2000);
    }
  };
}

function mine() {
  following = false;
  dirty = true;
}

function handle() {
  const canvas = $('map');
  canvas.onpointerdown = p => {
    canvas.setPointerCapture(p.pointerId);
    canvas.className = 'drag';
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    canvas.className = '';
  };
  canvas.onpointermove = p => {
    if (canvas.className) {
      view.pan(p.movementX, p.movementY);
      mine();
    }
  };
  canvas.addEventListener(
    'wheel',
    w => {
      w.preventDefault();
      view.zoom(Math.exp(-w.deltaY / 500), w.clientX, w.clientY);
      mine();
    },
    { passive: false },
  );
  const keys = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };
  addEventListener('keydown', k => {
    if (k.ctrlKey || k.metaKey || k.altKey) {
      return;
    }
    if (keys[k.key]) {
      view.pan(...keys[k.key]);
      mine();
    } else if ('+=-'.includes(k.key)) {
      view.zoom(k.key === '-' ? 0.8 : 1.25, view.cx, view.cy);
      mine();
    } else if (k.key === '0' && state) {
      following = dirty = true;
      follow(headEnd(), true);
    }
  });
  addEventListener('resize', () => {
    dirty = true;
  });
}

function frame() {
  if (dirty && state) {
    dirty = false;
    draw($('map'), map);
  }
  requestAnimationFrame(frame);
}

handle();
listen();
fetch('map.json')
  .then(r => r.json())
  .then(json => {
    map = readMap(json);
    put($('source'), 'map: ' + map.source);
    dirty = true;
  });
setInterval(show, 250);
frame();
