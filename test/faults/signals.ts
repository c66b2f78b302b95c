// Who is told to end takes down what he has put up: brokers, bridges, disks.

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** The same stack; it is disposed of when a signal comes, and then the process ends. */
export function endedBySignals(stack: AsyncDisposableStack): AsyncDisposableStack {
  const handlers = Object.entries(SIGNALS).map(([signal, code]) => {
    const handler = () => {
      void stack.disposeAsync().finally(() => process.exit(code));
    };
    process.once(signal, handler);
    return () => process.off(signal, handler);
  });
  stack.defer(() => {
    for (const forget of handlers) forget();
  });
  return stack;
}
