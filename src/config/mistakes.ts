// What is wrong with the settings, gathered so that all of it is told at once. No secret's value gets in here.

import { ConnectorError } from '../errors.ts';
import { withoutCredentials } from './kinds.ts';
import { VARIABLES, type VariableName } from './variables.ts';

export class Mistakes {
  readonly #lines: string[] = [];
  readonly #variables = new Set<VariableName>();

  /** `problem` completes the sentence that the variable's name begins. */
  add(
    variable: VariableName,
    problem: string,
    allowed: string = VARIABLES[variable].allowed,
  ): void {
    this.#variables.add(variable);
    this.#lines.push(`${variable} ${problem}; allowed: ${allowed}`);
  }

  /** The value that stands at `place` is not allowed. */
  addValue(variable: VariableName, value: string, place: string): void {
    const shown = VARIABLES[variable].secret
      ? 'has a value (not shown) that is not allowed'
      : `is ${JSON.stringify(withoutCredentials(value))}`;
    this.add(variable, place === variable ? shown : `(${place}) ${shown}`);
  }

  has(variable: VariableName): boolean {
    return this.#variables.has(variable);
  }

  /** @throws ConnectorError CONFIG_INVALID with one line per mistake, if there is one. */
  throwIfAny(): void {
    if (this.#lines.length > 0) throw new ConnectorError('CONFIG_INVALID', this.#lines.join('\n'));
  }
}
