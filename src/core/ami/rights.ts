// What a manager user may see and do: the classes in `read` and `write` of manager.conf, as Asterisk reads them.

/** The classes that the bridge needs; `dialplan` alone would be most of AMI's traffic. */
const NEEDED = ['call', 'agent', 'system'] as const;

export type EventClass = (typeof NEEDED)[number] | 'dtmf';

/** What must stand in `read`: also what a login asks for, since more would only be noise. */
export function neededClasses({ digits }: { readonly digits: boolean }): readonly EventClass[] {
  return digits ? [...NEEDED, 'dtmf'] : NEEDED;
}

/**
 * Whether the list, as it stands in manager.conf, grants the class. Asterisk compares to the letter: a space behind a
 * comma makes a word that means nothing, and what stands before a comma need only begin a class (manager.c,
 * ast_instring and get_perm).
 */
export function grants(list: string, wanted: string): boolean {
  const words = list.split(',');
  const last = words.pop();
  return [wanted, 'all'].some(
    (label) => label === last || words.some((word) => label.startsWith(word)),
  );
}
