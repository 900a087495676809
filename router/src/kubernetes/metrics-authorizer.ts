import { createHash } from 'node:crypto';
import type { Clock } from '../plugin/clock';
import type { MetricsAuthorizer } from '../telemetry/metrics-server';
import type { ApiClient } from './api-client';

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly user?: {
      readonly username?: string;
      readonly uid?: string;
      readonly groups?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
}

interface AccessReview {
  readonly status?: { readonly allowed?: boolean };
}

type Verdict = Awaited<ReturnType<MetricsAuthorizer>>;

/** How long an answer of the API server counts. Source: the cache times of controller-runtime's metrics filter. */
const ALLOWED_MS = 60_000;
const REFUSED_MS = 10_000;
const MOST_ANSWERS = 1000;

/**
 * Lets bearers read a path when the API server knows their token and allows them `get` on that path. Answers are kept for a while by a
 * hash, so that no token stays in memory. Rejects when the API server can not be asked: nobody may read then.
 */
export function metricsAuthorizer(client: ApiClient, clock: Clock): MetricsAuthorizer {
  const answers = new Map<string, { readonly verdict: Verdict; readonly until: number }>();
  return async (token, path) => {
    const key = createHash('sha256').update(token).update(path).digest('base64');
    const known = answers.get(key);
    if (known !== undefined && known.until > clock.now()) return known.verdict;
    const verdict = await review(client, token, path);
    if (answers.size >= MOST_ANSWERS) answers.clear();
    answers.set(key, { verdict, until: clock.now() + (verdict === 'allowed' ? ALLOWED_MS : REFUSED_MS) });
    return verdict;
  };
}

async function review(client: ApiClient, token: string, path: string): Promise<Verdict> {
  const apiVersion = 'authentication.k8s.io/v1';
  const { status } = await client.send<TokenReview>('POST', `/apis/${apiVersion}/tokenreviews`, {
    apiVersion,
    kind: 'TokenReview',
    spec: { token },
  });
  if (status?.authenticated !== true) return 'unauthenticated';
  const { username = '', uid, groups, extra } = status.user ?? {};
  const access = await client.send<AccessReview>('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user: username, uid, groups, extra, nonResourceAttributes: { path, verb: 'get' } },
  });
  return access.status?.allowed === true ? 'allowed' : 'forbidden';
}
