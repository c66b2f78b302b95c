import { describe, expect, it } from 'vitest';
import { grants, neededClasses } from '../../../src/core/ami/rights.ts';

describe('the classes that are needed', () => {
  it('have digits among them only where digits are told', () => {
    expect(neededClasses({ digits: false })).toEqual(['call', 'agent', 'system']);
    expect(neededClasses({ digits: true })).toEqual(['call', 'agent', 'system', 'dtmf']);
  });
});

// The right column is what `manager show user` of Asterisk 22.10.1 and 16.28 says.
describe('a list of classes in manager.conf', () => {
  it.each([
    ['call,agent,system', ['call', 'agent', 'system']],
    ['system', ['system']],
    ['', []],
    ['call, agent, system', ['call']],
    ['call , agent , system', []],
    ['Call,agent', ['agent']],
    ['"call,agent"', []],
    ['call,bogus,system', ['call', 'system']],
    ['yes', []],
    ['-1', []],
    ['all', ['call', 'agent', 'system', 'dtmf']],
    ['command,all', ['call', 'agent', 'system', 'dtmf']],
    ['call,', ['call']],
    ['sys,agent', ['agent', 'system']],
    ['sys', []],
  ])('%j grants %j', (list, granted) => {
    const all = ['call', 'agent', 'system', 'dtmf'];
    expect(all.filter((one) => grants(list, one))).toEqual(granted);
  });
});
