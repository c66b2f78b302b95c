/** Epoch milliseconds in UTC with milliseconds: `2026-02-12T10:30:00.125Z` */
export function toTimestamp(at: number): string {
  return new Date(at).toISOString();
}
