// The Grafana dashboard, as far as tests look at it.

import { readFileSync } from 'node:fs';

export type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly h: number;
    readonly w: number;
    readonly x: number;
    readonly y: number;
  };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string }[];
};

export type Dashboard = {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly panels: readonly Panel[];
};

const FILE = new URL('../../docker/grafana/dashboards/asterisk-mqtt.json', import.meta.url);

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(FILE, 'utf8'));
}

/** Every query of every panel, with the values that Grafana would put in for its variables. */
export function panelQueries(
  dashboard: Dashboard,
  values: Readonly<Record<string, string>>,
): readonly { readonly panel: string; readonly expr: string }[] {
  return dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ panel: title, expr: filledIn(expr, values) })),
  );
}

/** Throws where a value is missing. */
function filledIn(expr: string, values: Readonly<Record<string, string>>): string {
  return expr.replace(/\$(\w+)/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for $${name} in ${expr}`);
    return value;
  });
}
