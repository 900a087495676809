import { Cluster } from '../../lib/cluster/cluster';

const RESTRICTED = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const fixed = { runAsUser: 1000, runAsGroup: 0 };

test('asked for nothing, pods and containers are restricted and keep the user of their image', () => {
  for (const cluster of [Cluster.generic(), Cluster.openShift(), Cluster.gke()]) {
    expect(cluster.podSecurity()).toEqual({ seccompProfile: { type: 'RuntimeDefault' } });
    expect(cluster.containerSecurity()).toEqual(RESTRICTED);
  }
});

test('what was asked for is added', () => {
  expect(Cluster.generic().podSecurity({ runAsNonRoot: true, fsGroup: 107, supplementalGroups: [107], ...fixed })).toEqual({
    runAsNonRoot: true,
    fsGroup: 107,
    supplementalGroups: [107],
    ...fixed,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(
    Cluster.generic().containerSecurity({ capabilities: ['IPC_LOCK'], readOnlyRootFilesystem: true, runAsNonRoot: true, ...fixed }),
  ).toEqual({
    allowPrivilegeEscalation: false,
    capabilities: { add: ['IPC_LOCK'], drop: ['ALL'] },
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    ...fixed,
  });
});

test('a false or empty request writes nothing', () => {
  const request = { runAsNonRoot: false, supplementalGroups: [], capabilities: [], privileged: false, readOnlyRootFilesystem: false };
  expect(Cluster.generic().podSecurity(request)).toEqual({ seccompProfile: { type: 'RuntimeDefault' } });
  expect(Cluster.generic().containerSecurity(request)).toEqual(RESTRICTED);
});

test('user 0 is a user', () => {
  expect(Cluster.generic().containerSecurity({ runAsUser: 0 }).runAsUser).toBe(0);
});

test('a privileged container says nothing that contradicts it', () => {
  expect(Cluster.gke().containerSecurity({ privileged: true, capabilities: ['IPC_LOCK'] })).toEqual({ privileged: true });
});

describe('OpenShift', () => {
  test('writes no fixed user and no volume group, but groups of devices', () => {
    expect(Cluster.openShift().podSecurity({ ...fixed, fsGroup: 107, supplementalGroups: [107] })).toEqual({
      runAsGroup: 0,
      supplementalGroups: [107],
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(Cluster.openShift().containerSecurity(fixed)).toEqual({ ...RESTRICTED, runAsGroup: 0 });
  });

  test('LLMD806: refuses privileged containers', () => {
    expect(() => Cluster.openShift().containerSecurity({ privileged: true })).toThrow('LLMD806 a container must be privileged');
  });

  test('with constraints declared it writes what was asked for', () => {
    const cluster = Cluster.openShift({ securityContextConstraints: 'privileged' });
    expect(cluster.securityContextConstraints).toBe('privileged');
    expect(cluster.containerSecurity({ privileged: true, runAsUser: 0 })).toEqual({ privileged: true, runAsUser: 0 });
    expect(cluster.podSecurity({ fsGroup: 107 }).fsGroup).toBe(107);
  });
});
