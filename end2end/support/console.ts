import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const BINARY = process.env.QUARTERDECK_BINARY ?? resolve(import.meta.dirname, '../../target/debug/quarterdeck');
const TOKEN = 'automation-token-of-this-test-run-0123456789';
const START_LIMIT = 30_000;

export type Json = Record<string, any>;

/** A real console: own data folder, own port, own instances. */
export class Console {
  readonly data = mkdtempSync(join(tmpdir(), 'quarterdeck-end2end-'));
  readonly binary = BINARY;
  #child?: ChildProcess;
  #output: string[] = [];
  #port = 0;
  /** `http://127.0.0.1:port`; the same after a restart. */
  url = '';
  /** The one-time link of a first start. */
  setUpLink = '';

  async start(): Promise<void> {
    const child = spawn(BINARY, ['serve', '--listen', `127.0.0.1:${this.#port}`, '--data-dir', this.data], {
      env: {
        ...process.env,
        // Programs may call it by its name.
        PATH: `${dirname(BINARY)}:${process.env.PATH}`,
        QUARTERDECK_ADMIN_TOKEN: TOKEN,
        // A daemon on the developer's machine would make an environment more.
        QUARTERDECK_DOCKER: 'off',
        NO_COLOR: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const serves = new Promise<string>((found) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          this.#output.push(line);
          if (line.includes('serves http://')) found(line);
        });
      }
    });
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the console ended:\n${this.output()}`);
    });
    ended.catch(() => undefined);
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`the console did not start:\n${this.output()}`)), START_LIMIT).unref();
    });
    const line = await Promise.race([serves, ended, late]);
    const links = line.match(/http:\/\/[^\s;]+/g) ?? [];
    this.url = new URL(links[0]!).origin;
    this.#port = Number(new URL(this.url).port);
    this.setUpLink = links[1] ?? '';
  }

  /** Ends the console; its instances live on. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** Ends console and instances and removes the data. */
  async remove(): Promise<void> {
    await this.stop();
    spawnSync(BINARY, ['stop-instances', '--data-dir', this.data]);
    rmSync(this.data, { recursive: true, force: true });
  }

  /** The API as an administrator; for what a test needs to be there, not for what it tests. */
  async api(method: string, path: string, body?: Json): Promise<Json> {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : {};
  }

  /** Uploads an artifact as a person would: a script that runs the demo program as this version. Its reference. */
  async upload(name: string, version: string): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'quarterdeck-artifact-'));
    const script = `#!/bin/sh\nexec quarterdeck demo --version-name ${version}\n`;
    writeFileSync(join(folder, 'server'), script, { mode: 0o755 });
    // The same version is the same content, whenever it is made.
    const archive = execFileSync('tar', ['--mtime=@0', '-czf', '-', '-C', folder, 'server'], { maxBuffer: 1 << 20 });
    rmSync(folder, { recursive: true });
    const answer = await fetch(`${this.url}/api/v1/artifacts/${name}/${version}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/gzip' },
      body: archive,
    });
    if (!answer.ok) throw new Error(`${name}/${version}: ${answer.status} ${await answer.text()}`);
    return `${name}/${version}`;
  }

  /** Makes an environment with an engine of its own, unless it is there, and waits until it answers. */
  async environment(name: string, change: Json = {}): Promise<void> {
    const { items } = await this.api('GET', '/environments');
    const body = { name, engine: { kind: 'local' }, rules: {}, ...change };
    if (!items.some((each: Json) => each.name === name)) await this.api('POST', '/environments', body);
    for (const end = Date.now() + 20_000; Date.now() < end; ) {
      const { reachability } = await this.api('GET', `/environments/${name}`);
      if (reachability.state === 'reachable') return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`${name} is not reachable\n${this.output()}`);
  }

  /** Makes an app of the demo program and waits until it is healthy. */
  async createApp(name: string, instances = 2, change: Json = {}): Promise<Json> {
    const definition = { ...demo(this.binary), instances, ...change };
    await this.api('POST', '/environments/local/apps', { name, definition, reason: 'end to end' });
    return this.settled(name);
  }

  /** Waits until no deployment of the app is active. */
  async settled(name: string, environment = 'local'): Promise<Json> {
    for (const end = Date.now() + 45_000; ; ) {
      const app = await this.api('GET', `/environments/${environment}/apps/${name}`);
      const { wanted, healthy } = app.instances;
      if (!app.deployment && (wanted === healthy || app.status === 'delayed')) return app;
      if (Date.now() > end) throw new Error(`${name} did not settle: ${JSON.stringify(app)}\n${this.output()}`);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  /** The last lines it printed. */
  output(): string {
    return this.#output.slice(-40).join('\n');
  }
}

/** The demo program with checks that answer quickly. */
export function demo(binary: string): Json {
  return {
    command: [binary, 'demo'],
    resources: { cpus: 0.1, memory_mb: 64 },
    ports: [{ name: 'http' }],
    health_checks: [{ kind: 'http', path: '/healthz', interval: '500ms', timeout: '3s', grace: '15s' }],
    stop: { grace: '3s' },
    strategy: { kind: 'rolling', max_surge: '100%', progress_deadline: '30s' },
  };
}
