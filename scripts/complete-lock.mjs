#!/usr/bin/env node
// Adds to package-lock.json the platform packages that the registry in use did not offer (a mirror may hold one platform only).
//
// npm leaves an optional dependency that it cannot find out of the lock, and then `npm ci` refuses the lock as incomplete. The
// version is the one that the parent names; os, cpu and libc are the parts of the name. Integrity is left out: it is not known
// here, and the next `npm install` against the full registry fills it.
import { readFileSync, writeFileSync } from 'node:fs';

const OS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const CPU = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];
const LIBC = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };

/** Lock entry of an optional platform package, or undefined when its name tells no platform. */
function platformEntry(name, version, parent) {
  const words = name.split(/[-/]/);
  const os = words.find((word) => OS.includes(word));
  const cpu = words.find((word) => CPU.includes(word));
  const libc = words.map((word) => LIBC[word]).find((word) => word !== undefined);
  if (os === undefined || cpu === undefined) {
    return undefined;
  }
  return {
    version,
    cpu: [cpu],
    ...(parent.dev && { dev: true }),
    ...(libc && os === 'linux' && { libc: [libc] }),
    optional: true,
    os: [os],
  };
}

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];
for (const [path, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (lock.packages[`node_modules/${name}`] === undefined && lock.packages[`${path}/node_modules/${name}`] === undefined) {
      const entry = platformEntry(name, version, parent);
      if (entry === undefined) {
        throw new Error(`${name}, wanted by ${path}, is not in the lock and its name tells no platform: install it by hand`);
      }
      lock.packages[`node_modules/${name}`] = entry;
      added.push(name);
    }
  }
}
if (added.length > 0) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(added.length === 0 ? 'package-lock.json is complete' : `added to package-lock.json:\n  ${added.join('\n  ')}`);
