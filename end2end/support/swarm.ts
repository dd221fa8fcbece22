import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const GUARDIAN = resolve(import.meta.dirname, '../../server/adapters/tests/engines/docker/guardian.sh');
const NEEDS = ['dockerd', 'docker', 'containerd', 'ip', 'iptables', 'nsenter', 'unshare', 'busybox', 'docker-registry'];
const START_LIMIT = 40_000;
const REGISTRY_PORT = 5000;

/** Why there can be no swarm here; under `CI` that is a failure. */
export function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'daemons need root';
  const places = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  const absent = NEEDS.find((name) => !places.some((place) => place && existsSync(join(place, name))));
  if (!absent) return undefined;
  if (process.env.CI) throw new Error(`${absent} is not here`);
  return `${absent} is not here`;
}

/** A real swarm of one node in namespaces of its own, and a real registry beside it. */
export class Swarm {
  readonly #folder = mkdtempSync(join(tmpdir(), 'qd-swarm-'));
  readonly #network = `10.${160 + (process.pid % 40)}.${process.pid % 250}`;
  #guardian?: ChildProcess;
  #registry?: ChildProcess;

  /** What the console is told of the daemon. */
  get endpoint(): string {
    return `unix://${join(this.#folder, 'hosts/1/docker.sock')}`;
  }

  /** The registry as images are named by. */
  get registry(): string {
    return `${this.#network}.1:${REGISTRY_PORT}`;
  }

  async start(): Promise<void> {
    const mark = (process.pid & 0xffff).toString(16);
    const hosts = join(this.#folder, 'hosts');
    const flags = `--insecure-registry ${this.#network}.0/24`;
    const guardian = spawn('sh', [GUARDIAN, hosts, `${mark}e`, this.#network, '1', flags], {
      // Not in the terminal's group: it cleans up after everybody else.
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#guardian = guardian;
    const [line] = await once(createInterface({ input: guardian.stdout! }), 'line');
    if (line !== 'ready') throw new Error('the guardian could not make the node');
    await until('the daemon', () => spawnSync('docker', ['-H', this.endpoint, 'version']).status === 0);
    const address = `${this.#network}.11`;
    this.docker('swarm', 'init', '--listen-addr', `${address}:2377`, '--advertise-addr', address);
    await this.#serve();
  }

  async #serve(): Promise<void> {
    const settings = join(this.#folder, 'registry.yml');
    writeFileSync(
      settings,
      `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${join(this.#folder, 'registry')}}}\n` +
        `http: {addr: "${this.registry}"}\n`,
    );
    this.#registry = spawn('docker-registry', ['serve', settings], { stdio: 'ignore' });
    await until('the registry', () => answers(`${this.#network}.1`, REGISTRY_PORT));
  }

  docker(...words: string[]): string {
    return execFileSync('docker', ['-H', this.endpoint, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Builds an image from busybox, pushes it and returns its reference; a broken one answers no health check. */
  async push(repository: string, tag: string, broken = false): Promise<string> {
    const root = join(this.#folder, `root-${tag}`);
    for (const folder of ['bin', 'www', 'tmp']) mkdirSync(join(root, folder), { recursive: true });
    await copyFile('/bin/busybox', join(root, 'bin/busybox'));
    for (const applet of ['sh', 'httpd', 'sleep']) symlinkSync('busybox', join(root, 'bin', applet));
    writeFileSync(join(root, 'www/version'), tag);
    if (!broken) writeFileSync(join(root, 'www/healthz'), 'fine');
    return this.#pushRoot(root, repository, tag);
  }

  /** The same of the console's own program, with the libraries that it is linked to. */
  async pushProgram(binary: string, repository: string, tag: string): Promise<string> {
    const root = join(this.#folder, `program-${tag}`);
    mkdirSync(join(root, 'bin'), { recursive: true });
    execFileSync('strip', ['-o', join(root, 'bin/quarterdeck'), binary]);
    const linked = execFileSync('ldd', [binary], { encoding: 'utf8' }).matchAll(/(?:=> )?(\/[^ ]+) \(/g);
    for (const [, library] of linked) {
      mkdirSync(join(root, dirname(library!)), { recursive: true });
      await copyFile(library!, join(root, library!));
    }
    return this.#pushRoot(root, repository, tag);
  }

  #pushRoot(root: string, repository: string, tag: string): string {
    const archive = join(this.#folder, `${tag}.tar`);
    execFileSync('tar', ['-cf', archive, '-C', root, '.']);
    const reference = `${this.registry}/${repository}:${tag}`;
    this.docker('import', '--change', 'ENV PATH=/bin', '--change', 'CMD ["sh"]', archive, reference);
    this.docker('push', reference);
    return reference;
  }

  /** Count and image of the services whose names begin so, as the swarm itself has them. */
  services(name: string): string[] {
    return this.docker('service', 'ls', '--filter', `name=${name}`, '--format', '{{.Replicas}} {{.Image}}')
      .split('\n')
      .filter(Boolean);
  }

  async stop(): Promise<void> {
    if (this.#registry) {
      this.#registry.kill();
      await once(this.#registry, 'exit');
    }
    if (this.#guardian && this.#guardian.exitCode === null) {
      this.#guardian.stdin!.end();
      await once(this.#guardian, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port });
    socket.once('connect', () => (socket.destroy(), done(true)));
    socket.once('error', () => done(false));
  });
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + START_LIMIT; Date.now() < end; ) {
    if (await isSo()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${what} does not answer`);
}
