// The image by itself: what it holds, what it says where something is wrong, and how it ends.

import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { type Ended, execute, IMAGE, runImage } from './image.ts';

const LOGIN = ['-e', 'AMI_USERNAME=bridge', '-e', 'AMI_SECRET=not-shown'];
const folder = mkdtempSync(join(tmpdir(), 'image-'));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the image', () => {
  it('says its version and its usage', async () => {
    expect(await runImage([], '--version')).toMatchObject({
      exit: 0,
      stdout: startOf(packageJson.version),
    });
    expect(await runImage([], '--help')).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('Usage:'),
    });
    expect(await runImage([], 'nonsense')).toMatchObject({ exit: 2 });
  });

  it('holds less than 3 MB of ours, no npm, and no files of other users', async () => {
    const size = await inside('du -sk /app | cut -f1');
    expect(Number(size.stdout)).toBeGreaterThan(100);
    expect(Number(size.stdout)).toBeLessThan(3_000);
    expect(
      (await inside('command -v npm; find / -name node_modules -path "*app*" 2>/dev/null')).stdout,
    ).toBe('');
    expect((await inside('find /app ! -user 0; find /app -perm -002 ! -type l')).stdout).toBe('');
  });

  it('holds the schemas as they are in the documents, for any user to copy', async () => {
    const { stdout } = await inside('cat /app/asyncapi.yaml /app/schemas/call/ringing.json');
    const documents = ['docs/asyncapi.yaml', 'docs/schemas/call/ringing.json'];
    expect(stdout).toBe(documents.map((path) => readFileSync(path, 'utf8')).join(''));
    const files = await inside('cd /app/schemas && find . -name "*.json" | wc -l');
    expect(Number(files.stdout)).toBe(globSync('docs/schemas/**/*.json').length);
  });

  it('is run by a number, so that "runAsNonRoot" can be checked, and bears its labels', async () => {
    const { stdout } = await execute('docker', ['image', 'inspect', IMAGE]);
    const [{ Config }] = JSON.parse(stdout);
    expect(Config.User).toBe('1000:1000');
    expect(Config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'asterisk-mqtt',
      'org.opencontainers.image.version': packageJson.version,
      'org.opencontainers.image.licenses': 'MIT',
    });
  });

  it('starts faster by the code that was compiled when it was built', async () => {
    const { stdout } = await inside(`node -p 'require("/app/main.cjs").load().cachedDataRejected'`);
    expect(stdout).toBe('false\n');
  });
});

describe('what keeps the bridge from starting is said in its log:', () => {
  it('no settings at all', async () => {
    const ended = await runImage([]);
    expect(ended).toMatchObject({ exit: 78 });
    expect(ended.stderr).toMatch(/^AMI_USERNAME is not set/m);
    expect(ended.stderr).toMatch(/^AMI_SECRET is not set/m);
  });

  it('a data volume that is read-only', async () => {
    const ended = await runImage([...LOGIN, '--tmpfs', '/data:ro']);
    expectEnd(ended, /DATA_DIR \/data is on a read-only file system/);
  });

  it('a data volume of another user', async () => {
    const ended = await runImage([...LOGIN, '--user', '12345:12345', '-v', `${folder}:/data`]);
    expectEnd(ended, /DATA_DIR \/data is not writable for this user/);
  });

  it('a full disk', async () => {
    const full = ['--tmpfs', '/data:size=4k,mode=1777', '--entrypoint', 'sh'];
    const script = 'head -c 4096 /dev/zero >/data/full; exec node /app/main.cjs';
    const ended = await runImage([...LOGIN, ...full], '-c', script);
    expectEnd(ended, /DATA_DIR \/data is on a full disk/);
  });

  it('a port that is in use', async () => {
    const script =
      'node -e "require(\'http\').createServer().listen(8000)" & sleep 1; exec node /app/main.cjs';
    const ended = await runImage(
      [...LOGIN, '--init', '--entrypoint', 'timeout'],
      '20',
      'sh',
      '-c',
      script,
    );
    expectEnd(ended, /HTTP_PORT/);
  });

  it('a secret file that cannot be read', async () => {
    writeFileSync(join(folder, 'secret'), 'not-shown', { mode: 0o600 });
    const file = ['-e', 'AMI_USERNAME=bridge', '-e', 'AMI_SECRET_FILE=/run/secrets/secret'];
    const options = [...file, '--user', '12345:12345', '-v', `${folder}:/run/secrets:ro`];
    const ended = await runImage(options);
    expect(ended).toMatchObject({ exit: 78 });
    expect(ended.stderr).toMatch(
      /^AMI_SECRET \(AMI_SECRET_FILE\) names a file that cannot be read \(EACCES\)/m,
    );
  });
});

function startOf(text: string) {
  return expect.stringMatching(new RegExp(`^${text.replaceAll('.', '\\.')}\\b`));
}

function inside(script: string): Promise<Ended> {
  return runImage(['--entrypoint', 'sh'], '-c', script);
}

function expectEnd({ exit, stdout, stderr }: Ended, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(exit).toBe(1);
  expect(stdout + stderr).not.toContain('not-shown');
}
