import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../support/free-ports';

const PROGRAM = 'docker-registry';

/** Whether a registry can be started here; installs Debian's where that is possible, and says so on standard error when not. */
export function hasRegistry(): boolean {
  if (isThere()) return true;
  if (process.getuid?.() === 0) {
    try {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      execFileSync('apt-get', ['install', '-y', '--no-install-recommends', PROGRAM], { stdio: 'ignore', env, timeout: 120_000 });
    } catch {
      // Said below.
    }
    if (isThere()) return true;
  }
  process.stderr.write(`\nNO REGISTRY: the router's image is not pushed: ${PROGRAM} is not installed (apt-get install ${PROGRAM})\n`);
  return false;
}

function isThere(): boolean {
  try {
    execFileSync(PROGRAM, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** An OCI index, as far as it is looked at. */
interface Index {
  readonly mediaType: string;
  readonly manifests: readonly { readonly mediaType: string; readonly platform: object }[];
}

/** Who may use a registry that asks for a login. */
export const READER = { user: 'reader', password: 'read only' } as const;
/** The same for the registry: bcrypt, which is all that it takes. */
const HTPASSWD = 'reader:$2y$05$abcdefghijklmnopqrstuuETvLqGHRhof3rJ.d3aJ6wGWSnxiCSTa\n';

/** A registry on loopback, without TLS. */
export class Registry {
  private constructor(
    /** Host and port. */
    readonly host: string,
    private readonly child: ChildProcess,
  ) {}

  /** `folder` takes its images; a private one asks for a login, one that is readonly refuses what is pushed. */
  static async start(folder: string, { isPrivate = false, readonly = false } = {}): Promise<Registry> {
    const [port] = (await freePorts(1)) as [number];
    const host = `127.0.0.1:${port}`;
    const maintenance = { readonly: { enabled: readonly } };
    const storage = { filesystem: { rootdirectory: join(folder, 'registry') }, maintenance };
    mkdirSync(storage.filesystem.rootdirectory);
    const config = join(folder, 'registry.yml');
    const path = join(folder, 'htpasswd');
    if (isPrivate) writeFileSync(path, HTPASSWD);
    const auth = isPrivate ? { auth: { htpasswd: { realm: 'test', path } } } : {};
    writeFileSync(config, JSON.stringify({ version: 0.1, storage, http: { addr: host }, ...auth }));
    const child = spawn(PROGRAM, ['serve', config], { stdio: 'ignore' });
    const registry = new Registry(host, child);
    for (let attempt = 0; attempt < 200; attempt++) {
      const isUp = await fetch(`http://${host}/v2/`).then(
        ({ status }) => status === (isPrivate ? 401 : 200),
        () => false,
      );
      if (isUp) return registry;
      await sleep(50);
    }
    registry.stop();
    throw new Error('the registry does not answer');
  }

  /** The digest and content of what a tag names. */
  async index(path: string, tag: string): Promise<{ digest: string | null; content: Index }> {
    const headers = { accept: 'application/vnd.oci.image.index.v1+json' };
    const response = await fetch(`http://${this.host}/v2/${path}/manifests/${tag}`, { headers });
    return { digest: response.headers.get('docker-content-digest'), content: (await response.json()) as Index };
  }

  stop(): void {
    this.child.kill();
  }
}
