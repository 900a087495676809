import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Files by path. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A package with a context that is small. */
export const SAMPLE: Files = {
  'package.json': '{"name":"llm-d-epp","version":"1.2.3"}',
  Dockerfile: 'ARG BASE=base\nFROM ${BASE} AS router\nARG TARGETARCH\nCOPY image/app/ /app/\n',
  '.dockerignore': '*\n!image\n',
  'image/app/main.js': 'main()',
  'image/app/packages.json': '[{"name":"a","version":"1.0.0","license":"MIT"}]',
  'image/native/amd64/addon.node': Uint8Array.of(0, 255, 10, 13),
  'image/native/arm64/addon.node': Uint8Array.of(1),
};

/** Temporary folders, which `clean` removes. */
export class Folders {
  private readonly made: string[] = [];

  make(files: Files = {}): string {
    const folder = mkdtempSync(join(tmpdir(), 'llm-d-epp-unit-'));
    this.made.push(folder);
    writeFiles(folder, files);
    return folder;
  }

  clean(): void {
    for (const folder of this.made.splice(0)) rmSync(folder, { recursive: true, force: true });
  }
}

export function writeFiles(folder: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
