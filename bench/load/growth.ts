// How cost and memory grow, drawn: an SVG of four small charts, readable on light and dark pages.

export type Measured = {
  /** Of the processor, for one AMI event, all threads of the bridge together. */
  readonly microsPerEvent: number;
  /** RSS, the highest and the median. */
  readonly megabytes: number;
  readonly usualMegabytes: number;
};

/** `at`: calls a second, or open calls. */
export type Point = Measured & { readonly at: number };

export type Growth = {
  readonly rate: readonly Point[];
  /** Beside 100 other calls a second. */
  readonly open: readonly Point[];
};

type Chart = {
  readonly title: string;
  readonly across: string;
  readonly up: string;
  /** In order, from left to right. */
  readonly points: readonly (readonly [x: number, y: number])[];
};

const WIDTH = 860;
const HEIGHT = 640;
const PANEL = { width: 430, height: 290, top: 54 } as const;
/** Of the area between the axes, inside a panel. */
const PLOT = { left: 66, top: 34, width: 340, height: 196 } as const;
const TICKS = 4;

const STYLE = `
  svg { background: #fff; font-family: system-ui, sans-serif; }
  text { fill: #1f2328; font-size: 12px; }
  .title { font-size: 17px; font-weight: 600; }
  .name { font-size: 14px; font-weight: 600; }
  .quiet { fill: #59636e; }
  .value { paint-order: stroke; stroke: #fff; stroke-width: 4px; }
  .grid { stroke: #d1d9e0; }
  .line { stroke: #0969da; stroke-width: 2; fill: none; }
  .dot { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; }
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .value { stroke: #0d1117; }
    .grid { stroke: #3d444d; }
    .line { stroke: #4493f8; }
    .dot { fill: #4493f8; }
  }
`;

export function toSvg(growth: Growth): string {
  const panels = toCharts(growth).map(
    (chart, index) =>
      `<g transform="translate(${(index % 2) * PANEL.width} ${PANEL.top + (index >> 1) * PANEL.height})">\n${draw(chart)}\n</g>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title">`,
    `<style>${STYLE}</style>`,
    `<text id="title" class="title" x="${WIDTH / 2}" y="32" text-anchor="middle">What an AMI event costs the bridge, and what memory it takes</text>`,
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function toCharts({ rate, open }: Growth): readonly Chart[] {
  const cost = ({ at, microsPerEvent }: Point) => [at, microsPerEvent] as const;
  const memory = ({ at, megabytes }: Point) => [at, megabytes] as const;
  const byRate = { across: 'calls per second' };
  const byOpen = { across: 'open calls, beside 100 calls per second' };
  const ofCost = { up: 'µs of processor time per event' };
  const ofMemory = { up: 'MB resident, highest' };
  return [
    { title: 'Cost of an event, by rate', ...byRate, ...ofCost, points: rate.map(cost) },
    { title: 'Cost of an event, by open calls', ...byOpen, ...ofCost, points: open.map(cost) },
    { title: 'Memory, by rate', ...byRate, ...ofMemory, points: rate.map(memory) },
    { title: 'Memory, by open calls', ...byOpen, ...ofMemory, points: open.map(memory) },
  ];
}

function draw(chart: Chart): string {
  const { title, across, up, points } = chart;
  const top = niceTop(Math.max(...points.map(([, y]) => y)));
  const toX = logScale(points.map(([x]) => x));
  const toY = (y: number) => PLOT.top + PLOT.height * (1 - y / top);
  const placed = points.map(([x, y]) => ({ x: toX(x), y: toY(y), label: toLabel(y), at: x }));
  const middle = PLOT.top + PLOT.height / 2;
  return [
    text(title, { x: PLOT.left, y: 20, kind: 'name' }),
    text(up, { x: 16, y: middle, kind: 'quiet', turned: true }),
    text(across, { x: PLOT.left + PLOT.width / 2, y: PLOT.top + PLOT.height + 38, kind: 'quiet' }),
    ...drawGrid(top, toY),
    `<polyline class="line" points="${placed.map(({ x, y }) => `${fix(x)},${fix(y)}`).join(' ')}"/>`,
    ...placed.flatMap(({ x, y, label, at }) => [
      `<circle class="dot" cx="${fix(x)}" cy="${fix(y)}" r="3.5"/>`,
      text(label, { x, y: y - 9, kind: 'value' }),
      text(toShort(at), { x, y: PLOT.top + PLOT.height + 18, kind: 'quiet' }),
    ]),
  ].join('\n');
}

function drawGrid(top: number, toY: (y: number) => number): readonly string[] {
  return Array.from({ length: TICKS + 1 }, (_, n) => (top / TICKS) * n).flatMap((value) => {
    const y = fix(toY(value));
    const line = `<line class="grid" x1="${PLOT.left}" x2="${PLOT.left + PLOT.width}" y1="${y}" y2="${y}"/>`;
    return [line, text(toLabel(value), { x: PLOT.left - 8, y: toY(value) + 4, kind: 'tick' })];
  });
}

type Placed = {
  readonly x: number;
  readonly y: number;
  readonly kind: 'name' | 'quiet' | 'value' | 'tick';
  /** It reads from below to above. */
  readonly turned?: boolean;
};

const ANCHORS = { name: 'start', quiet: 'middle', value: 'middle', tick: 'end' } as const;

function text(words: string, { x, y, kind, turned }: Placed): string {
  const turn = turned === true ? ` transform="rotate(-90 ${fix(x)} ${fix(y)})"` : '';
  return `<text class="${kind === 'tick' ? 'quiet' : kind}" x="${fix(x)}" y="${fix(y)}" text-anchor="${ANCHORS[kind]}"${turn}>${words}</text>`;
}

/** With some room on both sides, so that what is written at a point stays inside. */
function logScale(all: readonly number[]): (x: number) => number {
  const least = Math.log(Math.min(...all));
  const span = Math.log(Math.max(...all)) - least || 1;
  const room = 20;
  return (x) => PLOT.left + room + ((Math.log(x) - least) / span) * (PLOT.width - 2 * room);
}

/** A round number with room above the highest point. */
function niceTop(highest: number): number {
  const step = 10 ** Math.floor(Math.log10(highest));
  const factor = [1, 1.2, 1.6, 2, 3, 4, 6, 8, 10, 12].find((one) => one * step >= highest * 1.1);
  return (factor ?? 20) * step;
}

/** Short enough to stand side by side. */
function toShort(value: number): string {
  return value >= 1_000 ? `${value / 1_000}k` : String(value);
}

function toLabel(value: number): string {
  return value >= 100
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(2)));
}

function fix(value: number): string {
  return String(Number(value.toFixed(1)));
}
