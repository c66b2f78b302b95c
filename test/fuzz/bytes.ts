// `npm run fuzz:bytes`: recordings, damaged byte by byte, through all that reads from Asterisk: framing, messages,
// signals, calls, payloads, and the sanitizer. What made the code behave in a way not seen before is kept as a seed of
// more (FUZZ_CORPUS, a folder); what broke a promise is kept in its folder `broken` and ends the run with exit code 1.
//
//   FUZZ_SECONDS=60 FUZZ_SEED=1 FUZZ_CORPUS=/tmp/fuzz-corpus npm run fuzz:bytes

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Finding, judge } from './judge.ts';
import { mutate, randomOf } from './mutate.ts';

const FIXTURES = 'testdata/fixtures';
const MAX_CORPUS = 2_000;
/** At first everything is new. */
const WARM_UP = 300;
/** What Node needs anyway, and twice the corpus. */
const MAX_RSS_BYTES = 700 * 1024 * 1024;

const seconds = Number(process.env.FUZZ_SECONDS ?? 60);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);
const folder = process.env.FUZZ_CORPUS ?? join(tmpdir(), 'asterisk-mqtt-fuzz');

const corpus = [...filesIn(FIXTURES, '.raw'), ...filesIn(folder, '.bin')];
const seen = new Set<string>();
const findings: Finding[] = [];
const random = randomOf(seed);
const endAt = Date.now() + seconds * 1_000;
let tried = 0;

say(`fuzz: seed ${seed}, ${seconds} s, ${corpus.length} files to begin with`);
while (Date.now() < endAt && findings.length < 10) tryOne();
say(`fuzz: ${tried} inputs, ${seen.size} behaviours, ${corpus.length} files`);
say(`fuzz: memory ${Math.round(process.memoryUsage.rss() / 1_048_576)} MiB`);
for (const { promise, detail } of findings) say(`fuzz: BROKEN ${promise}: ${detail}`);
process.exitCode = findings.length > 0 ? 1 : 0;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function tryOne(): void {
  const bytes = mutate(pick(), pick, random);
  tried += 1;
  const { behaviours, findings: broken } = judge(bytes, random);
  if (process.memoryUsage.rss() > MAX_RSS_BYTES) {
    broken.push({ promise: 'memory is bounded', detail: `${process.memoryUsage.rss()} bytes` });
  }
  for (const finding of broken) keepBroken(bytes, finding);
  keepNew(bytes, behaviours);
}

function pick(): Buffer {
  return corpus[random(corpus.length)] ?? Buffer.alloc(0);
}

function keepNew(bytes: Buffer, behaviours: readonly string[]): void {
  const before = seen.size;
  for (const behaviour of behaviours) seen.add(behaviour);
  if (seen.size === before || tried < WARM_UP || corpus.length >= MAX_CORPUS) return;
  corpus.push(bytes);
  write(folder, bytes);
}

function keepBroken(bytes: Buffer, finding: Finding): void {
  findings.push({
    ...finding,
    detail: `${finding.detail} (${write(join(folder, 'broken'), bytes)})`,
  });
}

function write(into: string, bytes: Buffer): string {
  mkdirSync(into, { recursive: true });
  const name = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  writeFileSync(join(into, `${name}.bin`), bytes);
  return join(into, `${name}.bin`);
}

function filesIn(from: string, ending: string): readonly Buffer[] {
  mkdirSync(from, { recursive: true });
  return readdirSync(from)
    .filter((file) => file.endsWith(ending))
    .map((file) => readFileSync(join(from, file)));
}
