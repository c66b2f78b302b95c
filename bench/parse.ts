// What framing and reading cost, beside a bare native search for the ends of messages in the same bytes.

import { SignalReader } from '../src/core/pbx/signal.ts';
import { MessageStream } from '../src/io/ami/message-stream.ts';
import { stream } from './streams.ts';

const bytes = stream({ calls: 4_000, callsPerSecond: 200 });
const END = '\r\n\r\n';

function chunksOf(size: number): readonly Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size)
    chunks.push(Buffer.from(bytes.subarray(at, at + size)));
  return chunks;
}

function bare(chunks: readonly Buffer[]): number {
  let found = 0;
  for (const chunk of chunks) {
    for (let at = chunk.indexOf(END); at >= 0; at = chunk.indexOf(END, at + 4)) found += 1;
  }
  return found;
}

function ours(chunks: readonly Buffer[]): number {
  const reader = new SignalReader();
  let signals = 0;
  const framing = new MessageStream({
    wanted: (name) => reader.wants(name),
    onMessage: (message) => {
      if (reader.read(message, 0).kind === 'signal') signals += 1;
    },
  });
  for (const chunk of chunks) framing.push(chunk);
  return signals;
}

function time(work: () => number): { ms: number; result: number } {
  const took: number[] = [];
  let result = 0;
  for (let round = 0; round < 5; round++) {
    const startedAt = performance.now();
    result = work();
    took.push(performance.now() - startedAt);
  }
  return { ms: took.toSorted((a, b) => a - b)[2] ?? 0, result };
}

for (const size of [65_536, 1_400]) {
  const chunks = chunksOf(size);
  const scan = time(() => bare(chunks));
  const read = time(() => ours(chunks));
  process.stdout.write(
    `${size}: ${(bytes.length / 1e6).toFixed(1)} MB, bare ${scan.ms.toFixed(1)} ms (${scan.result}), ours ${read.ms.toFixed(1)} ms (${read.result} signals), ratio ${(scan.ms / read.ms).toFixed(3)}\n`,
  );
}
