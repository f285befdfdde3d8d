// Colours of the map, in the dark and the light theme. Nations are told apart by Okabe and Ito's
// palette, which most colour-blind eyes can separate, and by a dash pattern each.
import { settings } from './settings';

export interface Palette {
  sea: string;
  land: string;
  ours: string;
  coast: string;
  border: string;
  province: string;
  grid: string;
  night: string;
  city: string;
  ink: string;
  dim: string;
  halo: string;
  warn: string;
  warnFill: string;
  overflown: string;
  impactFill: string;
  nations: string[];
}

const DARK: Palette = {
  sea: '#0b1118',
  land: '#212b36',
  ours: '#32414f',
  coast: '#62778b',
  border: '#6c7c8c',
  province: '#3b4a59',
  grid: '#16202b',
  night: '#00000038',
  city: '#9aa9b8',
  ink: '#ffffff',
  dim: '#93a1b0',
  halo: '#0b1118',
  warn: '#e8743b',
  warnFill: '#e8743b40',
  overflown: '#f0e44226',
  impactFill: '#ffffff1c',
  nations: [
    '#56b4e9', '#f0e442', '#cc79a7', '#009e73', '#d55e00', '#0072b2', '#bbbbbb', '#ffffff',
  ],
};

const LIGHT: Palette = {
  sea: '#dce6ee',
  land: '#f7f5ef',
  ours: '#ffffff',
  coast: '#5b6f81',
  border: '#77838e',
  province: '#c3c9ce',
  grid: '#cbd7e1',
  night: '#20304824',
  city: '#4c5a67',
  ink: '#0b1118',
  dim: '#56636f',
  halo: '#ffffff',
  warn: '#b23c00',
  warnFill: '#e8743b55',
  overflown: '#e0c80040',
  impactFill: '#0b111820',
  nations: [
    '#0072b2', '#8a6d00', '#a03b78', '#00664a', '#b04a00', '#2b5fa8', '#555555', '#000000',
  ],
};

export const palette = (): Palette => (settings.theme === 'light' ? LIGHT : DARK);

export const DASHES = [
  [6, 3], [2, 3], [10, 3, 2, 3], [12, 4], [4, 4], [1, 3], [8, 2, 2, 2], [],
];

let growth = 1;

// Asked once, not for each mark: the answer may make the browser lay out the page.
function lookAtScreen(): void {
  growth = innerWidth >= 2400 ? 1.7 : 1;
}
addEventListener('resize', lookAtScreen);
lookAtScreen();

/** Pixels as they are on a laptop; more on a wall. The style sheet has the same step. */
export const grown = (px: number): number => px * growth;

export const font = (px: number, weight = 400): string =>
  `${weight} ${grown(px)}px system-ui, "DejaVu Sans", "Noto Sans CJK JP", sans-serif`;
