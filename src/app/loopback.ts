/** Whether an address or a name is this machine's own, of which nothing leaves it; in a container, the container itself. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127\..*|::1)$/.test(host);
}
