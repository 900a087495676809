import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ImagePackage, NOTHING_SAID, uniquePackages } from './packages';

/** What esbuild says of a bundle: how much each file, by its path, has left in it. */
export interface BundleRecord {
  readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>>;
}

/** The folder of the package that a file is of. Files outside of `node_modules` are the user's own, those of a workspace too. */
const PACKAGE_FOLDER = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)(?=\/)/;

/**
 * The npm packages whose code is in a bundle, as their `package.json` names them; what that does not say is `NOASSERTION`.
 * @param folder what the paths of the record are relative to
 */
export function bundledPackages({ outputs }: BundleRecord, folder: string): readonly ImagePackage[] {
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0));
  return packagesOf(files.map(([file]) => resolve(folder, file)));
}

/** The npm packages that files are of, told in the same way. The paths are real ones: a link may lead out of `node_modules`. */
export function packagesOf(files: readonly string[]): readonly ImagePackage[] {
  const folders = new Map(
    files.flatMap((file) => {
      const [found, name] = PACKAGE_FOLDER.exec(file.replaceAll('\\', '/')) ?? [];
      return found === undefined ? [] : [[found, name as string]];
    }),
  );
  return uniquePackages([...folders].map(([found, name]) => identity(found, name)));
}

function identity(folder: string, called: string): ImagePackage {
  const { name, version, license, licenses } = manifestOf(folder);
  const [old] = Array.isArray(licenses) ? licenses : [];
  return {
    name: textOf(name) ?? called,
    version: textOf(version) ?? NOTHING_SAID,
    license: textOf(license) ?? textOf(typeOf(license)) ?? textOf(typeOf(old)) ?? NOTHING_SAID,
  };
}

function manifestOf(folder: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  } catch {
    // The code is in the image all the same.
    return {};
  }
}

/** Before SPDX expressions a licence was an object. */
function typeOf(license: unknown): unknown {
  return (license as { type?: unknown } | null | undefined)?.type;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
