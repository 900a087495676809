// Makes the programs of the packages executable, which the compiler does not: npm packs the mode that a file has.
import { chmodSync, readFileSync } from 'node:fs';

for (const folder of ['..', '../epp-config', '../router']) {
  const manifest = new URL(`${folder}/package.json`, import.meta.url);
  const { bin = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
  for (const file of typeof bin === 'string' ? [bin] : Object.values(bin)) {
    chmodSync(new URL(file, manifest), 0o755);
  }
}
