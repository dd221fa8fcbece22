import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OCI = 'application/vnd.oci.image';

/** A real registry, Debian's `docker-registry`, with images that hold nothing but what they say of themselves. */
export class Registry {
  #folder = mkdtempSync(join(tmpdir(), 'quarterdeck-registry-'));
  #child?: ChildProcess;
  /** `127.0.0.1:port`, what its images begin with. */
  host = '';

  get url(): string {
    return `http://${this.host}`;
  }

  async start(): Promise<void> {
    const port = await freePort();
    this.host = `127.0.0.1:${port}`;
    const file = join(this.#folder, 'config.yml');
    writeFileSync(
      file,
      `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: ${this.#folder}/data } }\nhttp: { addr: "${this.host}" }\n`,
    );
    this.#child = spawn('docker-registry', ['serve', file], { stdio: 'ignore', env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' } });
    for (const end = Date.now() + 20_000; Date.now() < end; ) {
      const answer = await fetch(`${this.url}/v2/`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error('the registry did not start');
  }

  stop(): void {
    this.#child?.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Pushes an image; its digest. */
  async push(repository: string, tag: string, labels: Record<string, string> = {}): Promise<string> {
    const made = { created: '2026-11-20T10:00:00Z', architecture: 'amd64', os: 'linux', config: { Labels: { tag, ...labels } } };
    const config = await this.#blob(repository, JSON.stringify({ ...made, rootfs: { type: 'layers', diff_ids: [] } }));
    const layer = await this.#blob(repository, `content of ${tag}`);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: `${OCI}.manifest.v1+json`,
      config: { mediaType: `${OCI}.config.v1+json`, ...config },
      layers: [{ mediaType: `${OCI}.layer.v1.tar`, ...layer }],
    });
    const headers = { 'content-type': `${OCI}.manifest.v1+json` };
    await this.#ask(`/v2/${repository}/manifests/${tag}`, { method: 'PUT', headers, body: manifest });
    return digestOf(manifest);
  }

  async #blob(repository: string, content: string): Promise<{ digest: string; size: number }> {
    const digest = digestOf(content);
    const begun = await this.#ask(`/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    const to = new URL(begun.headers.get('location')!, this.url);
    to.searchParams.set('digest', digest);
    await this.#ask(to.href, { method: 'PUT', body: content, headers: { 'content-type': 'application/octet-stream' } });
    return { digest, size: Buffer.byteLength(content) };
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    const answer = await fetch(new URL(path, this.url), init);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }
}

function digestOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
