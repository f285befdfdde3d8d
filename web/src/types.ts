// The picture as the node gives it: GET /state, and each event of GET /events (view_json.h).
// Degrees, kilometres, seconds; times are UTC, RFC 3339; what is undetermined is null, with a
// reason beside it.

export interface Place {
  lat_deg: number;
  lon_deg: number;
}

/** A place's names; null where it is not known. */
export interface Named {
  name: string | null;
  name_ja?: string | null;
  name_ko?: string | null;
  nation: string | null;
}

/** How a point lies to the nearest province; distance 0 = inside. */
export interface Near extends Named {
  distance_km: number;
  azimuth_deg: number;
}

export interface Ellipse {
  semi_major_km: number;
  semi_minor_km: number;
  azimuth_deg: number;
}

export interface Area extends Place {
  time: string;
  time_95_s: number;
  place?: string | null;
  near?: Near | null;
  ellipse_95: Ellipse;
  assumption?: string;
}

/** A launch point; of one nation's solution without an ellipse. */
export interface Launch extends Place {
  time: string;
  time_95_s: number;
  place?: string | null;
  near?: Near | null;
  ellipse_95?: Ellipse;
}

export interface Track extends Place {
  id: string;
  status: 'tentative' | 'firm' | 'lost' | 'dropped';
  phase: 'boost' | 'coast' | 're-entry' | 'unknown';
  time: string;
  age_s: number;
  first_detection: string | null;
  last_measurement: string;
  measured_s_ago: number;
  end_of_thrust: string | null;
  measurements: number;
  unresolved: boolean;
  height_km: number;
  position_km: number[];
  velocity_kmps: number[];
  sigma_km: number | null;
  class?: string;
}

export interface Solution {
  nation: string;
  via: string | null;
  received: string;
  contributes: boolean;
  track: Track;
  launch: Launch | null;
  impact: Area | null;
  impact_why?: string;
}

export interface Risk extends Named {
  impact_probability: number;
  overflight: string | null;
  height_km?: number;
}

export interface Warning {
  state: string;
  in_force: boolean;
  serial: number;
  time: string | null;
  began: string | null; // when the warning in force did
  expires: string | null;
  impact: string | null;
  areas: Risk[];
}

export interface Outlet {
  name: string;
  needs: number; // officers who have to agree
  ordered: boolean; // the latest message goes there, or went
  taken: string | null; // when
  tries: number;
  receipt: string;
}

/** How the latest warning about an event went out to people. */
export interface Told {
  state: string;
  time: string;
  agreed: number;
  outlets: Outlet[];
}

export interface Event {
  id: string;
  name: string;
  noticed: string;
  noticed_from: string;
  over: boolean;
  withdrawn: boolean;
  by_order: boolean;
  same_as: string; // its name; '' = it was false
  known_space: boolean;
  recalled: boolean; // an officer took its warning back
  approved_by: string[]; // who agreed that the warning in force goes out
  announced?: string | null; // the name of a launch window
  acknowledged: string | null;
  acknowledged_by: string;
  held: string[]; // partners to whom nothing of it goes
  track: Track | null;
  track_why?: string;
  launch: Launch | null;
  launch_why?: string;
  impact: Area | null;
  impact_why?: string;
  ends_now?: Area | null;
  ends_now_why?: string;
  goes_on?: Area | null;
  goes_on_why?: string;
  stays_up?: number;
  falls?: Area[];
  coverage?: string;
  class: { name: string; probability: number } | null;
  apogee_km: number | null;
  range_km: number | null;
  warning: Warning;
  told: Told | null; // null where nothing was to go out
  overflights: Risk[];
  solutions: Solution[];
}

export interface Link {
  partner: string;
  up: boolean;
  apart: boolean;
  held: boolean;
  via: string | null;
  silent_s: number | null;
  sent: number;
  acknowledged: number;
  received: number;
  relayed: number;
  missing: number;
  refused: number;
}

export interface Sensor {
  id: string;
  silent_s: number | null;
  observations: number;
  error: string;
  error_value: number;
  error_sigma: number;
  rejected: number;
  rejected_last: string;
}

export interface Health {
  alarm: boolean;
  what: string;
  todo: string;
  since: string;
}

export interface Picture {
  sequence: number;
  nation: string;
  domain: 'live' | 'exercise' | 'test' | 'unknown';
  now: string;
  journalled: boolean;
  clock: { title: string; note: string; start: string | null; speed: number; finished: boolean;
    suspended: string };
  health: Health[];
  health_more: number;
  events: Event[];
  tracks: Track[];
  links: Link[];
  sensors: Sensor[];
  observations: { used: number; rejected: number; unassociated: number };
  records: {
    released: number;
    withheld: number;
    refused: number;
    relayed: { passed_on: number; not_passed_on: number; taken: number; not_taken: number };
  };
}
