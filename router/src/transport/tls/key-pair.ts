import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';

/** A certificate chain and its key, as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads `tls.crt` and `tls.key` of a folder, the names of a Kubernetes TLS Secret.
 * @throws Error that names the folder, when a file is missing, broken, or the two do not belong together
 */
export function readKeyPair(folder: string): KeyPair {
  try {
    const pair = { cert: readFileSync(join(folder, 'tls.crt'), 'utf8'), key: readFileSync(join(folder, 'tls.key'), 'utf8') };
    createSecureContext(pair);
    return pair;
  } catch (error) {
    throw new Error(`cert-path ${folder}: tls.crt and tls.key cannot be used: ${(error as Error).message}`);
  }
}

const YEARS = 10;
const DAY_MS = 24 * 3600 * 1000;

/**
 * Makes a certificate for this run: RSA of 4096 bits, 365 * 10 days, organisation "Inference Ext", which clients are not meant to
 * verify. Takes about a second, off the event loop. Source: llm-d-router v0.10.0, internal/tls.
 */
export async function selfSignedKeyPair(now: Date): Promise<KeyPair> {
  const { generate } = await import('selfsigned');
  const pems = await generate([{ name: 'organizationName', value: 'Inference Ext' }], {
    keySize: 4096,
    algorithm: 'sha256',
    notBeforeDate: now,
    notAfterDate: new Date(now.getTime() + YEARS * 365 * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
    ],
  });
  return { cert: pems.cert, key: pems.private };
}
