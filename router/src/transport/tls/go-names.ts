import type { SecureVersion } from 'node:tls';
import { opensslCiphers } from './cipher-catalog';

const VERSIONS: Readonly<Record<string, SecureVersion>> = {
  VersionTLS10: 'TLSv1',
  VersionTLS11: 'TLSv1.1',
  VersionTLS12: 'TLSv1.2',
  VersionTLS13: 'TLSv1.3',
};

/** Lowest version when none is given. Source: the default of servers in Go's crypto/tls. */
const DEFAULT_VERSION = 'VersionTLS12';

/** Lowest version and ciphers, as Node takes them. */
export interface TlsPolicy {
  readonly minVersion: SecureVersion;
  /** @default Node's list */
  readonly ciphers?: string;
}

/** Suites of TLS 1.3, which Go does not let anybody choose. */
function isTls13(name: string): boolean {
  return !name.includes('_WITH_');
}

function opensslCipher(name: string): string {
  const cipher = Object.hasOwn(opensslCiphers, name) ? opensslCiphers[name] : undefined;
  if (cipher === undefined) {
    throw new Error(`tls-cipher-suites: unknown cipher suite "${name}"; known are ${Object.keys(opensslCiphers).join(', ')}`);
  }
  return cipher;
}

/**
 * Reads `--tls-min-version` and `--tls-cipher-suites`, which use the names of Go's crypto/tls. As there, the suites limit TLS 1.2 and
 * lower only; those of TLS 1.3 are always allowed.
 * @param minVersion empty for the default
 * @throws Error for a name that is not known
 */
export function tlsPolicy(minVersion: string, cipherSuites: readonly string[]): TlsPolicy {
  const version = minVersion === '' ? DEFAULT_VERSION : minVersion;
  const known = Object.hasOwn(VERSIONS, version) ? VERSIONS[version] : undefined;
  if (known === undefined) {
    throw new Error(`tls-min-version: unknown version "${minVersion}"; known are ${Object.keys(VERSIONS).join(', ')}`);
  }
  const names = cipherSuites.map((name) => name.trim()).filter((name) => name !== '');
  const chosen = names.map(opensslCipher);
  if (names.length === 0) {
    return { minVersion: known };
  }
  const always = Object.keys(opensslCiphers).filter(isTls13).map(opensslCipher);
  return { minVersion: known, ciphers: [...new Set([...always, ...chosen])].join(':') };
}
