// What /metrics answers: the text that whoever counts gives.

import type { Answer } from './answer.ts';

export type MetricsSource = {
  readonly text: () => Promise<string>;
  readonly contentType: string;
};

export async function answerMetrics({ text, contentType }: MetricsSource): Promise<Answer> {
  return { code: 200, contentType, body: await text() };
}
