// A capture through the story, as lines of text.

import type { Capture } from '../../../src/core/capture/format.ts';
import { type Printing, printEntry } from '../../../src/core/story/print.ts';
import { entriesOf, type StoryOptions } from '../../../src/core/story/story.ts';
import { toSummary } from '../../../src/core/story/summary.ts';

/** The stream of it: the lines without the spaces around them. */
export function streamOf(
  capture: Capture,
  options: StoryOptions = { digits: false },
): readonly string[] {
  const entries = [...entriesOf(capture, options)];
  const { startedAt = 0 } = toSummary(entries);
  const printing: Printing = { paint: (_, text) => text, startedAt };
  return entries.flatMap((entry) => [...printEntry(entry, printing)]).map((line) => line.trim());
}
