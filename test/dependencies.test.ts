// What the bridge is shipped with runs wherever Node runs, 32-bit ARM included, and nothing runs when it is installed.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** A package as package-lock.json has it. */
type Locked = {
  readonly dev?: true;
  readonly hasInstallScript?: true;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

/** A package as it describes itself. */
type Manifest = {
  readonly gypfile?: boolean;
  readonly scripts?: Readonly<Record<string, string>>;
};

/** They compile, or fetch what somebody else has compiled. */
const BUILDS_ADDONS =
  /^(?:node-gyp.*|node-pre-gyp|@mapbox\/node-pre-gyp|prebuild.*|@prebuilds\/.*|bindings|nan|node-addon-api|cmake-js|pkg-prebuilds)$/;
const RUNS_AT_INSTALL = ['preinstall', 'install', 'postinstall'] as const;

function offencesOfLocked(locked: Locked): readonly string[] {
  const needs = Object.keys({ ...locked.dependencies, ...locked.optionalDependencies });
  return [
    ...(locked.hasInstallScript ? ['has an install script'] : []),
    ...(locked.os || locked.cpu || locked.libc ? ['is for some platforms only'] : []),
    ...needs.filter((name) => BUILDS_ADDONS.test(name)).map((name) => `needs ${name}`),
  ];
}

function offencesOfInstalled(manifest: Manifest, files: readonly string[]): readonly string[] {
  return [
    ...(manifest.gypfile ? ['has a gypfile'] : []),
    ...RUNS_AT_INSTALL.filter((name) => manifest.scripts?.[name] !== undefined),
    ...files.filter((file) => /\.(?:node|gypi?)$/.test(file)),
  ];
}

const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>;
};
const shipped = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);

describe('the packages that are shipped', () => {
  it('are found', () => {
    const { dependencies } = packages[''] ?? {};
    const paths = Object.keys(dependencies ?? {}).map((name) => `node_modules/${name}`);
    expect(paths).toContain('node_modules/mqtt');
    expect(shipped.map(([path]) => path)).toEqual(expect.arrayContaining(paths));
  });

  it('are for every platform and run nothing when they are installed', () => {
    const wrong = shipped.flatMap(([path, locked]) =>
      offencesOfLocked(locked).map((offence) => `${path} ${offence}`),
    );
    expect(wrong).toEqual([]);
  });

  it('hold no compiled code', () => {
    const wrong = shipped.flatMap(([path]) => {
      const cwd = join(ROOT, path);
      const manifest = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as Manifest;
      const files = globSync('**/*.{node,gyp,gypi}', { cwd });
      return offencesOfInstalled(manifest, files).map((offence) => `${path}: ${offence}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe('the check', () => {
  it.each([
    [{ hasInstallScript: true }, 'has an install script'],
    [{ cpu: ['x64'] }, 'is for some platforms only'],
    [{ libc: ['glibc'] }, 'is for some platforms only'],
    [{ dependencies: { 'node-gyp-build': '^4' } }, 'needs node-gyp-build'],
    [{ optionalDependencies: { nan: '^2' } }, 'needs nan'],
  ] satisfies [Locked, string][])('objects to %j', (locked, offence) => {
    expect(offencesOfLocked(locked)).toEqual([offence]);
  });

  it.each([
    [{ gypfile: true }, [], 'has a gypfile'],
    [{ scripts: { postinstall: 'node fetch.js', test: 'x' } }, [], 'postinstall'],
    [{}, ['lib/index.js', 'build/Release/addon.node'], 'build/Release/addon.node'],
    [{}, ['binding.gyp'], 'binding.gyp'],
  ] satisfies [Manifest, string[], string][])(
    'objects to %j with %j',
    (manifest, files, offence) => {
      expect(offencesOfInstalled(manifest, files)).toEqual([offence]);
    },
  );
});
