// A part of the bench as a process of its own, which is asked and answers.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { isAbsolute, join } from 'node:path';
import process from 'node:process';

type Question = { readonly ask: string; readonly with: unknown };
type Answer = { readonly answer: unknown } | { readonly failed: string };

/** In the process itself: what it can be asked. One question at a time. */
export function serve(
  answers: Readonly<Record<string, (options: never) => Promise<unknown>>>,
): void {
  process.on('message', ({ ask, with: options }: Question) => {
    const asked = answers[ask] as ((options: unknown) => Promise<unknown>) | undefined;
    if (asked === undefined) throw new Error(`nobody can answer ${ask}`);
    asked(options).then(
      (answer) => process.send?.({ answer }),
      (error: Error) => process.send?.({ failed: error.stack ?? error.message }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}

export class Part implements AsyncDisposable {
  readonly #child: ChildProcess;

  /** `program`: the name of its file beside this one, or a path. */
  constructor(program: string, env = process.env) {
    const path = isAbsolute(program) ? program : join(import.meta.dirname, `${program}.ts`);
    this.#child = fork(path, { serialization: 'advanced', env });
  }

  async ask<T>(question: string, options: unknown = {}): Promise<T> {
    const failed = new AbortController();
    const onExit = () => failed.abort(new Error('a part of the bench has ended'));
    this.#child.once('exit', onExit);
    this.#child.send({ ask: question, with: options } satisfies Question);
    const [answer] = (await once(this.#child, 'message', { signal: failed.signal })) as [Answer];
    this.#child.off('exit', onExit);
    if ('failed' in answer) throw new Error(answer.failed);
    return answer.answer as T; // who asks knows what is answered
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }
}
